"""What a person does to one draft: look, edit, approve, reject, ask for approval, hand over."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from blocks import ids
from blocks.draft_forms import COMMENT, edit_view, field_id, reject_view
from blocks.draft_state import DraftPlace, QueueState
from blocks.message import Message, esc, section
from bot.outreach.approvals import StaleDraft
from bot.outreach.drafting import PARTS
from bot.outreach.drafts import DraftCard, DraftState
from bot.outreach.errors import Conflict, Invalid, NotAllowed, OutreachError
from bot.services.drafts import Approval
from handlers import Table
from handlers.call import Call
from handlers.draft_views import carried_out, emails_of, place_of, preview_of, put_up, queue_of, refresh_under, show
from handlers.errors import noted
from handlers.lead_card import reload

KEPT = "Approved and kept, but not handed over"
RowVerb = Callable[[Call, str, int], Awaitable[None]]


def bound_to(reference: str) -> tuple[str, int]:
    """The draft of a button, and the revision it was drawn for; 0 fits no revision."""
    draft_id, _, revision = reference.partition(":")
    return draft_id, int(revision) if revision.isdigit() and len(revision) < 10 else 0


async def open_draft(call: Call) -> None:
    """A button in a message that opens the preview."""
    await call.ack()
    draft_id, revision = bound_to(call.value)
    await show(call, await preview_of(call, place_of(call, draft_id, revision)))


async def approve(call: Call) -> None:
    """`Approve & send` under a card or in the preview."""
    await call.ack()
    await _approve(call, *bound_to(call.value))


async def _approve(call: Call, draft_id: str, revision: int) -> None:
    if not await call.first_time():
        return
    doing = call.services.drafts.approve(call.workspace_id, await call.actor(), draft_id, revision)
    await _decide(call, draft_id, doing)


async def hand_over(call: Call) -> None:
    """`Hand over`: an approved draft that nothing took so far, into the lead's campaign or the one chosen."""
    await call.ack()
    await _hand_over(call, call.value, 0)


async def _hand_over(call: Call, draft_id: str, revision: int) -> None:
    if not await call.first_time():
        return
    chosen = call.chosen(ids.HAND_OVER_TO) or call.chosen(ids.CARD_CAMPAIGN) or None
    doing = call.services.drafts.hand_over(call.workspace_id, await call.actor(), draft_id, chosen)
    await _decide(call, draft_id, doing)


async def _decide(call: Call, draft_id: str, doing: Awaitable[Approval]) -> None:
    """Do it, carry the hand-over out, and tell what came of it where it was asked for, good or bad."""
    try:
        approval = await doing
        if approval.push and call.view.get("callback_id") == ids.DRAFT_PREVIEW:
            await _told(call, draft_id, outcome(approval.card), is_problem=False)
        card = await carried_out(call.house, approval)
    except (Conflict, NotAllowed) as error:
        await _told(call, draft_id, noted(error, user=call.user_id, draft=draft_id), is_problem=True)
        return
    await _told(call, draft_id, outcome(card), is_problem=bool(card.draft.problem))


def outcome(card: DraftCard) -> str:
    """What an approval came to, in plain words."""
    draft = card.draft
    if draft.is_waiting:
        return "Your approval is noted. A second approver is needed before it leaves."
    if draft.problem:
        return f"{KEPT}: {draft.problem}"
    if draft.state is DraftState.APPROVED:
        return "Approved. The hand-over is under way."
    return f"Approved and handed over to {card.campaign or 'the campaign'}."


async def _told(call: Call, draft_id: str, said: str, *, is_problem: bool) -> None:
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
        place = await _now(call, place_of(call, draft_id))
        notice = f"{KEPT}." if said.startswith(KEPT) else said  # the stamp tells why
        await call.update(await preview_of(call, place, notice, is_problem=is_problem), racing=False)
        await refresh_under(call, place)
    else:
        await put_up(call.house, draft_id)
        said = esc(said)
        await call.tell(Message(said, [section(f"{mark} {said}")]))


async def _now(call: Call, place: DraftPlace) -> DraftPlace:
    """The same place at the revision that stands."""
    card = await call.services.drafts.get(call.workspace_id, await call.actor(), place.draft_id)
    return replace(place, revision=card.draft.revision)


async def _lead_of(call: Call, draft_id: str) -> str:
    return (await call.services.drafts.get(call.workspace_id, await call.actor(), draft_id)).lead.id


