"""`/api/plusvibe/leads/…`: pushed as a whole or refused as a whole, once, and honest about PlusVibe's failures."""

import asyncio

import pytest
from structlog.testing import capture_logs

from bot.outreach.leads import LeadQuery, LeadStatus
from bot.outreach.reachability import AddressFact, AddressRecord
from bot.sandbox.plusvibe import seed
from tests.handlers.api_given import hurry

PUSH, COMPLETE = "/api/plusvibe/leads/push", "/api/plusvibe/leads/complete"


async def push(world, *leads, key="", campaign_id=""):
    """Push these leads to the audit letter."""
    body = {"campaignId": campaign_id or (await world.campaign()).id, "leadIds": [lead.id for lead in leads]}
    return await world.api.post(PUSH, json=body, headers={"Idempotency-Key": key} if key else {})


def calls(world, path):
    """How often PlusVibe was asked this."""
    return sum(call.path == path for call in world.plusvibe.calls)


async def enrolled(world):
    """Who is in a campaign, as far as we know."""
    async with world.database.read(world.workspace_id) as uow:
        leads = (await uow.leads.page(LeadQuery(limit=100))).leads
        return [lead.id for lead in leads if await uow.enrolments.of_lead(lead.id)]


async def test_ready_leads_are_pushed_with_every_merge_field(either_world):
    acme, beta = await either_world.has_lead("Acme", ready=True), await either_world.has_lead("Beta", ready=True)

    answer = await push(either_world, acme, beta)

    stored = either_world.plusvibe.lead(seed.AUDIT_LETTER, acme.email)
    assert answer.status_code == 200
    assert answer.json() == {"pushed": [acme.id, beta.id], "skipped": [], "failed": [], "warnings": []}
    assert {key: stored.custom[key] for key in acme.variables if key.startswith("custom_")} == {
        key: text for key, text in acme.variables.items() if key.startswith("custom_")
    }
    assert stored.custom["custom_email_subject"] == acme.variables["email_subject"]


async def test_a_push_leaves_the_status_and_links_the_campaign(world):
    lead = await world.has_lead("Acme", ready=True)

    await push(world, lead)

    told = (await world.api.get(f"/api/leads/{lead.id}")).json()
    assert (told["status"], told["campaignId"]) == ("email_generated", seed.AUDIT_LETTER)
    assert await enrolled(world) == [lead.id]


async def test_the_campaign_may_be_named_by_plusvibes_own_id(world):
    lead = await world.has_lead("Acme", ready=True)

    answer = await push(world, lead, campaign_id=seed.AUDIT_LETTER)

    assert answer.json()["pushed"] == [lead.id]


async def test_a_campaign_with_a_sequence_gets_its_keys_by_step(world):
    lead = await world.has_lead("Acme", ready=True)

    answer = await push(world, lead, campaign_id=seed.AUDIT_SEQUENCE)

    stored = world.plusvibe.lead(seed.AUDIT_SEQUENCE, lead.email)
    assert answer.status_code == 200
    assert all(stored.custom[f"custom_email_body_{step}"].strip() for step in (1, 2, 3))


async def test_one_lead_that_is_not_ready_refuses_them_all(either_world):
    ready = await either_world.has_lead("Ready Co", ready=True)
    new = await either_world.has_lead("New Co")
    queued = await either_world.has_lead("Queued Co", status=LeadStatus.AUDIT_QUEUED)
    gone = await either_world.has_lead("Gone Co", ready=True)
    async with either_world.database.begin(either_world.workspace_id) as uow:
        record = AddressRecord(gone.email, AddressFact.UNSUBSCRIBED, either_world.clock(), "test")
        await uow.addresses.add(record)

    answer = await push(either_world, new, ready, queued, gone)

    assert answer.status_code == 409
    assert answer.json() == {
        "error": "not_ready",
        "ready": [{"id": ready.id, "status": "email_generated"}],
        "notReady": [
            {"id": new.id, "status": "new", "reason": "Lead has not been audited yet, run an audit first"},
            {"id": queued.id, "status": "audit_queued", "reason": "Audit not completed yet"},
        ],
        "unreachable": [{"id": gone.id, "reason": "Recipient unsubscribed"}],
    }
    assert not either_world.plusvibe.leads
    assert await enrolled(either_world) == []


