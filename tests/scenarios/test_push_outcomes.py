"""What becomes of a push: large ones in batches, and everything the vendor or our own rows can do wrong."""

import asyncio
import re
from datetime import timedelta

import pytest

from blocks import ids
from bot.gateways.http import Patience
from bot.outreach.access import CLOCK
from bot.outreach.leads import LeadStatus
from bot.sandbox.plusvibe import enrolment
from tests.blocks.reading import labels
from tests.scenarios.hands import has_leads, press_under

pytestmark = pytest.mark.usefixtures("allowed")
LINE = "/push {} to Website audit letter"
HASTY = Patience(attempts=1, first_wait=timedelta(0), total=timedelta(seconds=2))


@pytest.fixture
def hasty(world):
    """PlusVibe is asked once."""
    world.house.services.pushes._plusvibe._vendor._patience = HASTY


async def push_all(world):
    """All ready leads, pushed by their status."""
    campaign = await world.campaign()
    await world.say("/push")
    status = {"status": {ids.PUSH_STATUS: "email_generated"}}
    await world.submit({"campaign": {ids.PUSH_CAMPAIGN: campaign.id}, **status})


def batches(world):
    return [len(call.body["leads"]) for call in world.plusvibe.calls if call.path == "/lead/add"]


async def settled(world):
    await world.tick(seconds=3)
    return world.posts()[-1]


# Large pushes


async def test_250_leads_go_in_batches_of_a_hundred_under_one_message(world):
    await has_leads(world, 250, ready=True)

    await push_all(world)

    result = await settled(world)
    assert batches(world) == [100, 100, 50]
    assert len(world.posts()) == 1
    assert result.text == "Pushed 250 to Website audit letter"
    assert len(world.plusvibe.leads) == 250


async def test_2000_leads_show_their_progress_at_most_every_two_seconds(world):
    await has_leads(world, 2_000, ready=True)
    world.keep_pace()
    begun, begun_at = asyncio.get_running_loop().time(), world.clock()

    await push_all(world)

    result = await settled(world)
    shown = [
        call
        for call in world.slack.workspace.calls
        if call["method"] in {"chat.postMessage", "chat.update"} and call["answer"]["ok"]
    ]
    assert batches(world) == [100] * 20
    assert shown[0]["arguments"]["text"] == "Pushing to Website audit letter · 100 of 2,000 (5 %)"
    # Counted from the start: a busy machine makes each later, never earlier.
    assert not [place for place, call in enumerate(shown) if call["at"] - begun_at < place * timedelta(seconds=2)]
    assert result.text == "Pushed 2,000 to Website audit letter"
    arrived = [call.at - begun for call in world.plusvibe.calls if call.path == "/lead/add"]
    assert not [place for place, seconds in enumerate(arrived) if seconds < place / 5]


async def test_a_guard_over_a_thousand_leads_takes_a_constant_number_of_statements(world):
    campaign = await world.campaign()
    leads = await has_leads(world, 1_000, ready=True)
    counted = []
    for chosen in (leads[:10], leads):
        ids_chosen = [lead.id for lead in chosen]
        with world.database.count_statements() as sent:
            await world.house.services.pushes.check(world.workspace_id, CLOCK, campaign.id, ids_chosen)
        counted.append(sent.total)

    assert counted[0] == counted[1]


# Addresses


async def test_plus_addresses_are_skipped_with_the_reason_and_the_rest_is_pushed(world):
    await world.has_lead("Acme", ready=True, email="jane+news@acme.example.com")
    await world.has_lead("Good", ready=True)

    await world.say(LINE.format("acme.example.com good.example.com"))

    said = world.posts()[0].text
    assert said.startswith("Pushed 1 to Website audit letter, 1 skipped")
    assert "PlusVibe does not take this form of address" in said
    assert "(Acme)" in said


async def test_one_address_plusvibe_refuses_is_dropped_and_the_rest_is_pushed(world, hasty, monkeypatch):
    await has_leads(world, 5, ready=True)
    monkeypatch.setattr(enrolment, "_ADDRESS", re.compile(r"(?!p2@)\S+@\S+"))  # stricter than it told us

    await push_all(world)

    result = await settled(world)
    assert batches(world) == [5, 4]
    assert result.text.startswith("Pushed 4 to Website audit letter, 1 failed")
    assert "PlusVibe refused this address (Crowd 0002)" in result.text


