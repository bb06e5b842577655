"""Criteria: each kind of rule against one lead, and what a rule may look like."""

from datetime import timedelta

import pytest
from hypothesis import given

from bot.outreach.criteria import (
    MOST_RULES,
    NOT_CHECKED,
    Criteria,
    Field,
    Match,
    Operator,
    Rule,
    checked_criteria,
    checked_rule,
    matches,
    rules_of,
)
from bot.outreach.errors import Invalid
from bot.outreach.leads import LeadStatus
from bot.outreach.validation import Verdict

from .given import NOON, a_lead
from .given_criteria import CRITERIA

IS, IS_NOT = Operator.IS, Operator.IS_NOT
ROWS = [
    ("a text in other letters", Rule(Field.COUNTRY, IS, ("česko",)), {"country": "ČESKO"}, True),
    ("another text", Rule(Field.COUNTRY, IS, ("Norway",)), {"country": "Sweden"}, False),
    ("one of several", Rule(Field.CITY, IS, ("Oslo", "Bergen")), {"city": "bergen"}, True),
    ("none of several", Rule(Field.CITY, IS_NOT, ("Oslo", "Bergen")), {"city": ""}, True),
    ("a part", Rule(Field.INDUSTRY, Operator.CONTAINS, ("HOTEL",)), {"industry": "Boutique hotels"}, True),
    ("a percent sign is itself", Rule(Field.INDUSTRY, Operator.CONTAINS, ("5%",)), {"industry": "50 %"}, False),
    ("empty", Rule(Field.REVENUE, Operator.EMPTY), {"revenue": ""}, True),
    ("filled", Rule(Field.REVENUE, Operator.FILLED), {"revenue": ""}, False),
    ("a missing status is New", Rule(Field.STATUS, IS, ("new",)), {"status": None}, True),
    ("without a campaign", Rule(Field.CAMPAIGN, IS, ("none",)), {"campaign_id": None}, True),
    ("an audit", Rule(Field.HAS, IS, ("audit",)), {"audit_run_id": "run"}, True),
    ("neither phone nor audit", Rule(Field.HAS, IS_NOT, ("audit", "phone")), {"phone": "1"}, False),
    ("enough opens", Rule(Field.OPENS, Operator.AT_LEAST, ("2",)), {"opens": 2}, True),
    ("too many opens", Rule(Field.OPENS, Operator.AT_MOST, ("2",)), {"opens": 3}, False),
    ("new enough", Rule(Field.CREATED, Operator.WITHIN, ("7",)), {"created_at": NOON - timedelta(days=7)}, True),
    ("quiet for long", Rule(Field.ACTIVE, Operator.BEFORE, ("7",)), {"updated_at": NOON - timedelta(days=8)}, True),
]


@pytest.mark.parametrize(("rule", "facts", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_rule_holds_as_it_reads(rule, facts, expected):
    lead = a_lead(facts.get("status", LeadStatus.NEW), **{key: facts[key] for key in facts if key != "status"})

    assert matches(Criteria((rule,)), lead, None, NOON) is expected


def test_an_address_nobody_looked_at_is_not_checked_yet():
    unknown = Criteria((Rule(Field.VERDICT, IS, (NOT_CHECKED,)),))

    assert matches(unknown, a_lead(), None, NOON)
    assert not matches(unknown, a_lead(), Verdict.VALID, NOON)


def test_all_or_any_and_no_rules_match_nobody():
    rules = (Rule(Field.COUNTRY, IS, ("Norway",)), Rule(Field.CITY, IS, ("Oslo",)))
    lead = a_lead(country="Norway", city="Bergen")

    assert not matches(Criteria(rules), lead, None, NOON)
    assert matches(Criteria(rules, Match.ANY), lead, None, NOON)
    assert not matches(Criteria(), lead, None, NOON)
    assert not matches(Criteria((), Match.ANY), lead, None, NOON)


@given(CRITERIA)
def test_rules_survive_being_stored_and_checked(criteria):
    assert rules_of(criteria.stored()) == criteria.rules
    assert checked_criteria(criteria) == criteria


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        (Rule(Field.COUNTRY, Operator.WITHIN, ("7",)), "operator"),
        (Rule(Field.COUNTRY, IS, (" ",)), "values"),
        (Rule(Field.COUNTRY, IS, ("x" * 101,)), "values"),
        (Rule(Field.COUNTRY, IS, tuple(map(str, range(21)))), "values"),
        (Rule(Field.STATUS, IS, ("sold",)), "values"),
        (Rule(Field.CREATED, Operator.WITHIN, ("soon",)), "values"),
        (Rule(Field.CREATED, Operator.WITHIN, ("0",)), "values"),
        (Rule(Field.CREATED, Operator.WITHIN, ("9999",)), "values"),
        (Rule(Field.OPENS, Operator.AT_LEAST, ("²",)), "values"),
    ],
)
def test_a_rule_that_makes_no_sense_says_where(rule, field):
    with pytest.raises(Invalid) as refused:
        checked_rule(rule)

    assert refused.value.field == field


def test_there_is_an_end_to_rules():
    with pytest.raises(Invalid, match="At most 10 rules"):
        checked_criteria(Criteria((Rule(Field.REVENUE, Operator.EMPTY),) * (MOST_RULES + 1)))
