"""The pipeline: how far each lead ever got, where each stands now, and how many e-mails left."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from bot.outreach.drafts import DraftState
from bot.outreach.leads import SELECTABLE, Lead, LeadStatus

STAGE_SAMPLES = 3
STAGE_LEADS = 10


class Milestone(IntEnum):
    """How far a lead ever got; who reached one has reached those before it. `TOTAL` is every lead."""

    TOTAL = 0
    AUDITED = 1
    EMAIL_SENT = 2
    OPENED = 3
    REPLIED = 4
    CONVERTED = 5


CARDS: Mapping[Milestone, str] = {
    Milestone.TOTAL: "Total",
    Milestone.AUDITED: "Audited",
    Milestone.EMAIL_SENT: "Email sent",
    Milestone.OPENED: "Opened",
    Milestone.REPLIED: "Replied",
    Milestone.CONVERTED: "Converted",
}

_REACHED: Mapping[LeadStatus, Milestone] = {
    LeadStatus.NEW: Milestone.TOTAL,
    LeadStatus.AUDIT_QUEUED: Milestone.TOTAL,
    LeadStatus.AUDIT_COMPLETE: Milestone.AUDITED,
    LeadStatus.EMAIL_GENERATED: Milestone.AUDITED,
    LeadStatus.EMAIL_SENT: Milestone.EMAIL_SENT,
    LeadStatus.SENT: Milestone.EMAIL_SENT,
    LeadStatus.BOUNCED: Milestone.EMAIL_SENT,
    LeadStatus.RETARGETED: Milestone.EMAIL_SENT,
    LeadStatus.OPENED: Milestone.OPENED,
    LeadStatus.REPLIED: Milestone.REPLIED,
    LeadStatus.CONVERTED: Milestone.CONVERTED,
}


def reached(status: LeadStatus | None) -> Milestone:
    """The milestone a status stands for; a missing status reached none."""
    return _REACHED[status] if status else Milestone.TOTAL


def percent_of(part: int, whole: int) -> float:
    """The share, 0 to 100; 0 of none."""
    return 100 * part / whole if whole else 0.0


# Fields of a lead that tell how far it got.
TELLING = frozenset({"status", "audit_run_id", "opens"})


def told(changes: Mapping[str, Any]) -> Milestone:
    """The milestone these values of a lead's fields prove: its status, a finished audit, an open."""
    proofs = [reached(changes.get("status"))]
    proofs += [Milestone.AUDITED] if changes.get("audit_run_id") else []
    proofs += [Milestone.OPENED] if changes.get("opens") else []
    return max(proofs)


@dataclass(frozen=True, slots=True)
class Funnel:
    """How many leads ever reached each milestone: cumulative, so a converted lead is in every card."""

    reached: Mapping[Milestone, int]

    @property
    def total(self) -> int:
        """Every lead."""
        return self.reached.get(Milestone.TOTAL, 0)

    def percent(self, milestone: Milestone) -> float:
        """The share of all leads, 0 to 100; 0 of none."""
        return percent_of(self.reached.get(milestone, 0), self.total)


def funnel(furthest: Mapping[Milestone, int]) -> Funnel:
    """furthest: how many leads got just so far and no further."""
    return Funnel({card: sum(leads for got, leads in furthest.items() if got >= card) for card in Milestone})


@dataclass(frozen=True, slots=True)
class EmailFigures:
    """How many e-mails stand at each state. They count messages, where the funnel counts leads."""

    by_state: Mapping[DraftState, int]

    @property
    def total(self) -> int:
        """Every one."""
        return sum(self.by_state.values())

    @property
    def sent(self) -> int:
        """Those that left: sent by us, or given to the campaign that sends them."""
        return sum(self.by_state.get(state, 0) for state in (DraftState.HANDED_OVER, DraftState.SENT))

    @property
    def send_rate(self) -> float:
        """The share that left, 0 to 100; 0 of none."""
        return percent_of(self.sent, self.total)


@dataclass(frozen=True, slots=True)
class Stage:
    """The leads that stand at one status now. samples: the newest few."""

    status: LeadStatus
    leads: int
    samples: tuple[Lead, ...] = ()


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Everything on one page."""

    funnel: Funnel
    emails: EmailFigures
    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """One maintained counter beside what a recount says."""

    name: str
    kept: int
    counted: int


def stages(counts: Mapping[LeadStatus | None, int], samples: Mapping[LeadStatus, list[Lead]]) -> tuple[Stage, ...]:
    """One for each status, empty ones too; the legacy one only where leads have it. A missing status is New."""
    merged = {**counts, LeadStatus.NEW: counts.get(LeadStatus.NEW, 0) + counts.get(None, 0)}
    shown = [*SELECTABLE, *([LeadStatus.SENT] if merged.get(LeadStatus.SENT) else [])]
    return tuple(Stage(status, merged.get(status, 0), tuple(samples.get(status, ()))) for status in shown)


def compared(name: str, kept: Mapping[Any, int], counted: Mapping[Any, int]) -> list[Kept]:
    """A line for each key that either side knows, in the keys' own order."""
    keys = sorted({*kept, *counted}, key=lambda key: (key is not None, key))
    return [Kept(f"{name} {_named(key)}", kept.get(key, 0), counted.get(key, 0)) for key in keys]


def _named(key: Any) -> str:
    if isinstance(key, Milestone):
        return CARDS[key]
    return "without one" if key is None else str(key)
