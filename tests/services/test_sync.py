"""Sync: leads read from PlusVibe. Additive, never backwards, and harmless to repeat."""

from dataclasses import replace

import pytest

from bot.outreach.access import CLOCK, Role, person
from bot.outreach.errors import NotAllowed, Unavailable
from bot.outreach.leads import LeadQuery, LeadStatus
from bot.outreach.reachability import AddressFact, AddressRecord
from bot.sandbox.plusvibe import seed
from tests.handlers.api_given import BRISK, hurry


async def synced(world, actor=CLOCK):
    """One sync."""
    return await world.house.services.sync.run(world.workspace_id, actor)


async def everybody(world):
    """Every lead here, by address."""
    async with world.database.read(world.workspace_id) as uow:
        found = await uow.leads.page(LeadQuery(limit=1_000))
        return {lead.email: lead for lead in found.leads}


def enrolled(world, email="jane@acme.example.com", campaign=seed.AUDIT_LETTER, *, status="", custom=None, **native):
    """Somebody in a campaign at PlusVibe."""
    there = world.plusvibe.enrol(campaign, email, native, custom)
    there.status = status or there.status
    return there


async def standing(world, email="jane@acme.example.com"):
    async with world.database.read(world.workspace_id) as uow:
        return (await uow.addresses.standing([email])).get(email)


async def test_a_lead_we_do_not_know_is_added_with_its_campaign(either_world):
    enrolled(either_world, first_name="Jane", last_name="Doe", company_name="Acme", phone_number="+420 1")

    result = await synced(either_world)

    (lead,) = (await everybody(either_world)).values()
    assert (result.added, result.updated, result.unchanged, dict(result.skipped)) == (1, 0, 0, {})
    assert (lead.name, lead.company_name, lead.domain, lead.phone) == ("Jane Doe", "Acme", "acme.example.com", "+420 1")
    assert lead.status is LeadStatus.NEW
    assert lead.campaign_id == (await either_world.campaign()).id


STANDS = {
    "NOT_CONTACTED": "new",
    "CONTACTED": "email_sent",
    "COMPLETED": "email_sent",
    "RESCHEDULED": "email_sent",
    "REPLIED": "replied",
    "BOUNCED": "bounced",
    "UNSUBSCRIBED": "new",
    "SKIPPED": "new",
    "SOMETHING_NEW": "new",
}


async def test_a_new_lead_stands_where_plusvibe_has_it(world):
    for status in STANDS:
        enrolled(world, f"{status.lower()}@acme.example.com", status=status)

    await synced(world)

    here = await everybody(world)
    assert {status: here[f"{status.lower()}@acme.example.com"].status for status in STANDS} == STANDS


async def test_a_status_never_moves_back(world):
    statuses = ["converted", "replied", "opened", "bounced", "email_sent", "retargeted"]
    leads = [await world.has_lead(f"Co {status}", status=LeadStatus(status)) for status in statuses]
    for lead in leads:
        enrolled(world, lead.email, status="NOT_CONTACTED")

    await synced(world)

    assert [(await world.lead(lead.id)).status for lead in leads] == statuses


async def test_what_we_know_is_kept_and_what_we_lack_is_filled(either_world):
    lead = await either_world.has_lead("Acme Ltd", email="jane@acme.example.com", city="", phone="+1")
    enrolled(either_world, first_name="Johanna", company_name="ACME", city="Brno", phone_number="+2", industry="Retail")

    result = await synced(either_world)

    kept = await either_world.lead(lead.id)
    assert (result.added, result.updated) == (0, 1)
    assert (kept.first_name, kept.company_name, kept.phone) == ("Jane", "Acme Ltd", "+1")
    assert (kept.city, kept.industry) == ("Brno", "Retail")


async def test_a_second_sync_changes_nothing(either_world):
    for number in range(5):
        enrolled(either_world, f"jane{number}@acme.example.com", status="REPLIED", city="Brno").opened_count = 3
    enrolled(either_world, "gone@acme.example.com", status="UNSUBSCRIBED")
    first = await synced(either_world)
    before = await everybody(either_world)

    second = await synced(either_world)

    assert (first.added, second.added, second.updated, second.unchanged) == (6, 0, 0, 6)
    assert await everybody(either_world) == before
    async with either_world.database.read(either_world.workspace_id) as uow:
        assert len(await uow.addresses.history("gone@acme.example.com")) == 1


