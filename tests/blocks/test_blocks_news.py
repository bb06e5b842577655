"""Announcements, the log, the trace and the menu."""

from dataclasses import replace

import pytest
from given_leads import ACME, AUTUMN, FRESH, NOW, SPRING, leads
from reading import assert_fit_message, element, labels

from blocks import ids
from blocks.announcements import writebacks_landed
from blocks.errors import problem
from blocks.help import TOPICS
from blocks.log import event_line, log_message
from blocks.outreach import (
    campaigns_message,
    doctor_message,
    help_message,
    menu,
    sync_result,
    unknown_command,
)
from blocks.why import why_message
from bot.outreach.events import Event, EventKind
from bot.outreach.health import Finding, SyncResult
from bot.outreach.leads import LeadStatus
from bot.outreach.readiness import trace
from bot.outreach.writebacks import Tone, Writeback, WritebackStatus

WRITEBACK = Writeback(
    "w", ACME.id, "a", None, Tone.DIRECT, {str(index): "x" for index in range(21)}, WritebackStatus.WRITTEN, NOW
)
UNMOVED = replace(WRITEBACK, moved_to_ready=False)


def test_a_landed_writeback_is_one_line():
    assert writebacks_landed([(WRITEBACK, ACME)]).text == "Writeback landed: Acme, 21 variables, now Email Ready"


def test_a_later_status_is_kept_and_said():
    message = writebacks_landed([(UNMOVED, replace(ACME, status=LeadStatus.REPLIED))])

    assert message.text == "Writeback landed: Acme, 21 variables, status kept: Replied"


def test_many_landed_at_once_are_one_message():
    message = writebacks_landed([(WRITEBACK, lead) for lead in leads(25)])

    assert_fit_message(message)
    assert message.text.startswith("25 writebacks landed\n• Acme 0, 21 variables")
    assert message.text.endswith("and 5 more")


STATUS = {"before": "new", "after": "audit_queued"}


@pytest.mark.parametrize(
    ("kind", "facts", "said"),
    [
        (EventKind.LEAD_ADDED, {}, "Lead added"),
        (EventKind.LEAD_EDITED, {"fields": ["company_name", "phone"]}, "Lead edited: company name, phone"),
        (EventKind.LEAD_SYNCED, {}, "Lead synced from PlusVibe"),
        (EventKind.LEAD_REMOVED, {}, "Lead removed"),
        (EventKind.STATUS_CHANGED, {**STATUS, "by_hand": True}, "Status set by hand: new → audit queued"),
        (EventKind.AUDIT_STARTED, STATUS, "Audit started (new → audit queued)"),
        (EventKind.AUDIT_COMPLETED, {"grade": "B"}, "Audit completed, grade B"),
        (EventKind.AUDIT_FAILED, {"reason": "DNS <x>"}, "Audit failed: DNS &lt;x&gt;"),
        (
            EventKind.WRITEBACK_STORED,
            {"variables": 21, "before": "replied", "after": "replied"},
            "Writeback landed, 21 variables, status kept: replied",
        ),
        (EventKind.WRITEBACK_WRITTEN, {}, "Writeback written to PlusVibe"),
        (EventKind.WRITEBACK_FAILED, {"reason": "429"}, "Writeback not accepted by PlusVibe: 429"),
        (
            EventKind.PUSH_BLOCKED,
            {"campaign": "Spring", "ready": 9, "refused": 3},
            "Push blocked to *Spring*: 9 ready, 3 not ready",
        ),
        (EventKind.PUSH_STARTED, {"campaign": "Spring", "leads": 1}, "Push of 1 lead to *Spring* started"),
        (EventKind.PUSH_ARMED, {}, "Push armed: goes out once all are ready"),
        (EventKind.PUSH_CANCELLED, {}, "Armed push cancelled"),
        (EventKind.PUSH_EXPIRED, {}, "Armed push expired, nothing pushed"),
        (EventKind.PUSHED, {"campaign": ACME.id}, "Pushed"),
        (EventKind.PUSH_FAILED, {"reason": "500"}, "Push failed: 500"),
        (EventKind.MARKED_COMPLETED, {}, "Marked completed: closed at provider"),
        (EventKind.REMOVED_AT_PROVIDER, {"campaign": "Spring"}, "Removed from PlusVibe campaign *Spring*"),
        (EventKind.EMAIL_SENT, {}, "Email sent"),
        (EventKind.BOUNCED, {}, "Bounced"),
        (EventKind.REPLIED, {}, "Replied"),
        (EventKind.LABELLED, {"label": "INTERESTED"}, "Labelled: INTERESTED"),
        (EventKind.UNSUBSCRIBED, {}, "Unsubscribed"),
        (
            EventKind.SYNCED,
            {"added": 3, "updated": 2, "skipped": 1},
            "Synced from PlusVibe: 3 added, 2 updated, 1 skipped",
        ),
        (EventKind.TOKEN_CREATED, {"scopes": ["leads:read"]}, "API token created: leads:read"),
    ],
)
def test_every_kind_of_event_has_words(kind, facts, said):
    assert event_line(Event(kind, "clock", NOW, facts=facts)).startswith(f"{said} by the clock · <!date^")


