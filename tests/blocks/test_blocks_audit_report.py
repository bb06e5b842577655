"""An audit to read: in Slack and in a browser, with what changed and whatever a site may have written."""

from dataclasses import replace

import pytest
from given_leads import ACME, NOW
from reading import assert_fit_view, words

from blocks.audit_page import audit_page
from blocks.audit_report import SHOWN_FINDINGS, audit_report_view
from bot.outreach.audits import FinishedAudit, Issue

HOSTILE = "<!channel> <script>alert(1)</script> *bold* & {{x}}"
UNTITLED = Issue("Pages have no title", "high", "Give each one a title", 7, "title-missing", "seo", "No title", "Why.",
                 ("https://acme.example/a",))  # fmt: skip
UNDESCRIBED = Issue("Pages have no description", "medium", "Write one", 2, "description-missing", "seo")
UNSAFE = Issue("The site is not encrypted", "critical", "Encrypt it", 0, "not-encrypted", "security")
AUDIT = FinishedAudit(
    "run-1", NOW, "https://bot.example/audits/run-1?token=t", 71, {"seo": 60, "security": 90}, "C", UNTITLED.title,
    (UNTITLED, UNDESCRIBED), "All in all.", 12,
)  # fmt: skip
BEFORE = replace(AUDIT, run_id="run-0", score=64, issues=(UNSAFE, replace(UNTITLED, pages=9)))


def test_the_modal_has_every_finding_in_order_of_severity():
    view = audit_report_view(ACME, replace(AUDIT, issues=(UNDESCRIBED, UNTITLED), top_issue=""), None, "UTC")

    text = words(view)
    assert_fit_view(view)
    assert text.index(UNTITLED.title) < text.index(UNDESCRIBED.title)
    assert "Grade C" in text and "71 of 100" in text and "12 pages read" in text and "SEO 60" in text
    assert "Since the last audit" not in text


@pytest.mark.parametrize("where", ["modal", "page"])
def test_it_says_what_is_new_fixed_and_still_there(where):
    modal, page = audit_report_view(ACME, AUDIT, BEFORE, "UTC"), audit_page("acme.example", AUDIT, BEFORE)

    text = words(modal) if where == "modal" else page

    assert "1 new, 1 fixed, 1 still there" in text
    assert "64 → 71 of 100" in text
    assert UNSAFE.title in text


def test_a_thousand_hostile_findings_fit():
    issue = Issue(HOSTILE * 5, HOSTILE, HOSTILE * 9, 3, HOSTILE, HOSTILE, HOSTILE * 9, HOSTILE * 9, (HOSTILE,))
    many = tuple(replace(issue, title=f"{number} {HOSTILE * 9}") for number in range(1_000))
    audit = replace(AUDIT, issues=many, summary=HOSTILE * 90, grade=HOSTILE, top_issue=HOSTILE)

    view, page = audit_report_view(ACME, audit, BEFORE, "UTC"), audit_page(HOSTILE, audit, BEFORE)

    assert_fit_view(view)
    assert "<!channel>" not in words(view)
    assert f"{1_001 - SHOWN_FINDINGS} more findings" in words(view)
    assert "<script" not in page and "<!channel>" not in page


def test_nothing_to_repair_is_said():
    audit = FinishedAudit("run-1", NOW)

    assert "Nothing to repair" in words(audit_report_view(ACME, audit, None, "UTC"))
    assert "Nothing to repair" in audit_page("acme.example", audit, None)
