"""A draft that leaves as a mail of ours: the budget before the click, the limit in the way, the mail afterwards."""

from collections.abc import Sequence

from blocks import ids
from blocks.elements import Block
from blocks.mail_form import QUEUE, site_options
from blocks.mails import mail_standing
from blocks.message import button, esc, select, when
from blocks.sites import left_today, limit_reached, site_name
from bot.outreach.drafts import Draft, DraftCard
from bot.outreach.limits import Limit, Slot
from bot.outreach.mails import MailState

MOST_SITES = 3
NO_SITE = "📨 The lead is in no campaign, and no site is there to send from: an admin adds one with `/outreach sites`."
FIRST_LETTER = "Only the first of its {number} letters is sent this way; a sequence sends several."


def direct_lines(card: DraftCard) -> list[str]:
    """What a click may spend at each site, or the limit in its way; nothing when a campaign takes the draft."""
    direct = card.direct
    if direct is None:
        return []
    if not direct.slots:
        return [NO_SITE]
    lines = list(dict.fromkeys(_line(card, slot) for slot in direct.slots[:MOST_SITES]))
    if len(direct.slots) > MOST_SITES:
        lines.append(f"and {len(direct.slots) - MOST_SITES:,} more sites")
    if len(card.draft.letters) > 1:
        lines.append(FIRST_LETTER.format(number=len(card.draft.letters)))
    return lines


def _line(card: DraftCard, slot: Slot) -> str:
    if slot.over is None:
        return f"📨 Sent directly: {left_today(slot.budget)}"
    from_site = f"{site_name(slot.budget.site)}: " if card.direct and len(card.direct.slots) > 1 else ""
    leaves = when(slot.leaves_at, slot.budget.site.timezone)
    return f"{from_site}{limit_reached(card.lead, slot.budget, slot.over)} The next free slot is {leaves}"


def rest_lines(card: DraftCard) -> list[str]:
    """That the prospect was written to lately, for a row among many: the sites' days stand above them all."""
    slots = card.direct.slots[:1] if card.direct else ()
    return [_line(card, slot) for slot in slots if slot.over is not None and slot.over.limit is Limit.COOLDOWN]


def budget_lines(cards: Sequence[DraftCard]) -> list[str]:
    """What is left today of each site, when any of these would be sent directly."""
    direct = next((card.direct for card in cards if card.direct is not None), None)
    return [f"📨 {left_today(slot.budget)}" for slot in direct.slots[:MOST_SITES]] if direct else []


def site_select(card: DraftCard) -> Block | None:
    """Whom it comes from, where that is a question."""
    if card.direct is None or len(card.direct.slots) < 2:
        return None
    return select(ids.DRAFT_SITE, "Send from…", site_options([slot.budget for slot in card.direct.slots]))


def send_buttons(card: DraftCard, label: str, action_id: str, value: str) -> list[Block | None]:
    """The site, the act unless every site refuses it now, and the next free slot where a limit is in the way."""
    takes_now = card.direct is None or card.direct.takes_now
    may_wait = card.direct is not None and card.direct.may_wait
    style = "primary"
    return [
        site_select(card),
        button(label, action_id, value, style=style) if takes_now else None,
        button(QUEUE, ids.QUEUE_DRAFT, reference(card.draft), style="" if takes_now else style) if may_wait else None,
    ]


def mail_buttons(card: DraftCard) -> list[Block | None]:
    """What can be done about the mail that carries it."""
    draft, state = card.draft, card.mail.state if card.mail else None
    return [
        button("Undo", ids.UNDO_DRAFT, draft.id) if state is MailState.HELD else None,
        button("Decide", ids.LEAD_MAILS, draft.lead_id) if state is MailState.UNCLEAR else None,
    ]


def mail_stamp(card: DraftCard) -> str:
    """Where its mail stands, and from which site; empty when none carries it."""
    return f"{mail_standing(card.mail)}{from_site(card)}" if card.mail else ""


def from_site(card: DraftCard) -> str:
    """` · from Sunny`, or nothing."""
    return f" · from {esc(card.site, 80)}" if card.site.strip() else ""


def reference(draft: Draft) -> str:
    """What a button carries: the draft and the revision it was drawn for."""
    return f"{draft.id}:{draft.revision}"
