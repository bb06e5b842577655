"""Which writebacks are announced together, and when: several within a few seconds are one message."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.outreach.writebacks import Writeback

COALESCE = timedelta(seconds=3)
LONGEST_WAIT = timedelta(seconds=10)
LATE = timedelta(minutes=1)

Group = tuple[Writeback, ...]


def groups(writebacks: Iterable[Writeback], now: datetime) -> tuple[Group, ...]:
    """The unannounced writebacks that are due, one tuple per message, oldest first. What is missing is not due yet.

    A writeback joins the message of the one before it when it came within `COALESCE`, but a message never spans more
    than `LONGEST_WAIT`: a steady stream is announced every ten seconds, not for ever later. What is overdue by more
    than `LATE` (nobody announced for a while) goes out as one message instead of a flood.
    """
    overdue: list[Writeback] = []
    fresh: list[Writeback] = []
    for writeback in sorted(writebacks, key=lambda writeback: (writeback.created_at, writeback.id)):
        (overdue if now - writeback.created_at > LATE else fresh).append(writeback)
    due = [tuple(group) for group in _runs(fresh) if _is_due(group, now)]
    return (tuple(overdue), *due) if overdue else tuple(due)


def _runs(writebacks: list[Writeback]) -> list[list[Writeback]]:
    """Sorted writebacks cut where the pause is longer than `COALESCE` or the run longer than `LONGEST_WAIT`."""
    runs: list[list[Writeback]] = []
    for writeback in writebacks:
        if runs and _belongs(writeback, runs[-1]):
            runs[-1].append(writeback)
        else:
            runs.append([writeback])
    return runs


def _belongs(writeback: Writeback, run: list[Writeback]) -> bool:
    return (
        writeback.created_at - run[-1].created_at <= COALESCE
        and writeback.created_at - run[0].created_at <= LONGEST_WAIT
    )


def _is_due(run: list[Writeback], now: datetime) -> bool:
    return now - run[-1].created_at > COALESCE or now - run[0].created_at >= LONGEST_WAIT
