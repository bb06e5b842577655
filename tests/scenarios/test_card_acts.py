"""What a person does on the lead card: audit, write back, push, close, remove."""

import pytest

from blocks import ids
from bot.outreach.leads import LeadStatus
from bot.outreach.writebacks import WritebackStatus
from tests.blocks.reading import element, labels, words
from tests.scenarios.hands import press, shown

pytestmark = pytest.mark.usefixtures("allowed")
CARD_TITLE = "Lead"


async def linked(world, company="Acme", **columns):
    """A ready lead in a campaign, known to PlusVibe."""
    campaign = await world.campaign()
    lead = await world.has_lead(company, ready=True, campaign_id=campaign.id, **columns)
    world.plusvibe.enrol(campaign.provider_id, lead.email)
    return lead


# Audit


async def test_an_audit_is_started_and_its_writeback_shows_after_a_reload(world):
    lead = await world.has_lead("Acme")
    await world.say(f"/leads show {lead.id}")
    block = next(b for b in shown(world)["blocks"] if ids.START_AUDIT in str(b))

    await press(world, ids.START_AUDIT, block_id=block["block_id"])

    assert "Audit started. The writeback follows by itself when it completes." in words(shown(world))
    assert "audit queued" in words(shown(world))

    await world.desk.settled()
    block = next(b for b in shown(world)["blocks"] if ids.RELOAD_CARD in str(b))
    await press(world, ids.RELOAD_CARD, block_id=block["block_id"])

    assert "🟢 Ready to push" in words(shown(world)) or "Ready" in words(shown(world))
    assert "Writeback landed, 21 variables" in words(shown(world))


async def test_a_missing_domain_is_mended_on_the_spot(world):
    lead = await world.has_lead("Acme", domain="unknown")
    await world.say(f"/leads show {lead.id}")
    assert "No usable domain" in words(shown(world))
    assert not [label for label in labels(shown(world)) if label.startswith("Start audit")]

    await press(world, ids.EDIT_DOMAIN)
    await world.submit({"domain": {"value": "https://www.acme.example.com/about"}})

    assert shown(world)["title"]["text"] == CARD_TITLE
    assert "Start audit (acme.example.com)" in labels(shown(world))


@pytest.mark.parametrize("typed", ["acme", "a b.example.com", "unknown"])
async def test_a_domain_that_is_none_is_refused_under_its_field(world, typed):
    lead = await world.has_lead("Acme", domain="")
    await world.say(f"/leads show {lead.id}")
    await press(world, ids.EDIT_DOMAIN)

    await world.submit({"domain": {"value": typed}})

    assert "Write a domain such as acme.com." in world.modal().errors["domain"]
    assert (await world.lead(lead.id)).domain == ""


async def test_an_audit_service_that_is_down_is_said_and_asked_again(world):
    from bot.sandbox.audits.desk import AuditFault

    world.desk.fail_next(AuditFault.DOWN, 10)
    lead = await world.has_lead("Acme")
    await world.say(f"/leads show {lead.id}")
    block = next(b for b in shown(world)["blocks"] if ids.START_AUDIT in str(b))

    await press(world, ids.START_AUDIT, block_id=block["block_id"])

    assert "It will be tried again." in words(shown(world))
    world.desk._faults.clear()
    await world.tick(seconds=3)
    await world.desk.settled()
    assert (await world.lead(lead.id)).status is LeadStatus.EMAIL_GENERATED


# Writeback


async def test_a_writeback_needs_campaign_and_audit(world):
    campaign = await world.campaign()
    lead = await world.has_lead("Acme", campaign_id=campaign.id)

    await world.say(f"/leads show {lead.id}")

    assert "PlusVibe Writeback: No linked audit yet: start one." in words(shown(world))
    assert "PlusVibe Writeback" not in labels(shown(world))


async def test_a_writeback_in_another_tone_reaches_the_campaign_and_the_banner(world):
    lead = await linked(world)
    before = lead.variables["email_body"]
    await world.say(f"/leads show {lead.id}")
    await press(world, ids.TONE, selected="formal")

    await press(world, ids.WRITE_BACK)

    assert "21 variables written, formal tone." in words(shown(world))
    after = (await world.lead(lead.id)).variables["email_body"]
    assert after != before
    assert next(iter(world.plusvibe.leads.values())).custom["custom_email_body"] == after
    assert element(shown(world), ids.TONE)["initial_option"]["value"] == "formal"


async def test_a_writeback_plusvibe_refuses_shows_the_reason_until_dismissed(world):
    lead = await linked(world)
    world.plusvibe.leads.clear()
    await world.say(f"/leads show {lead.id}")

    await press(world, ids.WRITE_BACK)

    assert "stored here, but PlusVibe refused" in words(shown(world))
    await press(world, ids.DISMISS)
    assert "Last action" not in words(shown(world))
    async with world.database.read(world.workspace_id) as uow:
        assert (await uow.writebacks.latest(lead.id)).status is WritebackStatus.FAILED


