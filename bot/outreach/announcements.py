"""Which news is told together, and when: several pieces within a few seconds are one message."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.outreach.routes import Cadence, Notice, Route

COALESCE = timedelta(seconds=3)
LONGEST_WAIT = timedelta(seconds=10)
LATE = timedelta(minutes=1)

Group = tuple[Notice, ...]


def messages(route: Route, notices: Iterable[Notice], now: datetime) -> tuple[Group, ...]:
    """The notices that are due under this route, one tuple per message: gathered news is one."""
    if route.cadence is Cadence.IMMEDIATE:
        return groups(notices, now)
    gathered = tuple(sorted(notices, key=_order))
    return (gathered,) if gathered else ()


def groups(notices: Iterable[Notice], now: datetime) -> tuple[Group, ...]:
    """The notices that are due, one tuple per message, oldest first. What is missing is not due yet.

    A notice joins the message of the one before it when it came within `COALESCE`, but a message never spans more
    than `LONGEST_WAIT`: a steady stream is told every ten seconds, not for ever later. What is overdue by more than
    `LATE` (nobody told for a while) goes out as one message instead of a flood.
    """
    overdue: list[Notice] = []
    fresh: list[Notice] = []
    for notice in sorted(notices, key=_order):
        (overdue if now - notice.at > LATE else fresh).append(notice)
    due = [tuple(group) for group in _runs(fresh) if _is_due(group, now)]
    return (tuple(overdue), *due) if overdue else tuple(due)


def _order(notice: Notice) -> tuple[datetime, str]:
    return notice.at, notice.id


def _runs(notices: list[Notice]) -> list[list[Notice]]:
    """Sorted notices cut where the pause is longer than `COALESCE` or the run longer than `LONGEST_WAIT`."""
    runs: list[list[Notice]] = []
    for notice in notices:
        if runs and _belongs(notice, runs[-1]):
            runs[-1].append(notice)
        else:
            runs.append([notice])
    return runs


def _belongs(notice: Notice, run: list[Notice]) -> bool:
    return notice.at - run[-1].at <= COALESCE and notice.at - run[0].at <= LONGEST_WAIT


def _is_due(run: list[Notice], now: datetime) -> bool:
    return now - run[-1].at > COALESCE or now - run[0].at >= LONGEST_WAIT
