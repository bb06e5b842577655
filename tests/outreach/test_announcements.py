from datetime import timedelta

import pytest

from bot.outreach.announcements import LONGEST_WAIT, groups
from bot.outreach.writebacks import Tone, Writeback, WritebackStatus

from .given import NOON


def a_writeback(second: float) -> Writeback:
    """Landed so many seconds after noon; its id says when."""
    at = NOON + timedelta(seconds=second)
    return Writeback(f"{second:07.2f}", "lead-1", None, None, Tone.DIRECT, {}, WritebackStatus.SKIPPED, at)


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
    due = groups([a_writeback(second) for second in reversed(landed)], NOON + timedelta(seconds=now))

    assert [[float(writeback.id) for writeback in group] for group in due] == messages


def test_under_a_steady_stream_nothing_waits_longer_than_ten_seconds_more():
    waiting = [a_writeback(second) for second in range(60)]
    waits = []
    for tick in range(120):
        now = NOON + timedelta(seconds=tick)
        landed = [writeback for writeback in waiting if writeback.created_at <= now]
        told = [writeback for group in groups(landed, now) for writeback in group]
        waits += [now - writeback.created_at for writeback in told]
        waiting = [writeback for writeback in waiting if writeback not in told]

    assert not waiting
    assert len(waits) == 60
    assert max(waits) <= LONGEST_WAIT + timedelta(seconds=1)
