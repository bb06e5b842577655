"""The card: F045–F058, F063, F066–F075. One row per rule that shows or hides something."""

import json
from dataclasses import replace

import pytest
from given_leads import ACME, ADMIN, EDITOR, EVERYTHING, FRESH, NOW, SPRING, UNDER_WAY, VIEWER, WRITTEN, card_of
from reading import assert_fit_view, element, labels, offered, words

from blocks import ids
from blocks.lead_card import card_view, loading_view, problem_view
from blocks.list_state import ListState
from bot.outreach.audits import Audit, AuditState, FinishedAudit
from bot.outreach.consents import Consent, ConsentValue
from bot.outreach.events import Event, EventKind
from bot.outreach.leads import LeadStatus
from bot.outreach.reachability import AddressFact
from bot.outreach.readiness import trace
from bot.outreach.writebacks import Tone, Writeback, WritebackStatus

LINKED = replace(ACME, campaign_id=SPRING.id)


def shown(lead=ACME, back=None, **changes):
    view = card_view(card_of(lead, **changes), back)
    assert_fit_view(view)
    return view


@pytest.mark.parametrize(
    ("lead", "title"),
    [
        (ACME, "Acme"),
        (replace(ACME, company_name=""), "acme.com"),
        (replace(ACME, company_name="", domain=""), "Jane Doe"),
    ],
)
def test_the_title_is_the_company_else_the_domain(lead, title):
    header = next(block for block in shown(lead)["blocks"] if block["type"] == "header")

    assert header["text"]["text"] == title


@pytest.mark.parametrize(
    ("status", "spelling"),
    [
        (None, "new"), (LeadStatus.NEW, "new"), (LeadStatus.AUDIT_QUEUED, "audit queued"),
        (LeadStatus.AUDIT_COMPLETE, "audit complete"), (LeadStatus.EMAIL_GENERATED, "email generated"),
        (LeadStatus.EMAIL_SENT, "email sent"), (LeadStatus.BOUNCED, "bounced"), (LeadStatus.OPENED, "opened"),
        (LeadStatus.REPLIED, "replied"), (LeadStatus.CONVERTED, "converted"), (LeadStatus.RETARGETED, "retargeted"),
        (LeadStatus.SENT, "Sent (legacy)"),
    ],
)  # fmt: skip
def test_the_status_is_spelled_as_stored_with_spaces(status, spelling):
    assert f"Status: {spelling}" in words(shown(replace(ACME, status=status)))


def test_the_status_select_offers_ten_in_that_spelling():
    select = element(shown(), ids.SET_STATUS)

    assert [option["text"]["text"] for option in select["options"]] == [
        "new", "audit queued", "audit complete", "email generated", "email sent", "bounced", "opened", "replied",
        "converted", "retargeted",
    ]  # fmt: skip
    assert select["initial_option"]["value"] == "email_generated"


def test_a_legacy_status_can_be_left_but_not_chosen():
    view = shown(replace(ACME, status=LeadStatus.SENT))

    assert "sent" not in offered(view, ids.SET_STATUS)
    assert element(view, ids.SET_STATUS)["placeholder"]["text"] == "Sent (legacy)"
    assert "initial_option" not in element(view, ids.SET_STATUS)
    assert element(view, ids.NORMALISE)["text"]["text"] == "Normalise to Email Sent"


@pytest.mark.parametrize(
    ("lead", "said", "remedy"),
    [
        (ACME, "🟢 Ready to push", None),
        (FRESH, "Not ready to push: Lead has not been audited yet, run an audit first", "Start audit (beta.com)"),
        (replace(ACME, status=None), "Lead has not been audited yet, run an audit first", "Start audit (acme.com)"),
        (replace(ACME, status=LeadStatus.AUDIT_QUEUED), "Not ready to push: Audit not completed yet", "Recheck"),
        (
            replace(ACME, status=LeadStatus.AUDIT_COMPLETE),
            "Audit completed but writeback hasn't run, re-audit the lead",
            "Re-audit",
        ),
        (
            replace(ACME, plusvibe_lead_data={}),
            "Audit completed but writeback hasn't run, re-audit the lead",
            "Re-audit",
        ),
        (replace(ACME, status=LeadStatus.BOUNCED), "Lead bounced, re-audit or remove", "Re-audit"),
        (replace(ACME, status=LeadStatus.SENT), "Legacy status, normalise it first", "Normalise to Email Sent"),
        (replace(ACME, email=None), "Not reachable: No contact email", None),
        (replace(FRESH, domain="unknown"), "Lead has not been audited yet, run an audit first", None),
    ],
)
def test_the_verdict_has_its_exact_reason_and_one_remedy(lead, said, remedy):
    verdict = next(block for block in shown(lead)["blocks"] if block["type"] == "section")

    assert said in words(verdict["text"])
    assert verdict.get("accessory", {}).get("text", {}).get("text") == remedy


def test_an_unsubscribed_lead_says_so():
    view = shown(trace=trace(ACME, AddressFact.UNSUBSCRIBED))

    assert "Not reachable: Recipient unsubscribed" in words(view)


