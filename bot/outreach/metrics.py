"""The seven metrics of direct outreach: what was sent, what came of it, what was won."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.outreach.mail_facts import Delivery, Engagement


class Period(StrEnum):
    """How far back mails are counted by when they left."""

    WEEK = "7d"
    MONTH = "30d"
    QUARTER = "90d"
    EVER = "ever"


_REACH = {
    Period.WEEK: timedelta(days=7),
    Period.MONTH: timedelta(days=30),
    Period.QUARTER: timedelta(days=90),
}


def since(period: Period, now: datetime) -> datetime | None:
    """The first moment of the period; None for all there is."""
    return now - _REACH[period] if period in _REACH else None


@dataclass(frozen=True, slots=True)
class Rate:
    """A share as the two numbers it is made of. per: what it is a share of, `delivered` or `sent`."""

    part: int
    whole: int
    per: str = "delivered"

    @property
    def percent(self) -> float:
        """0 to 100; 0 of none."""
        return 100 * self.part / self.whole if self.whole else 0.0


@dataclass(frozen=True, slots=True)
class Metrics:
    """Mails, each counted once. opened, clicked: by people. ignored_opens: those of machines.

    wins: opportunities won that got at least one mail, None where they are not counted; wins_without_email: the others.
    """

    sent: int = 0
    delivered: int = 0
    opened: int = 0
    clicked: int = 0
    replied: int = 0
    bounced: int = 0
    ignored_opens: int = 0
    wins: int | None = None
    wins_without_email: int = 0

    @property
    def any(self) -> bool:
        """Whether there is anything to tell: something was sent or won."""
        return bool(self.sent or self.wins)

    @property
    def open_rate(self) -> Rate:
        """Whoever clicks or replies has opened, too."""
        return self._rate(self.opened)

    @property
    def bounce_rate(self) -> Rate:
        """Mails that came back, of all that were sent."""
        return Rate(self.bounced, self.sent, "sent")

    @property
    def click_rate(self) -> Rate:
        """Mails with a link that a person followed."""
        return self._rate(self.clicked)

    @property
    def reply_rate(self) -> Rate:
        """Mails that a person answered."""
        return self._rate(self.replied)

    def _rate(self, part: int) -> Rate:
        """Over what was delivered; over what was sent while no delivery is known."""
        return Rate(part, self.delivered) if self.delivered else Rate(part, self.sent, "sent")


BOUNCES_TOLD_FROM = 2.0  # percent: mail hosts begin to refuse senders above it
FEWEST_SENT = 20  # one bounce of three says nothing


def bounces_too_often(rate: Rate) -> bool:
    """Whether so many bounce that it harms the sender's name."""
    return rate.whole >= FEWEST_SENT and rate.percent > BOUNCES_TOLD_FROM


@dataclass(frozen=True, slots=True)
class Standing:
    """How many accepted mails stand alike. is_clicked: a person followed a link, whatever else they did.

    machine_opens: of all of them together.
    """

    delivery: Delivery
    engagement: Engagement
    mails: int
    is_clicked: bool = False
    machine_opens: int = 0


@dataclass(frozen=True, slots=True)
class Wins:
    """Opportunities won: those that got at least one mail, and those that got none."""

    mailed: int = 0
    unmailed: int = 0


def metrics_of(standings: Iterable[Standing], wins: Wins | None = None) -> Metrics:
    """The metrics of mails that stand so. wins: where they are counted."""
    standings = list(standings)
    return Metrics(
        sent=sum(each.mails for each in standings),
        delivered=sum(each.mails for each in standings if each.delivery is Delivery.DELIVERED),
        opened=sum(each.mails for each in standings if each.engagement is not Engagement.NONE),
        clicked=sum(each.mails for each in standings if each.is_clicked),
        replied=sum(each.mails for each in standings if each.engagement is Engagement.REPLIED),
        bounced=sum(each.mails for each in standings if each.delivery is Delivery.BOUNCED),
        ignored_opens=sum(each.machine_opens for each in standings),
        wins=wins.mailed if wins else None,
        wins_without_email=wins.unmailed if wins else 0,
    )