REAUDIT = "Audit completed but writeback hasn't run, re-audit the lead"


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (None, "Lead has not been audited yet, run an audit first"),
        ("new", "Lead has not been audited yet, run an audit first"),
        ("audit_queued", "Audit not completed yet"),
        ("audit_complete", REAUDIT),
        ("bounced", "Lead bounced, re-audit or remove"),
        ("sent", "Legacy status, normalise it first"),
        ("email_generated", REAUDIT),
        ("email_sent", REAUDIT),
        ("opened", REAUDIT),
        ("replied", REAUDIT),
        ("retargeted", REAUDIT),
        ("converted", REAUDIT),
    ],
)
async def test_every_status_without_a_writeback_is_refused_in_the_briefs_words(world, status, reason):
    lead = await world.has_lead("Acme", status=LeadStatus(status) if status else None)

    answer = await push(world, lead)

    assert answer.status_code == 409
    assert answer.json()["notReady"] == [{"id": lead.id, "status": status, "reason": reason}]


async def test_a_lead_without_an_address_is_unreachable(world):
    lead = await world.has_lead("Acme", ready=True, email=None)

    answer = await push(world, lead)

    assert answer.json()["unreachable"] == [{"id": lead.id, "reason": "No contact email"}]


async def test_addresses_plusvibe_never_takes_are_skipped_and_the_rest_is_pushed(world):
    plus = await world.has_lead("Plus Co", ready=True, email="jane+sales@plusco.example.com")
    fine = await world.has_lead("Fine Co", ready=True)

    answer = await push(world, plus, fine)

    assert answer.status_code == 200
    assert answer.json()["pushed"] == [fine.id]
    assert [outcome["id"] for outcome in answer.json()["skipped"]] == [plus.id]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"campaignId": "c"},
        {"leadIds": ["l"]},
        {"campaignId": "c", "leadIds": []},
        {"campaignId": "", "leadIds": ["l"]},
        {"campaignId": "c", "leadIds": "l"},
        {"campaignId": "c", "leadIds": [7]},
        {"campaignId": "c", "leadIds": [None]},
        {"campaignId": ["c"], "leadIds": ["l"]},
        {"campaignId": "c", "leadIds": ["l"] * 10_001},
        [],
        "push",
        None,
    ],
    ids=lambda body: str(body)[:40],
)
async def test_a_body_that_is_no_push_is_refused(world, body):
    answer = await world.api.post(PUSH, json=body)

    assert answer.status_code == 422
    assert answer.json()["error"] == "invalid"


async def test_unknown_campaigns_and_leads_are_not_found_and_nothing_is_pushed(world):
    lead = await world.has_lead("Acme", ready=True)
    campaign = await world.campaign()
    bodies = [
        {"campaignId": "no-such", "leadIds": [lead.id]},
        {"campaignId": campaign.id, "leadIds": ["no-such"]},
        {"campaignId": campaign.id, "leadIds": [lead.id, "no-such"]},
        {"campaignId": campaign.id, "leadIds": ["\0", "<!channel>", "\ufffd"]},
    ]

    answers = [await world.api.post(PUSH, json=body) for body in bodies]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert {answer.json()["error"] for answer in answers} == {"not_found"}
    assert not world.plusvibe.leads


async def test_the_same_lead_named_twice_is_pushed_once(world):
    lead = await world.has_lead("Acme", ready=True)

    answer = await push(world, lead, lead)

    assert answer.json()["pushed"] == [lead.id]
    assert len(world.plusvibe.calls[-1].body["leads"]) == 1


# Once


