"""News on its way: where it goes, when, together, once."""

from dataclasses import replace
from datetime import time, timedelta
from uuid import uuid4

import pytest

from bot.outreach.routes import BY_SETTINGS, EVERY_DAY, Cadence, Topic
from bot.outreach.writebacks import Tone, Writeback, WritebackStatus
from bot.sandbox.slack.server import ANA, OUTREACH, SALES
from bot.services.workspaces import WorkspaceService
from tests.scenarios.test_digests import leave, moves_to, routed

pytestmark = pytest.mark.usefixtures("allowed")


async def lands(world, *companies, lead=None):
    """Writebacks of new leads of these names, or of one lead, in one transaction each."""
    for company in companies:
        of = lead or await world.has_lead(company, ready=True)
        await noted(world, [of])


async def noted(world, leads):
    now = world.clock()
    async with world.database.begin(world.workspace_id) as uow:
        for lead in leads:
            made = Writeback(str(uuid4()), lead.id, None, None, Tone.DIRECT, {"a": "b"}, WritebackStatus.SKIPPED, now)
            await uow.writebacks.add(replace(made, moved_to_ready=True), now)
            await uow.notices.add(Topic.WRITEBACKS, [(made.id, lead.id)], now)


def said(world, channel=OUTREACH):
    return [post.text for post in world.posts(channel)]


async def waits(world):
    """How much no channel has heard yet."""
    async with world.database.read(world.workspace_id) as uow:
        places = [(channel, topic) for channel in (OUTREACH, SALES, "") for topic in Topic]
        return sum([len(await uow.notices.due(*place, world.clock(), 999)) for place in places])


async def test_each_channel_hears_what_it_wants_in_its_own_time(world):
    moves_to(world, 10)
    world.clock.move(minutes=5)
    await routed(world, SALES, writebacks=Cadence.HOURLY)
    await lands(world, "Acme")

    await world.tick(seconds=5)

    assert said(world) == ["Writeback landed: Acme, 1 variable, now Email Ready"]
    assert said(world, SALES) == []
    await lands(world, "Beta")
    moves_to(world, 11)
    await world.tick(seconds=1)
    assert said(world, SALES)[0].splitlines()[0] == "2 writebacks landed"


async def test_once_a_day_comes_at_the_local_time_on_chosen_weekdays(world):
    moves_to(world, 12)
    tomorrow = (world.clock() + timedelta(days=1)).weekday()
    later = frozenset({(tomorrow + 1) % 7})
    await routed(world, SALES, at=time(16), weekdays=later, writebacks=Cadence.DAILY)
    await lands(world, "Acme")

    for _ in range(2):
        moves_to(world, 16)
        await world.tick(seconds=1)
    assert said(world, SALES) == []
    moves_to(world, 16)
    await world.tick(seconds=1)

    assert said(world, SALES) == ["Writeback landed: Acme, 1 variable, now Email Ready"]


async def test_while_it_is_off_nothing_is_collected(world):
    await routed(world)
    await lands(world, "Acme")
    assert await waits(world) == 0

    await routed(world, writebacks=Cadence.IMMEDIATE)
    await world.tick(seconds=60)

    assert said(world) == []


async def test_switched_off_it_forgets_what_waited(world):
    await routed(world, writebacks=Cadence.DAILY)
    await lands(world, "Acme")

    await routed(world)

    assert await waits(world) == 0


async def test_a_burst_is_one_message(world):
    leads = [await world.has_lead(f"Company {number}", ready=True) for number in range(5)]
    await noted(world, leads * 100)

    await world.tick(seconds=20)
    await world.tick(seconds=20)

    (post,) = said(world)
    assert post.startswith("500 writebacks landed")
    assert "and 480 more" in post
    async with world.database.read(world.workspace_id) as uow:
        assert await uow.notices.spared(world.clock() - timedelta(days=7)) == 499


