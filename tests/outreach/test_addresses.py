from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.outreach.addresses import _host_in, address_key, company_domain, domain_of, plusvibe_accepts
from bot.outreach.reachability import AddressFact, AddressRecord, standing_fact

from .given import NOON

DOMAINS = [
    ("acme.com", "acme.com"),
    ("ACME.com.", "acme.com"),
    ("www.acme.com", "acme.com"),
    ("https://www.acme.com/about?x=1#top", "acme.com"),
    ("http://acme.com:8080", "acme.com"),
    ("https://user:secret@acme.com/x", "acme.com"),
    ("//acme.com/x", "acme.com"),
    ("jana@acme.com", "acme.com"),
    ("mailto:jana@acme.com", "acme.com"),
    ("a/b@acme.com", "acme.com"),
    ("https://medium.com/@acme", "medium.com"),
    ("medium.com/@acme", "medium.com"),
    ("https://acme.com\\@evil.example", "acme.com"),
    ("Acme Inc", ""),
    ("", ""),
    ("  ", ""),
    ("@", ""),
]


@pytest.mark.parametrize(("text", "domain"), DOMAINS, ids=[repr(row[0]) for row in DOMAINS])
def test_the_domain_is_found_in_addresses_and_web_addresses(text, domain):
    assert domain_of(text) == domain


PIECES = ["https://", "http://", "www.", "a", "b-1", "com", ".", "x.com", "@", "/", " ", "A", "é", ":80", "?q", "_"]


@given(st.lists(st.sampled_from(PIECES), max_size=7).map("".join))
def test_the_quick_look_at_a_site_agrees_with_the_thorough_one(text):
    assert domain_of(text) == _host_in(text.strip().lower())


@pytest.mark.parametrize(
    ("address", "domain"), [("jana@acme.com", "acme.com"), ("jana@gmail.com", ""), ("jana@Seznam.cz", ""), ("", "")]
)
def test_free_mail_says_nothing_of_a_company(address, domain):
    assert company_domain(address) == domain


@pytest.mark.parametrize(
    ("address", "accepted"),
    [
        ("jana@acme.com", True),
        ("J.Novak_2-x@mail.acme.co.uk", True),
        ("j@a.b", True),
        ("jana+list@acme.com", False),
        (".jana@acme.com", False),
        ("jana.@acme.com", False),
        ("jana@-acme.com", False),
        ("jana@acme", False),
        ("jana@acme.com\n", False),
        ("o'neil@acme.com", False),
        ("jaña@acme.com", False),
        ("\u212aen@acme.com", False),
    ],
)
def test_plusvibe_takes_the_form_it_quotes_and_no_other(address, accepted):
    assert plusvibe_accepts(address) is accepted


def test_two_spellings_of_an_address_are_one_person():
    assert address_key(" Jana@ACME.com ") == address_key("jana@acme.com")


def a_record(fact: str, minutes: int) -> AddressRecord:
    return AddressRecord("jana@acme.com", AddressFact(fact), NOON + timedelta(minutes=minutes), "test")


LEDGERS = [
    ("nothing known", [], None),
    ("a bounce stands", [("bounced", 0)], "bounced"),
    ("the latest stands", [("bounced", 0), ("unsubscribed", 5)], "unsubscribed"),
    ("in any order", [("unsubscribed", 5), ("bounced", 0)], "unsubscribed"),
    ("cleared", [("bounced", 0), ("cleared", 5)], None),
    ("cleared too early", [("cleared", 0), ("bounced", 5)], "bounced"),
    ("cleared, then again", [("bounced", 0), ("cleared", 5), ("bounced", 9)], "bounced"),
    ("a tie keeps the ban", [("bounced", 0), ("cleared", 0)], "bounced"),
]


@pytest.mark.parametrize(("records", "fact"), [row[1:] for row in LEDGERS], ids=[row[0] for row in LEDGERS])
def test_the_ledger_says_what_still_holds(records, fact):
    assert standing_fact(a_record(*record) for record in records) == fact