async def test_a_repeated_key_gives_the_first_outcome(either_world):
    hurry(either_world)
    lead = await either_world.has_lead("Acme", ready=True)

    answers = [await push(either_world, lead, key="order-1") for _ in range(4)]

    assert [answer.json() for answer in answers] == [answers[0].json()] * 4
    assert answers[0].json()["pushed"] == [lead.id]
    assert calls(either_world, "/lead/add") == 1


async def test_one_key_used_at_once_pushes_once(either_world):
    hurry(either_world)
    lead = await either_world.has_lead("Acme", ready=True)

    answers = await asyncio.gather(*(push(either_world, lead, key="order-1") for _ in range(4)))

    assert calls(either_world, "/lead/add") == 1
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert any(answer.status_code == 200 for answer in answers)
    assert all(answer.json()["pushed"] == [lead.id] for answer in answers if answer.status_code == 200)
    assert (await push(either_world, lead, key="order-1")).json()["pushed"] == [lead.id]


async def test_a_key_used_for_another_push_is_a_conflict(world):
    acme, beta = await world.has_lead("Acme", ready=True), await world.has_lead("Beta", ready=True)
    await push(world, acme, key="order-1")

    answer = await push(world, beta, key="order-1")

    assert answer.status_code == 409
    assert answer.json()["error"] == "conflict"
    assert world.plusvibe.lead(seed.AUDIT_LETTER, beta.email) is None


async def test_a_refused_push_may_be_tried_again_under_its_key(world):
    lead = await world.has_lead("Acme")
    refused = await push(world, lead, key="order-1")
    ready = await world.has_lead("Beta", ready=True)
    async with world.database.begin(world.workspace_id) as uow:
        changes = {"status": LeadStatus.EMAIL_GENERATED, "plusvibe_lead_data": ready.plusvibe_lead_data}
        await uow.leads.change(lead.id, changes, at=world.clock())

    answer = await push(world, lead, key="order-1")

    assert (refused.status_code, answer.status_code) == (409, 200)


# PlusVibe fails

FAILURES = [
    pytest.param({"status": 401}, id="refuses our key"),
    pytest.param({"status": 403}, id="refuses the workspace"),
    pytest.param({"status": 402}, id="wants money"),
    pytest.param({"status": 429, "times": 9}, id="is too busy"),
    pytest.param({"status": 500}, id="has a fault"),
    pytest.param({"status": 503}, id="is down"),
    pytest.param({"hang_seconds": 0.9, "effect": False}, id="does not answer in time"),
    pytest.param({"garbage": True, "effect": False}, id="answers in HTML"),
    pytest.param({"refused": True, "effect": False}, id="says 200 and error"),
    pytest.param({"drop_after_effect": True, "effect": False}, id="hangs up"),
    pytest.param({"status": 404}, id="forgot the campaign"),
    pytest.param({"status": 400}, id="refuses the batch"),
]


@pytest.mark.parametrize("fault", FAILURES)
async def test_when_plusvibe_fails_nothing_counts_as_pushed(world, fault):
    hurry(world)
    lead = await world.has_lead("Acme", ready=True)
    world.plusvibe.fail_next("/lead/add", **fault)

    with capture_logs() as lines:
        answer = await push(world, lead)

    told = answer.json()
    assert answer.status_code == 502, answer.text
    assert (told["error"], told["pushed"]) == ("plusvibe_failed", [])
    assert [outcome["id"] for outcome in told["failed"]] == [lead.id]
    assert told["message"] == told["failed"][0]["reason"]
    assert any(line.get("reference") == told["reference"] for line in lines)
    assert lead.email not in str(lines)
    assert (await world.lead(lead.id)).campaign_id is None
    assert await enrolled(world) == []


