from datetime import time, timedelta

import pytest

from bot.outreach.announcements import LONGEST_WAIT, groups, messages
from bot.outreach.routes import EVERY_DAY, Cadence, Notice, Route, Topic

from .given import NOON


def a_notice(second: float) -> Notice:
    """Noted so many seconds after noon; its id says when."""
    at = NOON + timedelta(seconds=second)
    return Notice(f"{second:07.2f}", "C1", Topic.WRITEBACKS, f"item-{second}", "lead-1", at)


CASES = [  # landed at, asked at, seconds of each message
    ("nothing landed", [], 10, []),
    ("just landed", [0], 2, []),
    ("waited long enough", [0], 4, [[0]]),
    ("two together", [0, 2], 6, [[0, 2]]),
    ("the second still opens a wait", [0, 2], 4, []),
    ("two apart", [0, 5], 9, [[0], [5]]),
    ("the first of two apart", [0, 5], 7, [[0]]),
    ("a stream is cut after ten seconds", [0, 2, 4, 6, 8, 10, 12], 12, [[0, 2, 4, 6, 8, 10]]),
    ("a stream about to be cut", [0, 2, 4, 6, 8], 9, []),
    ("a stream at its limit", [0, 2, 4, 6, 8], 10, [[0, 2, 4, 6, 8]]),
    ("overdue ones are one message", [0, 20, 40], 120, [[0, 20, 40]]),
    ("overdue ones, then fresh ones", [0, 20, 100, 102], 110, [[0, 20], [100, 102]]),
    ("another clock runs ahead", [5], 0, []),
]


@pytest.mark.parametrize(("landed", "now", "messages"), [row[1:] for row in CASES], ids=[row[0] for row in CASES])
def test_writebacks_are_announced_together_but_not_for_ever_later(landed, now, messages):
    due = groups([a_notice(second) for second in reversed(landed)], NOON + timedelta(seconds=now))

    assert [[float(notice.id) for notice in group] for group in due] == messages


def test_under_a_steady_stream_nothing_waits_longer_than_ten_seconds_more():
    waiting = [a_notice(second) for second in range(60)]
    waits = []
    for tick in range(120):
        now = NOON + timedelta(seconds=tick)
        landed = [notice for notice in waiting if notice.at <= now]
        told = [notice for group in groups(landed, now) for notice in group]
        waits += [now - notice.at for notice in told]
        waiting = [notice for notice in waiting if notice not in told]

    assert not waiting
    assert len(waits) == 60
    assert max(waits) <= LONGEST_WAIT + timedelta(seconds=1)


@pytest.mark.parametrize("cadence", [Cadence.HOURLY, Cadence.DAILY])
def test_gathered_news_is_one_message_however_far_apart_it_came(cadence):
    route = Route("C1", Topic.WRITEBACKS, cadence, time(9), EVERY_DAY, "UTC", "U1", NOON)
    noted = [a_notice(second) for second in (3000, 0, 90)]

    (message,) = messages(route, noted, NOON + timedelta(hours=1))

    assert [float(notice.id) for notice in message] == [0, 90, 3000]
    assert messages(route, [], NOON) == ()


def test_a_burst_of_five_hundred_is_one_message():
    burst = [a_notice(number / 500) for number in range(500)]

    (message,) = groups(burst, NOON + timedelta(seconds=5))

    assert len(message) == 500
