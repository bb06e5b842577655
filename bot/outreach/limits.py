"""The limits of every cold mail we send: a day's cap per site, a day's rest per prospect, quiet hours."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.outreach.errors import LimitReached
from bot.outreach.local_time import instant, local_day
from bot.outreach.sites import Site

COOLDOWN = timedelta(hours=24)
_ONE_DAY = timedelta(days=1)


class Limit(StrEnum):
    """What makes a mail wait."""

    CAP = "cap"
    COOLDOWN = "cooldown"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class Wait:
    """A mail that may not leave now. until: the earliest moment at which this limit lets it.

    is_ahead: the mail whose rest it is has not left itself.
    """

    limit: Limit
    until: datetime
    is_ahead: bool = False


@dataclass(frozen=True, slots=True)
class Budget:
    """A site's day. used: what left today. held: what is due today and has not left. resets_at: the next local
    midnight, in UTC.
    """

    site: Site
    used: int
    held: int
    resets_at: datetime

    @property
    def left(self) -> int:
        """How many more may be sent today, those on their way counted."""
        return max(0, self.site.daily_cap - self.used - self.held)


@dataclass(frozen=True, slots=True)
class Slot:
    """One mail from one site, written at this moment. wait: what holds it back longest. leaves_at: when it may go."""

    budget: Budget
    wait: Wait | None
    leaves_at: datetime

    @property
    def over(self) -> Wait | None:
        """The limit that refuses it now. Quiet hours refuse nothing: they put it off."""
        return None if self.wait is None or self.wait.limit is Limit.QUIET else self.wait


class OverLimit(LimitReached):
    """A send that a limit refuses now; `scope` is `site` or `prospect`, `resets_at` when it frees up."""

    def __init__(self, message: str, *, limit: int, used: int, resets_at: datetime, scope: str) -> None:
        super().__init__(message)
        self.limit = limit
        self.used = used
        self.resets_at = resets_at
        self.scope = scope


def next_midnight(now: datetime, timezone: str) -> datetime:
    """When the site's next day begins, in UTC."""
    return instant(local_day(now, timezone) + _ONE_DAY, time(0), timezone)


def wait_of(
    site: Site, now: datetime, *, used: int, last_sent: datetime | None, is_exempt: bool = False
) -> Wait | None:
    """The limit that holds a mail back at this moment, or None. The one that holds longest is told.

    used: mails of the site on its local day. last_sent: the latest cold mail to this prospect from any site, or when
    one that waits will leave.
    is_exempt: a reply in the prospect's own thread waits for nothing; it is counted.
    """
    if is_exempt:
        return None
    waits = []
    if used >= site.daily_cap:
        waits.append(Wait(Limit.CAP, next_midnight(now, site.timezone)))
    if last_sent is not None and now < last_sent + COOLDOWN:
        waits.append(Wait(Limit.COOLDOWN, last_sent + COOLDOWN, is_ahead=last_sent > now))
    if site.is_quiet(_local(now, site)):
        waits.append(Wait(Limit.QUIET, after_quiet(site, now)))
    return max(waits, key=lambda wait: wait.until) if waits else None


def after_quiet(site: Site, now: datetime) -> datetime:
    """The first moment from now on that is not in the site's quiet hours."""
    if not site.is_quiet(_local(now, site)):
        return now
    today = local_day(now, site.timezone)
    ends = (instant(today + _ONE_DAY * ahead, site.quiet_to, site.timezone) for ahead in range(3))
    return next(moment for moment in ends if moment > now)


def next_free(site: Site, now: datetime, *, used: int, held: int, last_sent: datetime | None) -> datetime:
    """The earliest moment at which a mail written now could leave. held: mails of today that wait before it."""
    free = now
    if used + held >= site.daily_cap:
        free = next_midnight(now, site.timezone)
    if last_sent is not None:
        free = max(free, last_sent + COOLDOWN)
    return after_quiet(site, free)


def slot_of(budget: Budget, now: datetime, last_sent: datetime | None) -> Slot:
    """What a mail written now runs into; what waits for today counts as gone."""
    used = budget.used + budget.held
    wait = wait_of(budget.site, now, used=used, last_sent=last_sent)
    return Slot(budget, wait, next_free(budget.site, now, used=budget.used, held=budget.held, last_sent=last_sent))


def _local(now: datetime, site: Site) -> time:
    return now.astimezone(ZoneInfo(site.timezone)).time()
