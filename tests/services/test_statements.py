"""No query per lead anywhere: a list, a guard and a push take as many statements for a thousand leads as for few."""

from uuid import uuid4

import pytest

from bot.outreach.access import Role, person
from bot.outreach.leads import LeadDraft, LeadQuery, LeadStatus
from bot.outreach.pushes import BATCH_LEADS, Origin
from bot.sandbox.slack.server import ANA
from tests.world import World

AUTHOR = person(ANA, "Ana", Role.OWNER)
WRITTEN = {"lastOutboundWriteback": {"variables": {"email_subject": "Hello", "email_body": "Text"}, "tone": "direct"}}


@pytest.fixture
def unpaced(either_world) -> World:
    """Without PlusVibe's rate, which is no matter of statements."""
    either_world.house.services.pushes._plusvibe._vendor._pace = None
    return either_world


async def test_a_page_of_the_list_takes_as_many_statements_for_a_thousand_leads_as_for_fifty(either_world):
    await _ready(either_world, 50)
    of_fifty = await _statements(either_world, _page(either_world))
    await _ready(either_world, 950)

    of_a_thousand = await _statements(either_world, _page(either_world))

    assert of_a_thousand == of_fifty


async def test_the_guard_takes_as_many_statements_for_a_thousand_leads_as_for_a_hundred(either_world):
    lead_ids = await _ready(either_world, 1_000)
    campaign = await either_world.campaign()
    check = either_world.house.services.pushes.check

    of_a_hundred = await _statements(
        either_world, check(either_world.workspace_id, AUTHOR, campaign.id, lead_ids[:100])
    )
    of_a_thousand = await _statements(either_world, check(either_world.workspace_id, AUTHOR, campaign.id, lead_ids))

    assert of_a_thousand == of_a_hundred


async def test_a_push_takes_a_fixed_number_of_statements_and_some_for_each_call_to_the_vendor(unpaced):
    lead_ids = await _ready(unpaced, 1_400)

    of_one_batch = await _pushed(unpaced, lead_ids[:100], key="one batch")
    of_three = await _pushed(unpaced, lead_ids[100:400], key="three")
    of_ten = await _pushed(unpaced, lead_ids[400:], key="ten")

    for_each_batch = (of_three - of_one_batch) / 2
    assert of_ten - of_one_batch == 9 * for_each_batch
    assert for_each_batch <= 14 < BATCH_LEADS


async def test_storing_the_intent_of_a_push_takes_the_same_for_any_number_of_leads(unpaced):
    lead_ids = await _ready(unpaced, 1_100)

    of_a_hundred = await _statements(unpaced, _start(unpaced, lead_ids[:100], "a hundred"))
    of_a_thousand = await _statements(unpaced, _start(unpaced, lead_ids[100:], "a thousand"))

    assert of_a_thousand == of_a_hundred


async def _ready(world: World, count: int) -> list[str]:
    """Leads a push may take."""
    drafts = [LeadDraft(email=f"{uuid4().hex}@acme.com", company_name="Acme", domain="acme.com") for _ in range(count)]
    rows = [(str(uuid4()), draft, draft.email) for draft in drafts]
    now = world.clock()
    changes = {"status": LeadStatus.EMAIL_GENERATED, "plusvibe_lead_data": WRITTEN}
    async with world.database.begin(world.workspace_id) as uow:
        lead_ids = await uow.leads.add_many(rows, now)
        await uow.leads.change_many([(lead_id, changes) for lead_id in lead_ids], at=now)
    return [lead_id for lead_id, _, _ in rows]


async def _page(world: World) -> None:
    services = world.house.services
    await services.leads.page(world.workspace_id, AUTHOR, LeadQuery())
    await services.leads.counts(world.workspace_id, AUTHOR)


async def _start(world: World, lead_ids: list[str], key: str) -> str:
    campaign = await world.campaign()
    services = world.house.services
    push = await services.pushes.start(world.workspace_id, AUTHOR, campaign.id, lead_ids, Origin(), key)
    return push.id


async def _pushed(world: World, lead_ids: list[str], key: str) -> int:
    """How many statements it takes from the intent to the end."""

    async def whole() -> None:
        push_id = await _start(world, lead_ids, key)
        results = [result async for result in world.house.services.pushes.run(world.workspace_id, push_id)]
        assert len(results[-1].pushed) == len(lead_ids)

    return await _statements(world, whole())


async def _statements(world: World, work) -> int:
    with world.database.count_statements() as sent:
        await work
    return sent.total
