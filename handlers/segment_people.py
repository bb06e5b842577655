"""Who is in a segment: a dynamic one's preview, a static one's members, added and taken out."""

from typing import Any

from blocks import ids, segment_ids
from blocks.segments import add_members_form, members_view, preview_view
from bot.outreach.access import Permission
from bot.services.segments import Preview
from handlers import Table
from handlers.call import Call
from handlers.modals import submitted
from handlers.segments import count_on, segment_of, show_segment


async def look_inside(call: Call) -> None:
    """`Preview` of a dynamic one, `Members` of a static one."""
    await call.ack()
    actor = await call.actor()
    if not (await call.services.segments.get(call.workspace_id, actor, call.value)).is_dynamic:
        await call.open(await _people(call, call.value))
        return
    preview = await call.services.segments.preview(call.workspace_id, actor, call.value)

    async def draw(preview: Preview) -> Any:
        return preview_view(preview.segment, preview.count, preview.samples)

    await count_on(call, preview, draw, await call.open(await draw(preview)), "")


async def _people(call: Call, segment_id: str, cursor: str | None = None, notice: str = "") -> dict[str, Any]:
    actor = await call.actor()
    segment, page = await call.services.segments.members(call.workspace_id, actor, segment_id, cursor)
    return members_view(segment, page, may_edit=Permission.EDIT_SEGMENTS in actor.permissions, notice=notice)


async def turn_page(call: Call) -> None:
    """Another page of members."""
    await call.ack()
    await call.update(await _people(call, segment_of(call), call.value), racing=False)


async def drop(call: Call) -> None:
    """`Remove` beside a member."""
    await call.ack()
    actor, segment_id = await call.actor(), segment_of(call)
    await call.services.segments.remove_members(call.workspace_id, actor, segment_id, [call.value])
    await call.update(await _people(call, segment_id, notice="Taken out."), racing=False)
    if call.under:
        await show_segment(call, segment_id, call.under)


async def add_leads(call: Call) -> None:
    """`Add leads`."""
    await call.ack()
    segment = await call.services.segments.get(call.workspace_id, await call.actor(), call.value)
    await call.open(add_members_form(segment))


async def leads_added(call: Call) -> None:
    """The leads chosen for a static segment."""
    actor, segment_id = await call.actor(), segment_of(call)
    chosen = call.chosen_many(ids.PUSH_LEADS)
    adding = call.services.segments.add_members(call.workspace_id, actor, segment_id, chosen)
    if envelope := await submitted(call, adding, "leads"):
        skipped = f", {len(envelope.skipped):,} were in it already" if envelope.skipped else ""
        await show_segment(call, segment_id, call.under, notice=f"{len(envelope.done):,} added{skipped}.")


TABLE = Table(
    actions={
        segment_ids.SEGMENT_MEMBERS: look_inside,
        segment_ids.SEGMENT_NEXT: turn_page,
        segment_ids.SEGMENT_PREVIOUS: turn_page,
        segment_ids.SEGMENT_DROP: drop,
        segment_ids.SEGMENT_ADD: add_leads,
    },
    views={segment_ids.SEGMENT_ADD_FORM: leads_added},
)