def test_no_kind_of_event_is_without_words():
    assert all(event_line(Event(kind, "", NOW)) for kind in EventKind)


def test_an_event_links_to_its_message():
    event = Event(EventKind.LEAD_ADDED, "U1", NOW, permalink="https://acme.slack.com/archives/C1/p1")

    assert event_line(event).endswith(" · <https://acme.slack.com/archives/C1/p1|message>")


def test_the_log_pages_back():
    message = log_message([Event(EventKind.LEAD_ADDED, "U1", NOW)] * 20, 55)

    assert element(message.blocks, ids.LOG_OLDER)["value"] == "55"
    assert labels(log_message([Event(EventKind.LEAD_ADDED, "U1", NOW)]).blocks) == []
    assert log_message([]).text == "The log is empty."


@pytest.mark.parametrize(
    ("lead", "said", "fails"),
    [
        (ACME, "Acme is ready to push", 0),
        (
            replace(ACME, plusvibe_lead_data={}),
            "Acme cannot be pushed: Audit completed but writeback hasn't run, re-audit the lead",
            1,
        ),
        (FRESH, "Beta cannot be pushed: Lead has not been audited yet, run an audit first", 2),
    ],
)
def test_why_shows_every_half_with_pass_or_fail(lead, said, fails):
    message = why_message(trace(lead, None), None)

    assert_fit_message(message)
    assert message.text.split("\n")[0] == said
    assert message.text.count("❌ Fail") == fails
    assert message.text.count("✅ Pass") == 3 - fails


def test_why_warns_of_fields_the_campaign_would_leave_blank():
    campaign = replace(SPRING, merge_fields=("custom_city", "custom_grade"))

    assert "would be blank · custom_city" in why_message(trace(ACME, None), campaign).text


def test_the_menu_leads_to_what_works():
    assert labels(menu().blocks) == ["Open leads", "Push leads", "Add lead", "Sync now"]
    assert [option["value"] for option in element(menu().blocks, ids.MENU)["options"]] == [
        "campaigns", "digest", "log", "doctor", "help",
    ]  # fmt: skip


def test_campaigns_are_listed_with_their_state():
    message = campaigns_message([SPRING, AUTUMN])

    assert "• *Spring* · Active · 1,240 leads at PlusVibe · 3 steps" in message.text
    assert "• *Autumn* · Paused · 0 leads at PlusVibe · 1 step" in message.text
    assert "no campaigns yet" in campaigns_message([]).text
    assert "not connected" in campaigns_message([], False).text


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_has_its_text(topic):
    message = help_message(topic)

    assert_fit_message(message)
    assert message.text.startswith(TOPICS[topic][0])


def test_setup_names_the_three_things_of_the_first_sync():
    assert all(word in help_message("setup").text for word in ("PLUSVIBE_API_KEY", "`domain`", "*empty* `audit_url`"))


def test_help_lists_the_commands_and_says_when_a_topic_is_unknown():
    assert "`/leads add`" in help_message("").text
    assert "There is no topic `&lt;!channel&gt;`." in help_message("<!channel>").text


def test_an_unknown_command_offers_the_nearest():
    assert "Did you mean `/outreach campaign`?" in unknown_command("/outreach", "campain").text
    assert "Did you mean" not in unknown_command("/leads", "doktor").text


def test_a_sync_tells_what_it_did_and_skipped():
    result = SyncResult(NOW, 1, 1_200, 30, 5, {"No contact email": 2})
    message = sync_result(result)

    assert message.text == (
        "Synced from PlusVibe: 1,200 added, 30 updated, 5 unchanged, 2 skipped\n• 2 skipped: No contact email"
    )


@pytest.mark.parametrize(
    ("findings", "said"),
    [
        ([Finding("Database", True, "reachable")], "Everything needed works"),
        ([Finding("PlusVibe", False, "not connected", "Set the key.")], "1 thing needs attention"),
        ([Finding("A", False, "x"), Finding("B", False, "y")], "2 things need attention"),
        ([Finding("Audits", False, "none", needed=False)], "Everything needed works"),
    ],
)
def test_the_doctor_says_first_whether_anything_is_wrong(findings, said):
    assert doctor_message(findings).text.split("\n")[0] == said


def test_what_is_wrong_comes_first_with_its_remedy():
    findings = [Finding("Database", True, "reachable"), Finding("PlusVibe", False, "not connected", "Set the key.")]

    assert doctor_message(findings).text.split("\n")[1] == "❌ Fix · *PlusVibe*: not connected → Set the key."


def test_a_problem_carries_its_reference_once():
    assert problem("It broke.", "ab12").text == "It broke. (Reference ab12)"
    assert problem("It broke; reference ab12.", "ab12").text == "It broke; reference ab12."
    assert problem("").text == "Something went wrong."


def test_the_log_names_the_lead_and_says_plusvibe_once():
    synced = Event(EventKind.LEAD_SYNCED, "PlusVibe", NOW, "L1")
    armed = Event(EventKind.PUSH_ARMED, "Ana Novak", NOW)
    text = log_message([synced, armed], leads={"L1": "R&D"}).text

    assert "• *R&amp;D*: Lead synced from PlusVibe · <!date^" in text
    assert "• Push armed: goes out once all are ready by Ana Novak · " in text