LINKED_REPLIED = replace(LINKED, status=LeadStatus.REPLIED)
RAW = {**WRITTEN, "raw": {"event": "reply"}}


@pytest.mark.parametrize(
    ("rule", "lead", "changes", "label", "is_there"),
    [
        ("F046 usable domain", FRESH, {}, "Start audit (beta.com)", True),
        ("F053 missing domain", replace(FRESH, domain=""), {}, "Start audit", False),
        ("F053 unknown domain", replace(FRESH, domain="Unknown"), {}, "Start audit", False),
        ("F053 remedy", replace(FRESH, domain="unknown"), {}, "Edit domain", True),
        ("one audit at a time", FRESH, {"auditing": UNDER_WAY}, "Start audit", False),
        ("F046 role", FRESH, {"may": VIEWER}, "Start audit", False),
        ("F050 linked audit", ACME, {}, "View audit", True),
        ("F050 no run", replace(ACME, audit_run_id=None), {}, "View audit", False),
        ("F054 campaign and run", LINKED, {}, "PlusVibe Writeback", True),
        ("F048 no campaign", ACME, {}, "PlusVibe Writeback", False),
        ("F048 no run", replace(LINKED, audit_run_id=None), {}, "PlusVibe Writeback", False),
        ("F047 not connected", LINKED, {"connected": False}, "PlusVibe Writeback", False),
        ("F054 role", LINKED, {"may": VIEWER}, "PlusVibe Writeback", False),
        ("F055 email, no campaign", ACME, {}, "Push to PlusVibe", True),
        ("F055 linked already", LINKED, {}, "Push to PlusVibe", False),
        ("F055 no email", replace(ACME, email=None), {}, "Push to PlusVibe", False),
        ("F047 not connected", ACME, {"connected": False}, "Push to PlusVibe", False),
        ("F047 no campaigns", ACME, {"campaigns": ()}, "Push to PlusVibe", False),
        ("F055 role", ACME, {"may": VIEWER}, "Push to PlusVibe", False),
        ("F056 replied", LINKED_REPLIED, {}, "Mark completed in PlusVibe", True),
        ("F056 converted", replace(LINKED, status=LeadStatus.CONVERTED), {}, "Mark completed in PlusVibe", True),
        ("F056 opened", replace(LINKED, status=LeadStatus.OPENED), {}, "Mark completed in PlusVibe", False),
        ("F056 no campaign", replace(ACME, status=LeadStatus.REPLIED), {}, "Mark completed in PlusVibe", False),
        ("F056 no email", replace(LINKED_REPLIED, email=None), {}, "Mark completed in PlusVibe", False),
        ("F057 email and campaign", LINKED, {}, "Remove from PlusVibe", True),
        ("F057 no email", replace(LINKED, email=None), {}, "Remove from PlusVibe", False),
        ("F057 no campaign", ACME, {}, "Remove from PlusVibe", False),
        ("F057 role", LINKED, {"may": VIEWER}, "Remove from PlusVibe", False),
        ("F058 admin", replace(ACME, plusvibe_lead_data=RAW), {"may": ADMIN}, "Raw payload", True),
        ("F058 editor", replace(ACME, plusvibe_lead_data=RAW), {"may": EDITOR}, "Raw payload", False),
        ("F058 none arrived", ACME, {"may": ADMIN}, "Raw payload", False),
        ("F070 legacy", replace(ACME, status=LeadStatus.SENT), {}, "Normalise to Email Sent", True),
        ("F070 not legacy", replace(ACME, status=LeadStatus.EMAIL_SENT), {}, "Normalise to Email Sent", False),
        ("F070 role", replace(ACME, status=LeadStatus.SENT), {"may": VIEWER}, "Normalise to Email Sent", False),
        ("F072 an action", replace(ACME, last_action="Push: quota"), {}, "Dismiss", True),
        ("F072 none", ACME, {}, "Dismiss", False),
        ("F063 short summary", replace(ACME, audit_summary="Fine."), {}, "More", False),
        ("F063 long summary", replace(ACME, audit_summary="Fine. " * 200), {}, "More", True),
    ],
)
def test_a_button_is_there_by_its_rule(rule, lead, changes, label, is_there):
    found = [text for text in labels(shown(lead, **changes)) if text.startswith(label)]

    assert bool(found) is is_there, rule


