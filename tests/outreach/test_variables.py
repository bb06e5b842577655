from datetime import datetime, timedelta, timezone

import pytest

from bot.outreach.campaigns import Campaign, blank_fields
from bot.outreach.variables import FULL, PROFILES, SLIM, audit_variables, bare, renamed

from .given import a_bare_audit, a_lead, an_audit

WRITTEN = {
    "custom_audit_url": "https://audits.example/run-1",
    "custom_audit_grade": "D",
    "custom_audit_score": "61",
    "custom_audit_summary": "Good bones, few descriptions.",
    "custom_audited_at": "2 March 2026",
    "custom_pages_audited": "20",
    "custom_company_name": "Acme",
    "custom_domain": "acme.com",
    "custom_score_seo": "38",
    "custom_score_performance": "52",
    "custom_score_security": "91",
    "custom_score_ux": "70",
    "custom_score_ai_visibility": "45",
    "custom_score_brand": "80",
    "custom_top_issue": "Missing meta descriptions",
    "custom_top_issue_severity": "high",
    "custom_top_issue_fix": "Add a unique meta description to each page.",
    "custom_issue_count": "3",
}
UNKNOWN = {
    "custom_audit_url": "",
    "custom_audit_grade": "not graded",
    "custom_audit_score": "not measured",
    "custom_audit_summary": "We looked at acme.com.",
    "custom_pages_audited": "a few",
    "custom_score_seo": "not measured",
    "custom_top_issue": "no major issue",
    "custom_top_issue_severity": "none",
    "custom_top_issue_fix": "nothing to fix at the moment",
    "custom_issue_count": "0",
}


def test_the_slim_profile_is_these_eighteen_keys_with_these_texts():
    assert audit_variables(a_lead(), an_audit()) == WRITTEN
    assert len(SLIM) == 18


@pytest.mark.parametrize(("key", "text"), UNKNOWN.items(), ids=list(UNKNOWN))
def test_what_is_not_known_gets_a_word_that_reads_well(key, text):
    assert audit_variables(a_lead(), a_bare_audit())[key] == text


def test_only_the_link_may_be_blank():
    campaign = Campaign("1", "p1", "Spring", merge_fields=tuple(FULL))
    nobody = a_lead(company_name="", domain="", email=None)

    assert blank_fields(campaign, audit_variables(nobody, a_bare_audit(), FULL)) == ("custom_audit_url",)


COMPANIES = [
    ("its name", {}, "Acme", "acme.com"),
    ("one line", {"company_name": "Acme\r\n  & Sons"}, "Acme & Sons", "acme.com"),
    ("no name", {"company_name": " "}, "acme.com", "acme.com"),
    ("domain from the website", {"company_name": "", "domain": "unknown", "website": "https://www.acme.io/x"},
     "acme.io", "acme.io"),
    ("domain from the work address", {"company_name": "", "domain": "", "email": "j@acme.org"}, "acme.org", "acme.org"),
    ("free mail only", {"company_name": "", "domain": "", "email": "j@gmail.com"}, "your company", "your website"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("known", "company", "domain"), [row[1:] for row in COMPANIES], ids=[row[0] for row in COMPANIES]
)
def test_company_and_domain_stand_in_for_each_other(known, company, domain):
    variables = audit_variables(a_lead(**known), an_audit())

    assert (variables["custom_company_name"], variables["custom_domain"]) == (company, domain)


def test_a_very_long_company_name_is_shortened():
    name = audit_variables(a_lead(company_name="Acme " * 600), an_audit())["custom_company_name"]

    assert len(name) <= 80
    assert name.endswith("Acme…")


def test_a_link_is_kept_from_the_audit_before_when_this_one_has_none():
    lead = a_lead(audit_url="https://audits.example/run-0")

    assert audit_variables(lead, a_bare_audit())["custom_audit_url"] == "https://audits.example/run-0"


def test_a_link_that_is_none_is_left_out():
    assert audit_variables(a_lead(), an_audit(url="javascript:alert(1)"))["custom_audit_url"] == ""


def test_the_day_is_the_day_in_utc():
    late = datetime(2026, 1, 1, 1, 0, tzinfo=timezone(timedelta(hours=2)))

    assert audit_variables(a_lead(), an_audit(completed_at=late))["custom_audited_at"] == "31 December 2025"


def test_a_summary_is_made_of_what_was_measured():
    told = audit_variables(a_lead(), an_audit(summary="", pages=1))["custom_audit_summary"]

    assert told == ("We looked at one page of acme.com. It scored 61 out of 100. "
                    "What matters most: Missing meta descriptions.")  # fmt: skip


def test_outside_text_cannot_write_template_marks_or_mark_up():
    variables = audit_variables(a_lead(company_name="{{first_name}} <b>Acme</b>"), an_audit(summary="{% raw %}"))

    assert variables["custom_company_name"] == "((first_name)) bAcmeb"
    assert variables["custom_audit_summary"] == "(% raw %)"


def test_the_full_profile_adds_grades_and_findings():
    variables = audit_variables(a_lead(), an_audit(), FULL)

    assert variables.items() >= WRITTEN.items()
    assert variables["custom_grade_seo"] == "F"
    assert variables["custom_issue_2"] == "Images are not compressed"
    assert variables["custom_issue_2_pages"] == "20"
    assert variables["custom_issue_4"] == "no major issue"
    assert dict(PROFILES) == {"slim": SLIM, "full": FULL}


def test_a_client_may_use_names_of_their_own():
    ours = renamed(SLIM, {"custom_domain": "custom_site"})

    variables = audit_variables(a_lead(), an_audit(), ours)

    assert variables["custom_site"] == "acme.com"
    assert "custom_domain" not in variables
    assert len(variables) == 18


def test_the_wire_carries_bare_names():
    assert bare({"custom_domain": "acme.com", "email_body": "Hi", "custom_custom_x": "1"}) == {
        "domain": "acme.com",
        "email_body": "Hi",
        "custom_x": "1",
    }