async def test_a_batch_too_large_is_halved_until_it_fits(world, hasty):
    world.plusvibe.unknowns.max_leads_per_add = 30
    world.plusvibe.unknowns.too_many_status = 413
    await has_leads(world, 100, ready=True)

    await push_all(world)

    result = await settled(world)
    assert batches(world) == [100, 50, 25, 25, 25, 25]
    assert result.text == "Pushed 100 to Website audit letter"


# Lost answers and faults


async def test_a_lost_answer_is_settled_by_evidence_without_enrolling_twice(world, hasty):
    await has_leads(world, 5, ready=True)
    world.plusvibe.fail_next("/lead/add", drop_after_effect=True)

    await push_all(world)

    result = await settled(world)
    assert result.text.startswith("Pushed 5 to Website audit letter")
    assert batches(world) == [5]


async def test_a_lost_answer_that_cannot_be_checked_now_is_checked_by_the_clock(world, hasty):
    await has_leads(world, 5, ready=True)
    world.plusvibe.fail_next("/lead/add", drop_after_effect=True)
    world.plusvibe.fail_next("/lead/get", status=503)

    await push_all(world)
    assert "Pushed 5" not in world.posts()[-1].text
    await world.tick(seconds=130)
    result = await settled(world)

    assert result.text.startswith("Pushed 5 to Website audit letter")
    assert batches(world) == [5]
    campaign = await world.campaign()
    async with world.database.read(world.workspace_id) as uow:
        assert {lead.campaign_id for lead in await uow.leads.by_domain("crowd.example.com")} == {campaign.id}


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"status": 503}, "PlusVibe has a fault of its own (503)"),
        ({"status": 429}, "PlusVibe asks us to slow down"),
        ({"status": 401}, "PlusVibe refused our key"),
        ({"garbage": True, "effect": False}, "PlusVibe answered with something we cannot read"),
    ],
    ids=["500", "429", "401", "garbage"],
)
async def test_a_vendor_that_fails_is_said_and_the_failed_can_be_tried_again(world, hasty, fault, said):
    await has_leads(world, 3, ready=True)
    world.plusvibe.fail_next("/lead/add", **fault)

    await push_all(world)

    failed = await settled(world)
    assert failed.text.startswith("Pushed 0 to Website audit letter, 3 failed")
    assert said in failed.text
    assert labels(failed.blocks) == ["Retry 3 failed leads"]

    await press_under(world, failed, ids.RETRY_FAILED)
    again = await settled(world)

    assert again.text == "Pushed 3 to Website audit letter"
    assert len(world.plusvibe.leads) == 3


async def test_only_the_failed_are_tried_again_and_only_once(world, hasty):
    await has_leads(world, 150, ready=True)
    world.plusvibe.unknowns.plan_leads = 147

    await push_all(world)

    partial = await settled(world)
    assert partial.text.startswith("Pushed 147 to Website audit letter, 3 failed")
    assert "PlusVibe plan quota is used up" in partial.text

    world.plusvibe.unknowns.plan_leads = 1_000
    await press_under(world, partial, ids.RETRY_FAILED)
    await press_under(world, partial, ids.RETRY_FAILED)
    await world.tick(seconds=3)

    assert len(world.plusvibe.leads) == 150
    assert batches(world)[-1] == 3
    assert batches(world).count(3) == 1


async def test_a_failed_lead_that_is_not_ready_any_more_gets_a_report(world, hasty):
    lead = await world.has_lead("Acme", ready=True)
    world.plusvibe.fail_next("/lead/add", status=401)
    await world.say(LINE.format("acme.example.com"))
    failed = world.posts()[0]
    async with world.database.begin(world.workspace_id) as uow:
        await uow.leads.change(lead.id, {"status": LeadStatus.BOUNCED}, at=world.clock())

    await press_under(world, failed, ids.RETRY_FAILED)

    assert world.posts()[-2].text == "Push blocked (409): 0 ready, 1 not ready, nothing pushed"
