"""Unsubscribes in Slack: to look through, for everybody; to add one or to clear one, for admins (F130)."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import hostile
import hostile_mails
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import assert_fit_view, element, labels, offered, words

from blocks import ids
from blocks.unsubscribes import EVERY_FACT, WHY, clear_form, suppress_form, unsubscribes_view
from bot.outreach.reachability import AddressFact, AddressRecord

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
JANE = AddressRecord("jane@acme.com", AddressFact.UNSUBSCRIBED, NOW, "one click", note="mail m1")


def shown(records, **changes):
    view = unsubscribes_view(records, **{"may_change": True, "may_clear": True} | changes)
    assert_fit_view(view)
    return view


@hostile.quick
@given(
    st.lists(hostile_mails.records, max_size=3),
    st.sampled_from((0, 1, 20)),
    hostile.texts,
    st.sampled_from(("", *AddressFact)),
    st.booleans(),
    st.booleans(),
)
def test_the_list_fits(records, times, more, fact, may_change, may_clear):
    assert_fit_view(
        unsubscribes_view(records * times, more=more, fact=fact, may_change=may_change, may_clear=may_clear)
    )


@hostile.quick
@given(hostile_mails.records)
def test_the_forms_fit(record):
    assert_fit_view(clear_form(record))
    assert_fit_view(suppress_form())


@pytest.mark.parametrize("fact", WHY, ids=str)
def test_a_row_says_who_why_since_when_and_who_told_it(fact):
    said = words(shown([replace(JANE, fact=fact)]))

    assert f"*jane@acme.com*\n{WHY[fact]} · since <!date^1772442000^" in said
    assert "· one click\n“mail m1”" in said


def test_an_erased_person_is_a_line_without_an_address_and_cannot_be_cleared():
    view = shown([AddressRecord("", AddressFact.SUPPRESSED, NOW, "erased")])

    assert "*Erased person*\n✋ Suppressed · erased <!date^1772442000^" in words(view)
    assert element(view, ids.SUPPRESSION_CLEAR) is None


def test_every_standing_fact_has_its_words_and_its_filter():
    assert set(WHY) == set(AddressFact) - {AddressFact.CLEARED, AddressFact.UNPERMITTED}
    assert offered(shown([]), ids.UNSUBSCRIBES_FACT) == [EVERY_FACT, *WHY]


def test_the_filter_stays_chosen_and_an_empty_page_says_so():
    view = shown([], fact="bounced")

    assert element(view, ids.UNSUBSCRIBES_FACT)["initial_option"]["value"] == "bounced"
    assert json.loads(view["private_metadata"]) == {"fact": "bounced"}
    assert "*No such address.*" in words(view) and "*Nobody is on it yet.*" in words(shown([]))


def test_the_next_page_is_a_button_when_there_is_one():
    assert element(shown([JANE], more="12"), ids.UNSUBSCRIBES_NEXT)["value"] == "12"
    assert element(shown([JANE]), ids.UNSUBSCRIBES_NEXT) is None


def test_only_admins_change_it_and_nobody_clears_a_complaint():
    assert labels(shown([JANE])) == ["Suppress an address", "Export CSV", "Clear"]
    assert labels(shown([JANE], may_change=False, may_clear=False)) == []
    assert labels(shown([replace(JANE, fact=AddressFact.COMPLAINED)])) == ["Suppress an address", "Export CSV"]
    assert "For review" in words(shown([JANE], may_change=False, may_clear=False))


def test_suppressing_takes_an_address_and_a_reason():
    boxes = {block["block_id"]: block.get("optional", False) for block in suppress_form()["blocks"]}

    assert boxes == {"email": False, "note": False}


def test_clearing_says_what_stands_and_warns_where_the_person_asked_for_it():
    view = clear_form(JANE)

    assert json.loads(view["private_metadata"]) == {"key": "jane@acme.com"}
    assert "*jane@acme.com*" in words(view) and "They asked not to be written to." in words(view)
    assert "They asked" not in words(clear_form(replace(JANE, fact=AddressFact.BOUNCED)))
