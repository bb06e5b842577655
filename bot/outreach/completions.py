"""A finished audit as reported from outside: checked field by field, and what was left out worked out."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from bot.outreach.audits import DIMENSIONS, SEVERITIES, FinishedAudit, Issue, grade_of, top_issue_of
from bot.outreach.errors import Invalid
from bot.outreach.wording import tidy, web_address

# Percent of the overall score. Where some of the six are missing, the others keep their proportions.
WEIGHTS: Mapping[str, int] = {"seo": 25, "performance": 20, "security": 20, "ux": 15, "ai_visibility": 10, "brand": 10}
MAX_ISSUES = 1000
MAX_PLACES = 10
LONGEST_RUN_ID = 200
_GRADE = re.compile(r"[A-F][+-]?")
_TITLES = ("title", "name", "issue", "message", "description")  # what services call a finding's line
_SPELLINGS = {"aiVisibility": "ai_visibility"}
_SEVERITY_WORDS = {
    "blocker": "critical",
    "severe": "critical",
    "major": "high",
    "error": "high",
    "serious": "high",
    "moderate": "medium",
    "warning": "medium",
    "minor": "low",
    "notice": "info",
    "none": "info",
}


def finished_audit(
    *,
    run_id: str,
    completed_at: datetime,
    url: str = "",
    score: int | None = None,
    scores: Mapping[str, Any] | None = None,
    grade: str = "",
    top_issue: str = "",
    issues: Iterable[Issue | Mapping[str, Any] | str] | None = None,
    summary: str = "",
    pages: int | None = None,
) -> FinishedAudit:
    """The audit with score, grade and top issue settled. Raises `Invalid`; `field` is the JSON API's name.

    scores: any of `DIMENSIONS` (`aiVisibility` is taken too); a null one counts as not measured. issues: as `Issue`,
    as objects with `title`, `severity`, `fix`, `pages` and what else `Issue` has, or as bare titles. The service's own
    score, grade and top issue win over ours.
    """
    measured = _scores(scores)
    overall = weighted_mean(measured) if score is None else _score(score, "score")
    found = _issues(issues)
    top = top_issue_of(found)
    return FinishedAudit(
        run_id=_run_id(run_id),
        completed_at=_moment(completed_at),
        url=_url(url),
        score=overall,
        scores=measured or None,
        grade=_grade(grade, overall),
        top_issue=tidy(_text(top_issue, "topIssue"), 300) or (top.title if top else ""),
        issues=found,
        summary=tidy(_text(summary, "summary"), 5000),
        pages=None if pages is None else _whole(pages, "pages"),
    )


def weighted_mean(scores: Mapping[str, int]) -> int | None:
    """The overall score by `WEIGHTS`, halves rounded up; None without any score."""
    weight = sum(WEIGHTS[name] for name in scores)
    weighed = sum(WEIGHTS[name] * score for name, score in scores.items())
    return (2 * weighed + weight) // (2 * weight) if weight else None


def _run_id(run_id: str) -> str:
    text = tidy(_text(run_id, "auditRunId"), LONGEST_RUN_ID + 1)
    if not text or len(text) > LONGEST_RUN_ID:
        raise Invalid(f"auditRunId must be a text of 1 to {LONGEST_RUN_ID} characters.", field="auditRunId")
    return text


def _moment(completed_at: datetime) -> datetime:
    if not isinstance(completed_at, datetime) or completed_at.utcoffset() is None:
        raise Invalid("completedAt must be a time with its zone, such as 2026-03-01T09:30:00Z.", field="completedAt")
    try:
        return completed_at.astimezone(UTC)
    except OverflowError as error:  # year 1 or 9999 at the edge of a zone
        raise Invalid("completedAt is not a usable time.", field="completedAt") from error


def _url(url: str) -> str:
    text = _text(url, "auditUrl").strip()
    if text and not web_address(text):
        raise Invalid("auditUrl must be an http or https address.", field="auditUrl")
    return text


def _scores(scores: Mapping[str, Any] | None) -> dict[str, int]:
    """The measured ones, in the order of `DIMENSIONS`."""
    if scores is not None and not isinstance(scores, Mapping):
        raise Invalid("scores must be an object of numbers.", field="scores")
    told = {_SPELLINGS.get(name, name): score for name, score in (scores or {}).items() if score is not None}
    for name in told:
        if name not in DIMENSIONS:
            raise Invalid(f"{name!r:.60} is not a score we know; these are: {', '.join(DIMENSIONS)}.", field="scores")
    return {name: _score(told[name], f"scores.{name}") for name in DIMENSIONS if name in told}


def _score(score: Any, field: str) -> int:
    number = _whole(score, field)
    if number > 100:
        raise Invalid(f"{field} must be a whole number from 0 to 100.", field=field)
    return number


def _whole(number: Any, field: str) -> int:
    """A count: not a truth value, not a fraction, not negative."""
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < 2**31:
        raise Invalid(f"{field} must be a whole number, 0 or more.", field=field)
    return number


def _grade(grade: str, score: int | None) -> str:
    text = _text(grade, "grade").strip().upper()
    if text and not _GRADE.fullmatch(text):
        raise Invalid("grade must be a letter from A to F.", field="grade")
    return text or ("" if score is None else grade_of(score))


def _issues(issues: Iterable[Issue | Mapping[str, Any] | str] | None) -> tuple[Issue, ...]:
    if issues is None:
        return ()
    if isinstance(issues, str | Mapping) or not isinstance(issues, Iterable):
        raise Invalid("issues must be a list.", field="issues")
    found = tuple(_issue(told, f"issues[{place}]") for place, told in enumerate(issues))
    if len(found) > MAX_ISSUES:
        raise Invalid(f"issues may hold at most {MAX_ISSUES:,} findings.", field="issues")
    return found


def _issue(told: Issue | Mapping[str, Any] | str, field: str) -> Issue:
    if isinstance(told, str):
        told = {"title": told}
    if isinstance(told, Issue):
        told = asdict(told)
    if not isinstance(told, Mapping):
        raise Invalid(f"{field} must be an object with a title.", field=field)
    named = next((told[name] for name in _TITLES if told.get(name)), None)
    title = tidy(_text(named, f"{field}.title"), 300)
    if not title:
        raise Invalid(f"{field} needs a title.", field=f"{field}.title")
    return Issue(
        title=title,
        severity=_severity(_text(told.get("severity"), f"{field}.severity"), f"{field}.severity"),
        fix=tidy(_text(told.get("fix"), f"{field}.fix"), 1000),
        pages=_whole(told.get("pages") or 0, f"{field}.pages"),
        check=tidy(_text(told.get("check"), f"{field}.check"), 80),
        dimension=_dimension(_text(told.get("dimension"), f"{field}.dimension")),
        found=tidy(_text(told.get("found"), f"{field}.found"), 300),
        why=tidy(_text(told.get("why"), f"{field}.why"), 500),
        where=_where(told.get("where"), f"{field}.where"),
    )


def _dimension(text: str) -> str:
    """One of the six; a service's own areas count as not told."""
    name = _SPELLINGS.get(text, text.strip().lower())
    return name if name in DIMENSIONS else ""


def _where(told: Any, field: str) -> tuple[str, ...]:
    """Some of the pages' addresses; what is no web address is left out."""
    if told is not None and not isinstance(told, list | tuple):
        raise Invalid(f"{field} must be a list of addresses.", field=field)
    return tuple(url for each in told or () if (url := web_address(_text(each, field))))[:MAX_PLACES]


def _severity(text: str, field: str) -> str:
    word = text.strip().lower() or "medium"
    severity = _SEVERITY_WORDS.get(word, word)
    if severity not in SEVERITIES:
        raise Invalid(f"{field} must be one of {', '.join(SEVERITIES)}.", field=field)
    return severity


def _text(told: Any, field: str) -> str:
    if told is None:
        return ""
    if not isinstance(told, str):
        raise Invalid(f"{field} must be a text.", field=field)
    return told
