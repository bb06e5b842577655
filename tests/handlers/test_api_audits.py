"""`/api/audits/complete` and the acts on one lead: audits asked for, reported, written back."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.outreach.leads import LeadStatus
from bot.outreach.reachability import AddressFact, AddressRecord
from bot.sandbox.audits.desk import AuditFault
from bot.sandbox.plusvibe import seed
from tests.handlers.api_given import finished, hurry

COMPLETE = "/api/audits/complete"
SLIM = {
    "custom_audit_url", "custom_audit_grade", "custom_audit_score", "custom_audit_summary", "custom_audited_at",
    "custom_pages_audited", "custom_company_name", "custom_domain", "custom_score_seo", "custom_score_performance",
    "custom_score_security", "custom_score_ux", "custom_score_ai_visibility", "custom_score_brand",
    "custom_top_issue", "custom_top_issue_severity", "custom_top_issue_fix", "custom_issue_count",
}  # fmt: skip
BODY = {"email_subject", "email_body", "email_cta"}


async def complete(world, **body):
    """Report an audit."""
    return await world.api.post(COMPLETE, json=finished(**body))


async def linked(world, company="Acme", *, campaign=seed.AUDIT_LETTER, **columns):
    """A lead in a campaign, here and at PlusVibe."""
    lead = await world.has_lead(company, campaign_id=(await world.campaign(campaign)).id, **columns)
    world.plusvibe.enrol(campaign, lead.email)
    return lead


def updates(world):
    """Every try to write variables at PlusVibe."""
    return [call for call in world.plusvibe.calls if call.path == "/lead/data/update"]


async def writebacks(world, lead):
    """How many writebacks a lead has had, from its events."""
    async with world.database.read(world.workspace_id) as uow:
        return sum(event.kind == "writeback_stored" for event in await uow.events.of_lead(lead.id, limit=100))


# What a report does


async def test_a_report_fills_the_lead_and_its_21_variables_at_once(either_world):
    lead = await either_world.has_lead("Acme", status=LeadStatus.AUDIT_QUEUED)

    answer = await complete(either_world, leadId=lead.id)

    told = (await either_world.api.get(f"/api/leads/{lead.id}")).json()
    variables = told["plusvibeLeadData"]["lastOutboundWriteback"]["variables"]
    assert answer.status_code == 200
    assert answer.json() == {
        "auditRunId": "run-7",
        "leads": [
            {"leadId": lead.id, "status": "email_generated", "repeated": False, "writebackStatus": "skipped",
             "variables": 21}
        ],
    }  # fmt: skip
    assert set(variables) == SLIM | BODY
    assert all(text.strip() for text in variables.values())
    assert (told["status"], told["grade"], told["auditRunId"]) == ("email_generated", "D", "run-7")
    assert told["topIssue"] == variables["custom_top_issue"] == "No page says what it costs"


async def test_a_lead_without_a_campaign_can_be_pushed_after_its_audit(world):
    lead = await world.has_lead("Acme")
    await complete(world, leadId=lead.id)

    body = {"campaignId": (await world.campaign()).id, "leadIds": [lead.id]}
    pushed = await world.api.post("/api/plusvibe/leads/push", json=body)

    assert pushed.json()["pushed"] == [lead.id]
    assert [call.path for call in world.plusvibe.calls if "data" in call.path] == []


async def test_a_linked_leads_campaign_has_the_variables_within_a_second(either_world):
    lead = await linked(either_world)

    answer = await complete(either_world, leadId=lead.id)
    await _until(lambda: "custom_email_subject" in either_world.plusvibe.lead(seed.AUDIT_LETTER, lead.email).custom)

    at_plusvibe = either_world.plusvibe.lead(seed.AUDIT_LETTER, lead.email)
    assert answer.json()["leads"][0]["writebackStatus"] == "pending"
    # PlusVibe keeps a company's name in a field of its own.
    assert set(at_plusvibe.custom) == (SLIM | {f"custom_{key}" for key in BODY}) - {"custom_company_name"}
    assert at_plusvibe.native["company_name"] == "Acme"


async def _until(holds, *, within=timedelta(seconds=5)):  # a second where nothing else runs
    async with asyncio.timeout(within.total_seconds()):
        while not holds():
            await asyncio.sleep(0.01)


async def test_a_sequence_gets_its_body_keys_by_step(world):
    lead = await linked(world, campaign=seed.AUDIT_SEQUENCE)

    await complete(world, leadId=lead.id)

    variables = (await world.lead(lead.id)).variables
    by_step = {f"{key}_{step}" for key in BODY for step in (1, 2, 3)}
    assert set(variables) == SLIM | by_step
    assert len({variables[f"email_body_{step}"] for step in (1, 2, 3)}) == 3


async def test_a_report_by_domain_serves_every_lead_of_the_company(either_world):
    jane = await either_world.has_lead("Acme", email="jane@acme.example.com")
    john = await either_world.has_lead("Acme", email="john@acme.example.com")
    await either_world.has_lead("Beta")

    answer = await complete(either_world, domain="https://www.ACME.example.com/contact")

    assert {lead["leadId"] for lead in answer.json()["leads"]} == {jane.id, john.id}
    assert (await either_world.lead(john.id)).status is LeadStatus.EMAIL_GENERATED


async def test_the_same_run_reported_again_changes_nothing(either_world):
    lead = await either_world.has_lead("Acme")
    await complete(either_world, leadId=lead.id)
    before = await either_world.lead(lead.id)

    again = await complete(either_world, leadId=lead.id, grade="A", score=99, topIssue="Something else")

    assert again.status_code == 200
    assert again.json()["leads"][0]["repeated"] is True
    assert await either_world.lead(lead.id) == before
    assert await writebacks(either_world, lead) == 1


async def test_one_run_reported_ten_times_at_once_is_written_back_once(either_world):
    lead = await either_world.has_lead("Acme")

    answers = await asyncio.gather(*(complete(either_world, leadId=lead.id) for _ in range(10)))

    assert [answer.status_code for answer in answers] == [200] * 10
    assert sorted(answer.json()["leads"][0]["repeated"] for answer in answers) == [False] + [True] * 9
    assert await writebacks(either_world, lead) == 1


async def test_a_newer_run_replaces_the_variables(world):
    lead = await world.has_lead("Acme")
    await complete(world, leadId=lead.id)

    await complete(world, leadId=lead.id, run="run-8", grade="A", score=93)

    assert (await world.lead(lead.id)).variables["custom_audit_grade"] == "A"
    assert await writebacks(world, lead) == 2


async def test_an_older_run_that_reports_late_is_kept_and_changes_nothing(either_world):
    lead = await either_world.has_lead("Acme")
    await complete(either_world, leadId=lead.id, run="run-8", grade="A", score=93)
    before = await either_world.lead(lead.id)

    answer = await complete(either_world, leadId=lead.id, completedAt="2026-03-02T08:00:00Z")

    async with either_world.database.read(either_world.workspace_id) as uow:
        kept = await uow.audits.finished_of(lead.id, limit=9)
        told = [event.facts["run"] for event in await uow.events.of_lead(lead.id, limit=100) if "run" in event.facts]
    assert answer.json()["leads"][0] == {
        "leadId": lead.id, "status": "email_generated", "repeated": False, "writebackStatus": "skipped",
        "variables": 21,
    }  # fmt: skip
    assert await either_world.lead(lead.id) == before
    assert [audit.run_id for audit in kept] == ["run-8", "run-7"]
    assert sorted(told) == ["run-7", "run-8"]
    assert await writebacks(either_world, lead) == 1


AFTER = {
    None: "email_generated",
    "new": "email_generated",
    "audit_queued": "email_generated",
    "audit_complete": "email_generated",
    "email_generated": "email_generated",
    "retargeted": "email_generated",
    "bounced": "email_generated",
    "email_sent": "email_sent",
    "sent": "sent",
    "opened": "opened",
    "replied": "replied",
    "converted": "converted",
}


async def test_a_report_never_moves_a_status_back_but_always_replaces_the_variables(world):
    leads = {
        status: await world.has_lead(f"Co {status}", status=LeadStatus(status) if status else None) for status in AFTER
    }

    answers = {status: await complete(world, leadId=lead.id) for status, lead in leads.items()}

    assert {status: answer.json()["leads"][0]["status"] for status, answer in answers.items()} == AFTER
    kept = {status: await world.lead(lead.id) for status, lead in leads.items()}
    assert {status: lead.status for status, lead in kept.items()} == AFTER
    assert {len(lead.variables) for lead in kept.values()} == {21}


async def test_an_audit_does_not_cure_an_address_that_bounced(world):
    lead = await world.has_lead("Acme", status=LeadStatus.BOUNCED)
    async with world.database.begin(world.workspace_id) as uow:
        await uow.addresses.add(AddressRecord(lead.email, AddressFact.BOUNCED, world.clock(), "test"))

    answer = await complete(world, leadId=lead.id)

    assert answer.json()["leads"][0]["status"] == "bounced"


async def test_score_and_grade_left_out_are_worked_out(world):
    lead = await world.has_lead("Acme")
    body = {"leadId": lead.id, "auditRunId": "run-1", "scores": {"seo": 90, "aiVisibility": 90}, "issues": ["Slow"]}

    answer = await world.api.post(COMPLETE, json=body)

    kept = await world.lead(lead.id)
    assert answer.status_code == 200
    assert (kept.score, kept.grade, kept.top_issue) == (90, "A", "Slow")


async def test_a_report_without_an_address_is_read_here(world):
    lead = await world.has_lead("Acme")
    body = {"leadId": lead.id, "auditRunId": "runs/7 of <Acme>", "scores": {"seo": 40}}
    body["issues"] = [{"title": "Prices are <b>hidden</b>", "severity": "high", "found": "No price anywhere."}]
    await world.api.post(COMPLETE, json=body | {"topIssue": "Something else"})

    link = (await world.lead(lead.id)).audit_url
    page = await world.api.get(link.removeprefix(world.address))

    assert (await world.lead(lead.id)).variables["custom_audit_url"] == link
    assert page.status_code == 200 and "Prices are &lt;b&gt;hidden&lt;/b&gt;" in page.text
    assert "None" not in page.text and "anywhere.." not in page.text


SENSELESS = {
    "nobody named": ({"leadId": None}, 422),
    "an unknown lead": ({"leadId": "no-such"}, 404),
    "an unknown domain": ({"leadId": None, "domain": "nobody.example.com"}, 404),
    "an empty run": ({"auditRunId": ""}, 422),
    "no run": ({"auditRunId": None}, 422),
    "an endless run": ({"auditRunId": "r" * 201}, 422),
    "a score of 101": ({"score": 101}, 422),
    "a score below zero": ({"score": -1}, 422),
    "a score that is no number": ({"score": "NaN"}, 422),
    "an endless score": ({"score": "Infinity"}, 422),
    "a huge score": ({"scores": {"seo": 1e300}}, 422),
    "an unknown score": ({"scores": {"shoes": 10}}, 422),
    "scores in a list": ({"scores": [1]}, 422),
    "an unknown grade": ({"grade": "Z"}, 422),
    "a script for an address": ({"auditUrl": "javascript:alert(1)"}, 422),
    "an issue without title": ({"issues": [{"severity": "high"}]}, 422),
    "issues as text": ({"issues": "Slow"}, 422),
    "on minus one pages": ({"issues": [{"title": "Slow", "pages": -1}]}, 422),
    "minus one pages audited": ({"pagesAudited": -1}, 422),
    "a time in words": ({"completedAt": "yesterday"}, 422),
    "a time without zone": ({"completedAt": "2026-03-02T09:00:00"}, 422),
    "a time beyond the calendar": ({"completedAt": 1e300}, 422),
    "a time before the calendar": ({"completedAt": "0001-01-01T00:00:00+14:00"}, 422),
}


async def test_a_report_that_makes_no_sense_changes_nothing(world):
    lead = await world.has_lead("Acme")
    bodies = {name: finished(leadId=lead.id) | spoilt for name, (spoilt, _) in SENSELESS.items()}

    answers = {
        name: await world.api.post(COMPLETE, json={key: value for key, value in body.items() if value is not None})
        for name, body in bodies.items()
    }

    assert {name: answer.status_code for name, answer in answers.items()} == {
        name: status for name, (_, status) in SENSELESS.items()
    }
    assert await world.lead(lead.id) == lead


# The remote half


async def test_a_writeback_that_meets_a_plusvibe_that_is_down_is_sent_by_the_sweep(world):
    hurry(world)
    lead = await linked(world)
    world.plusvibe.down = True
    await complete(world, leadId=lead.id)
    await _until(lambda: len(updates(world)) == 2)
    await world.tick(seconds=10)
    waiting = await world.lead(lead.id)

    world.plusvibe.down = False
    await world.tick(seconds=60)

    assert (waiting.status, len(waiting.variables)) == (LeadStatus.EMAIL_GENERATED, 21)
    assert "tried again" in waiting.last_action
    assert world.plusvibe.lead(seed.AUDIT_LETTER, lead.email).custom["custom_audit_grade"] == "D"
    assert await _writeback_status(world, lead) == "written"


@pytest.mark.parametrize(
    ("fault", "status"),
    [({"status": 401}, "failed"), ({"status": 404}, "failed"), ({"status": 400}, "failed"),
     ({"status": 500}, "pending"), ({"status": 429}, "pending"), ({"garbage": True, "effect": False}, "pending"),
     ({"refused": True, "effect": False}, "pending")],
    ids=str,
)  # fmt: skip
async def test_what_plusvibe_says_decides_whether_it_is_tried_again(world, fault, status):
    hurry(world)
    lead = await linked(world)
    world.plusvibe.fail_next("/lead/data/update", **fault, times=2)

    await complete(world, leadId=lead.id)
    await _settled(world, lead)

    assert await _writeback_status(world, lead) == status
    assert (await world.lead(lead.id)).last_action.startswith("PlusVibe writeback")
    assert len((await world.lead(lead.id)).variables) == 21


async def test_only_the_newest_writeback_of_a_lead_is_sent(world):
    hurry(world)
    lead = await linked(world)
    world.plusvibe.down = True
    await complete(world, leadId=lead.id, run="run-1", grade="F")
    await complete(world, leadId=lead.id, run="run-2", grade="A", completedAt="2026-03-03T09:00:00Z")
    await _until(lambda: [call.body["variables"]["audit_grade"] for call in updates(world)].count("A") == 2)

    world.plusvibe.down = False
    for _ in range(20):  # the failed try may still be on its way to its row
        await world.tick(seconds=60)
        if updates(world)[-1].status == 200:
            break
        await asyncio.sleep(0.05)

    taken = [call.body["variables"]["audit_grade"] for call in updates(world) if call.status == 200]
    assert taken == ["A"]


async def _settled(world, lead):
    """Wait for the first try after the answer: it leaves a line on the card."""
    async with asyncio.timeout(10):
        while not (await world.lead(lead.id)).last_action:
            await asyncio.sleep(0.01)


async def _writeback_status(world, lead):
    async with world.database.read(world.workspace_id) as uow:
        return (await uow.writebacks.latest(lead.id)).status


# Asked for by hand


async def test_an_audit_is_started_reported_and_written_back(world):
    lead = await world.has_lead("Acme")

    answer = await world.api.post(f"/api/leads/{lead.id}/audit")
    await world.tick()
    await world.desk.settled()

    done = await world.lead(lead.id)
    assert (answer.status_code, answer.json()["status"]) == (202, "audit_queued")
    assert done.status is LeadStatus.EMAIL_GENERATED
    assert len(done.variables) == 21


async def test_a_second_start_while_one_runs_orders_nothing(world):
    lead = await world.has_lead("Acme")
    world.desk.fail_next(AuditFault.NEVER_COMPLETES)

    answers = [await world.api.post(f"/api/leads/{lead.id}/audit") for _ in range(4)]
    await world.tick()

    assert [answer.status_code for answer in answers] == [202, 409, 409, 409]
    assert answers[1].json()["message"] == "An audit is already under way"
    assert len(world.desk.runs) == 1


@pytest.mark.parametrize("domain", ["", "unknown", "localhost"])
async def test_an_audit_needs_a_usable_domain(world, domain):
    lead = await world.has_lead("Acme", domain=domain)

    answer = await world.api.post(f"/api/leads/{lead.id}/audit")

    assert answer.status_code == 422
    assert answer.json()["field"] == "domain"
    assert (await world.lead(lead.id)).status is LeadStatus.NEW


async def test_without_an_audit_service_a_start_waits_for_our_own_auditor(world):
    lead = await world.has_lead("Acme")
    world.house.services.audits._gateway = None

    answer = await world.api.post(f"/api/leads/{lead.id}/audit")

    assert answer.status_code == 202
    assert (await world.lead(lead.id)).status is LeadStatus.AUDIT_QUEUED
    assert world.desk.runs == {}


async def test_a_writeback_by_hand_sends_the_latest_audit_in_another_tone(world):
    lead = await linked(world)
    await complete(world, leadId=lead.id)
    direct = (await world.lead(lead.id)).variables["email_body"]

    answer = await world.api.post(f"/api/leads/{lead.id}/writeback", json={"tone": "formal"})

    told = answer.json()
    at_plusvibe = world.plusvibe.lead(seed.AUDIT_LETTER, lead.email).custom
    assert answer.status_code == 200
    assert (told["leadId"], told["writebackStatus"], told["error"]) == (lead.id, "written", "")
    assert told["variables"]["email_body"] == at_plusvibe["custom_email_body"] != direct


@pytest.mark.parametrize(
    ("given", "body", "status"),
    [
        pytest.param({"ready": True}, {}, 422, id="no campaign link"),
        pytest.param({"campaign": True}, {}, 422, id="no audit"),
        pytest.param({"ready": True, "campaign": True}, {"tone": "rude"}, 422, id="an unknown tone"),
        pytest.param({"ready": True, "campaign": True}, {"tone": None}, 422, id="no tone"),
        pytest.param({"ready": True, "campaign": True}, None, 200, id="no body"),
    ],
)
async def test_a_writeback_by_hand_needs_a_campaign_an_audit_and_a_tone(world, given, body, status):
    campaign_id = (await world.campaign()).id if given.pop("campaign", False) else None
    lead = await world.has_lead("Acme", campaign_id=campaign_id, **given)

    answer = await world.api.post(f"/api/leads/{lead.id}/writeback", json=body)

    assert answer.status_code == status, answer.text


async def test_a_report_without_a_time_is_of_now(world):
    lead = await world.has_lead("Acme")

    await world.api.post(COMPLETE, json={"leadId": lead.id, "auditRunId": "run-1"})

    async with world.database.read(world.workspace_id) as uow:
        audit = (await uow.audits.latest_complete([lead.id]))[lead.id]
    assert abs(datetime.now(UTC) - audit.finished.completed_at) < timedelta(minutes=1)
