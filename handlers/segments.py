"""`/outreach segments`: made, renamed, given rules or members, looked into, activated and retired."""

import json
import re
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any

from blocks import ids
from blocks.criteria import rule_form
from blocks.segments import (
    add_members_form,
    members_view,
    new_segment_form,
    preview_view,
    rename_form,
    segment_view,
    segments_view,
)
from bot.outreach.access import Permission
from bot.outreach.criteria import OPERATORS, Field, Match, Operator, Rule
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


def _kept(call: Call) -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(call.metadata or "{}")
    return kept


def segment_of(call: Call) -> str:
    """The id of the segment the view is about."""
    return str(_kept(call).get("segment") or "")


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
    await _count_on(call, preview, draw, view_id, await call.redraw(await draw(preview), view_id))


async def _count_on(
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
    actor, kind = await call.actor(), call.chosen(ids.SEGMENT_KIND)
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
    await _act(call, call.services.segments.turn(call.workspace_id, await call.actor(), call.value, state), said)


async def _act(call: Call, doing: Awaitable[Segment], said: str) -> None:
    """Carry out a button of the segment's own view and draw it again, with what went wrong above it."""
    segment_id, notice, problem = segment_of(call), said, ""
    try:
        await doing
    except OutreachError as error:
        notice, problem = "", noted(error, user=call.user_id)
    await show_segment(call, segment_id, notice=notice, problem=problem)


async def remove(call: Call) -> None:
    """`Delete`: the list beneath is drawn again, and this view says that it is gone."""
    await call.ack()
    try:
        segment = await call.services.segments.remove(call.workspace_id, await call.actor(), call.value)
    except OutreachError as error:
        await show_segment(call, call.value, problem=noted(error, user=call.user_id))
        return
    await call.update(await _list(call, f"Deleted {segment.name}."), racing=False)


async def set_match(call: Call) -> None:
    """All rules, or any."""
    await call.ack()
    actor, match = await call.actor(), Match(call.value)
    await _act(call, call.services.segments.set_match(call.workspace_id, actor, segment_of(call), match), "")


async def add_rule(call: Call) -> None:
    """`Add rule`."""
    await call.ack()
    await _open_rule(call, Rule(Field.COUNTRY, Operator.IS), None, call.open)


async def rule_menu(call: Call) -> None:
    """A rule's menu: edit or remove it."""
    await call.ack()
    verb, _, place = call.value.partition(":")
    actor, kept = await call.actor(), _kept(call)
    if verb == "remove":
        seen = int(kept["seen"])
        doing = call.services.segments.remove_rule(call.workspace_id, actor, segment_of(call), int(place), seen)
        await _act(call, doing, "")
        return
    segment = await call.services.segments.get(call.workspace_id, actor, segment_of(call))
    rules = segment.criteria.rules
    if segment.revision == kept["seen"] and int(place) < len(rules):
        await _open_rule(call, rules[int(place)], int(place), call.open)
        return
    await show_segment(call, segment.id, problem="Somebody changed the rules. These are the rules now.")


async def _open_rule(call: Call, rule: Rule, place: int | None, show: Callable[[Any], Awaitable[Any]]) -> None:
    kept = {key: value for key, value in _kept(call).items() if key in {"segment", "seen"}} | {"place": place}
    campaigns = await call.services.campaigns.all(call.workspace_id, await call.actor())
    await show(rule_form(rule, campaigns, kept, is_new=place is None))


async def choose_field(call: Call) -> None:
    """Another field in the form: its own ways to compare."""
    await call.ack()
    field = Field(call.value)
    await _open_rule(call, Rule(field, OPERATORS[field][0]), _kept(call).get("place"), call.update)


async def rule_saved(call: Call) -> None:
    """The form of one rule."""
    kept = _kept(call)
    field = Field(kept["field"])
    rule = Rule(field, Operator(call.chosen(ids.RULE_OPERATOR) or OPERATORS[field][0]), typed_values(call))
    doing = call.services.segments.set_rule(
        call.workspace_id, await call.actor(), segment_of(call), rule, kept["place"], int(kept["seen"])
    )
    if segment := await submitted(call, doing, lambda named: f"{named if named == 'operator' else 'values'}:{field}"):
        await show_segment(call, segment.id, call.under)


def typed_values(call: Call) -> tuple[str, ...]:
    """What was chosen or typed, values separated by commas."""
    chosen = call.chosen_many(ids.RULE_VALUES)
    return tuple(chosen or re.split(r"[,\n]", call.chosen(ids.RULE_TEXT)))


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

    await _count_on(call, preview, draw, await call.open(await draw(preview)), "")


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
        ids.SEGMENT_NEW: new,
        ids.SEGMENT_OPEN: open_one,
        ids.SEGMENT_RENAME: rename,
        ids.SEGMENT_ACTIVATE: activate,
        ids.SEGMENT_RETIRE: retire,
        ids.SEGMENT_REMOVE: remove,
        ids.SEGMENT_MATCH: set_match,
        ids.SEGMENT_MEMBERS: look_inside,
        ids.SEGMENT_NEXT: turn_page,
        ids.SEGMENT_PREVIOUS: turn_page,
        ids.SEGMENT_DROP: drop,
        ids.SEGMENT_ADD: add_leads,
        ids.RULE_ADD: add_rule,
        ids.RULE_MENU: rule_menu,
        ids.RULE_FIELD: choose_field,
    },
    views={
        ids.SEGMENT_FORM: created,
        ids.SEGMENT_RENAME_FORM: renamed,
        ids.SEGMENT_ADD_FORM: leads_added,
        ids.RULE_FORM: rule_saved,
    },
)
