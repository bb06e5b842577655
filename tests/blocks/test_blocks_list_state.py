"""Where a reader stands, through the door and back."""

import hostile
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks.lead_card import card_metadata
from blocks.list_state import ListState
from bot.outreach.leads import LeadSort, LeadStatus


def test_a_state_survives_packing():
    state = ListState("acme “x”", LeadStatus.REPLIED, LeadSort.OPENS, True, "cursor", 3, "campaign", "C1", True, 2)

    assert ListState.unpacked(state.packed()) == state


def test_the_default_packs_to_nothing():
    assert ListState().packed() == "{}"


@hostile.quick
@given(hostile.list_states)
def test_packing_fits_whatever_is_in_it(state):
    packed = state.packed()

    assert len(packed) <= 2_000
    assert len(card_metadata("1" * 36, state)) <= 3_000
    assert ListState.unpacked(packed).sort is state.sort


@pytest.mark.parametrize(
    "garbage",
    ["", "{", "[]", "null", "7", '{"s":"nonsense"}', '{"o":1}', '{"n":"x"}', '{"q":{}}', '{"n":1e999}', "[" * 100_000],
)
def test_garbage_is_the_default(garbage):
    assert ListState.unpacked(garbage) == ListState()


@hostile.quick
@given(st.one_of(st.none(), hostile.texts, hostile.json_values.map(str)))
def test_nothing_makes_unpacking_fail(garbage):
    assert isinstance(ListState.unpacked(garbage), ListState)


def test_a_cursor_too_long_to_carry_starts_again_on_page_one():
    kept = ListState.unpacked(ListState(cursor="x" * 3_000, number=7).packed())

    assert (kept.cursor, kept.number) == (None, 1)


@pytest.mark.parametrize(
    "change",
    [
        lambda state: state.searched("acme"),
        lambda state: state.searched(None),
        lambda state: state.filtered("replied"),
        lambda state: state.sorted("company:asc"),
        lambda state: state.without_filters(),
    ],
)
def test_a_new_question_starts_on_page_one_with_nothing_chosen(change):
    state = change(ListState(cursor="c", number=5, all_selected=True))

    assert (state.cursor, state.number, state.all_selected) == (None, 1, False)


@pytest.mark.parametrize(
    ("value", "sort", "is_descending"),
    [
        ("company:asc", LeadSort.COMPANY, False),
        ("company:desc", LeadSort.COMPANY, True),
        ("opens", LeadSort.OPENS, True),
        ("nonsense", LeadSort.UPDATED, True),
    ],
)
def test_the_sort_selects_value_is_an_order(value, sort, is_descending):
    query = ListState().sorted(value).query()

    assert (query.sort, query.is_descending) == (sort, is_descending)


def test_paging_counts_and_forgets_the_selection():
    state = ListState(all_selected=True).paged("n", 1)

    assert (state.cursor, state.number, state.all_selected) == ("n", 2, False)
    assert state.paged("p", -1).paged("p", -1).number == 1


@pytest.mark.parametrize(("value", "status"), [("replied", LeadStatus.REPLIED), ("all", None), ("nonsense", None)])
def test_the_filters_value_is_a_status_or_all(value, status):
    assert ListState().filtered(value).status is status
