"""Rules about leads in words, and the form that makes one."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from blocks import segment_ids
from blocks.elements import MOST_OPTIONS, Block
from blocks.message import actions, context, esc, field_input, modal, option, plain, select, text_input
from blocks.statuses import badge, word
from bot.outreach.campaigns import Campaign
from bot.outreach.criteria import (
    CHOICES,
    DATES,
    LONGEST_VALUE,
    MOST_VALUES,
    NO_CAMPAIGN,
    NOT_CHECKED,
    OPERATORS,
    TEXTS,
    Field,
    Held,
    Operator,
    Rule,
)
from bot.outreach.leads import LeadStatus
from bot.outreach.validation import Verdict

NAMES: Mapping[Field, str] = {
    Field.STATUS: "Status",
    Field.COUNTRY: "Country",
    Field.CITY: "City",
    Field.INDUSTRY: "Industry",
    Field.COMPANY_SIZE: "Company size",
    Field.REVENUE: "Revenue",
    Field.GRADE: "Grade",
    Field.CAMPAIGN: "Campaign",
    Field.VERDICT: "Address check",
    Field.HAS: "Has",
    Field.CREATED: "Created",
    Field.ACTIVE: "Last activity",
    Field.OPENS: "Opens",
}
_COMPARE: Mapping[Operator, str] = {
    Operator.IS: "is",
    Operator.IS_NOT: "is not",
    Operator.CONTAINS: "contains",
    Operator.FILLED: "has a value",
    Operator.EMPTY: "is empty",
    Operator.WITHIN: "within the last … days",
    Operator.BEFORE: "more than … days ago",
    Operator.AT_LEAST: "at least",
    Operator.AT_MOST: "at most",
}
_HELD: Mapping[Held, str] = {
    Held.AUDIT: "an audit",
    Held.EMAIL: "an email",
    Held.PHONE: "a phone number",
    Held.WEBSITE: "a website",
    Held.DOMAIN: "a domain",
    Held.COMPANY: "a company name",
}
_VERDICTS: Mapping[str, str] = {
    Verdict.VALID: "Valid",
    Verdict.INVALID: "Invalid",
    Verdict.UNVERIFIED: "Unverified",
    NOT_CHECKED: "Not checked yet",
}
EXAMPLES: Mapping[Field, str] = {
    Field.COUNTRY: "Norway, Sweden",
    Field.CITY: "Oslo, Bergen",
    Field.INDUSTRY: "Hospitality, Retail",
    Field.COMPANY_SIZE: "11-50, 51-200",
    Field.REVENUE: "$1M to $5M",
    Field.GRADE: "D, E, F",
}
Names = Mapping[str, str]


def rule_line(rule: Rule, campaigns: Names) -> str:
    """`Country is Norway or Sweden`, escaped. campaigns: names by id."""
    name = NAMES[rule.field]
    if rule.operator in {Operator.FILLED, Operator.EMPTY}:
        return f"{name} {_COMPARE[rule.operator]}"
    if rule.field in DATES:
        return f"{name} {_COMPARE[rule.operator].replace('…', rule.values[0])}"
    if rule.field is Field.HAS and rule.operator is Operator.IS_NOT:
        return f"Has no {_joined([_noun(Held(value)) for value in rule.values])}"
    joined = _joined([_value(rule.field, value, campaigns) for value in rule.values])
    if rule.field is Field.HAS:
        return f"Has {joined}"
    return f"{name} {_COMPARE[rule.operator]} {joined}"


def _joined(values: Sequence[str]) -> str:
    *others, last = values
    return f"{', '.join(others)} or {last}" if others else last


def _noun(held: Held) -> str:
    return _HELD[held].split(" ", 1)[1]


def _value(field: Field, value: str, campaigns: Names) -> str:
    match field:
        case Field.STATUS:
            return word(LeadStatus(value))
        case Field.VERDICT:
            return _VERDICTS[value]
        case Field.HAS:
            return _HELD[Held(value)]
        case Field.CAMPAIGN:
            return "no campaign" if value == NO_CAMPAIGN else esc(campaigns.get(value, ""), 60) or "a deleted campaign"
        case _:
            return esc(value, 60) or "–"


def choices(field: Field, campaigns: Sequence[Campaign]) -> list[Block]:
    """What can be chosen of a field, as options; none for one that is typed."""
    if field is Field.CAMPAIGN:
        named = [option(plain(each.name, 60) or "Unnamed campaign", each.id) for each in campaigns[: MOST_OPTIONS - 1]]
        return [option("No campaign", NO_CAMPAIGN), *named]
    if field is Field.STATUS:
        return [option(badge(LeadStatus(value)), value) for value in CHOICES[field]]
    known = _VERDICTS if field is Field.VERDICT else {held.value: _noun(held) for held in Held}
    return [option(known[value].capitalize(), value) for value in CHOICES.get(field, ())]


def many(action_id: str, placeholder: str, options: Sequence[Block], chosen: Sequence[str]) -> Block:
    """A multi-select with what was chosen before."""
    element: Block = {
        "type": "multi_static_select",
        "action_id": action_id,
        "options": list(options),
        "placeholder": {"type": "plain_text", "text": placeholder},
        "max_selected_items": MOST_VALUES,
    }
    initial = [each for each in options if each["value"] in chosen]
    return {**element, "initial_options": initial} if initial else element


def typed(values: Sequence[str]) -> str:
    """Values as somebody would type them."""
    return ", ".join(values)


def rule_form(rule: Rule, campaigns: Sequence[Campaign], kept: Mapping[str, object], *, is_new: bool) -> Block:
    """One rule; metadata is what is kept. Choosing another field sends `RULE_FIELD`, to be drawn again with it."""
    field = rule.field
    fields = [option(name, each.value) for each, name in NAMES.items()]
    blocks = actions(select(segment_ids.RULE_FIELD, "Field", fields, field.value), block_id=f"rule_field:{field}")
    compare = [option(_COMPARE[each], each.value) for each in OPERATORS[field]]
    operator = rule.operator if rule.operator in OPERATORS[field] else OPERATORS[field][0]
    # Named after the field: Slack keeps what a block of the same name held.
    chosen = select(segment_ids.RULE_OPERATOR, "Compare", compare, operator.value)
    blocks += [
        field_input("Compare", f"operator:{field}", chosen),
        _values(replace(rule, operator=operator), campaigns),
    ]
    if field in TEXTS:
        blocks.append(context("Several values are separated by commas; capital letters make no difference."))
    metadata = json.dumps({**kept, "field": field.value}, ensure_ascii=False)
    title = "Add rule" if is_new else "Edit rule"
    return modal(segment_ids.RULE_FORM, title, blocks, metadata=metadata, submit="Save", close="Cancel")


def _values(rule: Rule, campaigns: Sequence[Campaign]) -> Block:
    field, block_id = rule.field, f"values:{rule.field}"
    if options := choices(field, campaigns):
        return field_input("Any of", block_id, many(segment_ids.RULE_VALUES, "Choose", options, rule.values))
    if field in TEXTS:
        longest = MOST_VALUES * LONGEST_VALUE
        box = text_input(
            segment_ids.RULE_TEXT, value=typed(rule.values), placeholder=EXAMPLES[field], max_length=longest
        )
        return field_input("Values", block_id, box, optional=True)
    box = text_input(segment_ids.RULE_TEXT, value=typed(rule.values), max_length=7)
    return field_input("Days" if field in DATES else "Number", block_id, box)