@pytest.mark.parametrize(
    ("lead", "changes", "line"),
    [
        (FRESH, {}, "No campaign link and no linked audit yet: push or sync the lead, then start an audit."),
        (ACME, {}, "No campaign link yet: push the lead first."),
        (replace(LINKED, audit_run_id=None), {}, "No linked audit yet: start one."),
        (replace(FRESH, domain="unknown"), {}, "`domain` is missing or `unknown`"),
        (replace(ACME, email=None), {}, "Without a contact email the lead cannot be pushed."),
        (LINKED, {}, "In campaign *Spring*"),
        (replace(LINKED, campaign_id="gone"), {}, "In a campaign that PlusVibe no longer lists"),
        (ACME, {"connected": False}, "PlusVibe is not connected under Integrations"),
        (ACME, {"campaigns": ()}, "no campaigns yet"),
        (FRESH, {"auditing": UNDER_WAY}, "Audit under way"),
        (FRESH, {"auditing": replace(UNDER_WAY, pages_done=4, pages_found=12)}, "Auditing: 4 of 12 pages"),
        (FRESH, {"auditing": replace(UNDER_WAY, pages_done=0, pages_found=1)}, "Auditing: 0 of 1 page"),
        (replace(ACME, status_by_hand=True), {}, "set by hand"),
        (ACME, {"may": VIEWER, "refused": "Ben <b> may."}, "Ben &lt;b&gt; may."),
        (FRESH, {}, "Not audited"),
    ],
)
def test_what_is_not_offered_is_explained(lead, changes, line):
    assert line in words(shown(lead, **changes))


def test_the_audit_reads_grade_scores_and_issue():
    finished = FinishedAudit("run-1", NOW, score=82, scores={"seo": 80, "ai_visibility": 70})
    audit = Audit("a", ACME.id, AuditState.COMPLETE, "run-1", NOW, finished=finished)
    text = words(shown(audit=audit))

    assert "Grade B · 82 of 100 · Slow pages · completed <!date^" in text
    assert "SEO 80 · AI visibility 70" in text


def test_removing_asks_first_and_looks_dangerous():
    button = element(shown(LINKED), ids.REMOVE_LEAD)

    assert button["style"] == "danger"
    assert "jane@acme.com" in button["confirm"]["text"]["text"]


def test_enrichment_is_shown_read_only():
    told = {"label": "INTERESTED", "sentiment": "positive", "lastEmailSubject": "Re: <site>"}

    assert "Label: INTERESTED · Reply sentiment: positive · Last email subject: Re: &lt;site&gt;" in words(
        shown(replace(ACME, plusvibe_lead_data=told))
    )
    assert "Reply sentiment" not in words(shown(replace(ACME, plusvibe_lead_data={})))


def test_the_last_writeback_is_told_with_its_tone_preset():
    writeback = Writeback(
        "w", ACME.id, None, SPRING.id, Tone.FORMAL, {"a": "b"}, WritebackStatus.FAILED, NOW, error="429"
    )
    view = shown(LINKED, writeback=writeback)

    assert "Last writeback: 1 variable, ⚠️ not accepted by PlusVibe (429)" in words(view)
    assert element(view, ids.TONE)["initial_option"]["value"] == "formal"


def test_the_latest_five_events_and_the_way_to_the_rest():
    events = tuple(Event(EventKind.LEAD_EDITED, "Ana", NOW, facts={"fields": ["phone"]}) for _ in range(9))
    view = shown(events=events)

    assert words(view).count("Lead edited: phone by Ana") == 5
    assert "Timeline" in labels(view)


def test_the_way_back_keeps_page_sort_and_filter():
    state = ListState(text="acme", status=LeadStatus.REPLIED, cursor="c", number=3)
    view = shown(back=state)
    kept = json.loads(view["private_metadata"])

    assert kept["lead"] == ACME.id
    assert ListState.unpacked(kept["back"]) == state
    assert "Back to list" in labels(view)
    assert "Back to list" not in labels(shown())


def test_only_a_ready_leads_push_stands_out():
    assert element(shown(), ids.PUSH_LEAD)["style"] == "primary"
    assert "style" not in element(shown(FRESH), ids.PUSH_LEAD)


def test_every_button_of_the_card_carries_its_lead():
    acts = (ids.START_AUDIT, ids.WRITE_BACK, ids.MARK_COMPLETED, ids.REMOVE_LEAD, ids.RELOAD_CARD)
    view = shown(LINKED_REPLIED, may=EVERYTHING)

    assert {element(view, act)["value"] for act in acts} == {ACME.id}


def test_a_lead_that_is_gone_says_so_with_the_way_back():
    view = problem_view("Failed to load lead", "It may have been deleted elsewhere.", ListState(number=2, cursor="c"))

    assert "Failed to load lead" in words(view)
    assert labels(view) == ["Back to list"]
    assert labels(problem_view("Lead", "Gone.")) == []


def test_something_slow_shows_that_it_loads():
    assert words(loading_view("Timeline")["blocks"]) == "⏳ Loading…"


def test_consent_stands_on_the_card_with_its_button_for_those_who_may():
    consent = Consent("jane@acme.com", ConsentValue.FORM, NOW, "Newsletter *form*", "submission 1", "U1", NOW)
    view = shown(consent=consent, may=EDITOR)

    said = words(view)
    assert "Email permission: Form" in said and "Consent proof note: submission 1" in said
    assert "Consent captured at:" in said and element(view, ids.RECORD_CONSENT) is not None
    assert element(shown(may=VIEWER), ids.RECORD_CONSENT) is None
    assert "Email permission" not in words(shown(replace(ACME, email=None)))
