"""What a person does in the list: choose, push, audit, close, sync."""

import pytest

from blocks import ids
from bot.outreach.leads import LeadStatus
from bot.sandbox.slack.server import ANA
from tests.blocks.reading import element, labels, words
from tests.scenarios.hands import (
    block_of,
    choose,
    choose_in_row,
    companies,
    has_leads,
    press,
    row,
    shown,
)

pytestmark = pytest.mark.usefixtures("allowed")


# A selection


async def test_select_all_on_page_takes_the_visible_rows_only(world):
    await has_leads(world, 30, ready=True)
    campaign = await world.campaign()
    await world.say("/leads")
    await choose(world, campaign)

    await press(world, ids.SELECT_PAGE)

    view = shown(world)
    assert len(element(view, ids.SELECTION)["initial_options"]) == 25
    assert "Clear selection" in labels(view)
    await world.submit()
    assert world.posts()[0].text.startswith("Pushed 25 to Website audit letter")


async def test_the_campaign_is_the_first_and_a_required_choice(world):
    lead = await world.has_lead("Acme", ready=True)
    await world.say("/leads")
    await choose(world, leads=[lead])

    await world.submit()

    view = shown(world)
    order = [block["block_id"] for block in view["blocks"]]
    assert order.index("campaign") < order.index(block_of(view, ids.SELECTION)["block_id"])
    assert "campaign" in world.modal().errors
    assert not world.posts()


async def test_nobody_chosen_is_said_under_the_field(world):
    campaign = await world.campaign()
    await world.has_lead("Acme", ready=True)
    await world.say("/leads")
    await choose(world, campaign)

    await world.submit()

    assert list(world.modal().errors.values()) == ["Choose at least one lead, or Select all on page."]


async def test_a_chosen_lead_deleted_meanwhile_is_said_in_the_list(world):
    campaign, lead = await world.campaign(), await world.has_lead("Acme", ready=True)
    await world.say("/leads")
    await choose(world, campaign, [lead])
    async with world.database.begin(world.workspace_id) as uow:
        await uow.leads.remove(lead.id, world.clock())

    await world.submit()

    assert "not here" in next(iter(world.modal().errors.values()))
    assert not world.posts()


async def test_a_list_without_hits_only_searches_on_submit(world):
    await world.has_lead("Acme")
    await world.say("/leads")
    await press(world, ids.SEARCH, selected="zebra")

    await world.submit({"search": {ids.SEARCH: "acme"}})

    assert companies(shown(world)) == ["Acme"]


# Acts on rows


async def test_a_row_starts_an_audit_and_shows_it(world):
    await world.has_lead("Acme")
    await world.say("/leads")

    await choose_in_row(world, "Acme", "audit")

    assert "Audit Queued" in row(shown(world), "Acme")["text"]["text"]
    assert len(world.desk.runs) == 1


async def test_an_audit_that_cannot_start_says_why_above_the_list(world):
    await world.has_lead("Acme", domain="unknown")
    await world.say("/leads")

    await choose_in_row(world, "Acme", "audit")

    assert "Acme has no usable domain" in words(shown(world))


async def test_a_row_opens_the_push_form_with_its_lead_and_the_chosen_campaign(world):
    campaign, lead = await world.campaign(), await world.has_lead("Acme", ready=True)
    await world.say("/leads")
    await choose(world, campaign)

    await choose_in_row(world, "Acme", "push")

    form = shown(world)
    assert form["title"]["text"] == "Push to PlusVibe"
    assert element(form, ids.PUSH_CAMPAIGN)["initial_option"]["value"] == campaign.id
    assert [option["value"] for option in element(form, ids.PUSH_LEADS)["initial_options"]] == [lead.id]

    await world.submit()

    assert world.posts()[0].text.startswith("Pushed 1 to Website audit letter")
    assert not world.slack.workspace.modals.get(ANA)


# Mark completed


async def test_mark_completed_asks_with_counts_and_tells_what_it_left_out(world):
    campaign = await world.campaign()
    replied = await world.has_lead("Acme", status=LeadStatus.REPLIED, ready=True, campaign_id=campaign.id)
    fresh = await world.has_lead("Beta", ready=True, campaign_id=campaign.id)
    mute = await world.has_lead("Gamma", email=None)
    for lead in (replied, fresh):
        world.plusvibe.enrol(campaign.provider_id, lead.email)
    await world.say("/leads")
    await choose(world, campaign, [replied, fresh, mute])

    await press(world, ids.COMPLETE_SELECTED)

    asked = words(shown(world))
    assert "Marks 2 contacts in *Website audit letter* completed" in asked
    assert "1 lead has no email and is skipped" in asked
    assert "2 leads have neither replied nor converted" in asked
    assert not [call for call in world.plusvibe.calls if call.path == "/lead/update/status"]

    await world.submit()

    assert {lead.status for lead in world.plusvibe.leads.values()} == {"COMPLETED"}
    [said] = [message.text for message in world.posts(world.slack.board.direct_message(ANA).id)]
    assert said.startswith("Marked 2 leads completed in Website audit letter (closed at provider), 1 skipped")
    assert "No contact email" in said


async def test_mark_completed_needs_a_campaign_and_leads_first(world):
    await world.has_lead("Acme")
    await world.say("/leads")

    await press(world, ids.COMPLETE_SELECTED)

    assert "Choose a campaign and at least one lead first." in words(shown(world))


async def test_mark_completed_with_nobody_to_close_offers_no_submit(world):
    campaign, mute = await world.campaign(), await world.has_lead("Gamma", email=None)
    await world.say("/leads")
    await choose(world, campaign, [mute])

    await press(world, ids.COMPLETE_SELECTED)

    assert "none of the chosen leads has an email" in words(shown(world))
    assert shown(world).get("submit") is None


async def test_a_contact_plusvibe_does_not_know_is_told_as_failed(world):
    campaign, lead = await world.campaign(), await world.has_lead("Acme", status=LeadStatus.REPLIED)
    await world.say("/leads")
    await choose(world, campaign, [lead])
    await press(world, ids.COMPLETE_SELECTED)

    await world.submit()

    [said] = [message.text for message in world.posts(world.slack.board.direct_message(ANA).id)]
    assert "Marked 0 leads completed" in said
    assert "1 failed" in said


# Sync


async def test_sync_now_reads_plusvibe_and_comes_back_to_the_list(world):
    campaign = await world.campaign()
    world.plusvibe.enrol(campaign.provider_id, "sam@delta.example.com", {"company_name": "Delta"})
    await world.say("/leads")

    await press(world, ids.SYNC_NOW)

    assert companies(shown(world)) == ["Delta"]
    assert "Synced from PlusVibe: 1 added" in words(shown(world))


async def test_a_sync_that_fails_says_so_above_the_list(world):
    world.plusvibe.api_key = "another"
    await world.has_lead("Acme")
    await world.say("/leads")

    await press(world, ids.SYNC_NOW)

    assert "Sync failed: PlusVibe refused our key" in words(shown(world))
    assert companies(shown(world)) == ["Acme"]
