"""The funnel: how far each lead ever got, and what share of all that is."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from bot.outreach.leads import LeadStatus


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
        return 100 * self.reached.get(milestone, 0) / self.total if self.total else 0.0


def funnel(furthest: Mapping[Milestone, int]) -> Funnel:
    """furthest: how many leads got just so far and no further."""
    return Funnel({card: sum(leads for got, leads in furthest.items() if got >= card) for card in Milestone})