async def test_addresses_of_other_case_are_the_same_lead(world):
    lead = await world.has_lead("Acme", email="jane@acme.example.com")
    enrolled(world, "Jane@ACME.example.com", status="REPLIED")

    result = await synced(world)

    assert (result.added, result.updated) == (0, 1)
    assert (await world.lead(lead.id)).status is LeadStatus.REPLIED


@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
async def test_one_address_in_several_campaigns_is_one_lead_at_its_furthest(either_world, known):
    if known:
        await either_world.has_lead("Acme", email="jane@acme.example.com")
    enrolled(either_world, campaign=seed.AUDIT_LETTER, status="NOT_CONTACTED").opened_count = 1
    enrolled(either_world, campaign=seed.AUDIT_SEQUENCE, status="REPLIED", city="Brno")
    enrolled(either_world, campaign=seed.QUICK_WINS, status="CONTACTED", city="Praha").opened_count = 4

    result = await synced(either_world)

    (lead,) = (await everybody(either_world)).values()
    assert result.added + result.updated == 1
    assert (lead.status, lead.opens, lead.city) == (LeadStatus.REPLIED, 4, "Brno")
    assert lead.campaign_id == (await either_world.campaign(seed.AUDIT_LETTER)).id


async def test_the_campaign_of_a_linked_lead_stays(world):
    campaign = await world.campaign(seed.QUICK_WINS)
    lead = await world.has_lead("Acme", campaign_id=campaign.id)
    enrolled(world, campaign=seed.AUDIT_LETTER)

    await synced(world)

    assert (await world.lead(lead.id)).campaign_id == campaign.id


async def test_opens_make_a_contacted_lead_opened_and_never_count_down(world):
    lead = await world.has_lead("Acme", opens=9)
    enrolled(world, status="CONTACTED").opened_count = 2

    await synced(world)

    kept = await world.lead(lead.id)
    assert (kept.status, kept.opens) == (LeadStatus.OPENED, 9)


async def test_a_status_plusvibe_tells_is_no_longer_set_by_hand(world):
    lead = await world.has_lead("Acme", status=LeadStatus.EMAIL_GENERATED, status_by_hand=True)
    enrolled(world, status="REPLIED")

    await synced(world)

    assert not (await world.lead(lead.id)).status_by_hand


# What is left out


async def test_who_is_skipped_is_counted_with_the_reason(either_world):
    either_world.plusvibe.unknowns.custom_in_workspace_leads = True
    enrolled(either_world, "jane@gmail.com")
    enrolled(either_world, "joan@acme.example.com", custom={"audit_url": "https://audits.example.com/1"})
    enrolled(either_world, "jack@acme.example.com", custom={"audit_url": "  "})

    result = await synced(either_world)

    assert set(await everybody(either_world)) == {"jack@acme.example.com"}
    assert dict(result.skipped) == {
        "no usable domain, neither a company website nor a work address": 1,
        "a filled audit_url is skipped": 1,
    }


async def test_a_filled_audit_url_does_not_keep_a_known_lead_from_news(world):
    world.plusvibe.unknowns.custom_in_workspace_leads = True
    lead = await world.has_lead("Acme", email="jane@acme.example.com")
    enrolled(world, status="REPLIED", custom={"audit_url": "https://audits.example.com/1"})

    result = await synced(world)

    assert (result.updated, dict(result.skipped)) == (1, {})
    assert (await world.lead(lead.id)).status is LeadStatus.REPLIED


@pytest.mark.parametrize(
    ("status", "fact"),
    [("UNSUBSCRIBED", AddressFact.UNSUBSCRIBED), ("BOUNCED", AddressFact.BOUNCED), ("REPLIED", None)],
)
async def test_what_speaks_against_an_address_is_noted_also_of_leads_left_out(world, status, fact):
    enrolled(world, "jane@gmail.com", status=status)

    result = await synced(world)

    assert result.added == 0
    assert await standing(world, "jane@gmail.com") is fact


