"""The approval queue, and the drafts of one lead."""

from collections import Counter
from collections.abc import Mapping, Sequence

from blocks import ids
from blocks.draft_card import APPROVE, STATES, row_text, stamp
from blocks.draft_direct import budget_lines, reference, rest_lines, site_select
from blocks.draft_state import EVERY_STATE, QueueState
from blocks.elements import Block
from blocks.mail_form import QUEUE
from blocks.message import actions, button, context, esc, modal, option, section, select
from bot.outreach.access import Permission
from bot.outreach.drafts import DraftCard, DraftPage, DraftState
from bot.outreach.mails import MailState

SUBTITLE = "Preview, edit, and approve generated emails before sending"
NO_DRAFTS = "No emails generated yet. Run audits on leads to generate outreach emails."
NO_EMAILS = "No emails generated yet. Use the Generate Email button above."
WHY_NONE = (
    "A lead has no draft here? Drafts exist once an audit is linked to the lead and its writeback, or *Generate Email* "
    "on the lead card, wrote one. The cure is to re-run the audit."
)
MOST_OF_LEAD = 40
_SHOWN = (
    DraftState.WAITING,
    DraftState.APPROVED,
    DraftState.HANDED_OVER,
    DraftState.SENT,
    DraftState.REJECTED,
)
_FILTER = [*(option(STATES[state], state.value) for state in _SHOWN), option("All", EVERY_STATE)]


def queue_view(
    page: DraftPage,
    state: QueueState,
    counts: Mapping[DraftState, int],
    *,
    may: frozenset[Permission],
    alike: tuple[str, int] = ("", 0),
    notice: str = "",
) -> Block:
    """One page of the queue. alike: a template and how many waiting drafts it made that nobody touched."""
    blocks = [context(SUBTITLE)]
    if notice:
        blocks.append(section(esc(notice, 2_500)))
    template, number = alike
    together = number > 1 and Permission.APPROVE_DRAFTS in may
    if counts:
        blocks += actions(
            select(ids.DRAFT_STATE, "State", _FILTER, state.value),
            button(f"Approve {number:,} alike", ids.DRAFTS_ALIKE, template) if together else None,
            block_id=f"drafts:{state.value}",
        )
        blocks.append(context("\n".join([_counted(counts), *budget_lines(page.cards)])))
    blocks += [_row(card, may) for card in page.cards] or [section(_empty(state, counts))]
    blocks += actions(
        button("Previous", ids.DRAFTS_PREVIOUS, page.previous_cursor) if page.previous_cursor else None,
        button("Next", ids.DRAFTS_NEXT, page.next_cursor) if page.next_cursor else None,
    )
    return modal(ids.DRAFT_QUEUE, "Outreach emails", [*blocks, context(WHY_NONE)], metadata=state.packed())


def _counted(counts: Mapping[DraftState, int]) -> str:
    shown = [f"{counts[state]:,} {state.value.replace('_', ' ')}" for state in _SHOWN if counts.get(state)]
    return " · ".join(shown) or "Only drafts that newer ones replaced"


def _empty(state: QueueState, counts: Mapping[DraftState, int]) -> str:
    if not counts:
        return NO_DRAFTS
    if state.state is DraftState.WAITING:
        return "*Nothing waits for approval.* The filter above shows what was decided."
    return "*No draft stands there.* Choose another state above."


def most_alike(cards: Sequence[DraftCard]) -> str:
    """The text most of these untouched waiting drafts were made from; empty when there is none."""
    made = Counter(card.draft.template for card in cards if card.draft.is_waiting and card.draft.revision == 1)
    return made.most_common(1)[0][0] if made else ""


def _row(card: DraftCard, may: frozenset[Permission]) -> Block:
    text = "\n".join(part for part in (row_text(card), stamp(card), *rest_lines(card)) if part)
    return section(text, {"type": "overflow", "action_id": ids.DRAFT_MENU, "options": _menu(card, may)})


def _menu(card: DraftCard, may: frozenset[Permission]) -> list[Block]:
    """What this person may do with it, each entry bound to the revision shown."""
    draft, approves = card.draft, Permission.APPROVE_DRAFTS in may
    entries = [("Preview", "preview", True)]
    if draft.is_waiting:
        entries += [
            ("Edit", "edit", Permission.EDIT_DRAFTS in may),
            *((text, verb, approves) for text, verb in _ways_out(card, APPROVE, "approve")),
            ("Reject…", "reject", approves),
        ]
    elif draft.may_hand_over:
        entries += [(text, verb, approves) for text, verb in _ways_out(card, "Hand over", "hand")]
    elif card.mail and card.mail.state is MailState.HELD:
        entries.append(("Undo", "undo", approves))
    entries.append(("Open lead", "lead", True))
    return [option(text, f"{verb}:{reference(draft)}") for text, verb, allowed in entries if allowed]


def _ways_out(card: DraftCard, label: str, verb: str) -> list[tuple[str, str]]:
    """A menu asks for no site: where there are several, the preview does."""
    if site_select(card):
        return []
    limited = card.direct is not None and card.direct.may_wait
    return [(QUEUE, "queue")] if limited else [(label, verb)]


def emails_view(
    lead_id: str, cards: Sequence[DraftCard], may: frozenset[Permission], channel: str = "", notice: str = ""
) -> Block:
    """`Outreach Emails (n)` of one lead, newest first."""
    said = [section(esc(notice, 2_500))] if notice else []
    rows = [_row(card, may) for card in cards[:MOST_OF_LEAD]] or [section(NO_EMAILS)]
    older = [context(f"and {len(cards) - MOST_OF_LEAD:,} older ones")] if len(cards) > MOST_OF_LEAD else []
    metadata = f"{lead_id[:64]}:{channel[:64]}"
    title = f"Outreach Emails ({len(cards):,})"
    return modal(ids.DRAFT_LIST, title, [*said, *rows, *older], metadata=metadata)
