"""What an audit of a domain would find: made up, always the same for the same domain, scores fitting the findings."""

import json
import random
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from bot.outreach.audits import DIMENSIONS, SEVERITIES, FinishedAudit, Issue
from bot.outreach.completions import finished_audit

REPORTS = "https://audits.example/reports"
_COST = {"critical": 38, "high": 22, "medium": 12, "low": 5}
_AREAS = {
    "seo": "search visibility",
    "performance": "speed",
    "security": "security",
    "ux": "ease of use",
    "ai_visibility": "visibility in answer engines",
    "brand": "brand presence",
}


def audit_of(domain: str, run_id: str, completed_at: datetime, reports_url: str = REPORTS) -> FinishedAudit:
    """The finished audit of this domain. reports_url: where its page stands."""
    dice = random.Random(f"audit of {domain.lower()}")
    pages = dice.randint(9, 140)
    findings = _findings(dice)
    care = dice.randint(64, 97)
    scores = {name: _score(dice, care, [one for one in findings if one["dimension"] == name]) for name in DIMENSIONS}
    issues = tuple(
        Issue(one["title"], one["severity"], one["fix"], dice.randint(1, pages) if one["spread"] == "pages" else 0)
        for one in findings
    )
    return finished_audit(
        run_id=run_id,
        completed_at=completed_at,
        url=f"{reports_url}/{domain.lower()}",
        scores=scores,
        issues=issues,
        summary=_summary(scores, issues, pages),
        pages=pages,
    )


def completion(audit: FinishedAudit, *, lead_id: str, domain: str) -> dict[str, Any]:
    """The report's JSON, as docs/audit-service.md has it."""
    return {
        "leadId": lead_id,
        "domain": domain,
        "auditRunId": audit.run_id,
        "auditUrl": audit.url,
        "score": audit.score,
        "scores": dict(audit.scores or {}),
        "grade": audit.grade,
        "topIssue": audit.top_issue,
        "issues": [
            {"title": issue.title, "severity": issue.severity, "fix": issue.fix, "pages": issue.pages}
            for issue in audit.issues
        ],
        "summary": audit.summary,
        "pagesAudited": audit.pages,
        "completedAt": audit.completed_at.isoformat(),
    }


@cache
def _pool() -> list[dict[str, str]]:
    pool: list[dict[str, str]] = json.loads((Path(__file__).parent / "findings.json").read_text("utf-8"))
    return pool


def _findings(dice: random.Random) -> list[dict[str, str]]:
    """Two to eight, the gravest first; critical ones are rare."""
    pool = [one for one in _pool() if one["severity"] != "critical" or dice.random() < 0.15]
    chosen = dice.sample(pool, dice.randint(2, 8))
    return sorted(chosen, key=lambda one: SEVERITIES.index(one["severity"]))


def _score(dice: random.Random, care: int, findings: list[dict[str, str]]) -> int:
    """care: how well the whole site is kept."""
    return max(8, min(99, care + dice.randint(-7, 9)) - sum(_COST[one["severity"]] for one in findings))


def _summary(scores: dict[str, int], issues: tuple[Issue, ...], pages: int) -> str:
    """Two sentences: what is good and what is not, then how much was found."""
    best, worst = max(scores, key=lambda name: scores[name]), min(scores, key=lambda name: scores[name])
    return (
        f"{_AREAS[best].capitalize()} is the site's strong side at {scores[best]} of 100, "
        f"while {_AREAS[worst]} holds it back at {scores[worst]}. "
        f"On {pages} pages we found {len(issues)} things to repair, the first of them within a day."
    )
