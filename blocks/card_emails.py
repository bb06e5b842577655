"""The lead card's e-mails: how many there are, a new one in a chosen tone, and one that waits for a campaign."""

from blocks import ids
from blocks.draft_card import STATES, stamp
from blocks.draft_direct import mail_buttons, send_buttons
from blocks.elements import Block
from blocks.message import actions, bold, button, context, option, section, select, when
from bot.outreach.access import Permission
from bot.outreach.cards import LeadCard
from bot.outreach.drafts import DraftCard
from bot.outreach.writebacks import Tone

_TONES = [option(f"{tone.value.capitalize()} tone", tone.value) for tone in Tone]


def emails_part(card: LeadCard) -> list[Block]:
    """The newest draft in a line, then what can be done."""
    newest = card.drafts[0] if card.drafts else None
    blocks = [section(f"*Outreach emails*\n{_newest(newest)}")]
    if newest and (newest.draft.may_hand_over or newest.mail) and (said := stamp(newest)):
        blocks.append(context(said))
    generates = Permission.EDIT_DRAFTS in card.may
    takes = card.connected or (newest is not None and newest.direct is not None)
    approves = Permission.APPROVE_DRAFTS in card.may
    tone = card.writeback.tone.value if card.writeback else Tone.DIRECT.value
    return blocks + actions(
        button("Generate Email", ids.GENERATE_EMAIL, card.lead.id) if generates else None,
        select(ids.EMAIL_TONE, "Tone", _TONES, tone) if generates else None,
        button(f"Outreach Emails ({len(card.drafts):,})", ids.LEAD_EMAILS, card.lead.id),
        *(_hand_over(newest) if newest and takes and approves else ()),
        block_id="card_emails",
    )


def _hand_over(card: DraftCard) -> list[Block | None]:
    """For an approved one that nothing took so far, or that has not left."""
    if card.draft.may_hand_over:
        return send_buttons(card, "Hand over", ids.HAND_OVER, card.draft.id)
    return mail_buttons(card)


def _newest(card: DraftCard | None) -> str:
    if card is None:
        return "No email generated yet"
    subject = bold(card.draft.subject, 120) or "*No subject*"
    return f"{subject} · {STATES[card.draft.state]} · {when(card.draft.created_at)}"
