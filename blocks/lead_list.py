"""The list of leads as a modal: search and filters, then what to do with a selection, then the page's rows."""

import zlib
from collections.abc import Sequence

from blocks import ids
from blocks.campaign_choice import campaign_select, missing_campaigns
from blocks.criteria import Names, rule_line
from blocks.elements import Block
from blocks.lead_rows import choices, rows
from blocks.list_state import ALL_STATUSES, LONGEST_CURSOR, MOST_SEARCHED, ListState
from blocks.message import (
    actions,
    button,
    context,
    count,
    divider,
    esc,
    field_input,
    modal,
    option,
    section,
    select,
    text_input,
)
from blocks.segments import segment_name
from blocks.statuses import badge, word
from bot.outreach.access import Permission
from bot.outreach.campaigns import Campaign
from bot.outreach.leads import PAGE_LEADS, SELECTABLE, Lead, LeadPage, LeadSort, LeadStatus
from bot.outreach.segments import Segment
from bot.outreach.views import USUAL_COLUMNS, LeadColumn

__all__ = ["CAMPAIGN_BLOCK", "SEARCH_BLOCK", "SELECTION_BLOCK", "ListState", "list_view"]

SUBTITLE = "PlusVibe outreach pipeline"
NO_LEADS = (
    "*No leads yet.* Leads come from provider sync or are created when audits link to contacts. "
    "You can also import a CSV file or add one by hand."
)
SEARCH_BLOCK = "search"
CAMPAIGN_BLOCK = "campaign"
SELECTION_BLOCK = "selection"  # the block's id goes on with the page's identity
PUSH_SELECTED, SEARCH_ONLY = "Push selected", "Search"

_SORTS: tuple[tuple[LeadSort, str, str], ...] = (
    (LeadSort.UPDATED, "newest first", "oldest first"),
    (LeadSort.COMPANY, "Z to A", "A to Z"),
    (LeadSort.CONTACT, "Z to A", "A to Z"),
    (LeadSort.STATUS, "furthest first", "earliest first"),
    (LeadSort.GRADE, "worst first", "best first"),
    (LeadSort.OPENS, "most first", "fewest first"),
    (LeadSort.CREATED, "newest first", "oldest first"),
)
_SORT_OPTIONS = [
    option(f"{sort.value.capitalize()}: {words}", f"{sort.value}:{direction}")
    for sort, down, up in _SORTS
    for direction, words in (("desc", down), ("asc", up))
]
_STATUS_OPTIONS = [
    option("All statuses", ALL_STATUSES),
    *(option(badge(status), status.value) for status in SELECTABLE),
]
_LEGACY_OPTION = option(badge(LeadStatus.SENT), LeadStatus.SENT.value)
_ADD = button("Add lead", ids.ADD_LEAD)
_IMPORT = button("Import leads", ids.IMPORT_OPEN)
_SYNC = button("Sync now", ids.SYNC_NOW)


def list_view(
    page: LeadPage,
    state: ListState,
    campaigns: Sequence[Campaign],
    *,
    may: frozenset[Permission],
    problem: str = "",
    done: str = "",
    connected: bool = True,
    has_leads: bool = True,
    columns: Sequence[LeadColumn] = USUAL_COLUMNS,
    segment: Segment | None = None,
) -> Block:
    """One page of leads.

    problem, done: one line about what just failed, or what was just done. has_leads: the workspace has any lead at
    all, whatever the filters say. columns: what a row tells. segment: the one the list is narrowed to.
    """
    leads = page.leads[:PAGE_LEADS]
    names = {campaign.id: campaign.name for campaign in campaigns} if state.filters else {}
    asked = _asked(state, names, segment)
    blocks = [context(_subtitle(page, state, asked))]
    if problem or done:
        blocks.insert(0, section(f"⚠️ {esc(problem)}" if problem else f"✅ {esc(done)}"))
    if not has_leads and not leads:
        return _modal([*blocks, *_no_leads(may, connected=connected)], state)

    blocks += [_search(state), *_tools(state, may), *_narrowing(state, may)]
    missing = missing_campaigns(campaigns, connected=connected)
    bulk = bool(leads) and not missing and Permission.PUSH_LEADS in may
    edits = bool(leads) and Permission.EDIT_LEADS in may
    if missing and Permission.PUSH_LEADS in may:
        blocks.append(section(missing))
    if bulk or edits:
        blocks += _bulk(leads, state, campaigns, pushes=bulk, edits=edits)
    blocks.append(divider())
    blocks += rows(leads, may, can_push=not missing, columns=columns) if leads else _nothing_matches(state, asked)
    blocks += actions(*_paging(page), _syncing(may, connected=connected))
    return _modal(blocks, state, submit=PUSH_SELECTED if bulk else SEARCH_ONLY)


def _no_leads(may: frozenset[Permission], *, connected: bool) -> list[Block]:
    """What to begin with."""
    return [section(NO_LEADS), *actions(_importer(may), _syncing(may, connected=connected), _adder(may))]


def _modal(blocks: list[Block], state: ListState, submit: str = "") -> Block:
    return modal(ids.LEAD_LIST, "Leads", blocks, metadata=state.packed(), submit=submit)


