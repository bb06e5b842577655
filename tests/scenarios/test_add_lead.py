"""`Add lead`: from the command, the list and the menu; mistakes stand under their fields."""

import pytest

from blocks import ids
from bot.outreach.leads import LeadStatus
from bot.sandbox.slack.server import ANA, OUTREACH
from tests.blocks.reading import words
from tests.scenarios.hands import companies, press, press_under, shown

pytestmark = pytest.mark.usefixtures("allowed")


def typed(**fields):
    return {name: {"value": value} for name, value in fields.items()}


async def found(world, email):
    async with world.database.read(world.workspace_id) as uow:
        return (await uow.leads.by_keys([email])).get(email)


async def test_a_lead_is_added_and_its_card_opens(world):
    await world.say("/leads add")

    await world.submit(
        typed(
            email="Jane@Acme.example.com", first_name="Jane", company_name="Acme", website="https://acme.example.com/x"
        )
    )

    lead = await found(world, "jane@acme.example.com")
    assert (lead.status, lead.company_name, lead.domain) == (LeadStatus.NEW, "Acme", "acme.example.com")
    assert shown(world)["blocks"][0]["text"]["text"] == "Acme"
    assert "Lead added by Ana Novak" in words(shown(world))


async def test_the_way_back_from_a_new_card_leads_to_the_list(world):
    await world.say("/leads add")
    await world.submit(typed(company_name="Acme"))

    await press(world, ids.BACK_TO_LIST)

    assert companies(shown(world)) == ["Acme"]


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"email": "jane@"}, "email", "That email address cannot be used"),
        ({"email": "jane@acme..com"}, "email", "That email address cannot be used"),
        ({}, "email", "A lead needs an email, a domain or a company name."),
    ],
    ids=["no domain", "two dots", "nothing"],
)
async def test_a_mistake_stands_under_its_field_and_the_form_stays(world, fields, field, said):
    await world.say("/leads add")

    await world.submit(typed(**fields))

    assert said in world.modal().errors[field]
    assert shown(world)["title"]["text"] == "Add lead"


async def test_a_second_lead_with_the_same_address_is_refused(world):
    await world.has_lead("Acme")
    await world.say("/leads add")

    await world.submit(typed(email="JANE@acme.example.com"))

    assert world.modal().errors["email"] == "A lead with this email is here already."


async def test_the_form_opens_from_list_menu_and_home(world):
    await world.has_lead("Acme")
    await world.say("/leads")
    await press(world, ids.ADD_LEAD)
    assert shown(world)["title"]["text"] == "Add lead"

    await world.say("/outreach")
    await press_under(world, world.slack.workspace.messages[OUTREACH][-1], ids.ADD_LEAD)
    assert shown(world)["title"]["text"] == "Add lead"

    await world.slack.open_home(ANA)
    await world.idle()
    await world.click(ids.ADD_LEAD, view_id=world.slack.workspace.homes[ANA].id)
    assert shown(world)["title"]["text"] == "Add lead"


async def test_a_double_delivery_of_the_submit_adds_one(world):
    await world.say("/leads add")
    await world.submit(typed(company_name="Acme"))

    await world.slack.replay(world.slack.deliveries[-1])
    await world.idle()

    await world.say("/leads")
    assert companies(shown(world)) == ["Acme"]
