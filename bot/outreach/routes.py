"""Routes: which news goes to which channel, and when."""

from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum

EVERY_DAY = frozenset(range(7))


class Topic(StrEnum):
    """What a channel can hear of. `funnel` is the digest: daily or off."""

    WRITEBACKS = "writebacks"
    REPLIES = "replies"
    DRAFTS = "drafts"
    STEPS = "steps"
    FORMS = "forms"
    LINKS = "links"
    FUNNEL = "funnel"


class Cadence(StrEnum):
    """When: at once, gathered on the hour, gathered once a day at the route's time, never."""

    IMMEDIATE = "immediate"
    HOURLY = "hourly"
    DAILY = "daily"
    OFF = "off"


OFFERED: dict[Topic, tuple[Cadence, ...]] = {
    **dict.fromkeys(Topic, tuple(Cadence)),
    Topic.FUNNEL: (Cadence.DAILY, Cadence.OFF),
}
BY_SETTINGS = "settings"
DEFAULTS: dict[Topic, Cadence] = {
    Topic.WRITEBACKS: Cadence.IMMEDIATE,
    Topic.REPLIES: Cadence.IMMEDIATE,
    Topic.DRAFTS: Cadence.OFF,
    Topic.STEPS: Cadence.IMMEDIATE,
    Topic.FORMS: Cadence.HOURLY,
    Topic.LINKS: Cadence.IMMEDIATE,
    Topic.FUNNEL: Cadence.DAILY,
}


@dataclass(frozen=True, slots=True)
class Route:
    """One topic into one channel. at: local time in `timezone`, for daily ones. weekdays: Monday is 0; for all.

    set_by: a Slack user, or `settings` for SLACK_CHANNEL's. paused: why nothing can be posted there now, else empty.
    """

    channel: str
    topic: Topic
    cadence: Cadence
    at: time
    weekdays: frozenset[int]
    timezone: str
    set_by: str
    set_at: datetime
    paused: str = ""

    @property
    def person(self) -> str:
        """The Slack user who set it; empty when a setting did."""
        return "" if self.set_by == BY_SETTINGS else self.set_by


@dataclass(frozen=True, slots=True)
class Notice:
    """One piece of news for one channel, not posted yet. item_id: the writeback's, reply's, draft's, submission's or
    link check's, or the run's with its step."""

    id: str
    channel: str
    topic: Topic
    item_id: str
    lead_id: str | None
    at: datetime
