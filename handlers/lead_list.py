"""The list of leads as a view, and the controls that draw it again: search, order, filters, pages."""

from dataclasses import replace

from blocks import ids
from blocks.lead_list import list_view
from blocks.list_state import ListState
from bot.outreach.errors import Invalid, OutreachError
from handlers import Table
from handlers.call import Call
from handlers.modals import draw_newest


async def list_of(call: Call, state: ListState, problem: str = "", done: str = "") -> dict[str, object]:
    """The list as a view. A cursor that fits no longer gives the first page, a segment not to be used all leads."""
    actor = await call.actor()
    leads, campaigns = call.services.leads, call.services.campaigns
    segment = None
    if state.segment_id:
        try:
            segment = await call.services.segments.in_use(call.workspace_id, actor, state.segment_id)
        except OutreachError as error:
            state, problem = state.narrowed(state.filters, None), str(error)
    try:
        page = await leads.page(call.workspace_id, actor, state.query(segment), state.cursor)
    except Invalid:  # a cursor of an older question: back to its first page
        state = replace(state, cursor=None, number=1)
        page = await leads.page(call.workspace_id, actor, state.query(segment))
    has_leads = bool(page.leads) or any((await leads.counts(call.workspace_id, actor)).values())
    return list_view(
        page,
        state,
        await campaigns.all(call.workspace_id, actor),
        may=actor.permissions,
        problem=problem,
        done=done,
        connected=campaigns.connected,
        has_leads=has_leads,
        columns=await call.services.views.columns(call.workspace_id, actor),
        segment=segment,
    )


def state_of(call: Call) -> ListState:
    """Where the reader stands, with the campaign chosen and the words typed since it was drawn."""
    state = ListState.unpacked(call.metadata)
    state = replace(state, campaign_id=call.chosen(ids.CAMPAIGN) or state.campaign_id)
    typed = call.chosen(ids.SEARCH) if call.shows(ids.SEARCH) else state.text
    return state if typed.strip() == state.text.strip() else state.searched(typed)


async def show_list(call: Call, state: ListState, problem: str = "") -> None:
    """Draw the list again."""
    await draw_newest(call, list_of, state, problem)


async def search(call: Call) -> None:
    """Each keystroke is a new question."""
    await call.ack()
    await show_list(call, state_of(call).searched(call.value))


async def sort(call: Call) -> None:
    """Another order."""
    await call.ack()
    await show_list(call, state_of(call).sorted(call.value))


async def filter_status(call: Call) -> None:
    """Only one status, or all."""
    await call.ack()
    await show_list(call, state_of(call).filtered(call.value))


async def clear_filters(call: Call) -> None:
    """Everything again."""
    await call.ack()
    await show_list(call, state_of(call).without_filters())


async def next_page(call: Call) -> None:
    """One page on."""
    await call.ack()
    await show_list(call, state_of(call).paged(call.value, 1))


async def previous_page(call: Call) -> None:
    """One page back."""
    await call.ack()
    await show_list(call, state_of(call).paged(call.value, -1))


async def select_page(call: Call) -> None:
    """All leads on this page, never the whole result; pressed again, none."""
    await call.ack()
    state = state_of(call)
    await show_list(call, state.selected(everything=not state.all_selected))


TABLE = Table(
    actions={
        ids.SEARCH: search,
        ids.SORT: sort,
        ids.STATUS_FILTER: filter_status,
        ids.CLEAR_FILTERS: clear_filters,
        ids.NEXT_PAGE: next_page,
        ids.PREVIOUS_PAGE: previous_page,
        ids.SELECT_PAGE: select_page,
    }
)
