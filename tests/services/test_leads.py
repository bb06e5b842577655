"""Leads as the doors ask for them: found, added, edited by hand, and who may do it."""

import pytest

from bot.outreach.access import Role, person
from bot.outreach.errors import Duplicate, Invalid, NotAllowed, NotFound
from bot.outreach.leads import SELECTABLE, LeadDraft, LeadQuery, LeadStatus

ANA = person("U0ANANOVAK", "Ana", Role.EDITOR)
DEV = person("U0DEVPATEL", "Dev", Role.VIEWER)


@pytest.fixture
def leads(world):
    """The service under test."""
    return world.house.services.leads


async def happened(world, lead):
    """What happened to a lead, oldest first."""
    async with world.database.read(world.workspace_id) as uow:
        return [(event.kind, event.actor, event.facts) for event in await uow.events.of_lead(lead.id)][::-1]


# Found


@pytest.mark.parametrize(
    "term",
    ["jane@acme.example.com", " JANE@ACME.example.com ", "acme.example.com", "https://www.acme.example.com/about?x=1"],
)
async def test_a_lead_is_found_by_what_people_paste(world, leads, term):
    lead = await world.has_lead("Acme")
    await world.has_lead("Beta")

    found = await leads.find(world.workspace_id, ANA, term)

    assert [each.id for each in found] == [lead.id]


@pytest.mark.parametrize("term", ["", " ", "nobody@nowhere.example.com", "%", "\0", "x" * 10_000, "' OR 1=1"])
async def test_what_is_not_there_is_said_with_the_term(world, leads, term):
    await world.has_lead("Acme")

    with pytest.raises(NotFound, match="No lead with the id, email or domain") as refused:
        await leads.find(world.workspace_id, ANA, term)

    assert len(str(refused.value)) < 300


async def test_every_lead_of_a_domain_is_found(world, leads):
    jane = await world.has_lead("Acme", email="jane@acme.example.com")
    john = await world.has_lead("Acme", email="john@acme.example.com")

    found = await leads.find(world.workspace_id, ANA, "acme.example.com")

    assert [each.id for each in found] == [jane.id, john.id]


# Added


@pytest.mark.parametrize(
    ("draft", "domain"),
    [
        (LeadDraft("jane@acme.example.com"), "acme.example.com"),
        (LeadDraft("jane@gmail.com", company_name="Acme"), ""),
        (LeadDraft("jane@gmail.com", website="https://www.acme.example.com/de"), "acme.example.com"),
        (LeadDraft(domain="HTTPS://WWW.Acme.Example.com:443/"), "acme.example.com"),
        (LeadDraft("jane@acme.example.com", domain="beta.example.com"), "beta.example.com"),
    ],
)
async def test_a_new_lead_has_the_domain_that_can_be_audited(world, leads, draft, domain):
    added = await leads.add(world.workspace_id, ANA, draft)

    assert added.domain == domain
    assert await happened(world, added) == [("lead_added", ANA.id, {"status": "new"})]


async def test_texts_are_kept_on_one_line_and_within_bounds(world, leads):
    added = await leads.add(world.workspace_id, ANA, LeadDraft(company_name="  Acme \r\n  Ltd\t ", city="Brno\u2028"))

    assert (added.company_name, added.city) == ("Acme Ltd", "Brno")
    with pytest.raises(Invalid, match="too long for company name"):
        await leads.add(world.workspace_id, ANA, LeadDraft(company_name="A" * 501))


async def test_a_refused_lead_leaves_nothing_behind(world, leads):
    known = await leads.add(world.workspace_id, ANA, LeadDraft("jane@acme.example.com"))

    with pytest.raises(Duplicate) as refused:
        await leads.add(world.workspace_id, ANA, LeadDraft("Jane@acme.example.com", company_name="Acme"))

    assert refused.value.id == known.id
    assert (await leads.page(world.workspace_id, ANA, LeadQuery())).total == 1
    assert len(await happened(world, known)) == 1


async def test_an_address_set_free_may_be_used_again(world, leads):
    first = await leads.add(world.workspace_id, ANA, LeadDraft("jane@acme.example.com"))
    await leads.edit(world.workspace_id, ANA, first.id, {"email": None})

    second = await leads.add(world.workspace_id, ANA, LeadDraft("jane@acme.example.com"))

    assert second.id != first.id


# Edited