@pytest.mark.parametrize(
    "fault",
    [{"hang_seconds": 0.9}, {"garbage": True}, {"refused": True}, {"drop_after_effect": True},
     {"status": 500, "effect": True}],
    ids=str,
)  # fmt: skip
async def test_when_only_the_answer_was_lost_the_leads_count_as_pushed(world, fault):
    hurry(world)
    lead = await world.has_lead("Acme", ready=True)
    world.plusvibe.fail_next("/lead/add", **fault)

    answer = await push(world, lead)

    assert answer.status_code == 200
    assert answer.json()["pushed"] == [lead.id]
    assert calls(world, "/lead/add") <= 1  # one that hangs is not on record yet
    assert len(world.plusvibe.leads) == 1


async def test_while_nobody_knows_the_outcome_nothing_is_claimed_and_the_clock_finds_out(world):
    hurry(world)
    lead = await world.has_lead("Acme", ready=True)
    world.plusvibe.fail_next("/lead/add", drop_after_effect=True)
    world.plusvibe.fail_next("/lead/get", status=503, times=2)

    unknown = await push(world, lead, key="order-1")
    await world.tick(seconds=180)
    known = await push(world, lead, key="order-1")

    assert unknown.status_code == 502
    assert unknown.json()["pushed"] == []
    assert known.status_code == 200
    assert known.json()["pushed"] == [lead.id]
    assert calls(world, "/lead/add") == 1


async def test_without_plusvibe_a_push_says_what_to_set(world):
    lead = await world.has_lead("Acme", ready=True)
    world.house.services.pushes._plusvibe = None
    campaign = await world.campaign()

    answer = await push(world, lead, campaign_id=campaign.id)

    assert answer.status_code == 503
    assert "PLUSVIBE_API_KEY" in answer.json()["message"]


# Completed


async def test_contacts_are_marked_completed_and_those_without_email_silently_skipped(world):
    campaign = await world.campaign()
    lead = await world.has_lead("Acme", ready=True, status=LeadStatus.REPLIED)
    await push(world, lead)
    silent = await world.has_lead("Beta", email=None, campaign_id=campaign.id)

    answer = await world.api.post(COMPLETE, json={"leadIds": [lead.id, silent.id, lead.id]})

    assert answer.status_code == 200
    assert answer.json() == {
        "completed": [lead.id],
        "skipped": [{"id": silent.id, "reason": "No contact email"}],
        "failed": [],
    }
    assert world.plusvibe.lead(seed.AUDIT_LETTER, lead.email).status == "COMPLETED"
    assert (await world.lead(lead.id)).status is LeadStatus.REPLIED


async def test_a_lead_in_no_campaign_is_skipped_with_its_reason(world):
    lead = await world.has_lead("Acme")

    answer = await world.api.post(COMPLETE, json={"leadIds": [lead.id]})

    assert answer.json()["skipped"] == [{"id": lead.id, "reason": "Not linked to a campaign"}]


async def test_a_contact_plusvibe_does_not_know_fails_alone(world):
    campaign = await world.campaign()
    known = await world.has_lead("Acme", ready=True)
    await push(world, known)
    unknown = await world.has_lead("Beta", campaign_id=campaign.id)

    answer = await world.api.post(COMPLETE, json={"leadIds": [unknown.id, known.id]})

    assert answer.status_code == 200
    assert answer.json()["completed"] == [known.id]
    assert [outcome["id"] for outcome in answer.json()["failed"]] == [unknown.id]


async def test_when_plusvibe_is_down_nobody_is_marked_and_it_is_asked_only_once(world):
    hurry(world)
    campaign = await world.campaign()
    leads = [await world.has_lead(f"Co {number}", campaign_id=campaign.id) for number in range(20)]
    world.plusvibe.down = True

    with capture_logs() as lines:
        answer = await world.api.post(COMPLETE, json={"leadIds": [lead.id for lead in leads]})

    assert answer.status_code == 502
    assert answer.json()["error"] == "plusvibe_failed"
    assert {outcome["id"] for outcome in answer.json()["failed"]} == {lead.id for lead in leads}
    assert any(line.get("reference") == answer.json()["reference"] for line in lines)
    assert calls(world, "/lead/update/status") <= 2
