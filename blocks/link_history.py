"""Email History: what was sent for an opportunity with all that was heard of it, and the looks at its page."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from blocks import link_ids
from blocks.elements import Block
from blocks.link_card import mail_status, page_line
from blocks.link_checks import looks_part
from blocks.link_standing import standing_line
from blocks.mails import MEANINGS, decision, undo, waiting
from blocks.message import actions, bold, button, code, context, divider, esc, link, modal, section, when
from bot.outreach.access import Permission
from bot.outreach.link_board import LinkHistory
from bot.outreach.mail_facts import FactKind, MailFact, is_machine_click, is_machine_open
from bot.outreach.mails import MailState, Outgoing
from bot.outreach.opportunities import Opportunity

MOST_MAILS = 12
MOST_TIMES = 12
NOBODY: Mapping[str, str] = {}
NOTHING_SENT = "No email was sent for it yet."
BY_MACHINE = " by a machine, not counted"
_WORDS: Mapping[FactKind, str] = {
    FactKind.PROCESSED: "⚙️ Taken by SendGrid",
    FactKind.DEFERRED: "⏳ Put off by their server",
    FactKind.DELIVERED: "📬 Delivered",
    FactKind.BOUNCED: "🔴 Bounced",
    FactKind.BLOCKED: "🚫 Blocked",
    FactKind.DROPPED: "🗑️ Dropped",
    FactKind.OPENED: "🟢 Opened",
    FactKind.CLICKED: "🔵 Clicked",
    FactKind.REPLIED: "💬 Replied",
    FactKind.COMPLAINED: "⛔ Marked as spam",
    FactKind.UNSUBSCRIBED: "🚷 Unsubscribed",
}


def history_view(
    history: LinkHistory,
    board: str,
    *,
    may: frozenset[Permission],
    names: Mapping[str, str] = NOBODY,
    checked: bool = True,
    busy: bool = False,
    said: str = "",
) -> Block:
    """Metadata `{"opportunity", "lead", "board"}`. may: what the reader is permitted. names: people's, by id.

    checked: links are looked at here. busy: its page is being looked at for the reader. said: a line on top.
    """
    opportunity = history.opportunity
    notes = f"\n📝 {esc(opportunity.notes, 400)}" if opportunity.notes.strip() else ""
    edits, sends = Permission.EDIT_OPPORTUNITIES in may, Permission.SEND_MAIL in may
    blocks = [section(esc(said))] if said else []
    blocks += [section(f"{page_line(opportunity)}{_wanted(opportunity)}{notes}")]
    blocks += actions(*_buttons(opportunity, checked=checked)) if edits and not busy else []
    blocks += looks_part(history, names, checked=checked)
    for mail in history.mails[:MOST_MAILS]:
        blocks += [divider(), *_mail(mail, history.heard.get(mail.id, ()), may=sends)]
    if not history.mails:
        blocks.append(section(NOTHING_SENT))
    elif len(history.mails) > MOST_MAILS:
        blocks.append(context("Older ones stand on the lead's card."))
    kept = {"opportunity": opportunity.id, "lead": opportunity.lead_id, "board": board}
    return modal(link_ids.LINK_HISTORY, "Email History", blocks, metadata=json.dumps(kept, ensure_ascii=False))


def _buttons(opportunity: Opportunity, *, checked: bool) -> list[Block | None]:
    can_look = checked and bool(opportunity.target_url)
    return [
        button("Check now", link_ids.LINK_CHECK, opportunity.id) if can_look else None,
        button("Edit link", link_ids.LINK_AIM, opportunity.id),
        button("Notes", link_ids.LINK_NOTES, opportunity.id),
    ]


def _wanted(opportunity: Opportunity) -> str:
    if not opportunity.target_url:
        return ""
    target = link(opportunity.target_url, opportunity.target_url[:100])
    standing = standing_line(opportunity)
    return f"\nshould lead to {target}" + (f"\n{standing}" if standing else "")


def _mail(mail: Outgoing, heard: Sequence[MailFact], *, may: bool) -> list[Block]:
    head = f"{bold(mail.subject, 200) or '*No subject*'} to {esc(mail.to_email, 120)}\n{mail_status(mail)}"
    head += f" · {waiting(mail)}" if waiting(mail) else ""
    head += f" · {esc(mail.problem, 300)}" if mail.problem.strip() else ""
    head += f"\nMessage id {code(mail.message_id, 200)}" if mail.message_id.strip() else ""
    taken_back = undo(mail) if may and mail.state is MailState.HELD else None
    lines = [f"{when(at)} {said}" for at, said in _times(mail, heard)]
    shown = lines[:MOST_TIMES] + ([f"and {len(lines) - MOST_TIMES:,} earlier"] if len(lines) > MOST_TIMES else [])
    asked = [*decision(mail), context(MEANINGS)] if may and mail.state is MailState.UNCLEAR else []
    return [section(head, taken_back), context("\n".join(shown)), *asked]


def _times(mail: Outgoing, heard: Sequence[MailFact]) -> list[tuple[datetime, str]]:
    """Everything that happened to it, newest first."""
    clicks = [fact for fact in heard if fact.kind is FactKind.CLICKED]
    delivered = next((fact.at for fact in heard if fact.kind is FactKind.DELIVERED), None)
    times = [(mail.created_at, "🕒 Queued to send")]
    times += [(mail.accepted_at, "📤 Sent")] if mail.accepted_at else []
    for fact in heard:
        if fact.kind not in _WORDS:
            continue
        machine = (fact.kind is FactKind.OPENED and is_machine_open(fact)) or (
            fact.kind is FactKind.CLICKED and is_machine_click(fact, clicks, delivered)
        )
        said = _WORDS[fact.kind] + (BY_MACHINE if machine else "")
        said += f" {code(fact.url, 60)}" if fact.kind is FactKind.CLICKED and fact.url else ""
        said += f": {esc(fact.why, 100)}" if fact.kind in {FactKind.BOUNCED, FactKind.BLOCKED} and fact.why else ""
        times.append((fact.at, said))
    return sorted(times, key=lambda time: time[0])[::-1]
