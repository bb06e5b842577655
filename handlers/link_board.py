"""`/pipeline board` and `/outreach links`: the board drawn, searched, and one column read page by page."""

from collections.abc import Sequence
from typing import Any

from blocks import link_ids
from blocks.link_board import board_view, column_view
from blocks.link_forms import TO_BLOCK, Addressing
from blocks.link_history import history_view
from blocks.link_state import LinkState
from bot.outreach.access import CLOCK, Actor
from bot.outreach.errors import Invalid
from bot.outreach.link_board import LinkCard
from bot.outreach.opportunities import BoardColumn
from bot.services.recipients import ForLink
from handlers import Table
from handlers.call import Call
from handlers.mail_templates import open_templates
from handlers.modals import draw_newest
from handlers.sequences import open_sequences


async def open_board(call: Call) -> None:
    """The board in a fresh modal."""
    await call.open(await board_of(call, LinkState()))


async def open_from_button(call: Call) -> None:
    """A button elsewhere: in place of what the modal shows, so that its forms still have room above it."""
    await call.ack()
    view = await board_of(call, LinkState())
    if call.view.get("type") == "modal":
        await call.update(view, racing=False)
    else:
        await call.open(view)


async def board_of(call: Call, state: LinkState, *, done: str = "", problem: str = "") -> dict[str, Any]:
    """The board, or its open column. A cursor that fits no longer gives the newest."""
    actor = await call.actor()
    said = {"done": done, "problem": problem}
    if state.column is None:
        board = await call.services.opportunities.board(call.workspace_id, actor, state.text)
        names = await _names(call, [card for cards in board.cards.values() for card in cards])
        return board_view(board, state, names=names, may=actor.permissions, **said)
    page = await _page(call, actor, state.column, state)
    return column_view(page, state, names=await _names(call, page.cards), may=actor.permissions, **said)


async def _page(call: Call, actor: Actor, column: BoardColumn, state: LinkState) -> Any:
    service = call.services.opportunities
    try:
        return await service.column(call.workspace_id, actor, column, text=state.text, cursor=state.cursor)
    except Invalid:
        return await service.column(call.workspace_id, actor, column, text=state.text)


async def _names(call: Call, cards: Sequence[LinkCard]) -> dict[str, str]:
    authors = {card.opportunity.set_by for card in cards} - {"", CLOCK.id}
    return dict(await call.services.members.names(call.workspace_id, sorted(authors))) if authors else {}


def link_of(call: Call) -> ForLink | None:
    """The opportunity a form is for, with the address typed."""
    opportunity_id = str(call.kept.get("opportunity") or "")
    return ForLink(opportunity_id, call.field(TO_BLOCK)) if opportunity_id else None


async def addressing(call: Call, link: ForLink | None) -> Addressing | None:
    """The same for the form to be drawn again."""
    if link is None:
        return None
    opportunity = await call.services.opportunities.get(call.workspace_id, await call.actor(), link.opportunity_id)
    return Addressing(opportunity, link.to_email, board_in(call))


def board_in(call: Call) -> str:
    """The state of the board: this view's own, or the one beneath, as the form remembers it."""
    if call.view.get("callback_id") == link_ids.LINK_BOARD:
        return _state(call).packed()
    return str(call.kept.get("board") or "")


async def redraw_board(call: Call, done: str = "") -> None:
    """The board beneath, where it stood."""
    if call.under:
        view = await board_of(call, LinkState.unpacked(board_in(call)), done=done)
        await call.update(view, view_id=call.under)


async def history_of(call: Call, opportunity_id: str, *, busy: bool = False, said: str = "") -> dict[str, Any]:
    """`Email History` as a view. busy: its page is being looked at. said: a line on top."""
    actor = await call.actor()
    history = await call.services.opportunities.history(call.workspace_id, actor, opportunity_id)
    asked_by = sorted({check.actor for check in history.checks} - {CLOCK.id})
    names = await call.services.members.names(call.workspace_id, asked_by) if asked_by else {}
    return history_view(
        history,
        board_in(call),
        may=actor.permissions,
        names=names,
        checked=call.services.link_checks.connected,
        busy=busy,
        said=said,
    )


def _state(call: Call) -> LinkState:
    """Where the reader stands, with the words typed since it was drawn."""
    state = LinkState.unpacked(call.metadata)
    typed = call.chosen(link_ids.LINK_SEARCH) if call.shows(link_ids.LINK_SEARCH) else state.text
    return state if typed.strip() == state.text.strip() else state.searched(typed)


async def _show(call: Call, state: LinkState) -> None:
    await draw_newest(call, board_of, state)


async def search(call: Call) -> None:
    """Each keystroke is a new question."""
    await call.ack()
    await _show(call, LinkState.unpacked(call.metadata).searched(call.value))


async def searched(call: Call) -> None:
    """The submit button, which a modal with a box must have."""
    await call.ack(response_action="update", view=await board_of(call, _state(call)))


async def clear(call: Call) -> None:
    """Everything again."""
    await call.ack()
    await _show(call, LinkState.unpacked(call.metadata).cleared())


async def open_column(call: Call) -> None:
    """`More` of one column."""
    await call.ack()
    await _show(call, _state(call).opened(BoardColumn(call.value)))


async def page(call: Call) -> None:
    """Older ones, or without a cursor the newest again."""
    await call.ack()
    state = _state(call)
    await _show(call, state.opened(state.column, call.value))


async def back(call: Call) -> None:
    """From a column to the whole board."""
    await call.ack()
    await _show(call, _state(call).opened(None))


async def templates(call: Call) -> None:
    """`Templates`."""
    await call.ack()
    await open_templates(call)


async def sequences(call: Call) -> None:
    """`Sequences`."""
    await call.ack()
    await open_sequences(call)


TABLE = Table(
    actions={
        link_ids.OPEN_LINK_BOARD: open_from_button,
        link_ids.LINK_SEARCH: search,
        link_ids.LINK_CLEAR: clear,
        link_ids.LINK_COLUMN: open_column,
        link_ids.LINK_PAGE: page,
        link_ids.LINK_NEWEST: page,
        link_ids.LINK_BACK: back,
        link_ids.LINK_TEMPLATES: templates,
        link_ids.LINK_SEQUENCES: sequences,
    },
    views={link_ids.LINK_BOARD: searched},
)
