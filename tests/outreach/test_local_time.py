"""When something daily is due, on days of 23, 24 and 25 hours."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.outreach.local_time import due_slot, instant, local_day, next_slot, told_until
from bot.outreach.routes import EVERY_DAY, Cadence, Route, Topic

PRAGUE, NEW_YORK, LORD_HOWE, NUUK = "Europe/Prague", "America/New_York", "Australia/Lord_Howe", "America/Nuuk"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
WORKDAYS = frozenset(range(5))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def a_route(at: str, zone: str, cadence=Cadence.DAILY, weekdays=EVERY_DAY, **more) -> Route:
    given = {"set_by": "U1", "set_at": LONG_AGO} | more
    return Route("C1", Topic.FUNNEL, cadence, time.fromisoformat(at), weekdays, zone, **given)


INSTANTS = [  # zone, day, local time, the instant
    ("a day like any other", PRAGUE, "2026-03-28", "09:00", "2026-03-28 08:00"),
    ("after the clocks went forward", PRAGUE, "2026-03-29", "09:00", "2026-03-29 07:00"),
    ("right before they do", PRAGUE, "2026-03-29", "01:59", "2026-03-29 00:59"),
    ("the gap's first minute does not exist", PRAGUE, "2026-03-29", "02:00", "2026-03-29 01:00"),
    ("nor does its middle", PRAGUE, "2026-03-29", "02:30", "2026-03-29 01:00"),
    ("nor its last minute", PRAGUE, "2026-03-29", "02:59", "2026-03-29 01:00"),
    ("the gap's end does", PRAGUE, "2026-03-29", "03:00", "2026-03-29 01:00"),
    ("twice is the first", PRAGUE, "2026-10-25", "02:30", "2026-10-25 00:30"),
    ("after the clocks went back", PRAGUE, "2026-10-25", "03:00", "2026-10-25 02:00"),
    ("a gap in New York", NEW_YORK, "2026-03-08", "02:15", "2026-03-08 07:00"),
    ("twice in New York", NEW_YORK, "2026-11-01", "01:30", "2026-11-01 05:30"),
    ("a gap of half an hour", LORD_HOWE, "2026-10-04", "02:10", "2026-10-03 15:30"),
    ("after that gap", LORD_HOWE, "2026-10-04", "02:30", "2026-10-03 15:30"),
    ("twice within half an hour", LORD_HOWE, "2026-04-05", "01:45", "2026-04-04 14:45"),
    ("a gap up to midnight", NUUK, "2026-03-28", "23:30", "2026-03-29 00:59"),
    ("no clock ever changes", "UTC", "2026-03-29", "02:30", "2026-03-29 02:30"),
]


@pytest.mark.parametrize(
    ("zone", "day", "at", "expected"), [row[1:] for row in INSTANTS], ids=[row[0] for row in INSTANTS]
)
def test_a_local_time_is_one_instant(zone, day, at, expected):
    assert instant(date.fromisoformat(day), time.fromisoformat(at), zone) == utc(expected)


@pytest.mark.parametrize("zone", [PRAGUE, NEW_YORK, LORD_HOWE, NUUK, "UTC"])
@pytest.mark.parametrize(
    "at", ["00:00", "00:30", "01:45", "02:00", "02:15", "02:59", "03:00", "12:00", "23:30", "23:59"]
)
def test_every_day_of_a_year_has_its_instant_on_that_day_and_in_order(zone, at):
    days = [date(2026, 1, 1) + timedelta(days=ahead) for ahead in range(365)]

    instants = [instant(day, time.fromisoformat(at), zone) for day in days]

    assert [local_day(moment, zone) for moment in instants] == days
    assert instants == sorted(set(instants))


DUE = [  # local time, zone, now, the day it is due for
    ("before its time", "09:00", PRAGUE, "2026-03-02 07:59:59", None),
    ("at its time", "09:00", PRAGUE, "2026-03-02 08:00", "2026-03-02"),
    ("later that day", "09:00", PRAGUE, "2026-03-02 20:00", "2026-03-02"),
    ("the last second of the day", "09:00", PRAGUE, "2026-03-02 22:59:59", "2026-03-02"),
    ("not for yesterday", "09:00", PRAGUE, "2026-03-02 23:00", None),
    ("a skipped time, before the gap", "02:30", PRAGUE, "2026-03-29 00:59:59", None),
    ("a skipped time, after the gap", "02:30", PRAGUE, "2026-03-29 01:00", "2026-03-29"),
    ("a doubled time, the first", "02:30", PRAGUE, "2026-10-25 00:30", "2026-10-25"),
    ("a doubled time, between the two", "02:30", PRAGUE, "2026-10-25 01:10", "2026-10-25"),
    ("west of Greenwich it is still yesterday", "23:00", NEW_YORK, "2026-07-02 03:30", "2026-07-01"),
    ("half an hour's gap", "02:10", LORD_HOWE, "2026-10-03 15:30", "2026-10-04"),
]


@pytest.mark.parametrize(("at", "zone", "now", "day"), [row[1:] for row in DUE], ids=[row[0] for row in DUE])
def test_a_daily_post_is_due_once_its_time_came_and_only_for_today(at, zone, now, day):
    slot = due_slot(a_route(at, zone), utc(now))

    assert (slot.day.isoformat() if slot else None) == day


def test_only_on_its_weekdays():
    route = a_route("09:00", PRAGUE, weekdays=WORKDAYS)

    assert due_slot(route, utc("2026-02-27 10:00"))  # Friday
    assert due_slot(route, utc("2026-02-28 10:00")) is None
    assert due_slot(route, utc("2026-03-01 10:00")) is None
    assert due_slot(route, utc("2026-03-02 10:00"))


@pytest.mark.parametrize(
    "changed",
    [{"cadence": Cadence.OFF}, {"cadence": Cadence.IMMEDIATE}, {"paused": "is_archived"}],
    ids=["off", "not daily", "paused"],
)
def test_what_is_not_daily_or_cannot_be_posted_is_never_due(changed):
    route = replace(a_route("09:00", PRAGUE), **changed)

    assert due_slot(route, utc("2026-03-02 10:00")) is None
    assert next_slot(route, utc("2026-03-02 10:00")) is None


def test_one_set_after_its_time_begins_tomorrow():
    route = a_route("09:00", PRAGUE, set_at=utc("2026-03-02 10:00"))

    assert due_slot(route, utc("2026-03-02 12:00")) is None
    assert next_slot(route, utc("2026-03-02 12:00")).day == date(2026, 3, 3)


def test_it_is_late_only_when_a_reader_would_notice():
    slot = due_slot(a_route("09:00", PRAGUE), utc("2026-03-02 08:10"))

    assert not slot.is_late(utc("2026-03-02 08:10"))
    assert slot.is_late(utc("2026-03-02 08:11"))


NEXT = [
    ("today", EVERY_DAY, "2026-03-02 07:00", "2026-03-02 08:00"),
    ("tomorrow", EVERY_DAY, "2026-03-02 08:00", "2026-03-03 08:00"),
    ("after the weekend", WORKDAYS, "2026-03-06 12:00", "2026-03-09 08:00"),
    ("in a week", frozenset({0}), "2026-03-02 08:00", "2026-03-09 08:00"),
    ("over a change of the clocks", EVERY_DAY, "2026-03-28 12:00", "2026-03-29 07:00"),
]


@pytest.mark.parametrize(("weekdays", "now", "due_at"), [row[1:] for row in NEXT], ids=[row[0] for row in NEXT])
def test_the_next_one_is_known(weekdays, now, due_at):
    assert next_slot(a_route("09:00", PRAGUE, weekdays=weekdays), utc(now)).due_at == utc(due_at)


TOLD = [  # cadence, weekdays, now, news up to then is told
    ("at once", Cadence.IMMEDIATE, EVERY_DAY, "2026-03-02 10:20", "2026-03-02 10:20"),
    ("at once, on no day of its own", Cadence.IMMEDIATE, WORKDAYS, "2026-03-01 10:20", None),
    ("hourly", Cadence.HOURLY, EVERY_DAY, "2026-03-02 10:20", "2026-03-02 10:00"),
    ("hourly on the hour", Cadence.HOURLY, EVERY_DAY, "2026-03-02 10:00", "2026-03-02 10:00"),
    ("hourly at the weekend", Cadence.HOURLY, WORKDAYS, "2026-02-28 10:20", "2026-02-27 22:00"),
    ("daily before its time", Cadence.DAILY, EVERY_DAY, "2026-03-02 07:00", "2026-03-01 08:00"),
    ("daily after its time", Cadence.DAILY, EVERY_DAY, "2026-03-02 08:00", "2026-03-02 08:00"),
    ("daily at the weekend", Cadence.DAILY, WORKDAYS, "2026-03-01 12:00", "2026-02-27 08:00"),
    ("off", Cadence.OFF, EVERY_DAY, "2026-03-02 10:20", None),
]


@pytest.mark.parametrize(
    ("cadence", "weekdays", "now", "until"), [row[1:] for row in TOLD], ids=[row[0] for row in TOLD]
)
def test_news_waits_for_its_turn(cadence, weekdays, now, until):
    told = told_until(a_route("09:00", PRAGUE, cadence, weekdays), utc(now))

    assert told == (utc(until) if until else None)


@pytest.mark.parametrize("zone", [PRAGUE, NEW_YORK, LORD_HOWE, "Asia/Kathmandu", "UTC"])
def test_an_hour_never_ends_before_it_began(zone):
    route = a_route("09:00", zone, Cadence.HOURLY)
    now = utc("2026-01-01 00:00")
    told = []
    while now < utc("2027-01-01 00:00"):
        told.append(told_until(route, now))
        assert timedelta(0) <= now - told[-1] <= timedelta(minutes=90)
        assert told[-1].astimezone(ZoneInfo(zone)).minute in {0, 30}
        now += timedelta(minutes=47)

    assert told == sorted(told)
