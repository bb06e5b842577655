"""Email History: what was sent for an opportunity, newest first, each with every time something was heard of it."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from blocks import ids
from blocks.elements import Block
from blocks.link_card import mail_status, page_line
from blocks.mails import MEANINGS, decision, undo, waiting
from blocks.message import actions, bold, button, code, context, divider, esc, modal, section, when
from bot.outreach.access import Permission
from bot.outreach.link_board import LinkHistory
from bot.outreach.mail_facts import FactKind, MailFact, is_machine_click, is_machine_open
from bot.outreach.mails import MailState, Outgoing

MOST_MAILS = 12
MOST_TIMES = 12
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


def history_view(history: LinkHistory, board: str, *, may: frozenset[Permission]) -> Block:
    """Metadata `{"opportunity", "lead", "board"}`. may: what the reader is permitted."""
    opportunity = history.opportunity
    notes = f"\n📝 {esc(opportunity.notes, 400)}" if opportunity.notes.strip() else ""
    edits, sends = Permission.EDIT_OPPORTUNITIES in may, Permission.SEND_MAIL in may
    blocks = [section(f"{page_line(opportunity)}{notes}")]
    blocks += actions(button("Notes", ids.LINK_NOTES, opportunity.id) if edits else None)
    for mail in history.mails[:MOST_MAILS]:
        blocks += [divider(), *_mail(mail, history.heard.get(mail.id, ()), may=sends)]
    if not history.mails:
        blocks.append(section(NOTHING_SENT))
    elif len(history.mails) > MOST_MAILS:
        blocks.append(context("Older ones stand on the lead's card."))
    kept = {"opportunity": opportunity.id, "lead": opportunity.lead_id, "board": board}
    return modal(ids.LINK_HISTORY, "Email History", blocks, metadata=json.dumps(kept, ensure_ascii=False))


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
