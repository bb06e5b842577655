"""What the card says of an address: every verdict in words, with the way to look again."""

from dataclasses import replace
from datetime import timedelta

import pytest
from given_leads import ACME, EDITOR, NOW, VIEWER, card_of
from reading import assert_fit_view, labels, words

from blocks.card_address import REASON_WORDS, address_line
from blocks.lead_card import card_view
from bot.outreach.validation import AddressCheck, Reason, Verdict

CHECK = AddressCheck("jane@acme.com", "acme.com", checked_at=NOW)
LINES = [
    (None, None, "Address: ⏳ Not checked yet"),
    (Verdict.VALID, Reason.ACCEPTED, "Address: ✅ Valid · checked "),
    (Verdict.INVALID, Reason.NO_MAILBOX, "Address: ⛔ Invalid: no such mailbox · checked "),
    (
        Verdict.UNVERIFIED,
        Reason.CATCH_ALL,
        "Address: ❔ Unverified (catch-all: the domain takes anything), watched for bounces · checked ",
    ),
]


def shown(check, **changes):
    view = card_view(card_of(address=check, **changes), None)
    assert_fit_view(view)
    return view


@pytest.mark.parametrize(("verdict", "reason", "line"), LINES, ids=[str(row[0]) for row in LINES])
def test_the_verdict_in_a_line(verdict, reason, line):
    assert line in words(shown(replace(CHECK, verdict=verdict, reason=reason)))


def test_every_reason_has_words():
    assert set(REASON_WORDS) == set(Reason)


def test_flags_evidence_and_the_next_look():
    check = replace(CHECK, verdict=Verdict.UNVERIFIED, reason=Reason.LATER, next_at=NOW + timedelta(minutes=5))
    said = address_line(replace(check, flags=("role", "disposable"), evidence="451 4.7.1 <later> (mx.acme.com)"))

    assert "looked at again" in said and "an office, no person · throw-away domain" in said
    assert said.endswith("_451 4.7.1 &lt;later&gt; (mx.acme.com)_")


def test_who_may_look_again():
    assert "Check now" in labels(shown(CHECK, may=EDITOR))
    assert "Check now" not in labels(shown(CHECK, may=VIEWER))


def test_nothing_is_said_where_addresses_are_not_checked():
    assert "Address:" not in words(shown(None)) + words(
        card_view(card_of(replace(ACME, email=None), address=CHECK), None)
    )
