"""The Home tab: what waits for a person, and today's figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.outreach.campaigns import Campaign
from bot.outreach.drafts import DraftCard
from bot.outreach.events import EventKind
from bot.outreach.health import Finding
from bot.outreach.leads import LeadStatus
from bot.outreach.limits import Budget
from bot.outreach.pipeline import EmailFigures, Funnel
from bot.outreach.steps import DueStep
from bot.outreach.unibox import ReplyCard

MOST_COUNTED_STEPS = 1_000

# What is worth telling of a day, in the order of the work.
TOLD: Mapping[EventKind, str] = {
    EventKind.LEAD_ADDED: "added",
    EventKind.AUDIT_COMPLETED: "audited",
    EventKind.DRAFT_APPROVED: "drafts approved",
    EventKind.PUSHED: "pushed",
    EventKind.EMAIL_SENT: "emails sent",
    EventKind.REPLIED: "replied",
    EventKind.REPLY_SENT: "answered",
    EventKind.BOUNCED: "bounced",
}


@dataclass(frozen=True, slots=True)
class BlockedLine:
    """A blocked push in one line. link: its report in Slack, empty while that does not stand."""

    id: str
    campaign: str
    leads: int
    created_at: datetime
    armed_until: datetime | None = None
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How many there are of something, and the few that are shown. unclear: mails a person has to decide about."""

    drafts: int = 0
    draft_cards: Sequence[DraftCard] = ()
    replies: int = 0
    reply_cards: Sequence[ReplyCard] = ()
    steps: int = 0
    step_cards: Sequence[DueStep] = ()
    blocked: int = 0
    armed: int = 0
    blocked_lines: Sequence[BlockedLine] = ()
    unclear: int = 0

    @property
    def is_none(self) -> bool:
        """Nobody has to do anything."""
        return not (self.drafts or self.replies or self.steps or self.unclear or self.blocked)


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of the whole workspace. today: how often each kind of event happened since midnight. budgets: each
    site's day, by name.
    """

    funnel: Funnel
    counts: Mapping[LeadStatus | None, int]
    emails: EmailFigures
    campaigns: Sequence[Campaign] = ()
    today: Mapping[EventKind, int] = field(default_factory=dict)
    budgets: Sequence[Budget] = ()


@dataclass(frozen=True, slots=True)
class Home:
    """Everything one person's Home shows. wrong: what must be mended first."""

    figures: Figures
    waiting: Waiting
    wrong: Sequence[Finding] = ()


def midnight(now: datetime, timezone: str) -> datetime:
    """When this person's day began, in UTC."""
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)
