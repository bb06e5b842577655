"""An audit of a lead's website: what a finished one says, and when one may start."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.outreach.errors import Invalid
from bot.outreach.leads import Lead, LeadStatus

DIMENSIONS = ("seo", "performance", "security", "ux", "ai_visibility", "brand")
SEVERITIES = ("critical", "high", "medium", "low", "info")

# Statuses an audit may still pull back to `audit_queued`; later ones are kept, the event says so (C4).
_REQUEUED = frozenset(
    {
        None,
        LeadStatus.NEW,
        LeadStatus.AUDIT_QUEUED,
        LeadStatus.AUDIT_COMPLETE,
        LeadStatus.EMAIL_GENERATED,
        LeadStatus.BOUNCED,
    }
)


class AuditState(StrEnum):
    """`requested` until the audit service has taken it, `running` until its completion arrives."""

    REQUESTED = "requested"
    RUNNING = "running"
    COMPLETE = "complete"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Issue:
    """One finding, in plain words. `pages`: how many pages show it; 0 when not told.

    check: what looked for it, the same in every audit; dimension: one of `DIMENSIONS`; found: what was there; why it
    matters; where: addresses of some pages that show it. Each may be empty: outside services need not tell them.
    """

    title: str
    severity: str = "medium"
    fix: str = ""
    pages: int = 0
    check: str = ""
    dimension: str = ""
    found: str = ""
    why: str = ""
    where: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FinishedAudit:
    """What an audit service reports. Scores are 0–100; `scores` holds any of `DIMENSIONS`."""

    run_id: str
    completed_at: datetime
    url: str = ""
    score: int | None = None
    scores: Mapping[str, int] | None = None
    grade: str = ""
    top_issue: str = ""
    issues: tuple[Issue, ...] = ()
    summary: str = ""
    pages: int | None = None


@dataclass(frozen=True, slots=True)
class Audit:
    """An audit as stored, from the request on. pages_done, pages_found: how far the built-in auditor has come."""

    id: str
    lead_id: str
    state: AuditState
    run_id: str | None
    requested_at: datetime
    attempts: int = 0
    finished: FinishedAudit | None = None
    pages_done: int = 0
    pages_found: int = 0


def usable_domain(lead: Lead) -> str:
    """The domain to audit. Raises `Invalid` (field `domain`) when it is missing or `unknown`."""
    domain = lead.domain.strip().lower()
    if not domain or domain == "unknown" or "." not in domain:
        raise Invalid(
            f"{lead.title} has no usable domain, so it cannot be audited. Edit the domain first.", field="domain"
        )
    return domain


def status_on_start(status: LeadStatus | None) -> LeadStatus | None:
    """`audit_queued`, unless the lead is already past our audit: then its status stays."""
    return LeadStatus.AUDIT_QUEUED if status in _REQUEUED else status


def is_overtaken(finished: FinishedAudit, asked: Audit | None, newest: Audit) -> bool:
    """Whether the lead's facts stay those of `newest`, a report that came sooner: asked for no earlier, finished later.

    asked: the request this report answers, if any. What was asked for last counts, whatever its service's clock says.
    """
    assert newest.finished is not None
    asked_at = asked.requested_at if asked else finished.completed_at
    return newest.requested_at >= asked_at and newest.finished.completed_at > finished.completed_at


def grade_of(score: int) -> str:
    """A from 90, B from 80, C from 70, D from 60, else F."""
    return next((grade for floor, grade in ((90, "A"), (80, "B"), (70, "C"), (60, "D")) if score >= floor), "F")


def top_issue_of(issues: tuple[Issue, ...]) -> Issue | None:
    """The most severe, then the one on most pages, then the first named."""
    return min(issues, key=_weight, default=None)


def issues_in_order(audit: FinishedAudit) -> tuple[Issue, ...]:
    """Every finding once, the weightiest first; the audit's own `top_issue` leads, even when it is not in the list."""
    named = audit.top_issue.strip().casefold()
    ranked = sorted(audit.issues, key=lambda issue: (issue.title.strip().casefold() != named, *_weight(issue)))
    if named and (not ranked or ranked[0].title.strip().casefold() != named):
        ranked.insert(0, Issue(audit.top_issue.strip(), severity=""))
    once: dict[str, Issue] = {}
    for issue in ranked:
        once.setdefault(issue.title.strip().casefold(), issue)
    once.pop("", None)
    return tuple(once.values())


def _weight(issue: Issue) -> tuple[int, int]:
    return _severity_rank(issue), -issue.pages


def _severity_rank(issue: Issue) -> int:
    return SEVERITIES.index(issue.severity) if issue.severity in SEVERITIES else len(SEVERITIES)
