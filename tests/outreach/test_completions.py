from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.outreach.audits import DIMENSIONS, Issue
from bot.outreach.completions import WEIGHTS, finished_audit, weighted_mean
from bot.outreach.errors import Invalid

from .given import NOON, SCORES


def told(**facts):
    """A completion as reported, with what every one must tell."""
    return finished_audit(**({"run_id": "run-1", "completed_at": NOON} | facts))


def test_a_bare_completion_is_enough():
    audit = told()

    assert (audit.score, audit.grade, audit.scores, audit.top_issue, audit.issues) == (None, "", None, "", ())


def test_what_the_service_says_is_kept():
    audit = told(url=" https://a.example/1 ", score=88, scores=SCORES, grade="c", top_issue="Slow",
                 issues=[{"title": "Other"}], summary="Fine.\nReally.", pages=3)  # fmt: skip

    assert (audit.url, audit.score, audit.grade, audit.top_issue) == ("https://a.example/1", 88, "C", "Slow")
    assert (audit.summary, audit.pages) == ("Fine. Really.", 3)


def test_the_weights_cover_the_six_scores():
    assert set(WEIGHTS) == set(DIMENSIONS)
    assert sum(WEIGHTS.values()) == 100


MEANS = [
    ("all six", SCORES, 61),
    ("all equal", dict.fromkeys(DIMENSIONS, 77), 77),
    ("one", {"brand": 12}, 12),
    ("two by their proportions", {"seo": 50, "brand": 85}, 60),
    ("halves go up", {"performance": 50, "security": 51}, 51),
    ("all perfect", dict.fromkeys(DIMENSIONS, 100), 100),
    ("none", {}, None),
]


@pytest.mark.parametrize(("scores", "mean"), [row[1:] for row in MEANS], ids=[row[0] for row in MEANS])
def test_a_missing_score_is_the_weighted_mean(scores, mean):
    assert weighted_mean(scores) == told(scores=scores).score == mean


def test_a_missing_grade_follows_the_score_even_a_computed_one():
    assert told(score=90).grade == "A"
    assert told(scores={"seo": 59}).grade == "F"


def test_a_missing_top_issue_is_the_weightiest():
    audit = told(issues=["Small", {"title": "Big", "severity": "CRITICAL"}, Issue("Middle", "high")])

    assert audit.top_issue == "Big"
    assert audit.issues == (Issue("Small"), Issue("Big", "critical"), Issue("Middle", "high"))


def test_other_spellings_are_understood():
    audit = told(
        scores={"aiVisibility": 40.0, "seo": None}, issues=[{"title": "Slow", "severity": "Warning", "pages": None}]
    )

    assert audit.scores == {"ai_visibility": 40}
    assert audit.issues == (Issue("Slow", "medium"),)


def test_texts_are_kept_as_written_but_tidied():
    audit = told(issues=[{"title": "Missing <title>\r\n on\0 {{page}}"}], summary="a\ud800b")

    assert (audit.top_issue, audit.summary) == ("Missing <title> on {{page}}", "ab")


def test_a_time_in_another_zone_is_kept_in_utc():
    audit = told(completed_at=datetime(2026, 3, 2, 14, 0, tzinfo=timezone(timedelta(hours=2))))

    assert audit.completed_at == NOON
    assert audit.completed_at.tzinfo is UTC


BAD = [
    ("no run", {"run_id": " "}, "auditRunId"),
    ("a run that is no text", {"run_id": 7}, "auditRunId"),
    ("an endless run id", {"run_id": "x" * 201}, "auditRunId"),
    ("a naive time", {"completed_at": datetime(2026, 3, 2)}, "completedAt"),  # noqa: DTZ001
    ("no time", {"completed_at": None}, "completedAt"),
    ("before the first year", {"completed_at": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5)))}, "completedAt"),
    ("a script as address", {"url": "javascript:alert(1)"}, "auditUrl"),
    ("a score above 100", {"score": 101}, "score"),
    ("a score below 0", {"score": -1}, "score"),
    ("a fraction", {"score": 61.5}, "score"),
    ("not a number", {"score": float("nan")}, "score"),
    ("a truth value", {"score": True}, "score"),
    ("a text as score", {"score": "61"}, "score"),
    ("scores that are no object", {"scores": [1]}, "scores"),
    ("an unknown score", {"scores": {"beauty": 5}}, "scores"),
    ("one bad score", {"scores": {"seo": 101}}, "scores.seo"),
    ("an unknown grade", {"grade": "Z"}, "grade"),
    ("a top issue that is no text", {"top_issue": 5}, "topIssue"),
    ("issues that are no list", {"issues": "slow"}, "issues"),
    ("too many issues", {"issues": ["x"] * 1001}, "issues"),
    ("an issue that is none", {"issues": ["ok", 5]}, "issues[1]"),
    ("an issue without a title", {"issues": [{"severity": "high"}]}, "issues[0].title"),
    ("an unknown severity", {"issues": [{"title": "x", "severity": "awful"}]}, "issues[0].severity"),
    ("negative pages of an issue", {"issues": [{"title": "x", "pages": -1}]}, "issues[0].pages"),
    ("negative pages", {"pages": -1}, "pages"),
    ("more pages than a row can hold", {"pages": 2**31}, "pages"),
    ("a summary that is no text", {"summary": {}}, "summary"),
]


@pytest.mark.parametrize(("facts", "field"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_completion_that_cannot_be_used_names_its_bad_field(facts, field):
    with pytest.raises(Invalid) as refusal:
        told(**facts)

    assert refusal.value.field == field