def _subtitle(page: LeadPage, state: ListState, asked: str) -> str:
    parts = [SUBTITLE]
    is_all = state.number == 1 and page.next_cursor is None
    total = len(page.leads) if page.total is None and is_all else page.total
    if total is None:
        parts += [f"page {state.number:,}"]
    else:
        pages = max(1, -(-total // PAGE_LEADS))
        parts += [count(total, "lead"), f"page {state.number:,} of {max(pages, state.number):,}"]
    if state.is_filtered:
        parts.append(asked)
    return " · ".join(parts)


def _asked(state: ListState, campaigns: Names, segment: Segment | None) -> str:
    """What narrows the list: `“acme”, status Replied, Country is Norway`."""
    asked = [f"“{esc(state.text, 80)}”"] if state.text.strip() else []
    if state.status:
        asked.append(f"status {word(state.status)}")
    if segment is not None:
        asked.append(f"segment {segment_name(segment)}")
    return ", ".join([*asked, *(rule_line(rule, campaigns) for rule in state.filters)])


def _search(state: ListState) -> Block:
    """Sends each pause in typing; the block keeps its id, so that Slack keeps what is being typed."""
    box = text_input(
        ids.SEARCH, value=state.text, placeholder="Company, domain, name or email", max_length=MOST_SEARCHED
    )
    box["dispatch_action_config"] = {"trigger_actions_on": ["on_character_entered"]}
    block_id = f"{SEARCH_BLOCK}:{state.emptied}" if state.emptied else SEARCH_BLOCK
    return field_input("Search", block_id, box, optional=True, dispatch=True)


def _tools(state: ListState, may: frozenset[Permission]) -> list[Block]:
    """One row in a modal's width. Its id follows what is chosen, for Slack applies initial options to new ids only."""
    statuses = [*_STATUS_OPTIONS, _LEGACY_OPTION] if state.status is LeadStatus.SENT else _STATUS_OPTIONS
    return actions(
        select(ids.SORT, "Sort", _SORT_OPTIONS, state.sort_value()),
        select(ids.STATUS_FILTER, "Status", statuses, state.status.value if state.status else ALL_STATUSES),
        _adder(may),
        block_id=f"tools:{state.sort_value()}:{state.status or ALL_STATUSES}",
    )


def _narrowing(state: ListState, may: frozenset[Permission]) -> list[Block]:
    """What a person keeps for themselves, what narrows further, and where more leads come from."""
    number = len(state.filters) + bool(state.segment_id)
    return actions(
        button(f"Filters ({number})" if number else "Filters", ids.OPEN_FILTERS),
        button("Columns", ids.OPEN_COLUMNS),
        button("Views", ids.OPEN_VIEWS),
        button("Clear filters", ids.CLEAR_FILTERS) if number else None,
        _importer(may),
        block_id="narrowing",
    )


def _adder(may: frozenset[Permission]) -> Block | None:
    return _ADD if Permission.EDIT_LEADS in may else None


def _importer(may: frozenset[Permission]) -> Block | None:
    return _IMPORT if Permission.IMPORT_LEADS in may else None


def _syncing(may: frozenset[Permission], *, connected: bool) -> Block | None:
    return _SYNC if connected and Permission.SYNC_LEADS in may else None


def _bulk(
    leads: Sequence[Lead], state: ListState, campaigns: Sequence[Campaign], *, pushes: bool, edits: bool
) -> list[Block]:
    """Campaign first and required, then who, then what else can be done with them."""
    select_page = "Clear selection" if state.all_selected else "Select all on page"
    campaign = campaign_select(ids.CAMPAIGN, campaigns, state.campaign_id) if pushes else {}
    return [
        *([field_input("Campaign", CAMPAIGN_BLOCK, campaign)] if pushes else []),
        _selection(leads, state),
        *actions(
            button(select_page, ids.SELECT_PAGE),
            button("Mark completed", ids.COMPLETE_SELECTED) if pushes else None,
            button("Bulk update", ids.BULK_UPDATE) if edits else None,
            block_id="bulk",
        ),
    ]


def _selection(leads: Sequence[Lead], state: ListState) -> Block:
    """Who is chosen. Its id follows the page and `all_selected`, for Slack applies initial options to new ids only."""
    options = choices(leads)
    element: Block = {
        "type": "multi_static_select",
        "action_id": ids.SELECTION,
        "options": options,
        "placeholder": {"type": "plain_text", "text": "Choose leads on this page"},
    }
    if state.all_selected:
        element["initial_options"] = options
    page = zlib.crc32("".join([lead.id for lead in leads]).encode())
    block_id = f"{SELECTION_BLOCK}:{page:x}:{int(state.all_selected)}"
    return field_input("Leads", block_id, element, optional=True)


def _nothing_matches(state: ListState, asked: str) -> list[Block]:
    if not state.is_filtered:
        return [section("*Nothing on this page.* The list changed meanwhile; go back a page or search.")]
    clears = [] if state.filters or state.segment_id else actions(button("Clear filters", ids.CLEAR_FILTERS))
    return [section(f"*Nothing matches* {asked}."), *clears]


def _paging(page: LeadPage) -> list[Block | None]:
    """Values are the cursors."""
    previous, following = page.previous_cursor, page.next_cursor
    return [
        button("Previous", ids.PREVIOUS_PAGE, previous) if previous and len(previous) <= LONGEST_CURSOR else None,
        button("Next", ids.NEXT_PAGE, following) if following and len(following) <= LONGEST_CURSOR else None,
    ]
