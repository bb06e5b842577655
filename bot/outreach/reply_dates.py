"""The day somebody is back, read from what their automatic answer says."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from bot.outreach.date_phrases import BACK, MONTHS, SINCE, UNTIL, WEEKDAYS

LONGEST_ABSENCE = timedelta(days=300)
_NEAR = 60  # characters between a word such as `until` and its date


@dataclass(frozen=True, slots=True)
class _Found:
    """A day that is written somewhere. day: None when it can be read as several days, or as none to come."""

    begin: int
    day: date | None


def return_day(folded: str, language: str, today: date) -> date | None:
    """The day somebody is back, or the last one they are away; None where none, or several, are written.

    folded: sentences that speak of the absence, in lower case without accents. language: of those sentences, for
    dates with slashes: in English 3/4 is two days. Only days after today count, within 300 days.
    """
    days = list(_days(folded, language, today))
    for marker in (BACK, UNTIL):
        near = [found.day for found in days if _follows(marker, folded, found.begin)]
        if near:
            told = set(near)
            return told.pop() if len(told) == 1 else None
    return None


def _follows(marker: str, folded: str, begin: int) -> bool:
    """Whether such a word stands before the date, with nothing but small words between."""
    before = folded[max(0, begin - _NEAR) : begin]
    return _marker(marker, 4 if marker is BACK else 2).search(before) is not None


@cache
def _marker(marker: str, words: int) -> re.Pattern[str]:
    return re.compile(rf"{marker}(?:[ ,]+(?!(?:{SINCE})\b)\w+){{0,{words}}}[ ,.(]*$")


def _days(folded: str, language: str, today: date) -> Iterator[_Found]:
    taken: list[tuple[int, int]] = []
    for pattern, read in _READINGS:
        for match in _compiled(pattern).finditer(folded):
            if any(match.start() < end and match.end() > begin for begin, end in taken):
                continue
            taken.append(match.span())
            begin = match.start("last" if "last" in match.groupdict() else 0)
            yield _Found(begin, read(match, language, today))


def _iso(match: re.Match[str], language: str, today: date) -> date | None:
    return _to_come(int(match["day"]), int(match["month"]), match["year"], today)


def _slashed(match: re.Match[str], language: str, today: date) -> date | None:
    one, two = int(match["one"]), int(match["two"])
    if language == "en" and one <= 12 and two <= 12 and one != two:
        return None
    day, month = (two, one) if language == "en" and two > 12 else (one, two)
    return _to_come(day, month, match["year"], today)


def _worded(match: re.Match[str], language: str, today: date) -> date | None:
    month = next(number for number, names in enumerate(MONTHS, 1) if re.fullmatch(names, match["month"]))
    return _to_come(int(match["day"]), month, match["year"], today)


def _weekday(match: re.Match[str], language: str, today: date) -> date | None:
    wanted = next(number for number, names in enumerate(WEEKDAYS) if re.fullmatch(names, match["weekday"]))
    return today + timedelta(days=(wanted - today.weekday() - 1) % 7 + 1)


def _tomorrow(match: re.Match[str], language: str, today: date) -> date | None:
    return today + timedelta(days=1)


def _to_come(day: int, month: int, year: str | None, today: date) -> date | None:
    """Without a year the next such day; None for one that is over, too far away or in no calendar."""
    years = [int(year) + (2000 if len(year) == 2 else 0)] if year else [today.year, today.year + 1]
    for each in years:
        try:
            found = date(each, month, day)
        except ValueError:
            continue
        if today < found <= today + LONGEST_ABSENCE:
            return found
    return None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


_MONTH = f"(?P<month>{'|'.join(MONTHS)})"
_WEEKDAY = "|".join(f"(?:{names})" for names in WEEKDAYS)
_DAY, _YEAR = r"(?P<day>\d{1,2})", r"(?P<year>20\d\d)"
_NEXT = "next |this |kommenden |nachsten |pristi |prochain |proximo "
_READINGS = (
    (rf"\b{_YEAR}-(?P<month>\d\d)-(?P<day>\d\d)\b", _iso),
    (r"\b(?P<one>\d{1,2})/(?P<two>\d{1,2})(?:/(?P<year>20\d\d|\d\d))?\b", _slashed),
    (rf"\b{_DAY}\. ?(?P<month>\d{{1,2}})(?:\. ?(?P<year>20\d\d|\d\d)?|(?=\D|$))(?!\d)", _iso),
    (rf"\b{_DAY}(?:st|nd|rd|th|er|\.)?(?: of| de)? {_MONTH}\b\.?,?(?:(?: de)? {_YEAR})?", _worded),
    (rf"\b{_MONTH}\.? \d{{1,2}} ?(?:-|–|to|through) ?(?P<last>{_DAY})\b(?:,? {_YEAR})?", _worded),
    (rf"\b{_MONTH}\.? (?:the )?{_DAY}(?:st|nd|rd|th)?\b(?:,? {_YEAR})?", _worded),
    (rf"(?<!\w)(?:{_NEXT})?(?P<weekday>{_WEEKDAY})(?!\w|,? (?:the |den |dem )?(?:\d|{'|'.join(MONTHS)}))", _weekday),
    (r"(?<!\w)(?:tomorrow|morgen|zitra|zitrka|demain|manana|jutra|jutro)(?!\w)", _tomorrow),
)
