"""Criteria: flat rules about leads, all or any of which must hold. `matches` is what every database has to agree with.

Texts compare without regard to case. Databases fold only ASCII letters alike, so a rule's value stands for a handful
of spellings of itself: `česko` finds `Česko` and `ČESKO`.
"""

import string
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.outreach.errors import Invalid
from bot.outreach.leads import SELECTABLE, Lead, LeadStatus
from bot.outreach.validation import Verdict

MOST_RULES = 10
MOST_VALUES = 20
LONGEST_VALUE = 100
MOST_DAYS = 3_650
MOST_OPENS = 1_000_000
NOT_CHECKED = "not_checked"
NO_CAMPAIGN = "none"
_ASCII_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


class Field(StrEnum):
    """What a rule asks about."""

    STATUS = "status"
    COUNTRY = "country"
    CITY = "city"
    INDUSTRY = "industry"
    COMPANY_SIZE = "company_size"
    REVENUE = "revenue"
    GRADE = "grade"
    CAMPAIGN = "campaign"
    VERDICT = "verdict"
    HAS = "has"
    CREATED = "created"
    ACTIVE = "active"
    OPENS = "opens"


class Operator(StrEnum):
    """How it asks. With several values: any of them; `is not`: none of them."""

    IS = "is"
    IS_NOT = "is_not"
    CONTAINS = "contains"
    FILLED = "filled"
    EMPTY = "empty"
    WITHIN = "within"
    BEFORE = "before"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"


class Match(StrEnum):
    """How many of the rules must hold."""

    ALL = "all"
    ANY = "any"


class Held(StrEnum):
    """What a lead may have."""

    AUDIT = "audit"
    EMAIL = "email"
    PHONE = "phone"
    WEBSITE = "website"
    DOMAIN = "domain"
    COMPANY = "company"


