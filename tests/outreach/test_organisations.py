"""Who works at the same company."""

import pytest

from bot.outreach.leads import Lead
from bot.outreach.organisations import FREE_MAIL, organisation_of, reason


@pytest.mark.parametrize(
    ("email", "domain"),
    [
        ("jane@acme.com", "acme.com"),
        ("Jane@ACME.com", "acme.com"),
        ("jane@mail.acme.com", "mail.acme.com"),
        ("jane@gmail.com", ""),
        ("jane@seznam.cz", ""),
        ("jane@GMX.de", ""),
        ("jane", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_the_domain_stands_for_the_company_unless_anybody_may_have_it(email, domain):
    assert organisation_of(email) == domain


def test_the_list_of_free_mail_is_domains():
    assert len(FREE_MAIL) > 100
    assert [name for name in FREE_MAIL if "." not in name or name != name.lower()] == []


def test_why_others_wait_names_who_replied():
    assert reason(Lead("l", "jana@acme.com", None, first_name="Jana"), "acme.com") == "Jana at acme.com replied"
    assert reason(Lead("l", "jana@acme.com", None), "acme.com") == "Somebody at acme.com replied"