async def test_what_can_no_longer_be_told_blocks_nothing(world):
    gone = await world.has_lead("Gone", ready=True)
    await lands(world, "x", lead=gone)
    async with world.database.begin(world.workspace_id) as uow:
        await uow.leads.remove(gone.id, world.clock())
    world.clock.move(seconds=30)
    await lands(world, "Acme")

    await world.tick(seconds=10)

    assert said(world) == ["Writeback landed: Acme, 1 variable, now Email Ready"]
    assert await waits(world) == 0


async def test_a_channel_that_is_archived_is_said_once_and_gets_no_more(world, allowed):
    allowed.add("is_archived")
    await world.say("/outreach help", channel=SALES)
    await routed(world, writebacks=Cadence.OFF)
    await routed(world, SALES, writebacks=Cadence.IMMEDIATE)
    leave(world, SALES, "archived")

    for company in ("Acme", "Beta", "Gamma"):
        await lands(world, company)
        await world.tick(seconds=60)

    direct = next(it.id for it in world.slack.workspace.channels.values() if it.user == ANA)
    note, first = said(world, direct)
    assert note.startswith(f"<#{SALES}> is archived, so nothing more is posted there: writebacks that landed.")
    assert first == "Writeback landed: Acme, 1 variable, now Email Ready"


# SLACK_CHANNEL's own


async def routes(world, channel=OUTREACH):
    async with world.database.read(world.workspace_id) as uow:
        return {route.topic: route for route in await uow.routes.all() if route.channel == channel}


@pytest.fixture
async def fresh(world):
    """As a workspace begins, without a route."""
    async with world.database.begin(world.workspace_id) as uow:
        await uow.routes.drop(OUTREACH, list(Topic))
    await start_with(world, OUTREACH)
    return world


async def start_with(world, channel, at=time(9)):
    await world.house.services.routes.default_to(world.workspace_id, channel, at)


async def test_the_settings_channel_has_the_defaults(fresh):
    world = fresh
    stored = await routes(world)

    assert {topic: route.cadence for topic, route in stored.items()} == {
        Topic.WRITEBACKS: Cadence.IMMEDIATE,
        Topic.REPLIES: Cadence.IMMEDIATE,
        Topic.DRAFTS: Cadence.OFF,
        Topic.STEPS: Cadence.IMMEDIATE,
        Topic.FORMS: Cadence.HOURLY,
        Topic.LINKS: Cadence.IMMEDIATE,
        Topic.FUNNEL: Cadence.DAILY,
    }
    assert {(each.at, each.weekdays, each.timezone, each.set_by) for each in stored.values()} == {
        (time(9), EVERY_DAY, "Europe/Prague", BY_SETTINGS)
    }


async def test_started_again_nothing_changes(fresh):
    world = fresh
    before = await routes(world)
    world.clock.move(hours=1)

    await start_with(world, OUTREACH)

    assert await routes(world) == before


async def test_the_settings_routes_follow_the_settings_with_what_waits(fresh):
    world = fresh
    await lands(world, "Acme")

    await start_with(world, SALES, at=time(7, 30))

    assert await routes(world) == {}
    assert {route.at for route in (await routes(world, SALES)).values()} == {time(7, 30)}
    await world.tick(seconds=5)
    assert said(world, SALES) == ["Writeback landed: Acme, 1 variable, now Email Ready"]


async def test_they_follow_the_zone_of_the_settings(fresh):
    moved = WorkspaceService(fresh.database, "America/New_York")

    workspace = await moved.of_team(fresh.slack.workspace.team_id, "Acme")
    await start_with(fresh, OUTREACH)

    assert workspace == replace(fresh.house.workspace, timezone="America/New_York")
    assert {route.timezone for route in (await routes(fresh)).values()} == {"America/New_York"}


async def test_what_a_person_set_is_never_touched(world):
    await routed(world, SALES, funnel=Cadence.DAILY)
    await routed(world, at=time(6))
    here, there = await routes(world), await routes(world, SALES)

    await start_with(world, SALES, at=time(7, 30))
    await start_with(world, "", at=time(7, 30))

    assert (await routes(world), await routes(world, SALES)) == (here, there)


async def test_without_a_channel_there_are_no_routes(fresh):
    world = fresh
    await start_with(world, "")

    assert await routes(world) == {}
    await lands(world, "Acme")
    assert await waits(world) == 0
