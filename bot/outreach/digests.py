"""The digest: its figures, what changed since the last one, and whether there is anything to say."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from bot.outreach.drafts import DraftState
from bot.outreach.leads import Lead
from bot.outreach.metrics import Metrics
from bot.outreach.pipeline import Milestone, percent_of


class Figure(StrEnum):
    """What a digest counts; behind each number stand exactly the leads it had when it was posted."""

    TOTAL = "total"
    AUDITED = "audited"
    EMAIL_SENT = "email_sent"
    OPENED = "opened"
    REPLIED = "replied"
    CONVERTED = "converted"
    MOVED = "moved"
    DRAFTS = "drafts"
    REPLIES = "replies"
    BLOCKED = "blocked"


CARDS: Mapping[Figure, Milestone] = {Figure(milestone.name.lower()): milestone for milestone in Milestone}
PAGE_LEADS = 25


@dataclass(frozen=True, slots=True)
class Figures:
    """leads: how many leads stand behind each figure. drafts, replies, blocked, armed: how many of these there are.

    emails: drafts by state, whatever became of them. mails: those sent directly in the last thirty days. contacted,
    bounced: leads in campaigns at PlusVibe with news in that time.
    """

    leads: Mapping[Figure, int] = field(default_factory=dict)
    emails: Mapping[DraftState, int] = field(default_factory=dict)
    drafts: int = 0
    replies: int = 0
    blocked: int = 0
    armed: int = 0
    mails: Metrics = field(default_factory=Metrics)
    contacted: int = 0
    bounced: int = 0

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Figures":
        """As `stored` wrote them."""
        counts = {name: stored[name] for name in ("drafts", "replies", "blocked", "armed")}
        leads = {Figure(name): number for name, number in stored["leads"].items()}
        emails = {DraftState(name): number for name, number in stored["emails"].items()}
        later = {name: stored.get(name, 0) for name in ("contacted", "bounced")}
        return cls(leads, emails, **counts, mails=Metrics(**stored.get("mails", {})), **later)

    def stored(self) -> dict[str, Any]:
        """As JSON."""
        counts = {"drafts": self.drafts, "replies": self.replies, "blocked": self.blocked, "armed": self.armed}
        return {
            "leads": {figure.value: number for figure, number in self.leads.items()},
            "emails": {state.value: number for state, number in self.emails.items()},
            "mails": asdict(self.mails),
            "contacted": self.contacted,
            "bounced": self.bounced,
            **counts,
        }

    @property
    def total(self) -> int:
        """Every lead."""
        return self.leads.get(Figure.TOTAL, 0)

    def percent(self, figure: Figure) -> float:
        """The share of all leads, 0 to 100; 0 of none."""
        return percent_of(self.leads.get(figure, 0), self.total)

    @property
    def is_waiting(self) -> bool:
        """Whether something waits for a person."""
        return bool(self.drafts or self.replies or self.blocked)


@dataclass(frozen=True, slots=True)
class Digest:
    """One digest. day: the local date it is for. number: 1 for the day's own, more for those asked for besides.

    late_since: when it was due, for one that came late. post_key: None when there was nothing to say.
    """

    id: str
    channel: str
    day: date
    number: int
    at: datetime
    figures: Figures
    late_since: datetime | None = None
    post_key: str | None = None


@dataclass(frozen=True, slots=True)
class Longest:
    """What has waited longest, and since when."""

    lead: Lead
    since: datetime


@dataclass(frozen=True, slots=True)
class DigestView:
    """A digest with what its message shows. before: the one posted last in this channel."""

    digest: Digest
    timezone: str
    before: Digest | None = None
    oldest_draft: Longest | None = None
    slowest_reply: Longest | None = None


@dataclass(frozen=True, slots=True)
class FrozenPage:
    """A page of the leads behind a figure, as they were when it was posted. gone: how many of the page are removed."""

    digest: Digest
    figure: Figure
    leads: Sequence[Lead]
    gone: int
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many there are, at least one."""
        return max(1, -(-self.total // PAGE_LEADS))


def change(now: Figures, before: Figures | None, figure: Figure) -> int | None:
    """How many more than last time; None when there was no last time."""
    return None if before is None else now.leads.get(figure, 0) - before.leads.get(figure, 0)


def says_something(now: Figures, before: Figures | None) -> bool:
    """Whether something waits or has changed since the last time; the first time, whether there is any lead."""
    if now.is_waiting:
        return True
    if before is None:
        return now.total > 0
    changed = any(change(now, before, figure) for figure in CARDS)
    return changed or bool(now.leads.get(Figure.MOVED)) or dict(now.emails) != dict(before.emails)
