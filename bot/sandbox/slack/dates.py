"""How Slack writes dates and times: `<!date^…>` tokens, message times, day dividers."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo

_TOKEN = re.compile(r"{(\w+)}")


def moment(ts: str) -> datetime:
    """The instant a message's `ts` stands for."""
    return datetime.fromtimestamp(float(ts), UTC)


def clock_time(at: datetime, zone: tzinfo, *, seconds: bool = False) -> str:
    """`9:05 AM`, or `9:05:07 AM`."""
    return at.astimezone(zone).strftime("%I:%M:%S %p" if seconds else "%I:%M %p").lstrip("0")


def day_divider(at: datetime, zone: tzinfo, now: datetime) -> str:
    """`Today`, `Yesterday`, else `Tuesday, February 18th`, with the year when it is another."""
    day, today = at.astimezone(zone).date(), now.astimezone(zone).date()
    if near := _near(day, today):
        return near.capitalize()
    return _long(day) if day.year != today.year else f"{day:%A, %B} {_ordinal(day.day)}"


def ago(at: datetime, now: datetime) -> str:
    """`3 minutes ago`, `in 2 days`, `just now`."""
    seconds = (now - at).total_seconds()
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        count = int(abs(seconds) // size)
        if count:
            words = f"{count} {unit}{'' if count == 1 else 's'}"
            return f"{words} ago" if seconds > 0 else f"in {words}"
    return "just now"


def format_tokens(at: datetime, template: str, zone: tzinfo, now: datetime) -> str:
    """`template` of a `<!date^…^template|…>` filled in. A token Slack does not know stays as it is.

    Source: docs.slack.dev/messaging/formatting-message-text, "Date formatting".
    """
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    day = local.date()
    tokens: dict[str, Callable[[], str]] = {
        "date_num": lambda: f"{day:%Y-%m-%d}",
        "date_slash": lambda: f"{day:%m/%d/%Y}",
        "date": lambda: f"{day:%B} {_ordinal(day.day)}, {day.year}",
        "date_short": lambda: f"{day:%b} {day.day}, {day.year}",
        "date_long": lambda: _long(day),
        "date_pretty": lambda: _near(day, today) or f"{day:%B} {_ordinal(day.day)}, {day.year}",
        "date_short_pretty": lambda: _near(day, today) or f"{day:%b} {day.day}, {day.year}",
        "date_long_pretty": lambda: _near(day, today) or _long(day),
        "day_divider_pretty": lambda: _near(day, today) or f"{day:%A, %B} {_ordinal(day.day)}",
        "time": lambda: clock_time(local, zone),
        "time_secs": lambda: clock_time(local, zone, seconds=True),
        "ago": lambda: ago(at, now),
    }
    return _TOKEN.sub(lambda found: tokens[found[1]]() if found[1] in tokens else found[0], template)


def _near(day: date, today: date) -> str | None:
    names = {timedelta(-1): "yesterday", timedelta(0): "today", timedelta(1): "tomorrow"}
    return names.get(day - today)


def _long(day: date) -> str:
    return f"{day:%A, %B} {_ordinal(day.day)}, {day.year}"


def _ordinal(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{({1: 'st', 2: 'nd', 3: 'rd'}).get(number % 10, 'th')}"
