"""What a person does to one draft before it is decided: look, edit, reject, ask for approval."""

from collections.abc import Mapping
from dataclasses import replace

from blocks import ids
from blocks.draft_forms import COMMENT, edit_view, field_id, reject_view
from blocks.draft_state import DraftPlace
from bot.outreach.approvals import StaleDraft
from bot.outreach.drafting import PARTS
from bot.outreach.errors import Conflict, Invalid, OutreachError
from handlers import Table
from handlers.call import Call
from handlers.draft_sending import SENDING_VERBS, RowVerb, as_it_stands, bound_to, told
from handlers.draft_views import place_of, preview_of, put_up, refresh_under, show


async def open_draft(call: Call) -> None:
    """A button in a message that opens the preview."""
    await call.ack()
    draft_id, revision = bound_to(call.value)
    await show(call, await preview_of(call, place_of(call, draft_id, revision)))


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
        view = await preview_of(call, await as_it_stands(call, place), str(error), is_problem=True)
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
        await told(call, call.value, str(error), is_problem=True)
        return
    await call.house.poster.put_up(call.workspace_id, [key])
    said = "Asked for approval in the channel." if channel[:1] in {"C", "G"} else "The card is in your messages."
    await call.update(await preview_of(call, await as_it_stands(call, place), said), racing=False)


ROW_VERBS: Mapping[str, RowVerb] = {"edit": _edit, "reject": _reject, **SENDING_VERBS}

TABLE = Table(
    actions={
        ids.OPEN_DRAFT: open_draft,
        ids.EDIT_DRAFT: edit,
        ids.REJECT_DRAFT: reject,
        ids.ASK_APPROVAL: ask,
    },
    views={ids.DRAFT_EDIT: save, ids.DRAFT_REJECT: rejected},
)
