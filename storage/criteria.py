"""Criteria as one condition on the table of leads, true exactly where `matches` says so and never unknown."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, and_, collate, false, func, not_, or_, select, true

from bot.outreach.criteria import (
    DATES,
    HELD_IN,
    NO_CAMPAIGN,
    NOT_CHECKED,
    TEXTS,
    Criteria,
    Field,
    Held,
    Match,
    Operator,
    Rule,
    all_spellings,
    since,
)
from bot.outreach.leads import LeadStatus
from storage.lead_search import contains
from storage.lead_tables import leads
from storage.tables import among
from storage.verdicts import verdicts


def condition(criteria: Criteria, now: datetime, *, is_sqlite: bool) -> ColumnElement[bool]:
    """What holds for the rows of `leads` that match."""
    if not criteria.rules:
        return false()
    each = [_condition(rule, now, is_sqlite=is_sqlite) for rule in criteria.rules]
    return and_(true(), *each) if criteria.match is Match.ALL else or_(false(), *each)


def _condition(rule: Rule, now: datetime, *, is_sqlite: bool) -> ColumnElement[bool]:
    if rule.field in TEXTS:
        return in_text(rule, leads.c[rule.field.value], is_sqlite=is_sqlite)
    if rule.field in DATES:
        at: Column[Any] = leads.c.created_at if rule.field is Field.CREATED else leads.c.updated_at
        return at >= since(rule, now) if rule.operator is Operator.WITHIN else at < since(rule, now)
    if rule.field is Field.OPENS:
        number, opens = int(rule.values[0]), leads.c.opens
        at_least: ColumnElement[bool] = opens >= number
        return at_least if rule.operator is Operator.AT_LEAST else opens <= number
    found = _chosen(rule)
    return found if rule.operator is Operator.IS else not_(found)


def in_text(rule: Rule, column: ColumnElement[str], *, is_sqlite: bool) -> ColumnElement[bool]:
    """What a rule says of a text. Both databases fold ASCII letters alike, PostgreSQL if told to compare by bytes."""
    if rule.operator in {Operator.FILLED, Operator.EMPTY}:
        return column != "" if rule.operator is Operator.FILLED else column == ""
    folded = func.lower(column if is_sqlite else collate(column, "C"), type_=leads.c.country.type)
    ways = all_spellings(rule.values)
    if rule.operator is Operator.CONTAINS:
        return or_(*(contains(folded, way, is_sqlite=is_sqlite) for way in ways))
    found = among(folded, ways)
    return found if rule.operator is Operator.IS else not_(found)


def _chosen(rule: Rule) -> ColumnElement[bool]:
    """Whether the lead has one of the values; nothing here is ever NULL."""
    match rule.field:
        case Field.STATUS:
            return among(func.coalesce(leads.c.status, LeadStatus.NEW.value, type_=leads.c.country.type), rule.values)
        case Field.CAMPAIGN:
            return among(func.coalesce(leads.c.campaign_id, NO_CAMPAIGN, type_=leads.c.country.type), rule.values)
        case Field.VERDICT:
            return _verdict(rule.values)
        case _:
            return or_(*(func.coalesce(leads.c[HELD_IN[Held(value)]], "") != "" for value in rule.values))


def _verdict(values: tuple[str, ...]) -> ColumnElement[bool]:
    known = [value for value in values if value != NOT_CHECKED]
    found = [_has_verdict(among(verdicts.c.verdict, known))] if known else []
    unknown = [not_(_has_verdict(verdicts.c.verdict.is_not(None)))] if NOT_CHECKED in values else []
    return or_(*found, *unknown)


def _has_verdict(which: ColumnElement[bool]) -> Any:
    own = (verdicts.c.workspace_id == leads.c.workspace_id, verdicts.c.address_key == leads.c.email_key)
    return select(verdicts.c.seq).where(*own, which).correlate(leads).exists()