# Push


async def test_one_lead_is_pushed_from_its_card_and_the_card_says_so(world):
    campaign, lead = await world.campaign(), await world.has_lead("Acme & Söhne", ready=True)
    await world.say(f"/leads show {lead.id}")
    await press(world, ids.CARD_CAMPAIGN, selected=campaign.id)

    await press(world, ids.PUSH_LEAD)

    assert "Pushed 1 to Website audit letter" in words(shown(world))
    assert "In campaign *Website audit letter*" in words(shown(world))
    assert world.posts()[0].text.startswith("Pushed 1 to Website audit letter")
    assert "&amp;amp;" not in words(shown(world))


async def test_a_refused_push_says_its_reason_on_the_card_and_in_the_channel(world):
    campaign, lead = await world.campaign(), await world.has_lead("Acme", status=LeadStatus.BOUNCED)
    await world.say(f"/leads show {lead.id}")
    await press(world, ids.CARD_CAMPAIGN, selected=campaign.id)

    await press(world, ids.PUSH_LEAD)

    assert "Push blocked (409): Lead bounced, re-audit or remove." in words(shown(world))
    headline, report = world.posts()
    assert headline.text == "Push blocked (409): 0 ready, 1 not ready, nothing pushed"
    assert "Re-audit" in labels(report.blocks)
    assert "Remove" in labels(report.blocks)


async def test_a_push_without_a_campaign_says_select_one_first(world):
    lead = await world.has_lead("Acme", ready=True)
    await world.say(f"/leads show {lead.id}")

    await press(world, ids.PUSH_LEAD)

    assert "Push: Select a campaign first." in words(shown(world))


async def test_a_lead_that_replied_is_pushed_only_after_a_second_look(world):
    campaign = await world.campaign()
    lead = await world.has_lead("Acme", ready=True, status=LeadStatus.REPLIED)
    await world.say(f"/leads show {lead.id}")
    await press(world, ids.CARD_CAMPAIGN, selected=campaign.id)

    await press(world, ids.PUSH_LEAD)

    assert "1 of these already replied." in words(shown(world))
    assert not world.plusvibe.leads

    await world.submit()

    assert world.posts()[0].text.startswith("Pushed 1")


@pytest.mark.parametrize(
    ("columns", "email", "label", "is_there"),
    [
        ({"status": LeadStatus.REPLIED}, "", "Mark completed in PlusVibe", True),
        ({"status": LeadStatus.CONVERTED}, "", "Mark completed in PlusVibe", True),
        ({"status": LeadStatus.OPENED}, "", "Mark completed in PlusVibe", False),
        ({"status": LeadStatus.REPLIED}, None, "Mark completed in PlusVibe", False),
        ({}, "", "Remove from PlusVibe", True),
        ({}, None, "Remove from PlusVibe", False),
        ({}, "", "Push to PlusVibe", False),
        ({}, "", "PlusVibe Writeback", True),
    ],
    ids=lambda value: str(value) if not isinstance(value, dict) else str(value.get("status", "ready")),
)
async def test_a_linked_lead_offers_each_act_by_its_rule(world, columns, email, label, is_there):
    campaign = await world.campaign()
    lead = await world.has_lead("Acme", ready=True, campaign_id=campaign.id, email=email, **columns)

    await world.say(f"/leads show {lead.id}")

    assert (label in labels(shown(world))) is is_there


async def test_a_contact_is_closed_at_the_provider(world):
    lead = await linked(world, status=LeadStatus.REPLIED)
    await world.say(f"/leads show {lead.id}")

    await press(world, ids.MARK_COMPLETED)

    assert "Mark completed: closed at provider." in words(shown(world))
    assert next(iter(world.plusvibe.leads.values())).status == "COMPLETED"


async def test_a_contact_is_removed_after_a_confirm_and_the_lead_stays(world):
    lead = await linked(world)
    await world.say(f"/leads show {lead.id}")
    assert element(shown(world), ids.REMOVE_LEAD)["confirm"]["title"]["text"] == "Remove from PlusVibe?"

    await press(world, ids.REMOVE_LEAD)

    assert "Removed from Website audit letter at PlusVibe." in words(shown(world))
    assert not world.plusvibe.leads
    assert (await world.lead(lead.id)).campaign_id is None


async def test_plusvibe_out_of_order_is_said_on_the_card(world):
    lead = await linked(world)
    world.plusvibe.api_key = "another"
    await world.say(f"/leads show {lead.id}")

    await press(world, ids.REMOVE_LEAD)

    assert "PlusVibe refused our key" in words(shown(world))
    assert (await world.lead(lead.id)).campaign_id == lead.campaign_id
