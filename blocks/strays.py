"""Mails that matched nobody, and what can be done with each."""

from blocks import ids
from blocks.elements import Block, refused_line
from blocks.message import actions, bold, button, confirmation, context, esc, modal, section, when
from blocks.reading import removal
from bot.outreach.inbound import Stray, StrayPage
from bot.outreach.quoting import fresh_text
from bot.outreach.reply_reading import ReplyClass

NONE = "*Every email found its lead.* What answers nothing of ours and was written by nobody we know is listed here."
WHY = (
    "These came to an address of ours, answer no email we sent, and their writers are no leads. *Add as lead* puts one "
    "into the Unibox as a reply; *Put away* keeps it and lists it no more."
)
LOOKED = "Looked at again: those whose writers are leads by now come as replies in a moment."


def strays_line(number: int) -> list[Block]:
    """The Unibox's line, with the way to them."""
    if not number:
        return []
    said = f"📭 *{number:,} {'email' if number == 1 else 'emails'}* matched nobody"
    return [section(said, button("Show", ids.STRAYS_OPEN))]


def strays_view(page: StrayPage, after: str, *, refused: str = "", note: str = "") -> Block:
    """One page; metadata is where it begins. refused: why the reader may not add leads."""
    blocks = [context(esc(note, 500))] if note else []
    blocks += [context(WHY)] if page.strays else [section(NONE)]
    for stray in page.strays:
        blocks += _row(stray, may=not refused)
    if page.strays:
        blocks += refused_line(refused)
    blocks += actions(
        button("Look again", ids.STRAYS_AGAIN) if page.strays and not refused else None,
        button("Newest", f"{ids.STRAYS_PAGE}|newest", "") if after else None,
        button("Older", f"{ids.STRAYS_PAGE}|older", page.next) if page.next else None,
    )
    return modal(ids.STRAYS, "Emails without a lead", blocks, metadata=after)


def _row(stray: Stray, *, may: bool) -> list[Block]:
    mail = stray.mail
    who = f"{bold(mail.from_name, 100)} · {esc(mail.from_email, 150)}" if mail.from_name else bold(mail.from_email, 150)
    said = esc(" ".join(fresh_text(mail.text, mail.html).split()), 300)
    words = f"{who} · {when(stray.received_at)}\n{esc(mail.subject, 150) or 'No subject'}"
    rows = [section(f"{words}\n“{said}”" if said else words)]
    if not may:
        return rows
    if stray.reading.reply_class is ReplyClass.OPT_OUT:
        act, then = (ids.STRAY_SUPPRESS, stray.id), " The email is put away."
        rows += removal(stray.reading.sentence, mail.from_email, stray.standing, act, then=then)
    add = confirmation("Add as lead", "The writer becomes a lead, and the email their reply.", "Add", style="primary")
    away = confirmation("Put away", "It stays stored and is listed no more.", "Put away")
    return rows + actions(
        button("Add as lead", ids.STRAY_ADOPT, stray.id, confirm=add),
        button("Put away", ids.STRAY_PUT_AWAY, stray.id, confirm=away),
        block_id=f"stray:{stray.id}",
    )
