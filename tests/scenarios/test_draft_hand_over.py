"""Approved drafts on their way into a campaign: the guard, crashes, sequences, two approvers, many together."""

from dataclasses import replace

import pytest

from blocks import ids
from bot.outreach.access import Role, person
from bot.outreach.direct import Ways
from bot.outreach.drafts import DraftState
from bot.outreach.leads import LeadStatus
from bot.outreach.policies import Policy
from bot.outreach.writebacks import Tone
from bot.sandbox.slack.server import BEN
from bot.services.handing_over import NO_CAMPAIGN
from bot.services.sending_drafts import NO_SITE_YET
from tests.blocks.reading import element, labels, words
from tests.handlers.api_given import hurry
from tests.scenarios.draft_given import (
    ANA_ACTS,
    BEN_ACTS,
    card_in_channel,
    cards,
    draft_now,
    drafted,
    edit_of,
    queue_row,
    sent_fields,
)
from tests.scenarios.given import times_added
from tests.scenarios.hands import press, press_under, shown

pytestmark = pytest.mark.usefixtures("allowed")

# Hand-over


async def test_without_a_campaign_and_without_a_site_the_approval_is_kept_until_one_is_chosen(world):
    lead, draft = await drafted(world, linked=False)
    campaign = await world.campaign()
    await world.say("/drafts")
    await queue_row(world, "preview")
    await press(world, ids.APPROVE_DRAFT)
    assert NO_SITE_YET in words(shown(world))
    assert (await draft_now(world, draft)).state is DraftState.APPROVED

    block = next(each for each in shown(world)["blocks"] if ids.HAND_OVER_TO in str(each))
    await press(world, ids.HAND_OVER_TO, block_id=block["block_id"], selected=campaign.id)
    await press(world, ids.HAND_OVER, block_id=block["block_id"])

    assert (await draft_now(world, draft)).state is DraftState.HANDED_OVER
    assert (await world.lead(lead.id)).campaign_id == campaign.id
    assert times_added(world, lead.email) == 1


async def test_without_a_campaign_and_without_direct_sending_it_says_so(world):
    _, draft = await drafted(world, linked=False)
    world.house.services.drafts._ways = Ways(campaigns=True, direct=False)
    await world.say("/drafts")
    await queue_row(world, "preview")
    await press(world, ids.APPROVE_DRAFT)

    assert NO_CAMPAIGN in words(shown(world))
    assert (await draft_now(world, draft)).state is DraftState.APPROVED


async def test_the_guard_refuses_with_its_own_reason_and_the_approval_stays(world):
    _, draft = await drafted(world)
    async with world.database.begin(world.workspace_id) as uow:
        await uow.leads.change(draft.lead_id, {"status": LeadStatus.BOUNCED}, at=world.clock())

    approval = await world.house.services.drafts.approve(world.workspace_id, BEN_ACTS, draft.id, 1)

    assert approval.push is None
    assert approval.card.draft.problem == "Lead bounced, re-audit or remove"
    assert approval.card.draft.state is DraftState.APPROVED


async def test_a_push_that_failed_leaves_the_approval_to_be_handed_over_again(world):
    hurry(world)
    lead, draft = await drafted(world)
    world.plusvibe.fail_next("/lead/add", status=401, effect=False)
    card = await card_in_channel(world, draft)
    await press_under(world, card, ids.APPROVE_DRAFT)
    failed = await draft_now(world, draft)
    assert (failed.state, failed.push_id, failed.attempts) == (DraftState.APPROVED, None, 1)
    assert "PlusVibe" in failed.problem and "Approved and kept, but not handed over" in world.told()[-1]
    await world.tick(seconds=3)
    card = cards(world, draft)[-1]
    assert "⚠️ Not handed over" in words(card.blocks)

    await press_under(world, card, ids.HAND_OVER)

    assert (await draft_now(world, draft)).state is DraftState.HANDED_OVER
    assert [each.email for each in world.plusvibe.leads.values()].count(lead.email) == 1