async def edit(call: Call) -> None:
    """`Edit`: the form at the revision that stands."""
    await call.ack()
    await _edit(call, *bound_to(call.value))


async def _edit(call: Call, draft_id: str, revision: int) -> None:
    card = await call.services.drafts.get(call.workspace_id, await call.actor(), draft_id)
    place = place_of(call, draft_id, card.draft.revision)
    if not card.draft.is_waiting:
        await show(
            call, await preview_of(call, place, "This draft is decided, so it cannot be edited.", is_problem=True)
        )
        return
    await show(call, edit_view(card, place))


async def save(call: Call) -> None:
    """The edit form: mistakes stand under their field; a text changed meanwhile is shown, what was typed stays."""
    place = DraftPlace.unpacked(call.metadata)
    actor, drafts = await call.actor(), call.services.drafts
    card = await drafts.get(call.workspace_id, actor, place.draft_id)
    typed = [
        {part: call.field(field_id(part, step, place.revision)) for part in PARTS}
        for step in range(len(card.draft.letters))
    ]
    try:
        card = await drafts.edit(call.workspace_id, actor, place.draft_id, place.revision, typed)
    except Invalid as error:
        part, _, step = (error.field or "subject:0").partition(":")
        field = field_id(part, int(step or 0), place.revision)
        return await call.ack(response_action="errors", errors={field: str(error)[:300]})
    except StaleDraft as error:
        newer = replace(card, draft=error.draft)
        place = replace(place, revision=error.draft.revision)
        view = edit_view(newer, place, typed=typed, changes=error.changes, notice=str(error))
        return await call.ack(response_action="update", view=view)
    except Conflict as error:
        view = await preview_of(call, place, f"{error} Your text was not saved.", is_problem=True)
        return await call.ack(response_action="update", view=view)
    place = replace(place, revision=card.draft.revision)
    await call.ack(response_action="update", view=await preview_of(call, place, f"Saved as revision {place.revision}."))
    await put_up(call.house, place.draft_id)
    return await refresh_under(call, place)


async def reject(call: Call) -> None:
    """`Reject…`: ask why."""
    await call.ack()
    await _reject(call, *bound_to(call.value))


async def _reject(call: Call, draft_id: str, revision: int) -> None:
    card = await call.services.drafts.get(call.workspace_id, await call.actor(), draft_id)
    place = place_of(call, draft_id, revision)
    if not card.draft.is_waiting:
        await show(call, await preview_of(call, place, "This draft is decided already.", is_problem=True))
        return
    await show(call, reject_view(card, place))


async def rejected(call: Call) -> None:
    """The reason is given."""
    place = DraftPlace.unpacked(call.metadata)
    actor, drafts = await call.actor(), call.services.drafts
    try:
        card = await drafts.reject(call.workspace_id, actor, place.draft_id, place.revision, call.field(COMMENT))
    except Invalid as error:
        return await call.ack(response_action="errors", errors={COMMENT: str(error)[:300]})
    except Conflict as error:
        view = await preview_of(call, await _now(call, place), str(error), is_problem=True)
        return await call.ack(response_action="update", view=view)
    await call.ack(response_action="update", view=await preview_of(call, place, "Rejected."))
    await put_up(call.house, card.draft.id)
    return await refresh_under(call, place)


async def ask(call: Call) -> None:
    """`Ask for approval`: the draft's card in the channel the modal was opened in, or the default one."""
    await call.ack()
    place = place_of(call, call.value)
    channel = place.channel or await call.post_channel()
    try:
        key = await call.services.drafts.ask(call.workspace_id, await call.actor(), call.value, channel)
    except OutreachError as error:
        await _told(call, call.value, str(error), is_problem=True)
        return
    await call.house.poster.put_up(call.workspace_id, [key])
    said = "Asked for approval in the channel." if channel[:1] in {"C", "G"} else "The card is in your messages."
    await call.update(await preview_of(call, await _now(call, place), said), racing=False)


ROW_VERBS: Mapping[str, RowVerb] = {"edit": _edit, "approve": _approve, "reject": _reject, "hand": _hand_over}

TABLE = Table(
    actions={
        ids.OPEN_DRAFT: open_draft,
        ids.APPROVE_DRAFT: approve,
        ids.EDIT_DRAFT: edit,
        ids.REJECT_DRAFT: reject,
        ids.ASK_APPROVAL: ask,
        ids.HAND_OVER: hand_over,
    },
    views={ids.DRAFT_EDIT: save, ids.DRAFT_REJECT: rejected},
)
