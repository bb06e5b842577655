"""Where an opportunity stands: from its emails, and from what somebody set by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.outreach.errors import Invalid
from bot.outreach.opportunities import (
    BoardColumn,
    Correspondence,
    Opportunity,
    Wanted,
    checked_wanted,
    column_of,
    followed,
    moved_by_hand,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
NEW, QUEUED, REACHED, WON = BoardColumn
FRESH = Opportunity("o1", "l1", "https://blog.example/tools", "blog.example", "U1", NOON, NOON)


def standing(waiting=0, sent=0, by_hand=None):
    opportunity = replace(FRESH, waiting=waiting, sent=sent, column=column_of(waiting, sent))
    return moved_by_hand(opportunity, by_hand, "U1", NOON) if by_hand else opportunity


@pytest.mark.parametrize(("waiting", "sent", "column"), [(0, 0, NEW), (1, 0, QUEUED), (0, 1, REACHED), (2, 3, REACHED)])
def test_its_emails_put_it_into_a_column(waiting, sent, column):
    assert column_of(waiting, sent) is column


@pytest.mark.parametrize(
    ("before", "waiting", "sent", "column", "by_hand"),
    [
        (standing(), 1, 0, QUEUED, None),
        (standing(1), 0, 1, REACHED, None),
        (standing(1), 0, 0, NEW, None),
        (standing(1, 1), 0, 1, REACHED, None),
        (standing(by_hand=WON), 0, 1, WON, WON),
        (standing(by_hand=REACHED), 1, 0, REACHED, REACHED),
        (standing(by_hand=REACHED), 0, 1, REACHED, None),
        (standing(by_hand=QUEUED), 1, 0, QUEUED, QUEUED),
        (standing(by_hand=QUEUED), 0, 1, REACHED, None),
        (standing(0, 1, by_hand=NEW), 1, 1, REACHED, None),
        (standing(0, 1, by_hand=NEW), 0, 2, REACHED, None),
        (standing(1, 0, by_hand=NEW), 0, 0, NEW, NEW),
        (standing(1, 0, by_hand=NEW), 0, 1, REACHED, None),
    ],
    ids=[
        "queued",
        "sent",
        "taken back",
        "one of two taken back",
        "won stays won",
        "reached by hand, then queued",
        "reached by hand, then sent",
        "queued by hand, then queued",
        "queued by hand, then sent",
        "moved back, then queued again",
        "moved back, then sent again",
        "moved back, then taken back",
        "moved back, then it leaves all the same",
    ],
)
def test_it_follows_its_emails_unless_what_was_set_by_hand_holds(before, waiting, sent, column, by_hand):
    after = followed(before, Correspondence(waiting, sent, "m1", LATER))

    assert (after.column, after.by_hand, after.mail_id) == (column, by_hand, "m1")
    assert (after.set_by, after.set_at) == (("U1", NOON) if by_hand else ("", None))
    assert after.moved_at == (LATER if column is not before.column else NOON)


def test_an_email_that_was_taken_back_moves_nothing_in_time():
    after = followed(standing(1), Correspondence())

    assert (after.column, after.moved_at) == (NEW, NOON)


@pytest.mark.parametrize("column", [NEW, QUEUED, WON])
def test_a_move_by_hand_says_by_whom_and_when(column):
    moved = moved_by_hand(standing(0, 1), column, "U2", LATER)

    assert (moved.column, moved.by_hand, moved.set_by, moved.set_at, moved.moved_at) == (
        column,
        column,
        "U2",
        LATER,
        LATER,
    )


def test_moved_to_where_its_emails_put_it_nothing_is_by_hand():
    back = moved_by_hand(standing(0, 1, by_hand=WON), REACHED, "U2", LATER)

    assert (back.column, back.by_hand, back.set_by, back.set_at) == (REACHED, None, "", None)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (Wanted(" "), "source_url"),
        (Wanted("best tools"), "source_url"),
        (Wanted("ftp://blog.example/x"), "source_url"),
        (Wanted("javascript:alert(1)"), "source_url"),
        (Wanted("http://[::1"), "source_url"),
        (Wanted("localhost"), "source_url"),
        (Wanted("blog.example/x", target_url="our pricing"), "target_url"),
        (Wanted("blog.example/x", anchor_text="a" * 201), "anchor_text"),
        (Wanted("blog.example/x", notes="a" * 2_001), "notes"),
    ],
)
def test_what_is_wrong_is_named(given, field):
    with pytest.raises(Invalid) as refused:
        checked_wanted(given)

    assert refused.value.field == field


def test_an_address_without_its_scheme_gets_one():
    wanted = checked_wanted(Wanted(" blog.example/best ", " website  audits ", "ours.example", notes=" ask \n"))

    assert wanted == Wanted("https://blog.example/best", "website audits", "https://ours.example", notes="ask")


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        ("http://www.Blog.example/tools/", True),
        ("https://blog.example/tools#top", True),
        ("https://blog.example/tools?page=2", False),
        ("https://blog.example/Tools", False),
    ],
)
def test_the_same_page_is_known_however_it_is_typed(other, is_same):
    assert (replace(FRESH, source_url=other).link_key == FRESH.link_key) is is_same


def test_another_target_is_another_opportunity():
    assert replace(FRESH, target_url="https://ours.example").link_key != FRESH.link_key