async def test_what_an_admin_cleared_stays_cleared(world):
    enrolled(world, status="UNSUBSCRIBED")
    await synced(world)
    async with world.database.begin(world.workspace_id) as uow:
        record = AddressRecord(
            "jane@acme.example.com", AddressFact.CLEARED, world.clock(), "by hand", "U0BENCARTER", "asked"
        )
        await uow.addresses.add(record)

    await synced(world)

    assert await standing(world) is None


async def test_odd_rows_are_stored_or_left_out_and_never_stop_the_rest(either_world):
    enrolled(either_world, "fine@acme.example.com")
    enrolled(either_world, "x" * 700 + "@acme.example.com")
    enrolled(either_world, "long@acme.example.com", first_name="A" * 3_000, company_name="<!channel>" * 300)
    enrolled(either_world, "odd@acme.example.com", first_name="\0Jane", city="line\nbreak", phone_number="+" * 9_000)
    enrolled(either_world, "not an address")
    enrolled(either_world, "last@acme.example.com", company_website="javascript:alert(1)")

    result = await synced(either_world)

    here = await everybody(either_world)
    assert {"fine@acme.example.com", "long@acme.example.com", "odd@acme.example.com", "last@acme.example.com"} <= set(
        here
    )
    assert not [address for address in here if len(address) > 254]
    assert sum(result.skipped.values()) == 2
    assert (await either_world.api.get("/api/leads", params={"limit": 100})).status_code == 200


# Many, and failing halfway


async def test_hundreds_of_rows_take_a_constant_number_of_statements_a_page(world):
    hurry(world, BRISK)
    for number in range(300):
        enrolled(world, f"jane{number}@acme{number}.example.com", status="REPLIED", city="Brno")

    with world.database.count_statements() as sent:
        result = await synced(world)

    assert result.added == 300
    assert sent.total < 60


async def test_a_sync_that_breaks_halfway_keeps_what_was_read_and_goes_on_next_time(either_world):
    hurry(either_world, BRISK)
    for number in range(250):
        enrolled(either_world, f"jane{number}@acme.example.com")
    either_world.plusvibe.fail_next("/lead/workspace-leads", hang_seconds=0)
    either_world.plusvibe.fail_next("/lead/workspace-leads", status=503, times=2)

    with pytest.raises(Unavailable):
        await synced(either_world)
    kept = len(await everybody(either_world))
    result = await synced(either_world)

    assert kept == 100
    assert (result.added, result.unchanged) == (150, 100)
    assert len(await everybody(either_world)) == 250


@pytest.mark.parametrize(
    "fault",
    [{"status": 401}, {"status": 429, "times": 9}, {"status": 500, "times": 2}, {"garbage": True}, {"status": 404}],
    ids=str,
)
async def test_a_plusvibe_that_fails_is_named_and_nothing_is_changed(world, fault):
    hurry(world, BRISK)
    lead = await world.has_lead("Acme")
    enrolled(world, status="REPLIED")
    world.plusvibe.fail_next("/lead/workspace-leads", **fault)

    with pytest.raises(Unavailable, match="PlusVibe"):
        await synced(world)

    assert await world.lead(lead.id) == lead


async def test_without_plusvibe_a_sync_says_what_to_set(world):
    world.house.services.sync._plusvibe = None

    with pytest.raises(Unavailable, match="PLUSVIBE_API_KEY"):
        await synced(world)


async def test_a_viewer_may_not_sync(world):
    with pytest.raises(NotAllowed, match="editor"):
        await synced(world, person("U0DEVPATEL", "Dev", Role.VIEWER))


async def test_every_lead_a_sync_touched_has_it_in_its_timeline(world):
    enrolled(world)
    await synced(world, replace(CLOCK, id="U0ANANOVAK"))

    (lead,) = (await everybody(world)).values()
    async with world.database.read(world.workspace_id) as uow:
        (event,) = await uow.events.of_lead(lead.id)
        (whole,) = [event for event in await uow.events.log() if event.kind == "synced"]
    assert (event.kind, event.actor) == ("lead_synced", "U0ANANOVAK")
    assert whole.facts == {"added": 1, "updated": 0, "skipped": 0}
