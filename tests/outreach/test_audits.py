from datetime import UTC, datetime, timedelta

import pytest

from bot.outreach.audits import (
    Audit,
    AuditState,
    Issue,
    grade_of,
    is_overtaken,
    issues_in_order,
    status_on_start,
    top_issue_of,
    usable_domain,
)
from bot.outreach.errors import Invalid
from bot.outreach.leads import LeadStatus

from .given import DESCRIPTIONS, IMAGES, REDIRECT, a_lead, an_audit

GRADES = [(100, "A"), (90, "A"), (89, "B"), (80, "B"), (79, "C"), (70, "C"), (69, "D"), (60, "D"), (59, "F"), (0, "F")]


@pytest.mark.parametrize(("score", "grade"), GRADES)
def test_the_grade_follows_the_score(score, grade):
    assert grade_of(score) == grade


# Asked for at this hour, or by nobody; finished at this hour: beside a report asked for at 10 and finished at 11.
OVERTAKEN = [
    ("asked sooner, finished sooner", 9, 10, True),
    ("asked sooner, finished later", 9, 12, False),
    ("asked later, by a clock that is behind", 10.5, 8, False),
    ("by nobody, finished sooner", None, 9, True),
    ("by nobody, finished later", None, 12, False),
]


@pytest.mark.parametrize(("asked", "finished", "overtaken"), [r[1:] for r in OVERTAKEN], ids=[r[0] for r in OVERTAKEN])
def test_a_report_is_overtaken_by_one_asked_for_no_sooner_and_finished_later(asked, finished, overtaken):
    newest = _asked_at(10, _reported_at(11))

    assert is_overtaken(_reported_at(finished), asked and _asked_at(asked), newest) is overtaken


def _asked_at(hour, finished=None):
    return Audit("audit", "lead", AuditState.RUNNING, "run", _at(hour), finished=finished)


def _reported_at(hour):
    return an_audit(completed_at=_at(hour))


def _at(hour):
    return datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=hour)


TOPS = [
    ("none", (), None),
    ("severity first", (Issue("a", "low", pages=99), Issue("b", "critical", pages=1)), "b"),
    ("then pages", (Issue("a", "high", pages=2), Issue("b", "high", pages=3)), "b"),
    ("then the first named", (Issue("a", "high"), Issue("b", "high")), "a"),
    ("unknown severity last", (Issue("a", "odd", pages=9), Issue("b", "info")), "b"),
]


@pytest.mark.parametrize(("issues", "title"), [row[1:] for row in TOPS], ids=[row[0] for row in TOPS])
def test_the_top_issue_is_the_most_severe_then_the_most_spread(issues, title):
    top = top_issue_of(issues)

    assert (top.title if top else None) == title


def test_the_audits_own_top_issue_leads_the_list():
    audit = an_audit(top_issue="no https redirect ")

    assert issues_in_order(audit) == (REDIRECT, DESCRIPTIONS, IMAGES)


def test_a_top_issue_that_is_not_in_the_list_is_put_before_it():
    first, *others = issues_in_order(an_audit(top_issue="Expired certificate"))

    assert (first.title, first.severity) == ("Expired certificate", "")
    assert others == [DESCRIPTIONS, IMAGES, REDIRECT]


def test_the_same_finding_twice_is_one():
    audit = an_audit(
        top_issue="", issues=(IMAGES, DESCRIPTIONS, Issue("images are not compressed ", "low"), Issue(" "))
    )

    assert issues_in_order(audit) == (DESCRIPTIONS, IMAGES)


@pytest.mark.parametrize(
    ("status", "after"),
    [(None, "audit_queued"), ("new", "audit_queued"), ("audit_queued", "audit_queued"),
     ("audit_complete", "audit_queued"), ("email_generated", "audit_queued"), ("bounced", "audit_queued"),
     ("email_sent", "email_sent"), ("opened", "opened"), ("replied", "replied"), ("converted", "converted"),
     ("retargeted", "retargeted"), ("sent", "sent")],
)  # fmt: skip
def test_starting_an_audit_never_pulls_back_a_lead_that_was_written_to(status, after):
    assert status_on_start(LeadStatus(status) if status else None) == after


@pytest.mark.parametrize("domain", ["", "  ", "unknown", "Unknown", "localhost"])
def test_an_audit_needs_a_usable_domain(domain):
    with pytest.raises(Invalid) as refusal:
        usable_domain(a_lead(domain=domain))

    assert refusal.value.field == "domain"
    assert "no usable domain" in str(refusal.value)


def test_a_usable_domain_is_taken_in_small_letters():
    assert usable_domain(a_lead(domain=" ACME.com ")) == "acme.com"