TEXTS = frozenset({Field.COUNTRY, Field.CITY, Field.INDUSTRY, Field.COMPANY_SIZE, Field.REVENUE, Field.GRADE})
DATES = frozenset({Field.CREATED, Field.ACTIVE})
_CHOOSING = (Operator.IS, Operator.IS_NOT)
OPERATORS: Mapping[Field, tuple[Operator, ...]] = {
    **dict.fromkeys(Field, _CHOOSING),
    **dict.fromkeys(TEXTS, (*_CHOOSING, Operator.CONTAINS, Operator.FILLED, Operator.EMPTY)),
    **dict.fromkeys(DATES, (Operator.WITHIN, Operator.BEFORE)),
    Field.OPENS: (Operator.AT_LEAST, Operator.AT_MOST),
}
# The values of fields with a fixed choice; those of a campaign are ids, known elsewhere.
CHOICES: Mapping[Field, tuple[str, ...]] = {
    Field.STATUS: tuple(status.value for status in SELECTABLE),
    Field.VERDICT: (*(verdict.value for verdict in Verdict), NOT_CHECKED),
    Field.HAS: tuple(held.value for held in Held),
}
# Where in a lead each of these stands.
HELD_IN: Mapping[Held, str] = {
    Held.AUDIT: "audit_run_id",
    Held.EMAIL: "email",
    Held.PHONE: "phone",
    Held.WEBSITE: "website",
    Held.DOMAIN: "domain",
    Held.COMPANY: "company_name",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One question. values: texts as typed, choices by their values, a number of days or opens as digits."""

    field: Field
    operator: Operator
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Criteria:
    """Rules side by side, without nesting. No rules match nobody."""

    rules: tuple[Rule, ...] = ()
    match: Match = Match.ALL

    def stored(self) -> list[list[Any]]:
        """The rules as JSON: `[["country", "is", ["Norway"]]]`."""
        return [[rule.field.value, rule.operator.value, list(rule.values)] for rule in self.rules]


def rules_of(stored: Iterable[Any]) -> tuple[Rule, ...]:
    """The rules that `Criteria.stored` gave. Raises `ValueError` or `TypeError` for anything else."""
    return tuple(
        Rule(Field(field), Operator(operator), tuple(str(value) for value in values))
        for field, operator, values in stored
    )


def checked_rule(rule: Rule) -> Rule:
    """The rule as it may be kept, tidied. Raises `Invalid` (field `operator` or `values`) with what to do instead."""
    if rule.operator not in OPERATORS[rule.field]:
        raise Invalid("Choose how to compare.", field="operator")
    if rule.operator in {Operator.FILLED, Operator.EMPTY}:
        return Rule(rule.field, rule.operator)
    values = tuple(dict.fromkeys(filter(None, (" ".join(value.replace("\0", "").split()) for value in rule.values))))
    if not values:
        raise Invalid("Give at least one value.", field="values")
    if len(values) > MOST_VALUES or any(len(value) > LONGEST_VALUE for value in values):
        most = f"Give at most {MOST_VALUES} values of up to {LONGEST_VALUE} characters each."
        raise Invalid(most, field="values")
    if rule.field in DATES or rule.field is Field.OPENS:
        values = (_number(rule.field, values),)
    elif rule.field in CHOICES and not set(values) <= set(CHOICES[rule.field]):
        raise Invalid("Choose from the list.", field="values")
    return Rule(rule.field, rule.operator, values)


def checked_criteria(criteria: Criteria) -> Criteria:
    """The criteria as they may be kept. Raises `Invalid` as `checked_rule` does, and for too many rules."""
    if len(criteria.rules) > MOST_RULES:
        raise Invalid(f"At most {MOST_RULES} rules go together.", field="rules")
    return Criteria(tuple(map(checked_rule, criteria.rules)), criteria.match)


def _number(field: Field, values: tuple[str, ...]) -> str:
    unit, least, most = ("opens", 0, MOST_OPENS) if field is Field.OPENS else ("days", 1, MOST_DAYS)
    text = values[0]
    if len(values) > 1 or not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise Invalid(f"Write the number of {unit}, from {least} to {most:,}.", field="values")
    return str(int(text))


def ascii_lower(text: str) -> str:
    """Small letters for A to Z only, as both databases do it."""
    return text.translate(_ASCII_LOWER)


def spellings(value: str) -> list[str]:
    """What a folded text may read to be this value."""
    ways = (value, value.lower(), value.upper(), value.title(), value.capitalize(), value.casefold())
    return list(dict.fromkeys(map(ascii_lower, ways)))


def all_spellings(values: Iterable[str]) -> list[str]:
    """The same for any of several values."""
    return list(dict.fromkeys(way for value in values for way in spellings(value)))


def since(rule: Rule, now: datetime) -> datetime:
    """The moment a rule about days counts from."""
    return now - timedelta(days=int(rule.values[0]))


def matches(criteria: Criteria, lead: Lead, verdict: Verdict | None, now: datetime) -> bool:
    """Whether a lead is among these. verdict: of its address; None when nobody looked at it."""
    held = (_holds(rule, lead, verdict, now) for rule in criteria.rules)
    return bool(criteria.rules) and (all(held) if criteria.match is Match.ALL else any(held))


def _holds(rule: Rule, lead: Lead, verdict: Verdict | None, now: datetime) -> bool:
    if rule.field in TEXTS:
        return _text_holds(rule, ascii_lower(getattr(lead, rule.field.value)))
    if rule.field in DATES:
        at = lead.created_at if rule.field is Field.CREATED else lead.updated_at
        is_within = at is not None and at >= since(rule, now)
        return is_within is (rule.operator is Operator.WITHIN)
    if rule.field is Field.OPENS:
        number = int(rule.values[0])
        return lead.opens >= number if rule.operator is Operator.AT_LEAST else lead.opens <= number
    return _is_among(rule, lead, verdict) is (rule.operator is Operator.IS)


def _text_holds(rule: Rule, text: str) -> bool:
    match rule.operator:
        case Operator.FILLED | Operator.EMPTY:
            return bool(text) is (rule.operator is Operator.FILLED)
        case Operator.CONTAINS:
            return any(way in text for way in all_spellings(rule.values))
        case _:
            return (text in all_spellings(rule.values)) is (rule.operator is Operator.IS)


def _is_among(rule: Rule, lead: Lead, verdict: Verdict | None) -> bool:
    """Whether the lead has one of the values. A missing status counts as New."""
    values: Collection[str] = rule.values
    match rule.field:
        case Field.STATUS:
            return (lead.status or LeadStatus.NEW).value in values
        case Field.CAMPAIGN:
            return (lead.campaign_id or NO_CAMPAIGN) in values
        case Field.VERDICT:
            return (verdict.value if verdict and lead.email else NOT_CHECKED) in values
        case _:
            return any(getattr(lead, HELD_IN[Held(value)]) for value in values)
