"""The link board as a modal: a search, four columns with their newest cards, or one column page by page."""

from collections.abc import Mapping

from blocks import link_ids
from blocks.elements import Block
from blocks.link_card import link_card, named_column
from blocks.link_state import LinkState
from blocks.list_state import MOST_SEARCHED
from blocks.message import actions, button, code, context, count, divider, esc, field_input, modal, section, text_input
from bot.outreach.access import Permission
from bot.outreach.link_board import LinkBoard, LinkPage
from bot.outreach.opportunities import COLUMN_CARDS, BoardColumn

TITLE = "Link board"
SEARCH_BLOCK = "link_search"
NO_OPPORTUNITIES = (
    "*No opportunities yet.* An opportunity is a page that should link to you: add its address, the words of the link "
    "and whom to write to. Emails sent for it move it along by themselves."
)
MEANINGS: Mapping[BoardColumn, str] = {
    BoardColumn.NEW: "nobody was written to",
    BoardColumn.QUEUED: "an email waits to leave",
    BoardColumn.REACHED: "an email was sent",
    BoardColumn.WON: "the link is there",
}
UNITS = "Counts are opportunities. Emails move them; a move by hand is marked ✋. Opens and clicks are those of people."


def board_view(
    board: LinkBoard,
    state: LinkState,
    *,
    names: Mapping[str, str],
    may: frozenset[Permission],
    done: str = "",
    problem: str = "",
) -> Block:
    """The whole board; metadata is the state. names: what to call people, by id. done, problem: a line on top."""
    blocks = _said(done, problem)
    if not board.any:
        return _modal([*blocks, section(NO_OPPORTUNITIES), *_tools(may)], state)
    blocks += [_search(state), *_tools(may)]
    found = sum(board.counts.values())
    if state.text.strip() and not found:
        return _modal([*blocks, *_nothing(state)], state)
    if state.text.strip():
        blocks.append(context(f"{count(found, 'opportunity', 'opportunities')} with “{esc(state.text, 100)}”"))
    for column in BoardColumn:
        number, cards = board.counts.get(column, 0), board.cards.get(column, ())
        more = button("More", link_ids.LINK_COLUMN, column.value) if number > len(cards) else None
        blocks += [divider(), section(f"{named_column(column)} · {number:,} · {MEANINGS[column]}", more)]
        blocks += [link_card(card, names, may) for card in cards]
    return _modal([*blocks, context(UNITS)], state)


def column_view(
    page: LinkPage,
    state: LinkState,
    *,
    names: Mapping[str, str],
    may: frozenset[Permission],
    done: str = "",
    problem: str = "",
) -> Block:
    """One column's page, newest first; metadata as of the board."""
    total = "" if page.total is None else f" · {count(page.total, 'opportunity', 'opportunities')}"
    shown = "" if not state.text.strip() else f" · with “{esc(state.text, 100)}”"
    blocks = [*_said(done, problem), _search(state), section(f"{named_column(page.column)}{total}{shown}")]
    blocks += [link_card(card, names, may) for card in page.cards[:COLUMN_CARDS]] or [section("*Nothing here.*")]
    older = button("Older", link_ids.LINK_PAGE, page.cursor) if page.cursor else None
    newest = button("Newest", link_ids.LINK_NEWEST) if state.cursor else None
    return _modal([*blocks, *actions(older, newest, button("Back to board", link_ids.LINK_BACK))], state)


def _said(done: str, problem: str) -> list[Block]:
    if problem:
        return [section(f"⚠️ {esc(problem)}")]
    return [section(f"✅ {esc(done)}")] if done else []


def _search(state: LinkState) -> Block:
    """Sends each pause in typing; the block keeps its id, so that Slack keeps what is being typed."""
    placeholder = "Page, words of the link, notes"
    box = text_input(link_ids.LINK_SEARCH, value=state.text, placeholder=placeholder, max_length=MOST_SEARCHED)
    box["dispatch_action_config"] = {"trigger_actions_on": ["on_character_entered"]}
    block_id = f"{SEARCH_BLOCK}:{state.emptied}" if state.emptied else SEARCH_BLOCK
    return field_input("Search", block_id, box, optional=True, dispatch=True)


def _tools(may: frozenset[Permission]) -> list[Block]:
    adds = Permission.EDIT_OPPORTUNITIES in may
    return actions(
        button("Add Opportunity", link_ids.LINK_ADD, style="primary") if adds else None,
        button("Templates", link_ids.LINK_TEMPLATES),
        button("Sequences", link_ids.LINK_SEQUENCES),
    )


def _nothing(state: LinkState) -> list[Block]:
    said = f"*Nothing on the board has these words:* {code(state.text, 100)}"
    return [section(said, button("Clear search", link_ids.LINK_CLEAR))]


def _modal(blocks: list[Block], state: LinkState) -> Block:
    """A modal with an input has to have a submit button; this one searches again."""
    searches = any(block["type"] == "input" for block in blocks)
    submit = "Search" if searches else ""
    return modal(link_ids.LINK_BOARD, TITLE, blocks, metadata=state.packed(), submit=submit)
