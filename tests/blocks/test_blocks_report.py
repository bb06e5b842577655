"""The 409 report, in the channel and in its thread: F020, F024–F031, F134, section 4 items 1 and 2."""

from dataclasses import replace
from datetime import timedelta

import pytest
from given_leads import ACME, FRESH, NOW, SPRING, leads
from reading import assert_fit_message, element, elements, labels, words

from blocks import ids
from blocks.push_report import blocked_headline, blocked_report, report_needs_csv
from bot.outreach.leads import LeadStatus
from bot.outreach.pushes import ArmedState, BlockedPush
from bot.outreach.reachability import AddressFact
from bot.outreach.readiness import GuardReport, guard
from bot.outreach.reports import GROUP_ORDER

BLOCKED = BlockedPush("b1", SPRING.id, (), "Ana Novak", "C1", NOW)
ARMED = replace(BLOCKED, armed=ArmedState.ARMED, armed_by="Ana Novak", expires_at=NOW + timedelta(hours=24))
QUEUED = replace(FRESH, status=LeadStatus.AUDIT_QUEUED)
NINE_OF_TWELVE = guard([*leads(9), *leads(3, FRESH)], {})
ALL_READY = guard(leads(12), {})


def headline(blocked=BLOCKED, report=NINE_OF_TWELVE):
    message = blocked_headline(blocked, report, SPRING)
    assert_fit_message(message)
    return message


def thread(blocked=BLOCKED, report=NINE_OF_TWELVE):
    message = blocked_report(blocked, report, SPRING)
    assert_fit_message(message)
    return message


def test_the_headline_counts_and_says_why():
    message = headline()

    assert message.text == "Push blocked (409): 9 ready, 3 not ready, nothing pushed"
    assert "never sends step 1 again" in words(message.blocks)
    assert "asked by Ana Novak" in words(message.blocks)
    assert labels(message.blocks) == []


def test_the_headline_turns_green_with_one_button():
    message = headline(report=ALL_READY)

    assert message.text == "All 12 are ready"
    assert labels(message.blocks) == ["Push 12"]
    assert element(message.blocks, ids.PUSH_READY)["value"] == "b1"


@pytest.mark.parametrize(
    ("changes", "report", "said"),
    [
        ({"pushed_ids": ("1", "2")}, NINE_OF_TWELVE, "Push of 2 to Spring started; of the rest 9 ready, 3 not ready"),
        ({"closed": True, "pushed_ids": ("1", "2")}, GuardReport(), "Push of 2 to Spring started"),
        ({"closed": True}, NINE_OF_TWELVE, "Push closed, nothing pushed"),
        (
            {"armed": ArmedState.FIRED, "pushed_ids": ("1", "2")},
            GuardReport(),
            "All 2 were ready, and their push to Spring started",
        ),
    ],
)
def test_the_headline_follows_what_became_of_it(changes, report, said):
    assert headline(replace(BLOCKED, **changes), report).text == said


@pytest.mark.parametrize(
    ("armed", "line"),
    [
        (ArmedState.ARMED, "Armed by Ana Novak: pushes all 12 once ready, until <!date^"),
        (ArmedState.CANCELLED, "The push armed by Ana Novak was cancelled"),
        (ArmedState.EXPIRED, "expired: not all were ready in time"),
        (None, ""),
    ],
)
def test_the_headline_tells_of_an_armed_push(armed, line):
    assert line in words(headline(replace(ARMED, armed=armed)).blocks)


REASONS = [
    ("Lead has not been audited yet, run an audit first", FRESH, ["Start audit", "Remove"]),
    ("Lead has not been audited yet, run an audit first", replace(FRESH, status=None), ["Start audit", "Remove"]),
    ("Audit not completed yet", QUEUED, ["Remove"]),
    (
        "Audit completed but writeback hasn't run, re-audit the lead",
        replace(ACME, status=LeadStatus.AUDIT_COMPLETE),
        ["Re-audit", "Remove"],
    ),
    (
        "Audit completed but writeback hasn't run, re-audit the lead",
        replace(ACME, plusvibe_lead_data={}),
        ["Re-audit", "Remove"],
    ),
    ("Lead bounced, re-audit or remove", replace(ACME, status=LeadStatus.BOUNCED), ["Re-audit", "Remove"]),
    ("Legacy status, normalise it first", replace(ACME, status=LeadStatus.SENT), ["Normalise", "Remove"]),
    ("Not reachable: No contact email", replace(ACME, email=None), ["Remove"]),
]


