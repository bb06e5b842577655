"""What holds of an address, from what was said of it and when."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.outreach.consents import Consent, ConsentValue, permits, standing_consent
from bot.outreach.reachability import AddressFact, AddressRecord

from .given import NOON

KEY = "jane@acme.com"
EARLIER, LATER = NOON - timedelta(days=1), NOON + timedelta(days=1)


def said(value, at=NOON):
    return Consent(KEY, value, at, "a form", "", "U1", LATER)


def left(fact, at=NOON):
    return AddressRecord(KEY, fact, at, "one-click unsubscribe")


V, A = ConsentValue, AddressFact
ROWS = [
    ("nothing is known", [], [], None),
    ("one entry", [said(V.FORM)], [], V.FORM),
    ("the later word", [said(V.FORM), said(V.SERVICE_ONLY, LATER)], [], V.SERVICE_ONLY),
    ("by when it was said", [said(V.UNKNOWN, LATER), said(V.EXPRESS)], [], V.UNKNOWN),
    ("a link afterwards", [said(V.FORM)], [left(A.UNSUBSCRIBED, LATER)], V.UNSUBSCRIBED),
    ("a complaint at the same moment", [said(V.FORM)], [left(A.COMPLAINED)], V.UNSUBSCRIBED),
    ("asked for anew", [said(V.FORM)], [left(A.UNSUBSCRIBED, EARLIER)], V.FORM),
    ("a clearing is no word of theirs", [], [left(A.CLEARED)], None),
    ("nor is a bounce", [said(V.FORM)], [left(A.BOUNCED, LATER)], V.FORM),
]  # fmt: skip


@pytest.mark.parametrize(("name", "entries", "records", "value"), ROWS, ids=[row[0] for row in ROWS])
def test_what_was_said_last_holds(name, entries, records, value):
    standing = standing_consent(entries, records)

    assert (standing.value if standing else None) == value


def test_two_words_of_one_moment_the_one_written_down_later_holds():
    first, second = said(ConsentValue.EXPRESS), replace(said(ConsentValue.UNKNOWN), at=LATER + timedelta(seconds=1))

    assert standing_consent([first, second], []) == second


@pytest.mark.parametrize("value", [None, *ConsentValue])
def test_only_form_and_express_permit_outreach(value):
    consent = said(value) if value else None

    assert permits(consent) is (value in {ConsentValue.FORM, ConsentValue.EXPRESS})
