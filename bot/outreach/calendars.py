"""What would be sent when nobody reacts: every mail, what is put off and why, what ends, what waits for a person."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from bot.outreach.errors import Invalid
from bot.outreach.limits import Limit
from bot.outreach.local_time import local_day
from bot.outreach.sites import Site

DEFAULT_SPAN = timedelta(days=14)
MOST_DAYS = 60
_SPAN = re.compile(r"(\d{1,3}) ?(d|days?|w|weeks?)", re.ASCII | re.IGNORECASE)
_MONTH_AHEAD = "Write how far to look ahead: `14d` for 14 days or `2w` for two weeks, between 1 and 60 days."


def parsed_span(text: str) -> timedelta:
    """How far ahead: `14d`, `2w`; two weeks when nothing is said. Raises `Invalid` with what to type."""
    if not text.strip():
        return DEFAULT_SPAN
    found = _SPAN.fullmatch(text.strip())
    days = int(found[1]) * (7 if found[2].lower().startswith("w") else 1) if found else 0
    if not 1 <= days <= MOST_DAYS:
        raise Invalid(_MONTH_AHEAD)
    return timedelta(days=days)


class Waits(StrEnum):
    """What a person has to do before anything more leaves."""

    NEXT_STEP = "next step"
    MISSING = "missing"
    PAUSED = "paused"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Place:
    """Whom and what it is about. sequence: empty for a single mail. step: from 1; 0 for a single mail."""

    lead_id: str
    lead: str
    site_id: str
    sequence: str = ""
    step: int = 0
    steps: int = 0


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A mail that leaves at this moment."""

    place: Place
    mail_id: str
    at: datetime
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Deferral:
    """A due mail that a limit puts off. limit: None where its whole site is stopped; then nobody knows until when, and
    `why` says what stopped it.
    """

    place: Place
    mail_id: str
    at: datetime
    limit: Limit | None
    until: datetime | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Ending:
    """A run that is over, or a single mail that never leaves. completed: all its steps have left."""

    place: Place
    at: datetime
    why: str
    completed: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """What stands still until a person acts. why: more than `waits` says, or empty."""

    place: Place
    waits: Waits
    why: str = ""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The time from `begins` to `ends`, looked through up to `reached`; everything in its order.

    every: how exact its times are. left_out: runs and mails there was no room for. obstacle: why nothing was looked
    at; empty when all is well.
    """

    begins: datetime
    ends: datetime
    reached: datetime
    sites: tuple[Site, ...] = ()
    mails: tuple[Foreseen, ...] = ()
    deferrals: tuple[Deferral, ...] = ()
    endings: tuple[Ending, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    every: timedelta = timedelta(minutes=1)
    left_out: int = 0
    obstacle: str = ""

    @property
    def put_off(self) -> int:
        """How many mails are put off, however often each."""
        return len({deferral.mail_id for deferral in self.deferrals})

    @property
    def sending(self) -> list[Site]:
        """The sites that send something."""
        busy = {mail.place.site_id for mail in self.mails}
        return [site for site in self.sites if site.id in busy]

    def days_of(self, site: Site) -> Mapping[date, int]:
        """How many mails leave on each of the site's own days that has any, in their order."""
        mine = (mail for mail in self.mails if mail.place.site_id == site.id)
        return dict(sorted(Counter(local_day(mail.at, site.timezone) for mail in mine).items()))
