"""`/outreach segments`: made, renamed, activated, retired and deleted."""

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any

from blocks import segment_ids
from blocks.segments import new_segment_form, rename_form, segment_view, segments_view
from bot.outreach.access import Permission
from bot.outreach.errors import OutreachError
from bot.outreach.segments import NOBODY, Count, Segment, SegmentKind, SegmentState
from bot.services.segments import Preview
from handlers import Table
from handlers.call import Call
from handlers.errors import noted
from handlers.modals import redraw_beneath, refuse, submitted


async def open_segments(call: Call) -> None:
    """The list in a fresh modal."""
    await call.open(await _list(call))


async def _list(call: Call, notice: str = "") -> dict[str, Any]:
    actor = await call.actor()
    segments = await call.services.segments.all(call.workspace_id, actor)
    return segments_view(segments, may_edit=Permission.EDIT_SEGMENTS in actor.permissions, notice=notice)


def segment_of(call: Call) -> str:
    """The id of the segment the view is about."""
    return str(call.kept.get("segment") or "")


async def _drawn(call: Call, segment: Segment, leads: Count | None, *, notice: str = "", problem: str = "") -> Any:
    actor = await call.actor()
    campaigns = await call.services.campaigns.all(call.workspace_id, actor)
    return segment_view(
        segment,
        leads,
        {campaign.id: campaign.name for campaign in campaigns},
        may_edit=Permission.EDIT_SEGMENTS in actor.permissions,
        may_start=Permission.SEND_MAIL in actor.permissions and call.services.starts.connected,
        notice=notice,
        problem=problem,
    )


async def show_segment(call: Call, segment_id: str, view_id: str = "", *, notice: str = "", problem: str = "") -> None:
    """Draw one in the modal with this id, or this one; counted as far as a moment's look tells, then to the end."""
    preview = await call.services.segments.preview(call.workspace_id, await call.actor(), segment_id)

    async def draw(preview: Preview) -> Any:
        return await _drawn(call, preview.segment, preview.count, notice=notice, problem=problem)

    view_id = view_id or str(call.view.get("id"))
    await count_on(call, preview, draw, view_id, await call.redraw(await draw(preview), view_id))


async def count_on(
    call: Call, preview: Preview, draw: Callable[[Preview], Awaitable[Any]], view_id: str, seen: str | None
) -> None:
    """Draw it again with every further figure, until the modal is gone or shows something newer than was `seen`."""
    if seen is None:
        return
    async with aclosing(call.services.segments.counted_on(call.workspace_id, await call.actor(), preview)) as figures:
        async for preview in figures:
            seen = await call.redraw(await draw(preview), view_id, seen)
            if seen is None:
                return


async def new(call: Call) -> None:
    """`New segment`."""
    await call.ack()
    await call.open(new_segment_form())


async def created(call: Call) -> None:
    """The form of a new one: it is shown in the form's place."""
    actor, kind = await call.actor(), call.chosen(segment_ids.SEGMENT_KIND)
    if not await call.first_time():
        return await call.ack()
    try:
        segment = await call.services.segments.add(call.workspace_id, actor, call.field("name"), SegmentKind(kind))
    except OutreachError as error:
        return await refuse(call, error, "name")
    await call.ack(response_action="update", view=await _drawn(call, segment, NOBODY, notice="Created as a draft."))
    return await redraw_beneath(call, _list)


async def open_one(call: Call) -> None:
    """`Open` in the list. Shown at once, counted after: a click has to be answered within seconds."""
    await call.ack()
    segment = await call.services.segments.get(call.workspace_id, await call.actor(), call.value)
    view_id = await call.open(await _drawn(call, segment, None))
    await show_segment(call, segment.id, view_id)


async def rename(call: Call) -> None:
    """`Rename`."""
    await call.ack()
    segment = await call.services.segments.get(call.workspace_id, await call.actor(), call.value)
    await call.open(rename_form(segment))


async def renamed(call: Call) -> None:
    """The new name."""
    doing = call.services.segments.rename(call.workspace_id, await call.actor(), segment_of(call), call.field("name"))
    if segment := await submitted(call, doing, "name"):
        await show_segment(call, segment.id, call.under, notice="Renamed.")


async def activate(call: Call) -> None:
    """`Activate`."""
    await _turn(call, SegmentState.ACTIVE, "It is active: it can be pushed and used.")


async def retire(call: Call) -> None:
    """`Retire`."""
    await _turn(call, SegmentState.RETIRED, "It is retired.")


async def _turn(call: Call, state: SegmentState, said: str) -> None:
    await call.ack()
    await act(call, call.services.segments.turn(call.workspace_id, await call.actor(), call.value, state), said)


async def act(call: Call, doing: Awaitable[Segment], said: str) -> None:
    """Carry out a button of the segment's own view and draw it again, with what went wrong above it."""
    segment_id, notice, problem = segment_of(call), said, ""
    try:
        await doing
    except OutreachError as error:
        notice, problem = "", noted(error, user=call.user_id)
    await show_segment(call, segment_id, notice=notice, problem=problem)


async def remove(call: Call) -> None:
    """`Delete`: the list, in this view's place, says that it is gone."""
    await call.ack()
    try:
        segment = await call.services.segments.remove(call.workspace_id, await call.actor(), call.value)
    except OutreachError as error:
        await show_segment(call, call.value, problem=noted(error, user=call.user_id))
        return
    await call.update(await _list(call, f"Deleted {segment.name}."), racing=False)


TABLE = Table(
    actions={
        segment_ids.SEGMENT_NEW: new,
        segment_ids.SEGMENT_OPEN: open_one,
        segment_ids.SEGMENT_RENAME: rename,
        segment_ids.SEGMENT_ACTIVATE: activate,
        segment_ids.SEGMENT_RETIRE: retire,
        segment_ids.SEGMENT_REMOVE: remove,
    },
    views={segment_ids.SEGMENT_FORM: created, segment_ids.SEGMENT_RENAME_FORM: renamed},
)
