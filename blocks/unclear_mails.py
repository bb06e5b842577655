"""Mails whose answer was lost, of all leads: what may prove them, and what a person can say."""

from collections.abc import Sequence

from blocks import ids
from blocks.elements import Block, refused_line
from blocks.mails import MEANINGS, decision, subject_of
from blocks.message import actions, button, context, esc, modal, section, when
from blocks.statuses import company, contact
from bot.outreach.mails import EVIDENCE_FOR, UnclearMail, UnclearPage

NONE = "*No email is unclear.* SendGrid answered for each one, or a person decided."
WHY = (
    "SendGrid's answer was lost, so each of these may have gone out. An event from SendGrid (processed, delivered, "
    f"opened) proves it and settles it here by itself, within {EVIDENCE_FOR.seconds // 60} minutes as a rule. After "
    "that, look for the recipient in SendGrid's Email Activity."
)


def unclear_view(page: UnclearPage, *, refused: str = "") -> Block:
    """One page, oldest first; metadata is the page's number. refused: why the reader may not decide."""
    blocks = [context(WHY)] if page.mails else [section(NONE)]
    blocks += [block for mail in page.mails for block in _row(mail, may=not refused)]
    if page.mails:
        blocks += refused_line(refused) or [context(MEANINGS)]
    blocks += actions(
        button("Previous", f"{ids.UNCLEAR_PAGE}|previous", str(page.number - 1)) if page.number else None,
        button("Next", f"{ids.UNCLEAR_PAGE}|next", str(page.number + 1)) if page.has_next else None,
    )
    return modal(ids.UNCLEAR_MAILS, "Unclear emails", blocks, metadata=str(page.number))


def _row(unclear: UnclearMail, *, may: bool) -> list[Block]:
    mail, lead = unclear.mail, unclear.lead
    to = f"{contact(lead)} at {company(lead)}" if lead else "a lead that was removed"
    site = f" · from {esc(unclear.site, 80)}" if unclear.site.strip() else ""
    text = section(
        f"❓ {subject_of(mail)}\nto {to} ({esc(mail.to_email, 150)}){site} · tried "
        f"{when(mail.attempted_at or mail.created_at)}",
        button("Open lead", ids.OPEN_LEAD, mail.lead_id) if lead else None,
    )
    return [text, *(decision(mail) if may else [])]


def unclear_line(number: int) -> Sequence[Block]:
    """Home's line, with the way to them."""
    if not number:
        return []
    said = f"❓ *{number:,} {'email is' if number == 1 else 'emails are'} unclear*: SendGrid's answer was lost"
    return [section(said, button("Open", ids.OPEN_UNCLEAR))]
