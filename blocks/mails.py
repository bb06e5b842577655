"""Mails sent directly: each in a line, and those of one lead, where they can be taken back."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import product

from blocks import ids
from blocks.elements import Block, confirmation
from blocks.message import actions, bold, button, context, count, esc, modal, section, when
from blocks.statuses import company, contact
from bot.outreach.leads import Lead
from bot.outreach.limits import Limit
from bot.outreach.mail_facts import Delivery, Engagement
from bot.outreach.mail_types import DraftType
from bot.outreach.mails import MailState, Outgoing

MOST_MAILS = 30
NO_MAILS = "No email sent directly yet."
MEANINGS = (
    "*It was sent*: you know that it went out, from SendGrid's activity say. *Send again*: it leaves once more, half "
    "an hour after the attempt at the earliest; if the first one went out too, they get it twice."
)
_OURS: Mapping[MailState, str] = {
    MailState.HELD: "🕒 Queued to send",
    MailState.SENDING: "⏳ Sending",
    MailState.ACCEPTED: "📤 Sent",
    MailState.UNCLEAR: "❓ Unclear",
    MailState.AGAIN: "❓ Unclear, sent again",
    MailState.REFUSED: "⚠️ Not sent",
    MailState.CANCELLED: "↩️ Taken back",
}
_FAILED: Mapping[Delivery, str] = {Delivery.BLOCKED: "🚫 Blocked", Delivery.DROPPED: "🗑️ Dropped"}
_DONE: Mapping[Engagement, str] = {
    Engagement.REPLIED: "💬 Replied",
    Engagement.CLICKED: "🔗 Clicked",
    Engagement.OPENED: "👀 Opened",
}
WAITS_FOR: Mapping[Limit, str] = {
    Limit.CAP: "the daily cap",
    Limit.COOLDOWN: "24 hours since the last email to them",
    Limit.QUIET: "the end of the quiet hours",
}


def _standing(state: MailState, delivery: Delivery, engagement: Engagement) -> str:
    """What is furthest: a bounce ends a mail, whatever a scanner did with it; what nobody told is ours to say."""
    if state not in {MailState.ACCEPTED, MailState.AGAIN}:
        return _OURS[state]
    if delivery is Delivery.BOUNCED:
        return "⛔ Bounced"
    if engagement in _DONE:
        return _DONE[engagement]
    return "📬 Delivered" if delivery is Delivery.DELIVERED else _FAILED.get(delivery, _OURS[state])


STATE_WORDS: Mapping[tuple[MailState, Delivery, Engagement], str] = {
    each: _standing(*each) for each in product(MailState, Delivery, Engagement)
}


def badge(mail: Outgoing) -> str:
    """Where it stands, in a mark and the words that say the same."""
    return STATE_WORDS[mail.state, mail.delivery, mail.engagement]


def mail_line(mail: Outgoing) -> str:
    """`*Subject* · badge · when`, then what it waits for, what went wrong and which opens were no person's."""
    return f"{subject_of(mail)} · {mail_standing(mail)}"


def mail_standing(mail: Outgoing) -> str:
    """The same without the subject."""
    parts = [badge(mail), waiting(mail) or when(_at(mail))]
    if mail.problem.strip():
        parts.append(esc(mail.problem, 400))
    if mail.machine_opens:
        parts.append(f"ignored {count(mail.machine_opens, 'machine open')}")
    return " · ".join(parts)


def subject_of(mail: Outgoing) -> str:
    """In bold, never empty."""
    return bold(mail.subject, 200) or "*No subject*"


def waiting(mail: Outgoing) -> str:
    """When a queued one leaves, or the limit it waits for; empty for any other."""
    if mail.state is not MailState.HELD:
        return ""
    due = when(mail.due_at)
    return f"waits for {WAITS_FOR[mail.waits_for]} until {due}" if mail.waits_for else f"leaves {due}"


def mails_view(lead: Lead, mails: Sequence[Outgoing], *, may: bool) -> Block:
    """One lead's, newest first; metadata `{"lead"}`. may: whether the reader may send."""
    blocks = [context(f"To {contact(lead)} at {company(lead)}")]
    blocks += [block for mail in mails[:MOST_MAILS] for block in _row(mail, may=may)] or [section(NO_MAILS)]
    if len(mails) > MOST_MAILS:
        blocks.append(context(f"and {len(mails) - MOST_MAILS:,} older ones"))
    return modal(ids.MAIL_LIST, "Emails sent directly", blocks, metadata=json.dumps({"lead": lead.id}))


def _row(mail: Outgoing, *, may: bool) -> list[Block]:
    if may and mail.state is MailState.HELD:
        return [section(mail_line(mail), undo(mail))]
    is_asked_here = mail.type is not DraftType.REPLY  # a reply is decided in its conversation
    decides = may and mail.state is MailState.UNCLEAR and is_asked_here
    return [section(mail_line(mail)), *([*decision(mail), context(MEANINGS)] if decides else [])]


def undo(mail: Outgoing) -> Block:
    """Takes a queued one back."""
    return button("Undo", ids.MAIL_UNDO, mail.id)


def decision(mail: Outgoing) -> list[Block]:
    """What a person decides about an unclear one."""
    twice = f"If the first one went out too, {esc(mail.to_email, 150)} gets this email twice."
    sure = confirmation("Send it again?", twice, "Send again")
    return actions(
        button("It was sent", ids.MAIL_SENT_ANYWAY, mail.id),
        button("Send again", ids.MAIL_AGAIN, mail.id, style="danger", confirm=sure),
    )


def _at(mail: Outgoing) -> datetime:
    """When what is known of it happened."""
    return mail.accepted_at or mail.attempted_at or mail.created_at


def mails_part(lead_id: str, mails: Sequence[Outgoing], *, may: bool, connected: bool) -> list[Block]:
    """The lead card's piece: the newest in a line, and what can be done. Nothing where mail was never sent directly."""
    if not mails and not connected:
        return []
    row = actions(
        button("Send email", ids.SEND_MAIL, lead_id) if may and connected else None,
        button(f"Emails sent ({len(mails):,})", ids.LEAD_MAILS, lead_id) if mails else None,
        block_id="card_mails",
    )
    return [section(f"*Emails sent directly*\n{mail_line(mails[0]) if mails else NO_MAILS}"), *row]
