"""What a person sets up around the list: filters, the columns of its rows, views kept by name."""

from collections.abc import Mapping, Sequence

from blocks import ids
from blocks.criteria import EXAMPLES, NAMES, Names, choices, many, rule_line, typed
from blocks.elements import Block
from blocks.list_state import ListState
from blocks.message import bold, context, esc, field_input, modal, option, section, text_input
from blocks.segments import segment_select
from blocks.statuses import word
from bot.outreach.campaigns import Campaign
from bot.outreach.criteria import DATES, LONGEST_VALUE, TEXTS, Field, Operator, Rule
from bot.outreach.segments import Segment
from bot.outreach.views import LONGEST_NAME, LeadColumn, SavedView

FIELD = "value"
SEGMENT_BLOCK = "segment"
LACKS = "lacks"
# What the form asks, in this order; the status has a select of its own on the list.
_ASKED: Mapping[str, tuple[Field, Operator]] = {
    "campaign": (Field.CAMPAIGN, Operator.IS),
    "verdict": (Field.VERDICT, Operator.IS),
    "has": (Field.HAS, Operator.IS),
    LACKS: (Field.HAS, Operator.IS_NOT),
    "grade": (Field.GRADE, Operator.IS),
    "country": (Field.COUNTRY, Operator.IS),
    "city": (Field.CITY, Operator.IS),
    "industry": (Field.INDUSTRY, Operator.IS),
    "company_size": (Field.COMPANY_SIZE, Operator.IS),
    "revenue": (Field.REVENUE, Operator.IS),
    "created": (Field.CREATED, Operator.WITHIN),
    "active": (Field.ACTIVE, Operator.WITHIN),
    "opens": (Field.OPENS, Operator.AT_LEAST),
}
_LABELS: Mapping[str, str] = {
    LACKS: "Has no",
    "created": "Created within the last … days",
    "active": "Active within the last … days",
    "opens": "Opens, at least",
}
COLUMN_NAMES: Mapping[LeadColumn, str] = {
    LeadColumn.DOMAIN: "Domain",
    LeadColumn.STATUS: "Status",
    LeadColumn.CONTACT: "Contact",
    LeadColumn.READY: "Ready to push",
    LeadColumn.GRADE: "Grade",
    LeadColumn.OPENS: "Opens",
    LeadColumn.ISSUE: "Top issue",
    LeadColumn.EMAIL: "Email",
    LeadColumn.PHONE: "Phone",
    LeadColumn.CITY: "City",
    LeadColumn.COUNTRY: "Country",
    LeadColumn.INDUSTRY: "Industry",
    LeadColumn.COMPANY_SIZE: "Company size",
    LeadColumn.REVENUE: "Revenue",
    LeadColumn.CREATED: "Created",
    LeadColumn.UPDATED: "Last activity",
}
_COLUMNS = [option(name, column.value) for column, name in COLUMN_NAMES.items()]


def filters_form(state: ListState, campaigns: Sequence[Campaign], segments: Sequence[Segment]) -> Block:
    """Everything the list can be narrowed by; each box empty or as it narrows now. segments: those in use."""
    blocks: list[Block] = []
    if segments:
        chosen = segment_select(FIELD, segments, state.segment_id)
        blocks.append(field_input("Segment", SEGMENT_BLOCK, chosen, optional=True))
    now = {(rule.field, rule.operator): rule.values for rule in state.filters}
    blocks += [_asked(name, now.get(kind, ()), campaigns) for name, kind in _ASKED.items()]
    blocks.append(context("Several words are separated by commas. A lead is listed when every filter matches."))
    return modal(ids.FILTER_FORM, "Filters", blocks, metadata=state.packed(), submit="Show", close="Cancel")


def _asked(name: str, values: Sequence[str], campaigns: Sequence[Campaign]) -> Block:
    field, _ = _ASKED[name]
    label = _LABELS.get(name, NAMES[field])
    if options := choices(field, campaigns):
        return field_input(label, name, many(FIELD, "Any", options, values), optional=True)
    longest = 4 * LONGEST_VALUE if field in TEXTS else 7
    box = text_input(FIELD, value=typed(values), placeholder=EXAMPLES.get(field, ""), max_length=longest)
    return field_input(label, name, box, optional=True)


def filters_of(given: Mapping[str, Sequence[str]]) -> dict[str, Rule]:
    """The rules that the form's boxes say, by block. given: the values of each block, empty ones left out."""
    return {name: Rule(*_ASKED[name], tuple(given[name])) for name in _ASKED if given.get(name)}


def is_typed(block_id: str) -> bool:
    """Whether the box holds words or a number instead of a choice."""
    field = _ASKED[block_id][0]
    return field in TEXTS or field in DATES or field is Field.OPENS


def filter_blocks() -> tuple[str, ...]:
    """The names of the form's boxes."""
    return tuple(_ASKED)


def columns_form(state: ListState, columns: Sequence[LeadColumn]) -> Block:
    """What a row tells besides the company."""
    chosen = many(ids.COLUMN_CHOICE, "Choose", _COLUMNS, [column.value for column in columns])
    blocks = [
        field_input("Show in each row", "columns", chosen, optional=True),
        context("Only you see the list like this. Choose nothing to have the usual columns back."),
    ]
    return modal(ids.COLUMN_FORM, "Columns", blocks, metadata=state.packed(), submit="Save", close="Cancel")


def views_form(
    state: ListState, views: Sequence[SavedView], campaigns: Names, segments: Names, *, notice: str = ""
) -> Block:
    """The saved views, and a name to keep what the list shows now. campaigns, segments: names by id."""
    blocks = [section(esc(notice, 300))] if notice else []
    blocks += [_view(view, campaigns, segments) for view in views]
    if not views:
        blocks.append(section("*No views yet.* A view keeps a search, filters and the sorting under a name, for you."))
    box = text_input(FIELD, placeholder="Hot leads in Norway", max_length=LONGEST_NAME)
    hint = "Keeps the search, filters and sorting. The same name replaces the view."
    blocks.append(field_input("Save what the list shows now as", "name", box, hint=hint))
    return modal(ids.VIEW_FORM, "Views", blocks, metadata=state.packed(), submit="Save view")


def _view(view: SavedView, campaigns: Names, segments: Names) -> Block:
    asked = [f"“{esc(view.text, 60)}”"] if view.text else []
    asked += [f"status {word(view.status)}"] if view.status else []
    if view.segment_id:
        asked.append(f"segment {bold(segments.get(view.segment_id, ''), 60) or 'that was deleted'}")
    asked += [rule_line(rule, campaigns) for rule in view.filters]
    menu: Block = {
        "type": "overflow",
        "action_id": ids.VIEW_MENU,
        "options": [option("Show it", f"use:{view.id}"), option("Delete", f"delete:{view.id}")],
    }
    said = ", ".join([*asked, f"sorted by {view.sort}"])
    return section(f"{bold(view.name, 60) or '*Unnamed view*'}\n{said}", menu)
