"""A sequence started for everybody in a segment, and followed in one message to its end."""

import pytest

from blocks import segment_ids
from bot.outreach import starts as outreach_starts
from bot.outreach.leads import LeadStatus
from bot.outreach.reachability import AddressFact, AddressRecord
from bot.outreach.sequences import Mode, RunState
from bot.services import starts
from tests.blocks.reading import labels, words
from tests.scenarios.hands import has_leads, press, press_under, shown
from tests.scenarios.test_segment_pushes import has_segment
from tests.scenarios.test_sequences_in_slack import run_of, with_sequence
from tests.services.test_direct_mails import ANA

pytestmark = pytest.mark.usefixtures("allowed")


async def begin(world):
    """From the segment's view through the form and the second look."""
    await world.say("/outreach segments")
    await press(world, segment_ids.SEGMENT_OPEN)
    await press(world, segment_ids.SEGMENT_START)
    await world.submit()
    asked = words(shown(world))
    await world.submit()
    await world.idle()  # the message is posted after the answer
    return asked


def posts(world):
    return [message.text for message in world.posts() if "tart" in message.text]


async def test_everybody_is_started_once_and_the_end_says_who_was_not(either_world):
    world = either_world
    people = await has_leads(world, 5, country="Norway")
    replied = await world.has_lead("Fjord", country="Norway", status=LeadStatus.REPLIED)
    gone = await world.has_lead("Bergen", country="Norway")
    await world.has_lead("Alp", country="Austria")
    async with world.database.begin(world.workspace_id) as uow:
        await uow.addresses.add(AddressRecord(gone.email, AddressFact.UNSUBSCRIBED, world.clock(), "them"))
    await with_sequence(world)
    await has_segment(world)

    assert "Start *Spring* for 7 leads of *Norway*?" in await begin(world)
    assert "one message" in words(shown(world)).lower() and len(posts(world)) == 1
    await world.tick(seconds=3)
    await world.tick(seconds=3)

    [said] = posts(world)
    assert said.startswith("✅ Started *Spring* for *Norway*: 5 leads started, 2 skipped")
    assert "Skipped 1*: Replied or converted already" in said and "nsubscribed" in said
    assert all([(await run_of(world, lead)).step == 1 for lead in people])
    assert await run_of(world, replied) is None
    assert len(world.demo.sendgrid.mails) == 5

    await begin(world)
    await world.tick(seconds=3)
    assert posts(world)[1].startswith("✅ Started *Spring* for *Norway*: 0 leads started, 7 skipped")
    assert len(world.demo.sendgrid.mails) == 5


async def test_it_goes_on_where_it_stood_and_can_be_stopped(world, monkeypatch):
    monkeypatch.setattr(starts, "BATCH_LEADS", 2)
    monkeypatch.setattr(starts, "BATCHES_A_ROUND", 1)
    await has_leads(world, 5, country="Norway")
    await with_sequence(world)
    await has_segment(world)
    await begin(world)

    await world.tick(seconds=3)
    assert posts(world) == ["⏳ Starting *Spring* for *Norway*: 2 leads started, 0 skipped"]
    message = next(message for message in world.posts() if "Starting" in message.text)
    assert labels(message.blocks) == ["Stop"]
    await press_under(world, message, segment_ids.START_STOP)
    await world.tick(seconds=3)

    assert posts(world)[0].startswith("⏹️ Stopped starting *Spring* for *Norway*: 2 leads started")
    async with world.database.read(world.workspace_id) as uow:
        assert await uow.starts.open() == []


async def test_two_processes_never_start_anybody_twice(either_world, monkeypatch):
    world = either_world
    monkeypatch.setattr(starts, "BATCH_LEADS", 2)
    people = await has_leads(world, 4, country="Norway")
    await with_sequence(world)
    segment = await has_segment(world)
    service, home = world.house.services.starts, world.workspace_id
    offer = await service.offer(home, ANA, segment.id)
    begun = await service.begin(
        home, ANA, segment.id, offer.sequences[0].id, offer.budgets[0].site.id, world.house.channel
    )

    after = await service._advance(home, begun)
    assert after is not None and await service._advance(home, begun) is None
    [progress] = await service.advance_due(home)

    assert (progress.start.started, progress.start.skipped) == (4, {})
    assert all([(await run_of(world, lead)) for lead in people])


async def test_without_a_site_or_a_sequence_the_form_says_who_makes_one(world):
    await world.has_lead("Fjord", country="Norway")
    await has_segment(world)
    await world.say("/outreach segments")
    await press(world, segment_ids.SEGMENT_OPEN)

    await press(world, segment_ids.SEGMENT_START)

    assert "/outreach sites" in words(shown(world))


async def test_a_manual_sequence_sends_its_first_step_and_then_asks_lead_by_lead(either_world, monkeypatch):
    world = either_world
    monkeypatch.setattr(outreach_starts, "MOST_BY_HAND", 2)
    people = await has_leads(world, 3, country="Norway")
    await with_sequence(world, mode="manual")
    await has_segment(world)
    await world.say("/outreach segments")
    await press(world, segment_ids.SEGMENT_OPEN)
    await press(world, segment_ids.SEGMENT_START)
    assert "Spring (manual)" in str(shown(world))
    await world.submit()
    assert "It takes at most 2 leads at once" in world.modal().errors["sequence"]

    monkeypatch.setattr(outreach_starts, "MOST_BY_HAND", 3)
    await world.submit()
    assert "The first step leaves by itself. 1 later step for each lead: up to 3 cards" in words(shown(world))
    await world.submit()
    await world.idle()
    await world.tick(seconds=3)
    await world.tick(seconds=3)

    runs = [await run_of(world, lead) for lead in people]
    assert [(run.mode, run.step) for run in runs] == [(Mode.MANUAL, 1)] * 3
    assert len(world.demo.sendgrid.mails) == 3
    world.clock.move(hours=73)
    await world.tick(seconds=3)
    assert [(await run_of(world, lead)).state for lead in people] == [RunState.WAITING] * 3


async def test_a_manual_sequence_stops_at_its_most_whoever_joined_meanwhile(world, monkeypatch):
    for module in (outreach_starts, starts):
        monkeypatch.setattr(module, "MOST_BY_HAND", 2)
    await has_leads(world, 1, country="Norway")
    await with_sequence(world, mode="manual")
    await has_segment(world)
    await begin(world)
    for company in ("Fjord", "Bergen"):
        await world.has_lead(company, country="Norway")

    await world.tick(seconds=3)
    await world.tick(seconds=3)

    [said] = posts(world)
    assert said.startswith("⏹️ Stopped starting *Spring* for *Norway*: 2 leads started") and "is manual" in said