async def test_an_edit_names_the_fields_that_changed_and_not_what_they_say(world, leads):
    lead = await leads.add(world.workspace_id, ANA, LeadDraft("jane@acme.example.com", city="Brno"))

    changes = {"city": "Praha", "phone": "+420 1", "first_name": ""}
    edited = await leads.edit(world.workspace_id, ANA, lead.id, changes)

    assert (edited.city, edited.phone) == ("Praha", "+420 1")
    assert (await happened(world, lead))[1:] == [("lead_edited", ANA.id, {"fields": ["city", "phone"]})]


async def test_an_edit_that_changes_nothing_is_no_event(world, leads):
    lead = await leads.add(world.workspace_id, ANA, LeadDraft("jane@acme.example.com", city="Brno"))

    await leads.edit(world.workspace_id, ANA, lead.id, {"city": "Brno", "status": LeadStatus.NEW})

    assert len(await happened(world, lead)) == 1


@pytest.mark.parametrize("status", SELECTABLE)
async def test_any_selectable_status_may_be_set_by_hand_and_is_marked_so(world, leads, status):
    lead = await world.has_lead("Acme", status=LeadStatus.CONVERTED)

    changed = await leads.set_status(world.workspace_id, ANA, lead.id, status)

    assert (changed.status, changed.status_by_hand) == (status, True)
    if status is not LeadStatus.CONVERTED:
        facts = {"before": "converted", "after": status.value, "by_hand": True}
        assert await happened(world, lead) == [("status_changed", ANA.id, facts)]


async def test_the_legacy_status_is_never_chosen_only_normalised(world, leads):
    old = await world.has_lead("Acme", status=LeadStatus.SENT)
    new = await world.has_lead("Beta")

    with pytest.raises(Invalid, match="legacy"):
        await leads.set_status(world.workspace_id, ANA, new.id, LeadStatus.SENT)
    normalised = await leads.normalise(world.workspace_id, ANA, [old.id, new.id, "gone"])

    assert normalised == 1
    assert (await world.lead(old.id)).status is LeadStatus.EMAIL_SENT
    assert (await world.lead(new.id)).status is LeadStatus.NEW
    assert await leads.normalise(world.workspace_id, ANA, [old.id]) == 0


@pytest.mark.parametrize("field", ["id", "campaign_id", "opens", "grade", "plusvibe_lead_data", "removed_at"])
async def test_only_what_people_know_of_a_lead_can_be_edited(world, leads, field):
    lead = await world.has_lead("Acme")

    with pytest.raises(Invalid, match="cannot be edited") as refused:
        await leads.edit(world.workspace_id, ANA, lead.id, {field: "x"})

    assert refused.value.field == field
    assert await world.lead(lead.id) == lead


async def test_a_lead_deleted_meanwhile_is_explained(world, leads):
    lead = await world.has_lead("Acme")
    async with world.database.begin(world.workspace_id) as uow:
        await uow.leads.remove(lead.id, world.clock())

    for asked in (
        leads.get(world.workspace_id, ANA, lead.id),
        leads.card(world.workspace_id, ANA, lead.id),
        leads.why(world.workspace_id, ANA, lead.id),
        leads.edit(world.workspace_id, ANA, lead.id, {"city": "Brno"}),
    ):
        with pytest.raises(NotFound, match="may have been deleted elsewhere"):
            await asked


# Who may


async def test_a_viewer_reads_and_changes_nothing(world, leads):
    lead = await world.has_lead("Acme")

    assert (await leads.page(world.workspace_id, DEV, LeadQuery())).total == 1
    assert (await leads.get(world.workspace_id, DEV, lead.id)).id == lead.id
    for asked in (
        leads.add(world.workspace_id, DEV, LeadDraft("jane@beta.example.com")),
        leads.edit(world.workspace_id, DEV, lead.id, {"city": "Brno"}),
        leads.set_status(world.workspace_id, DEV, lead.id, LeadStatus.CONVERTED),
        leads.normalise(world.workspace_id, DEV, [lead.id]),
    ):
        with pytest.raises(NotAllowed, match="role editor or higher"):
            await asked
    assert await world.lead(lead.id) == lead


async def test_counts_follow_every_change(world, leads):
    await world.has_lead("Acme")
    lead = await world.has_lead("Beta", status=LeadStatus.OPENED)
    await leads.set_status(world.workspace_id, ANA, lead.id, LeadStatus.CONVERTED)

    counts = await leads.counts(world.workspace_id, DEV)

    async with world.database.read(world.workspace_id) as uow:
        assert {status: number for status, number in counts.items() if number} == await uow.leads.recount()
