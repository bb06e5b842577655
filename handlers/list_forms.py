"""Around the list: filters, columns and saved views. Each form lies on the list and draws it again beneath itself."""

import re
from typing import Any
from uuid import uuid4

from blocks import ids
from blocks.list_forms import (
    SEGMENT_BLOCK,
    columns_form,
    filter_blocks,
    filters_form,
    filters_of,
    is_typed,
    views_form,
)
from blocks.list_state import ListState
from bot.outreach.criteria import Rule, checked_rule
from bot.outreach.errors import Invalid, OutreachError
from bot.outreach.views import SavedView
from handlers import Table
from handlers.call import Call
from handlers.lead_list import list_of, state_of
from handlers.modals import refuse

TOO_MANY = "These are too many filters to carry along. Make a segment of them: `/outreach segments`."


async def open_filters(call: Call) -> None:
    """`Filters`."""
    await call.ack()
    actor = await call.actor()
    campaigns = await call.services.campaigns.all(call.workspace_id, actor)
    segments = await call.services.segments.usable(call.workspace_id, actor)
    await call.open(filters_form(state_of(call), campaigns, segments))


async def filtered(call: Call) -> None:
    """The filters as chosen; a mistake stands beside its box."""
    state, rules, errors = ListState.unpacked(call.metadata), list[Rule](), dict[str, str]()
    for block, rule in filters_of({block: _given(call, block) for block in filter_blocks()}).items():
        try:
            rules.append(checked_rule(rule))
        except Invalid as error:
            errors[block] = str(error)
    state = state.narrowed(tuple(rules), call.picked(SEGMENT_BLOCK))
    if not errors and not state.carries_filters:
        errors["country"] = TOO_MANY
    if errors:
        await call.ack(response_action="errors", errors=errors)
        return
    await call.ack()
    await call.update(await list_of(call, state), view_id=call.under)


def _given(call: Call, block_id: str) -> list[str]:
    if is_typed(block_id):
        return [word for word in re.split(r"[,\n]", call.field(block_id)) if word.strip()]
    return call.ticked(block_id)


async def open_columns(call: Call) -> None:
    """`Columns`."""
    await call.ack()
    columns = await call.services.views.columns(call.workspace_id, await call.actor())
    await call.open(columns_form(state_of(call), columns))


async def columns_chosen(call: Call) -> None:
    """The columns, remembered for this person."""
    await call.services.views.set_columns(call.workspace_id, await call.actor(), call.chosen_many(ids.COLUMN_CHOICE))
    await call.ack()
    await call.update(await list_of(call, ListState.unpacked(call.metadata)), view_id=call.under)


async def open_views(call: Call) -> None:
    """`Views`."""
    await call.ack()
    await call.open(await _views(call, state_of(call)))


async def _views(call: Call, state: ListState, notice: str = "") -> dict[str, Any]:
    actor = await call.actor()
    views = await call.services.views.all(call.workspace_id, actor)
    campaigns = await call.services.campaigns.all(call.workspace_id, actor)
    segments = await call.services.segments.all(call.workspace_id, actor)
    named = {segment.id: segment.name for segment in segments}
    return views_form(state, views, {each.id: each.name for each in campaigns}, named, notice=notice)


async def view_saved(call: Call) -> None:
    """What the list shows, under the name given."""
    state = ListState.unpacked(call.metadata)
    view = SavedView(
        str(uuid4()),
        call.user_id,
        call.field("name"),
        state.text.strip(),
        state.status,
        state.sort,
        state.descending,
        state.filters,
        state.segment_id,
    )
    try:
        view = await call.services.views.save(call.workspace_id, await call.actor(), view)
    except OutreachError as error:
        return await refuse(call, error, "name")
    return await call.ack(response_action="update", view=await _views(call, state, f"Saved {view.name}."))


async def view_menu(call: Call) -> None:
    """A view's menu: show the list like that, or delete it."""
    await call.ack()
    verb, _, view_id = call.value.partition(":")
    actor, state = await call.actor(), ListState.unpacked(call.metadata)
    if verb == "delete":
        await call.services.views.remove(call.workspace_id, actor, view_id)
        await call.update(await _views(call, state, "Deleted."), racing=False)
        return
    view = await call.services.views.get(call.workspace_id, actor, view_id)
    shown = await list_of(call, state.viewed(view))
    await call.update(shown, view_id=call.under)
    await call.update(await _views(call, state.viewed(view), f"The list shows {view.name}."), racing=False)


TABLE = Table(
    actions={
        ids.OPEN_FILTERS: open_filters,
        ids.OPEN_COLUMNS: open_columns,
        ids.OPEN_VIEWS: open_views,
        ids.VIEW_MENU: view_menu,
    },
    views={ids.FILTER_FORM: filtered, ids.COLUMN_FORM: columns_chosen, ids.VIEW_FORM: view_saved},
)
