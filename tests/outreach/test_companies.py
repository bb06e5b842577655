"""The company directory's rules: what a row is worth, who is one company, how far an intake is."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.outreach.companies import (
    Company,
    CompanyFilter,
    CompanyReject,
    Intake,
    IntakeSource,
    IntakeState,
    Taken,
    Trait,
    checked_columns,
    company_in,
    draft_of,
    tallied,
)
from bot.outreach.errors import Invalid

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
MAPPING = {"company_name": 0, "email": 1, "website": 2, "city": 3}


@pytest.mark.parametrize(
    ("cells", "company"),
    [
        pytest.param(
            ["Acme", "a@acme.com; b@acme.com", "https://www.acme.com/x", "Brno"],
            Company("Acme", ("a@acme.com", "b@acme.com"), "acme.com", "https://www.acme.com/x", city="Brno"),
            id="everything",
        ),
        pytest.param(["Acme"], Company("Acme"), id="a name alone"),
        pytest.param(["", "", "acme.com"], Company("", (), "acme.com", "acme.com"), id="a domain alone"),
        pytest.param(["", "info@acme.com"], Company("", ("info@acme.com",)), id="an address alone"),
        pytest.param([" ", "", "", "Brno"], CompanyReject.NAMELESS, id="no name"),
        pytest.param(["A" * 600], CompanyReject.TOO_LONG, id="too long"),
    ],
)
def test_a_row_is_a_company_or_says_why_not(cells, company):
    assert company_in(MAPPING, cells) == company


def test_the_columns_must_say_which_company_it_is():
    with pytest.raises(Invalid):
        checked_columns({"city": 0, "first_name": 1})
    assert checked_columns({"company_name": 0, "first_name": 1}) == {"company_name": 0}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param(Company("A", ("Info@acme.com",)), Company("B", ("info@ACME.com",)), True, id="one address"),
        pytest.param(Company("A", (), "acme.com"), Company("B", (), "acme.com"), True, id="one domain"),
        pytest.param(Company("Acme", city="Brno"), Company("ACME", city="brno"), True, id="name and city"),
        pytest.param(Company("Acme", city="Brno"), Company("Acme", city="Praha"), False, id="another city"),
        pytest.param(Company("A", ("a@a.com",), "a.com"), Company("A", ("b@a.com",), "a.com"), False, id="branches"),
    ],
)
def test_who_is_one_company(one, other, same):
    assert (one.key == other.key) is same


def test_a_filter_keeps_what_is_given_and_nothing_else():
    wanted = CompanyFilter.of({"city": "Brno", "country": "", "secret": "x"})

    assert wanted == CompanyFilter(city="Brno")
    assert wanted.given == {Trait.CITY: "Brno"}
    assert CompanyFilter.of(wanted.stored()) == wanted


def test_a_company_becomes_a_lead_with_all_that_is_known():
    company = Company("Acme", ("a@acme.com",), "acme.com", city="Brno", company_size="11-50", revenue="1M")

    draft = draft_of(company, "a@acme.com")

    assert (draft.email, draft.company_name, draft.domain, draft.city) == ("a@acme.com", "Acme", "acme.com", "Brno")
    assert (draft.company_size, draft.revenue) == ("11-50", "1M")


def test_how_far_an_intake_is():
    begun = Intake("id", "campaign", IntakeSource.COMPANIES, CompanyFilter(), "U1", "C1", AT, AT, last=300, total=200)
    counted = replace(begun, tally=tallied({Taken.ADDED: 40}, {Taken.ADDED: 5, Taken.NO_EMAIL: 5}))

    assert begun.percent == 0
    assert (counted.seen, counted.percent) == (50, 25)
    assert replace(counted, total=None, cursor=150).percent == 50
    assert replace(counted, total=50).percent == 99
    assert replace(counted, state=IntakeState.DONE).percent == 100
    assert replace(begun, total=None, last=0).percent == 0
