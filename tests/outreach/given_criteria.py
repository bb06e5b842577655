"""Leads and criteria drawn at random, awkward spellings included."""

from datetime import timedelta

from hypothesis import strategies as some

from bot.outreach.criteria import CHOICES, DATES, NO_CAMPAIGN, OPERATORS, Criteria, Field, Match, Operator, Rule
from bot.outreach.leads import LeadStatus
from bot.outreach.validation import Verdict

CAMPAIGN = "6f1c7e1c-0000-4000-8000-00000000ca11"
TEXTS = some.sampled_from(
    ["", "Norway", "norway", "NORWAY", "Česko", "česko", "ČESKO", "straße", "STRASSE", "50%", "a_b", "axb", "İzmir"]
)
# What a lead may be made of; days: how long ago it came and was changed.
LEADS = some.fixed_dictionaries(
    {
        "country": TEXTS,
        "city": TEXTS,
        "industry": TEXTS,
        "company_size": some.sampled_from(["", "1-10", "11-50"]),
        "revenue": some.sampled_from(["", "under $1M"]),
        "grade": some.sampled_from(["", "A", "b", "B"]),
        "company_name": some.sampled_from(["", "Acme"]),
        "domain": some.sampled_from(["", "acme.com"]),
        "website": some.sampled_from(["", "https://acme.com"]),
        "phone": some.sampled_from(["", "1"]),
        "status": some.sampled_from([None, *LeadStatus]),
        "campaign_id": some.sampled_from([None, CAMPAIGN]),
        "audit_run_id": some.sampled_from([None, "run"]),
        "opens": some.integers(0, 3),
        "has_email": some.booleans(),
        "verdict": some.sampled_from([None, *Verdict]),
        "days": some.sampled_from([timedelta(0), timedelta(days=1), timedelta(days=7), timedelta(days=7, seconds=1)]),
    }
)


@some.composite
def _rules(draw):
    field = draw(some.sampled_from(list(Field)))
    operator = draw(some.sampled_from(OPERATORS[field]))
    if operator in {Operator.FILLED, Operator.EMPTY}:
        return Rule(field, operator)
    if field in DATES or field is Field.OPENS:
        return Rule(field, operator, (str(draw(some.sampled_from([1, 2, 7]))),))
    choices = CHOICES.get(field, (CAMPAIGN, NO_CAMPAIGN) if field is Field.CAMPAIGN else ())
    values = some.sampled_from(choices) if choices else TEXTS.filter(bool) | some.sampled_from(["A", "1-10", "o"])
    return Rule(field, operator, tuple(draw(some.lists(values, min_size=1, max_size=3, unique=True))))


CRITERIA = some.builds(Criteria, some.lists(_rules(), max_size=3).map(tuple), some.sampled_from([Match.ALL, Match.ANY]))
