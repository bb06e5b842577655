"""Approved and sent: `Approve & send`, `Queue for next free slot`, `Undo`, `Hand over`, and what came of each."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from blocks import ids
from blocks.draft_state import DraftPlace, QueueState
from blocks.message import Message, esc, section
from bot.outreach.drafts import DraftCard, DraftState
from bot.outreach.errors import Conflict, Invalid, LimitReached, NotAllowed
from bot.outreach.mails import UNDO_FOR
from bot.services.drafts import Approval
from handlers import Table
from handlers.call import Call
from handlers.draft_views import carried_out, emails_of, place_of, preview_of, put_up, queue_of, refresh_under
from handlers.errors import noted
from handlers.lead_card import reload

KEPT = "Approved and kept, but not handed over"
TO_UNDO = f"Approved. It leaves in {UNDO_FOR.seconds} seconds; until then `Undo` takes it back."
IN_LINE = "Approved and queued to send. The card says when it leaves; until then `Undo` takes it back."
NOT_DECIDED = "Nothing was decided; `Queue for next free slot` sends it when the limit lets it."
TAKEN_BACK = "Taken back. The approval stays; `Hand over` sends it after all."
RowVerb = Callable[[Call, str, int], Awaitable[None]]


def bound_to(reference: str) -> tuple[str, int]:
    """The draft of a button, and the revision it was drawn for; 0 fits no revision."""
    draft_id, _, revision = reference.partition(":")
    return draft_id, int(revision) if revision.isdigit() and len(revision) < 10 else 0


async def approve(call: Call) -> None:
    """`Approve & send` under a card or in the preview."""
    await call.ack()
    await _approve(call, *bound_to(call.value))


async def _approve(call: Call, draft_id: str, revision: int) -> None:
    if not await call.first_time():
        return
    site_id = call.chosen(ids.DRAFT_SITE)
    doing = call.services.drafts.approve(call.workspace_id, await call.actor(), draft_id, revision, site_id=site_id)
    await _decide(call, draft_id, doing)


async def queue_it(call: Call) -> None:
    """`Queue for next free slot`: approve and hand over all the same, to leave when the limit lets it."""
    await call.ack()
    await _queue(call, *bound_to(call.value))


async def _queue(call: Call, draft_id: str, revision: int) -> None:
    if not await call.first_time():
        return
    actor, drafts, site_id = await call.actor(), call.services.drafts, call.chosen(ids.DRAFT_SITE)
    card = await drafts.get(call.workspace_id, actor, draft_id)
    if card.draft.may_hand_over:
        doing = drafts.hand_over(call.workspace_id, actor, draft_id, site_id=site_id, queue=True)
    else:
        doing = drafts.approve(call.workspace_id, actor, draft_id, revision, site_id=site_id, queue=True)
    await _decide(call, draft_id, doing)


async def undo(call: Call) -> None:
    """`Undo` under a draft whose mail has not left."""
    await call.ack()
    await _undo(call, call.value, 0)


async def _undo(call: Call, draft_id: str, revision: int) -> None:
    try:
        card = await call.services.drafts.take_back(call.workspace_id, await call.actor(), draft_id)
    except (Conflict, NotAllowed) as error:
        await told(call, draft_id, noted(error, user=call.user_id, draft=draft_id), is_problem=True)
        return
    await put_up(call.house, card.draft.id)
    await told(call, draft_id, TAKEN_BACK, is_problem=False)


async def hand_over(call: Call) -> None:
    """`Hand over`: an approved draft that nothing took so far, into the lead's campaign or the one chosen."""
    await call.ack()
    await _hand_over(call, call.value, 0)


async def _hand_over(call: Call, draft_id: str, revision: int) -> None:
    if not await call.first_time():
        return
    chosen = call.chosen(ids.HAND_OVER_TO) or call.chosen(ids.CARD_CAMPAIGN) or None
    site_id, actor = call.chosen(ids.DRAFT_SITE), await call.actor()
    doing = call.services.drafts.hand_over(call.workspace_id, actor, draft_id, chosen, site_id=site_id)
    await _decide(call, draft_id, doing)


async def _decide(call: Call, draft_id: str, doing: Awaitable[Approval]) -> None:
    """Do it, carry the hand-over out, and tell what came of it where it was asked for, good or bad."""
    try:
        approval = await doing
        if approval.push and call.view.get("callback_id") == ids.DRAFT_PREVIEW:
            await told(call, draft_id, outcome(approval.card), is_problem=False)
        card = await carried_out(call.house, approval)
    except LimitReached as error:
        await call.services.drafts.word_again(call.workspace_id, draft_id)
        await told(call, draft_id, f"Limit reached (429): {error} {NOT_DECIDED}", is_problem=True)
        return
    except (Conflict, Invalid, NotAllowed) as error:
        await told(call, draft_id, noted(error, user=call.user_id, draft=draft_id), is_problem=True)
        return
    await told(call, draft_id, outcome(card), is_problem=bool(card.draft.problem))


def outcome(card: DraftCard) -> str:
    """What an approval came to, in plain words."""
    draft = card.draft
    if draft.is_waiting:
        return "Your approval is noted. A second approver is needed before it leaves."
    if draft.problem:
        return f"{KEPT}: {draft.problem}"
    if card.mail:
        return IN_LINE if card.mail.waits_for else TO_UNDO
    if draft.state is DraftState.APPROVED:
        return "Approved. The hand-over is under way."
    return f"Approved and handed over to {card.campaign or 'the campaign'}."


async def told(call: Call, draft_id: str, said: str, *, is_problem: bool) -> None:
    """The outcome in the view it was asked in, else for the person's eyes in the channel."""
    kind, mark = call.view.get("callback_id"), "⚠️" if is_problem else "✅"
    if kind == ids.DRAFT_QUEUE:
        await call.update(await queue_of(call, QueueState.unpacked(call.metadata), f"{mark} {said}"), racing=False)
    elif kind == ids.DRAFT_LIST:
        lead_id, _, channel = call.metadata.partition(":")
        await call.update(await emails_of(call, lead_id, channel, f"{mark} {said}"), racing=False)
    elif kind == ids.LEAD_CARD:
        await call.services.leads.note(call.workspace_id, await _lead_of(call, draft_id), said)
        await reload(call)
    elif call.view.get("type") == "modal":
        place = await as_it_stands(call, place_of(call, draft_id))
        notice = f"{KEPT}." if said.startswith(KEPT) else said  # the stamp tells why
        await call.update(await preview_of(call, place, notice, is_problem=is_problem), racing=False)
        await refresh_under(call, place)
    else:
        await put_up(call.house, draft_id)
        said = esc(said)
        await call.tell(Message(said, [section(f"{mark} {said}")]))


async def as_it_stands(call: Call, place: DraftPlace) -> DraftPlace:
    """The same place at the revision that stands."""
    card = await call.services.drafts.get(call.workspace_id, await call.actor(), place.draft_id)
    return replace(place, revision=card.draft.revision)


async def _lead_of(call: Call, draft_id: str) -> str:
    return (await call.services.drafts.get(call.workspace_id, await call.actor(), draft_id)).lead.id


SENDING_VERBS: Mapping[str, RowVerb] = {"approve": _approve, "hand": _hand_over, "queue": _queue, "undo": _undo}

TABLE = Table(
    actions={
        ids.APPROVE_DRAFT: approve,
        ids.QUEUE_DRAFT: queue_it,
        ids.UNDO_DRAFT: undo,
        ids.HAND_OVER: hand_over,
    }
)
