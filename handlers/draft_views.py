"""The views about drafts, drawn from what the services say now; and the way back to the view beneath."""

import hashlib
import json
from collections.abc import Sequence

from blocks import ids
from blocks.draft_card import draft_message, drafts_message
from blocks.draft_preview import preview_view
from blocks.draft_state import DraftPlace, QueueState
from blocks.drafts import emails_view, most_alike, queue_view
from blocks.list_state import ListState
from bot.outreach.drafts import DraftCard
from bot.outreach.errors import Invalid
from bot.outreach.posts import WantedPost
from bot.services.drafts import Approval
from handlers.call import Call
from handlers.house import House
from handlers.lead_card import card_of
from handlers.posting import wanted
from handlers.pushing import show_push

MOST_CARDS = 3
UNDER = {ids.DRAFT_QUEUE: "queue", ids.DRAFT_LIST: "list", ids.LEAD_CARD: "card"}


async def queue_of(call: Call, state: QueueState, notice: str = "") -> dict[str, object]:
    """The queue as a view. A cursor that fits no longer gives the first page."""
    actor, drafts = await call.actor(), call.services.drafts
    try:
        page = await drafts.page(call.workspace_id, actor, state.state, state.cursor)
    except Invalid:
        state = state.paged("")
        page = await drafts.page(call.workspace_id, actor, state.state)
    template = most_alike(page.cards)
    alike = await drafts.alike(call.workspace_id, actor, template) if template else []
    counts = await drafts.counts(call.workspace_id, actor)
    return queue_view(page, state, counts, may=actor.permissions, alike=(template, len(alike)), notice=notice)


async def emails_of(call: Call, lead_id: str, channel: str, notice: str = "") -> dict[str, object]:
    """The drafts of one lead as a view."""
    actor = await call.actor()
    cards = await call.services.drafts.of_lead(call.workspace_id, actor, lead_id)
    return emails_view(lead_id, cards, actor.permissions, channel, notice)


async def preview_of(call: Call, place: DraftPlace, notice: str = "", *, is_problem: bool = False) -> dict[str, object]:
    """A draft as the prospect will see it, as it stands now."""
    actor = await call.actor()
    preview = await call.services.drafts.preview(call.workspace_id, actor, place.draft_id)
    return preview_view(preview, place, actor.permissions, notice=notice, is_problem=is_problem)


def place_of(call: Call, draft_id: str, revision: int = 0) -> DraftPlace:
    """Where the draft is looked at, with the view that lies beneath."""
    if _is_of_draft(call):
        kept = DraftPlace.unpacked(call.metadata)
        return DraftPlace(draft_id, revision, kept.channel, kept.under, kept.metadata)
    under = UNDER.get(str(call.view.get("callback_id") or ""), "")
    return DraftPlace(draft_id, revision, _channel(call), under, call.metadata if under else "")


def _is_of_draft(call: Call) -> bool:
    return call.view.get("callback_id") in {ids.DRAFT_PREVIEW, ids.DRAFT_EDIT, ids.DRAFT_REJECT}


def _channel(call: Call) -> str:
    """The channel behind the view a draft is opened from."""
    kind = call.view.get("callback_id")
    if kind == ids.DRAFT_QUEUE:
        return QueueState.unpacked(call.metadata).channel
    if kind == ids.DRAFT_LIST:
        return call.metadata.partition(":")[2]
    if kind == ids.LEAD_CARD:
        back = call.kept.get("back")
        return ListState.unpacked(str(back)).channel if back else ""
    return call.channel


async def show(call: Call, view: dict[str, object]) -> None:
    """In place of the draft's view on top, else in a modal of its own: Slack stacks no more than three."""
    if _is_of_draft(call):
        await call.update(view, racing=False)
    else:
        await call.open(view)


async def refresh_under(call: Call, place: DraftPlace, view_id: str = "") -> None:
    """Draw the view beneath again. view_id: which one, when it is not the one before."""
    view_id = view_id or call.under
    if not view_id or not place.under:
        return
    if place.under == "queue":
        view = await queue_of(call, QueueState.unpacked(place.metadata))
    elif place.under == "list":
        lead_id, _, channel = place.metadata.partition(":")
        view = await emails_of(call, lead_id, channel)
    else:
        kept = _kept(place.metadata)
        back = kept.get("back")
        view = await card_of(call, str(kept.get("lead")), ListState.unpacked(str(back)) if back is not None else None)
    await call.update(view, view_id=view_id)


def _kept(metadata: str) -> dict[str, object]:
    try:
        kept = json.loads(metadata or "{}")
    except ValueError:
        return {}
    return kept if isinstance(kept, dict) else {}


async def carried_out(house: House, approval: Approval) -> DraftCard:
    """The hand-over that an approval began, to its end; the draft as it stands then, its posted cards too."""
    card = approval.card
    await put_up(house, card.draft.id)  # first: the buttons go
    if approval.push is not None:
        await show_push(house, approval.push)
        card = await house.services.drafts.settle(house.workspace.id, card.draft.id)
        await put_up(house, card.draft.id)
    return card


async def put_up(house: House, draft_id: str) -> None:
    """Edit the posted cards of a draft now; what Slack does not take now stays due for the clock."""
    keys = await house.services.drafts.post_keys(house.workspace.id, draft_id)
    if keys:
        await house.poster.deliver_due(house.workspace.id, keys=keys)


async def draft_news(house: House, channel: str, draft_ids: Sequence[str]) -> list[WantedPost]:
    """What a channel is told of new drafts: a card for each of a few, one message for many.

    The clock words the cards once more soon after: somebody may decide before they are stored.
    """
    cards = await house.services.drafts.announced(house.workspace.id, draft_ids)
    waiting = [card for card in cards if card.draft.is_waiting]
    if len(waiting) > MOST_CARDS:
        mark = hashlib.sha256(",".join(card.draft.id for card in waiting).encode()).hexdigest()[:16]
        return [wanted(f"drafts:{mark}:{channel}", channel, drafts_message(waiting))]
    return [wanted(f"draft:{card.draft.id}:{channel}", channel, draft_message(card)) for card in waiting]
