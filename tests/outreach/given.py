"""What the stories of these tests begin with."""

from datetime import UTC, datetime
from typing import Any

from bot.outreach.audits import FinishedAudit, Issue
from bot.outreach.leads import Lead, LeadStatus

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
WRITTEN = {"lastOutboundWriteback": {"variables": {"custom_domain": "acme.com"}}}
SCORES = {"seo": 38, "performance": 52, "security": 91, "ux": 70, "ai_visibility": 45, "brand": 80}
DESCRIPTIONS = Issue("Missing meta descriptions", "high", "Add a unique meta description to each page.", 14)
IMAGES = Issue("Images are not compressed", "medium", "Serve images as WebP.", 20)
REDIRECT = Issue("No HTTPS redirect", "medium", "Redirect every http address to https.", 1)


def a_lead(status: LeadStatus | None = LeadStatus.NEW, *, written: bool = False, **facts: Any) -> Lead:
    """Jana of Acme; written: the last writeback stored its variables."""
    known: dict[str, Any] = {
        "id": "lead-1",
        "email": "jana@acme.com",
        "first_name": "Jana",
        "last_name": "Novak",
        "company_name": "Acme",
        "domain": "acme.com",
        "plusvibe_lead_data": WRITTEN if written else {},
    }
    return Lead(status=status, **(known | facts))


def an_audit(**facts: Any) -> FinishedAudit:
    """Three findings on twenty pages, 61 of 100."""
    known: dict[str, Any] = {
        "run_id": "run-1",
        "completed_at": NOON,
        "url": "https://audits.example/run-1",
        "score": 61,
        "scores": SCORES,
        "grade": "D",
        "top_issue": DESCRIPTIONS.title,
        "issues": (IMAGES, REDIRECT, DESCRIPTIONS),
        "summary": "Good bones, few descriptions.",
        "pages": 20,
    }
    return FinishedAudit(**(known | facts))


def a_bare_audit() -> FinishedAudit:
    """All that a service must tell."""
    return FinishedAudit(run_id="run-1", completed_at=NOON)
