"""Local times on real days, those of 23 and 25 hours included: when something daily is due, and for which date."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.outreach.routes import Cadence, Route

LATE_AFTER = timedelta(minutes=10)
_SECOND = timedelta(seconds=1)
_WEEK = range(8)


@dataclass(frozen=True, slots=True)
class Slot:
    """One day's turn. day: the local date it is for. due_at: when it is due, in UTC."""

    day: date
    due_at: datetime

    def is_late(self, now: datetime) -> bool:
        """Whether a reader should be told that this comes later than it should."""
        return now - self.due_at > LATE_AFTER


def instant(day: date, at: time, timezone: str) -> datetime:
    """When the clocks of this zone show that time on that day, in UTC.

    A time that occurs twice is the first; one that the clocks skip is the first instant after the gap, or the last
    minute before it where the gap reaches into the next day.
    """
    zone = ZoneInfo(timezone)
    wanted = datetime.combine(day, at)
    found = wanted.replace(tzinfo=zone).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wanted:
        return found
    before = wanted.replace(tzinfo=zone, fold=1).astimezone(UTC)
    after_gap = _shift(zone, before, found)
    return after_gap if local_day(after_gap, timezone) == day else after_gap - timedelta(minutes=1)


def local_day(now: datetime, timezone: str) -> date:
    """The date in that zone."""
    return now.astimezone(ZoneInfo(timezone)).date()


def due_slot(route: Route, now: datetime) -> Slot | None:
    """The day a daily post is due for now, or None: before its time, on another weekday, or set after its time.

    A late one is still that day's, but a past day's is never due: what was missed on one day is not made up the next.
    """
    today = local_day(now, route.timezone)
    if route.cadence is not Cadence.DAILY or route.paused or today.weekday() not in route.weekdays:
        return None
    due_at = instant(today, route.at, route.timezone)
    return Slot(today, due_at) if route.set_at < due_at <= now else None


def next_slot(route: Route, now: datetime) -> Slot | None:
    """The next time a daily post is due after now; None when it never is."""
    if route.cadence is not Cadence.DAILY or route.paused:
        return None
    today = local_day(now, route.timezone)
    coming = [today + timedelta(days=ahead) for ahead in _WEEK]
    slots = [Slot(day, instant(day, route.at, route.timezone)) for day in coming if day.weekday() in route.weekdays]
    return next((slot for slot in slots if slot.due_at > max(now, route.set_at)), None)


def told_until(route: Route, now: datetime) -> datetime | None:
    """News up to this moment is told now; None for none. On a weekday that is not the route's, news waits."""
    if route.cadence is Cadence.OFF or route.paused:
        return None
    today = local_day(now, route.timezone)
    if route.cadence is Cadence.IMMEDIATE:
        return now if today.weekday() in route.weekdays else None
    if route.cadence is Cadence.HOURLY and today.weekday() in route.weekdays:
        local = now.astimezone(ZoneInfo(route.timezone))
        return local.replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    at = time(23) if route.cadence is Cadence.HOURLY else route.at
    days = [today - timedelta(days=back) for back in _WEEK]
    passed = [instant(day, at, route.timezone) for day in days if day.weekday() in route.weekdays]
    return next((moment for moment in passed if moment <= now), None)


def _shift(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first second of the new offset, between a moment of the old one and a moment of the new."""
    old = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after
