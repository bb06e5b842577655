"""Which links count, which of several, and what a look at the page changes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.outreach.access import CLOCK
from bot.outreach.link_checks import (
    NOT_THERE,
    Finding,
    LinkMatch,
    LinkStanding,
    Presence,
    Sight,
    finding_among,
    leads_to,
    place_of,
)
from bot.outreach.link_looks import CONFIRM_AFTER, LIVE_AGAIN, LOST_AGAIN, PENDING_AGAIN, after_look
from bot.outreach.opportunities import BoardColumn, Correspondence, Opportunity, column_of, followed, moved_by_hand
from bot.outreach.pages import Link

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NEW, QUEUED, REACHED, WON = BoardColumn
PENDING, LIVE, LOST = Presence
EXACT, PREFIX, DOMAIN = LinkMatch
OURS = "https://ours.example/audit"
FOUND = Finding(Sight.FOUND, OURS, "our audit", "nofollow")
MISSING = Finding(Sight.MISSING, why=NOT_THERE)
UNREAD = Finding(Sight.UNREAD, why="the site takes too long")


@pytest.mark.parametrize(
    ("link", "target", "counts"),
    [
        ("https://ours.example/audit", OURS, (EXACT, PREFIX, DOMAIN)),
        ("http://www.OURS.example:80/audit/#top", OURS, (EXACT, PREFIX, DOMAIN)),
        ("https://ours.example/audit?ref=1", OURS, (PREFIX, DOMAIN)),
        ("https://ours.example/audit/hotels", OURS, (PREFIX, DOMAIN)),
        ("https://ours.example/auditors", OURS, (DOMAIN,)),
        ("https://ours.example/Audit", OURS, (DOMAIN,)),
        ("https://blog.ours.example/audit", OURS, (DOMAIN,)),
        ("https://ours.example.evil.example/audit", OURS, ()),
        ("https://notours.example/audit", OURS, ()),
        ("https://evil.example/?to=https://ours.example/audit", OURS, ()),
        ("https://ours.example:8443/audit", OURS, ()),
        ("mailto:me@ours.example", OURS, ()),
        ("https://[::1", OURS, ()),
        ("", OURS, ()),
        ("https://ours.example", "https://ours.example/", (EXACT, PREFIX, DOMAIN)),
        ("https://ours.example/anything?at=all", "https://ours.example", (PREFIX, DOMAIN)),
        ("https://ours.example/a?page=2&sort=up", "https://ours.example/a?page=2", (PREFIX, DOMAIN)),
        ("https://ours.example/a/b?page=2", "https://ours.example/a?page=2", (DOMAIN,)),
        ("https://xn--bcher-kva.example/čaj", "https://bücher.example/%C4%8Daj", (EXACT, PREFIX, DOMAIN)),
        ("https://ours.example/%c4%8daj", "https://ours.example/čaj", (EXACT, PREFIX, DOMAIN)),
    ],
)
def test_what_counts_as_a_link_to_the_target(link, target, counts):
    place, wanted = place_of(link), place_of(target)

    assert tuple(match for match in LinkMatch if place and leads_to(place, wanted, match)) == counts


@pytest.mark.parametrize(
    ("links", "best"),
    [
        ([], None),
        ([("https://other.example", "our audit", "")], None),
        ([(OURS, "here", ""), (OURS, "there", "")], ("here", "")),
        ([(OURS, "here", "nofollow"), (OURS, "there", "noopener")], ("there", "noopener")),
        ([(OURS, "here", ""), (OURS, "Our  AUDIT", "")], ("Our  AUDIT", "")),
        ([(OURS, "our audit", "ugc noopener"), (OURS, "here", "")], ("here", "")),
        ([(OURS, "here", "sponsored"), (OURS, "our audit", "nofollow")], ("our audit", "nofollow")),
    ],
    ids=["none", "elsewhere", "the first", "a followed one", "our words", "followed before our words", "neither"],
)
def test_of_several_links_the_best_counts(links, best):
    found = finding_among([Link(*each) for each in links], OURS, EXACT, "our audit")

    assert (found.anchor, found.rel) == (best or ("", ""))
    assert found.sight is (Sight.FOUND if best else Sight.MISSING)


def opportunity(column, state, *, missed=None, failed=0):
    """One that an email was sent for, as its link was known before."""
    missed_at = NOON - missed if missed is not None else None
    link = LinkStanding(PREFIX, state, missed_at, failed, next_at=NOON, seen_at=NOON if state is LIVE else None)
    known = Opportunity("o1", "l1", "https://blog.example", "blog.example", "U1", NOON, NOON, target_url=OURS, sent=1)
    known = replace(known, column=column, link=link, lost_at=NOON if state is LOST else None)
    return replace(known, by_hand=column, set_by="U1", set_at=NOON) if column is WON else known


LATER = NOON + timedelta(minutes=1)
HOUR = timedelta(hours=1)
AGAIN = CONFIRM_AFTER + timedelta(minutes=1)
ROWS = [  # column, state, how long missed, found: then column, state, missed, next look in
    (REACHED, PENDING, None, FOUND, WON, LIVE, False, LIVE_AGAIN),
    (WON, PENDING, None, FOUND, WON, LIVE, False, LIVE_AGAIN),
    (NEW, PENDING, None, FOUND, WON, LIVE, False, LIVE_AGAIN),
    (QUEUED, PENDING, None, FOUND, WON, LIVE, False, LIVE_AGAIN),
    (REACHED, PENDING, None, MISSING, REACHED, PENDING, False, PENDING_AGAIN),
    (REACHED, PENDING, AGAIN, MISSING, REACHED, PENDING, False, PENDING_AGAIN),
    (NEW, PENDING, None, MISSING, NEW, PENDING, False, None),
    (WON, PENDING, None, MISSING, WON, PENDING, True, CONFIRM_AFTER),
    (WON, PENDING, AGAIN, MISSING, REACHED, LOST, True, LOST_AGAIN),
    (WON, LIVE, None, FOUND, WON, LIVE, False, LIVE_AGAIN),
    (WON, LIVE, AGAIN, FOUND, WON, LIVE, False, LIVE_AGAIN),
    (REACHED, LIVE, None, FOUND, REACHED, LIVE, False, LIVE_AGAIN),
    (WON, LIVE, None, MISSING, WON, LIVE, True, CONFIRM_AFTER),
    (WON, LIVE, HOUR, MISSING, WON, LIVE, True, CONFIRM_AFTER - HOUR - timedelta(minutes=1)),
    (WON, LIVE, AGAIN, MISSING, REACHED, LOST, True, LOST_AGAIN),
    (REACHED, LIVE, None, MISSING, REACHED, LIVE, True, CONFIRM_AFTER),
    (REACHED, LIVE, AGAIN, MISSING, REACHED, LOST, True, LOST_AGAIN),
    (REACHED, LOST, AGAIN, FOUND, WON, LIVE, False, LIVE_AGAIN),
    (NEW, LOST, AGAIN, FOUND, WON, LIVE, False, LIVE_AGAIN),
    (WON, LOST, AGAIN, FOUND, WON, LIVE, False, LIVE_AGAIN),
    (REACHED, LOST, AGAIN, MISSING, REACHED, LOST, True, LOST_AGAIN),
    (WON, LOST, AGAIN, MISSING, WON, LOST, True, LOST_AGAIN),
    *(
        (column, state, missed, UNREAD, column, state, missed is not None, HOUR)
        for column in (REACHED, WON)
        for state in Presence
        for missed in (None, HOUR, AGAIN)
    ),
]


@pytest.mark.parametrize(("column", "state", "missed", "finding", "then", "known", "is_missed", "wait"), ROWS)
def test_what_a_look_changes(column, state, missed, finding, then, known, is_missed, wait):
    before = opportunity(column, state, missed=missed)
    after = after_look(before, finding, LATER)

    assert (after.column, after.link.state) == (then, known)
    assert (after.link.missed_at is not None, after.link.checked_at) == (is_missed, LATER)
    assert after.link.next_at == (LATER + wait if wait else None)
    assert (after.lost_at is not None) is (known is LOST)
    assert after.link.match is PREFIX and bool(after.link.trouble) is (finding is UNREAD)
    if then is not column:
        by_hand = (WON, CLOCK.id, LATER) if then is WON else (None, "", None)
        assert (after.by_hand, after.set_by, after.set_at) == by_hand and after.moved_at == LATER


def test_the_table_has_a_row_for_every_state_finding_and_column_that_is_looked_at():
    rows = {(column, state, finding.sight) for column, state, _, finding, *_ in ROWS}

    assert rows >= {(column, state, sight) for column in (REACHED, WON) for state in Presence for sight in Sight}


def test_a_live_link_says_its_words_and_a_lost_one_keeps_them():
    live = after_look(opportunity(REACHED, PENDING), FOUND, NOON)
    lost = after_look(after_look(live, MISSING, NOON + HOUR), MISSING, NOON + 8 * HOUR)

    assert (live.link.anchor, live.link.rel, live.link.seen_at) == ("our audit", "nofollow", NOON)
    assert (lost.link.anchor, lost.link.seen_at, lost.lost_at) == ("our audit", NOON, NOON + 8 * HOUR)


def test_an_error_between_two_misses_neither_counts_nor_forgives():
    known = opportunity(WON, LIVE)
    for hours, finding in ((0, MISSING), (6, UNREAD), (7, UNREAD)):
        known = after_look(known, finding, NOON + hours * HOUR)
    assert (known.column, known.link.state, known.link.failed) == (WON, LIVE, 2)

    lost = after_look(known, MISSING, NOON + 9 * HOUR)

    assert (lost.column, lost.link.state, lost.link.trouble, lost.link.failed) == (REACHED, LOST, "", 0)


def test_errors_are_tried_again_at_a_growing_distance_of_at_most_a_week():
    known, waits = opportunity(REACHED, PENDING), []
    for _ in range(12):
        known = after_look(known, UNREAD, NOON)
        waits.append(known.link.next_at - NOON)

    assert waits[:4] == [HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR] and set(waits[8:]) == {LIVE_AGAIN}


@pytest.mark.parametrize(
    ("before", "change", "due"),
    [
        (opportunity(NEW, PENDING), lambda one: followed(one, Correspondence(0, 2, "m1", LATER)), True),
        (opportunity(QUEUED, PENDING), lambda one: followed(one, Correspondence(1, 0, "m1", LATER)), False),
        (opportunity(REACHED, PENDING), lambda one: moved_by_hand(one, WON, "U1", LATER), True),
        (opportunity(WON, LIVE), lambda one: moved_by_hand(one, NEW, "U1", LATER), False),
        (opportunity(NEW, LOST), lambda one: moved_by_hand(one, QUEUED, "U1", LATER), None),
        (
            replace(opportunity(NEW, PENDING), target_url="", link=LinkStanding()),
            lambda one: moved_by_hand(one, WON, "U1", LATER),
            False,
        ),
    ],
    ids=["sent", "queued", "won by hand", "back to New", "lost, queued again", "without a target"],
)
def test_a_move_makes_a_page_due_or_leaves_it_alone(before, change, due):
    before = replace(before, waiting=0, sent=0) if before.column in (NEW, QUEUED) else before
    next_at = change(replace(before, moved_at=NOON)).link.next_at

    assert next_at == {True: LATER, False: None, None: NOON}[due]


def test_a_lost_link_without_an_email_goes_back_to_new():
    lost = after_look(replace(opportunity(WON, LIVE, missed=AGAIN), sent=0), MISSING, NOON)

    assert lost.column is column_of(0, 0) is NEW and lost.is_watched and lost.link.next_at == NOON + LOST_AGAIN
