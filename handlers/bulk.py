"""`Bulk update` on the list: what to change, a second look, one envelope, and its undoing."""

from collections.abc import Sequence

from blocks import ids
from blocks.bulk import EMPTIES, SEGMENT_BLOCK, STATUS_BLOCK, TEXTS, bulk_confirm, bulk_form, bulk_result, kept_for
from blocks.list_state import ListState
from bot.outreach.errors import Invalid, OutreachError
from bot.outreach.pushes import Envelope
from bot.outreach.segments import SegmentState
from bot.services.bulk import Wanted
from handlers import Table
from handlers.call import Call
from handlers.lead_list import list_of, show_list, state_of
from handlers.modals import redraw_beneath, refuse

_BOXES = (STATUS_BLOCK, *TEXTS, SEGMENT_BLOCK)


async def bulk_update(call: Call) -> None:
    """The form for the chosen leads."""
    await call.ack()
    state, chosen = state_of(call), call.chosen_many(ids.SELECTION)
    if not chosen:
        await show_list(call, state, "Choose at least one lead first, or Select all on page.")
        return
    segments = await call.services.segments.all(call.workspace_id, await call.actor())
    fillable = [each for each in segments if not each.is_dynamic and each.state is not SegmentState.RETIRED]
    await call.open(bulk_form(len(chosen), fillable, kept_for(state, leads=chosen)))


async def chosen(call: Call) -> None:
    """The form: say what it will do to how many, in its place."""
    kept = call.kept
    segment_id = call.chosen(ids.BULK_SEGMENT)
    wanted = Wanted(tuple(kept["leads"]), _changes(call), segment_id)
    actor, services = await call.actor(), call.services
    try:
        token = await services.bulk.keep(call.workspace_id, actor, wanted)
        segment = await services.segments.get(call.workspace_id, actor, segment_id) if segment_id else None
    except OutreachError as error:
        named = error.field if isinstance(error, Invalid) and error.field in _BOXES else STATUS_BLOCK
        return await refuse(call, error, str(named))
    state = kept_for(ListState.unpacked(kept["list"]), token=token)
    view = bulk_confirm(len(wanted.lead_ids), wanted.changes, segment, state)
    return await call.ack(response_action="update", view=view)


def _changes(call: Call) -> dict[str, str]:
    status = call.chosen(ids.BULK_STATUS)
    typed = {name: text for name in TEXTS if (text := call.field(name).strip())}
    emptied = {name: "" if text == EMPTIES else text for name, text in typed.items()}
    return {**({STATUS_BLOCK: status} if status else {}), **emptied}


async def confirmed(call: Call) -> None:
    """Do it, and show the envelope in place of the question; the list beneath is drawn again."""
    kept = call.kept
    actor, services, token = await call.actor(), call.services, str(kept["token"])
    wanted = await services.bulk.kept(call.workspace_id, actor, token)
    if wanted.segment_id:
        envelope = await services.segments.add_members(call.workspace_id, actor, wanted.segment_id, wanted.lead_ids)
        await _show(call, envelope, "added to the segment", "")
    else:
        envelope = await services.bulk.update(call.workspace_id, actor, token)
        await _show(call, envelope, "updated", token)
    await redraw_beneath(call, list_of, ListState.unpacked(kept["list"]))


async def _show(call: Call, envelope: Envelope, verb: str, undo: str) -> None:
    names = await _names(call, [outcome.lead_id for outcome in envelope.skipped])
    await call.ack(
        response_action="update", view=bulk_result(envelope, names, verb=verb, kept=call.metadata, undo=undo)
    )


async def _names(call: Call, lead_ids: Sequence[str]) -> dict[str, str]:
    return await call.services.pushes.titles(call.workspace_id, lead_ids)


async def undo(call: Call) -> None:
    """`Undo` under the envelope."""
    await call.ack()
    envelope = await call.services.bulk.undo(call.workspace_id, await call.actor(), call.value)
    names = await _names(call, [outcome.lead_id for outcome in envelope.skipped])
    await call.update(bulk_result(envelope, names, verb="put back"), racing=False)
    state = ListState.unpacked(str(call.kept.get("list") or ""))
    await redraw_beneath(call, list_of, state)


TABLE = Table(
    actions={ids.BULK_UPDATE: bulk_update, ids.BULK_UNDO: undo},
    views={ids.BULK_FORM: chosen, ids.BULK_CONFIRM: confirmed},
)
