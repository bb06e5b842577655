"""A segment used: pushed as it stands at that moment, under the same guard."""

from datetime import timedelta

import pytest

from blocks import ids
from bot.outreach.criteria import Field, Operator, Rule
from bot.outreach.segments import SegmentKind, SegmentState
from bot.sandbox.slack.server import ANA as ANA_ID
from bot.services import counting, segments
from tests.blocks.reading import offered, words
from tests.scenarios.hands import shown
from tests.services.test_direct_mails import ANA

pytestmark = pytest.mark.usefixtures("allowed")


async def has_segment(world, name="Norway", *, active=True):
    """A dynamic segment of everybody in Norway."""
    rule = Rule(Field.COUNTRY, Operator.IS, ("Norway",))
    service, home = world.house.services.segments, world.workspace_id
    segment = await service.add(home, ANA, name, SegmentKind.DYNAMIC)
    segment = await service.set_rule(home, ANA, segment.id, rule, None, segment.revision)
    return await service.turn(home, ANA, segment.id, SegmentState.ACTIVE) if active else segment


async def push_segment(world, segment):
    campaign = await world.campaign()
    await world.say("/push")
    await world.submit({"campaign": {ids.PUSH_CAMPAIGN: campaign.id}, "segment": {ids.PUSH_SEGMENT: segment.id}})


async def test_whoever_is_in_it_now_is_pushed_and_nobody_else(either_world):
    world = either_world
    segment = await has_segment(world)
    await has_segment(world, "Draft", active=False)
    for name in ("Fjord", "Bergen"):
        await world.has_lead(name, country="Norway", ready=True)
    await world.has_lead("Alp", country="Austria", ready=True)
    await world.say("/push")
    assert offered(shown(world), ids.PUSH_SEGMENT) == [segment.id]

    await push_segment(world, segment)

    assert world.posts()[0].text.startswith("Pushed 2 to Website audit letter")


async def test_one_that_is_not_ready_blocks_it_as_any_push(world):
    segment = await has_segment(world)
    await world.has_lead("Fjord", country="Norway", ready=True)
    await world.has_lead("Bergen", country="Norway")

    await push_segment(world, segment)

    assert "409" in world.posts()[0].text and "Bergen" in world.posts()[1].text


async def test_too_many_nobody_and_a_retired_one_are_said_beside_the_field(world):
    segment = await has_segment(world)
    await push_segment(world, segment)
    assert world.modal().errors == {"segment": "Nobody is in Norway now."}

    await world.say("/push")
    await world.house.services.segments.turn(world.workspace_id, ANA, segment.id, SegmentState.RETIRED)
    form = {"campaign": {ids.PUSH_CAMPAIGN: (await world.campaign()).id}, "segment": {ids.PUSH_SEGMENT: segment.id}}
    await world.submit(form)
    assert "Only an active segment can be used" in world.modal().errors["segment"]


async def test_a_segment_and_names_are_not_mixed(world):
    segment = await has_segment(world)
    lead = await world.has_lead("Fjord", country="Norway", ready=True)
    await world.say("/push")
    await world.slack.options(ANA_ID, action_id=ids.PUSH_LEADS, view_id=world.modal().id, value="example")

    await world.submit({"segment": {ids.PUSH_SEGMENT: segment.id}, "leads": {ids.PUSH_LEADS: [lead.id]},
                        "campaign": {ids.PUSH_CAMPAIGN: (await world.campaign()).id}})  # fmt: skip

    assert "not several of these" in world.modal().errors["leads"]


@pytest.fixture
def short_looks(monkeypatch):
    """Of more than two leads a moment's look sees only the first two."""
    monkeypatch.setattr(counting, "STRETCH_LEADS", 2)
    monkeypatch.setattr(segments, "AT_ONCE", timedelta(0))


async def test_out_of_many_leads_the_form_says_that_it_looks_and_then_what_came_of_it(either_world, short_looks):
    world = either_world
    segment = await has_segment(world)
    for name in ("Fjord", "Bergen", "Tromsø"):
        await world.has_lead(name, country="Norway", ready=True)

    await push_segment(world, segment)
    await world.idle()

    assert "Norway is handed over" in words(shown(world))
    assert world.posts()[0].text.startswith("Pushed 3 to Website audit letter")


async def test_out_of_many_leads_what_is_wrong_takes_the_forms_place(world, short_looks):
    segment = await has_segment(world)
    for name in ("Alp", "Donau", "Inn"):
        await world.has_lead(name, country="Austria", ready=True)

    await push_segment(world, segment)
    await world.idle()

    assert "Nobody is in Norway now." in words(shown(world)) and world.posts() == []