async def test_a_crash_between_approval_and_push_is_finished_by_the_clock_once(either_world):
    world = either_world
    lead, draft = await drafted(world)
    await world.house.services.drafts.approve(world.workspace_id, BEN_ACTS, draft.id, 1)
    assert times_added(world, lead.email) == 0

    await world.tick(seconds=20)
    await world.tick(seconds=200)

    assert (await draft_now(world, draft)).state is DraftState.HANDED_OVER
    assert times_added(world, lead.email) == 1


async def test_a_sequence_gets_the_edited_first_letter_and_the_rest_from_the_audit(world):
    _, draft = await drafted(world, linked=False)
    async with world.database.begin(world.workspace_id) as uow:
        campaign = await uow.campaigns.by_provider((await world.campaign()).provider_id)
        await uow.campaigns.save_many([replace(campaign, steps=3)])
    await edit_of(world, draft, subject="Mine")
    drafts = world.house.services.drafts
    await drafts.approve(world.workspace_id, BEN_ACTS, draft.id, 2)

    await drafts.hand_over(world.workspace_id, BEN_ACTS, draft.id, campaign.id)

    variables = (await world.lead(draft.lead_id)).variables
    assert variables["email_subject_1"] == "Mine"
    assert variables["email_body_2"] and variables["email_body_3"]


async def test_the_writeback_still_pending_does_not_undo_the_edit(world):
    lead, draft = await drafted(world)
    await edit_of(world, draft, subject="Mine")
    await world.house.services.drafts.approve(world.workspace_id, BEN_ACTS, draft.id, 2)

    await world.tick(seconds=20)
    await world.tick(seconds=20)

    assert sent_fields(world, lead)["custom_email_subject"] == "Mine"


# Two approvers


async def test_two_people_approve_and_neither_made_it(world):
    await world.house.services.policies.set(world.workspace_id, ANA_ACTS, Policy(second_approver=True))
    lead, _ = await drafted(world)
    drafts = world.house.services.drafts
    made = (await drafts.generate(world.workspace_id, ANA_ACTS, lead.id, Tone.DIRECT)).draft
    await world.say("/drafts")
    await queue_row(world, "approve")
    assert "two others approve it" in words(shown(world))

    first = await drafts.approve(world.workspace_id, BEN_ACTS, made.id, 1)
    assert first.push is None and first.card.draft.is_waiting
    again = person("U9", "Cleo", Role.ADMIN)
    second = await drafts.approve(world.workspace_id, again, made.id, 1)

    assert second.card.draft.approved_by == (BEN, "U9")
    assert second.push is not None


async def test_an_edit_voids_the_first_of_two_approvals(world):
    await world.house.services.policies.set(world.workspace_id, ANA_ACTS, Policy(second_approver=True))
    _, draft = await drafted(world)
    await world.house.services.drafts.approve(world.workspace_id, BEN_ACTS, draft.id, 1)

    await edit_of(world, draft, subject="Other")

    assert (await draft_now(world, draft)).approved_by == ()


# Together


async def test_untouched_drafts_of_one_text_are_approved_together_but_for_those_taken_out(world):
    made = [await drafted(world, f"Company {number}") for number in range(4)]
    await edit_of(world, made[3][1], subject="Touched")
    await world.say("/drafts")
    assert "Approve 3 alike" in labels(shown(world))
    await press(world, ids.DRAFTS_ALIKE)
    assert len(element(shown(world), ids.ALIKE_CHOSEN)["initial_options"]) == 3

    await world.submit({"chosen": {ids.ALIKE_CHOSEN: [made[0][1].id, made[1][1].id]}})

    assert "2 drafts approved, handed over or queued to send" in words(shown(world))
    states = [(await draft_now(world, draft)).state for _, draft in made]
    assert states == [DraftState.HANDED_OVER, DraftState.HANDED_OVER, DraftState.WAITING, DraftState.WAITING]


async def test_what_somebody_touched_meanwhile_is_skipped_with_the_reason(world):
    made = [await drafted(world, f"Company {number}") for number in range(2)]
    await world.say("/drafts")
    await press(world, ids.DRAFTS_ALIKE)
    await edit_of(world, made[0][1], subject="Touched")

    await world.submit()

    said = words(shown(world))
    assert "1 draft approved, handed over or queued to send" in said
    assert "Skipped 1" in said and "Subject changed by" in said and "Company 0" in said