@pytest.mark.parametrize(("reason", "lead", "remedies"), REASONS)
def test_each_reason_is_a_group_with_its_remedy(reason, lead, remedies):
    message = thread(report=guard([lead], {}))
    whole = {"Recheck", "Push when ready"}

    assert f"*{reason}* (1 lead)" in words(message.blocks)
    assert [label for label in labels(message.blocks) if label not in whole] == remedies
    assert reason.removeprefix("Not reachable: ") in message.text


@pytest.mark.parametrize(("reason", "lead", "remedies"), [row for row in REASONS if row[2]])
def test_a_remedys_value_names_the_report_and_the_reason(reason, lead, remedies):
    message = thread(report=guard([lead], {}))
    values = [item["value"] for item in elements(message.blocks, "button") if item["text"]["text"] in remedies]
    place = GROUP_ORDER.index(reason.removeprefix("Not reachable: "))

    assert set(values) == {f"b1:{place}"}


def test_an_address_that_may_not_be_written_to_is_its_own_group():
    message = thread(report=guard([ACME], {ACME.id: AddressFact.UNSUBSCRIBED}))

    assert "*Not reachable: Recipient unsubscribed* (1 lead)" in words(message.blocks)


@pytest.mark.parametrize(
    ("blocked", "report", "buttons"),
    [
        (BLOCKED, NINE_OF_TWELVE, ["Start audit", "Remove", "Push the 9 ready", "Recheck", "Push when ready"]),
        (BLOCKED, guard([QUEUED], {}), ["Remove", "Recheck", "Push when ready"]),
        (BLOCKED, ALL_READY, ["Push 12"]),
        (ARMED, NINE_OF_TWELVE, ["Start audit", "Remove", "Push the 9 ready", "Recheck", "Cancel"]),
        (replace(BLOCKED, closed=True, pushed_ids=("1",)), GuardReport(), []),
        (replace(BLOCKED, closed=True), NINE_OF_TWELVE, []),
        (replace(ARMED, armed=ArmedState.FIRED), NINE_OF_TWELVE, []),
        (
            replace(ARMED, armed=ArmedState.EXPIRED),
            NINE_OF_TWELVE,
            ["Start audit", "Remove", "Push the 9 ready", "Recheck", "Push when ready"],
        ),
    ],
)
def test_the_thread_ends_with_what_can_be_done(blocked, report, buttons):
    message = thread(blocked, report)

    assert labels(message.blocks) == buttons
    assert all(item["value"].startswith("b1") for item in elements(message.blocks))


@pytest.mark.parametrize("action_id", [ids.PUSH_READY, ids.ARM_PUSH])
def test_who_answered_already_is_asked_about_before_a_push(action_id):
    answered = replace(ACME, status=LeadStatus.REPLIED)
    asked = element(thread(report=guard([answered, FRESH], {})).blocks, action_id)["confirm"]

    assert asked["text"]["text"] == "1 of these already replied. The sequence starts anew for each."
    assert "confirm" not in element(thread().blocks, action_id)


def test_a_settled_report_names_the_campaign_once():
    message = thread(replace(BLOCKED, closed=True, pushed_ids=("1", "2")), GuardReport())

    assert words(message.blocks) == "*Push of 2 to Spring started*"


def test_a_waiting_audit_says_that_the_report_follows():
    assert "within about a second" in words(thread(report=guard([QUEUED], {})).blocks)


def test_a_long_group_is_cut_and_points_to_the_csv():
    long = guard(leads(1_234, FRESH), {})

    assert "and 1,214 more in the CSV" in words(thread(report=long).blocks)
    assert report_needs_csv(long)
    assert not report_needs_csv(guard(leads(20, FRESH), {}))


def test_many_long_groups_share_the_room_and_need_the_csv():
    wide = {"company_name": "W" * 100, "email": f"{'w' * 60}@acme.com"}
    kinds = [LeadStatus.NEW, LeadStatus.AUDIT_QUEUED, LeadStatus.AUDIT_COMPLETE, LeadStatus.BOUNCED, LeadStatus.SENT]
    chosen = [
        replace(lead, **wide, id=f"{kind}{lead.id}") for kind in kinds for lead in leads(20, replace(ACME, status=kind))
    ]
    report = guard(chosen, {})

    assert words(thread(report=report).blocks).count("more in the CSV") == 5
    assert report_needs_csv(report)
