"""Dying at every commit and every call of one action, one after another: nothing is done twice, nothing is lost."""

from uuid import uuid4

import pytest

from bot.outreach.leads import LeadStatus
from bot.outreach.pushes import Origin
from bot.outreach.routes import Cadence
from bot.outreach.writebacks import WritebackStatus
from bot.sandbox.plusvibe import seed
from bot.sandbox.slack.server import OUTREACH
from handlers.pushing import show_blocked, show_push
from handlers.schedule import announce_news, deliver_posts, post_digests, refresh_reports, send_writebacks
from tests.scenarios.crashes import Crashes, come_back, watched
from tests.scenarios.given import PERSON, landed, times_added
from tests.scenarios.test_digests import moves_to, routed

pytestmark = pytest.mark.slow
MOST_POINTS = 80


@pytest.fixture
def crashes(world, monkeypatch) -> Crashes:
    return watched(world, monkeypatch)


async def test_a_push_survives_death_at_any_point(world, crashes):
    campaign = await world.campaign()
    for index in range(MOST_POINTS):
        lead = await world.has_lead(f"Acme {index}", ready=True)
        push = await start_push(world, campaign, [lead.id])

        died = await crashes.die_at(index, lambda push=push: show_push(world.house, push))
        await come_back(world)

        where = f"died at {index}: {crashes.passed[-1]}"
        assert times_added(world, lead.email) == 1, where
        assert [post.text for post in new_posts(world)] == ["Pushed 1 to Website audit letter"], where
        assert (await world.lead(lead.id)).campaign_id == campaign.id, where
        assert await events_of(world, lead.id, "pushed") == 1, where
        assert await world.house.services.pushes.left_open(world.workspace_id) == [], where
        if not died:
            break
    assert 10 < index < MOST_POINTS - 1


async def test_a_push_whose_answer_was_lost_survives_death_at_any_later_point(world, crashes):
    campaign = await world.campaign()
    for index in range(4, MOST_POINTS):
        lead = await world.has_lead(f"Acme {index}", ready=True)
        push = await start_push(world, campaign, [lead.id])
        world.plusvibe.fail_next("/lead/add", drop_after_effect=True)

        died = await crashes.die_at(index, lambda push=push: show_push(world.house, push))
        world.plusvibe._faults.clear()
        await come_back(world)

        where = f"died at {index}: {crashes.passed[-1]}"
        assert times_added(world, lead.email) == 1, where
        assert [post.text for post in new_posts(world)] == ["Pushed 1 to Website audit letter"], where
        assert (await world.lead(lead.id)).campaign_id == campaign.id, where
        if not died:
            break
    assert 10 < index < MOST_POINTS - 1


async def test_a_push_whose_outcome_cannot_be_asked_for_is_settled_when_plusvibe_is_back(world, crashes):
    campaign = await world.campaign()
    lead = await world.has_lead("Acme", ready=True)
    push = await start_push(world, campaign, [lead.id])
    world.plusvibe.fail_next("/lead/add", drop_after_effect=True)
    world.plusvibe.fail_next("/lead/get", status=401, times=2)

    await show_push(world.house, push)
    while_away = [post.text for post in world.posts()]
    await come_back(world)

    (progress,) = while_away
    assert "Pushing to Website audit letter" in progress
    assert [post.text for post in world.posts()] == ["Pushed 1 to Website audit letter"]
    assert times_added(world, lead.email) == 1
    assert (await world.lead(lead.id)).campaign_id == campaign.id
    assert await events_of(world, lead.id, "pushed") == 1


async def test_an_announcement_survives_death_at_any_point(world, crashes):
    for index in range(MOST_POINTS):
        lead = await world.has_lead(f"Acme {index}")
        await landed(world, lead, seconds_ago=1)
        world.clock.move(seconds=10)

        died = await crashes.die_at(index, lambda: announced(world))
        await come_back(world)

        where = f"died at {index}: {crashes.passed[-1]}"
        told = [f"Writeback landed: Acme {index}, 21 variables, now Email Ready"]
        assert [post.text for post in new_posts(world)] == told, where
        if not died:
            break
    assert 5 < index < MOST_POINTS - 1


async def test_a_digest_survives_death_at_any_point(world, crashes):
    await routed(world, funnel=Cadence.DAILY)
    for index in range(MOST_POINTS):
        await world.has_lead(f"Acme {index}")
        moves_to(world, 9)
        world.clock.move(seconds=1)

        died = await crashes.die_at(index, lambda: digested(world))
        await come_back(world)

        where = f"died at {index}: {crashes.passed[-1]}"
        (post,) = new_posts(world)
        assert post.text.startswith("Outreach pipeline"), where
        assert f"Total: {index + 1}" in post.text, where
        if not died:
            break
    assert 5 < index < MOST_POINTS - 1


async def test_a_refusal_and_its_edit_survive_death_at_any_point(world, crashes):
    campaign = await world.campaign()
    for index in range(MOST_POINTS):
        lead = await world.has_lead(f"Acme {index}", status=LeadStatus.AUDIT_QUEUED)
        key = str(uuid4())
        view = await world.house.services.blocked.block(
            world.workspace_id, PERSON, campaign.id, [lead.id], OUTREACH, key
        )

        died = await crashes.die_at(index, lambda view=view: show_blocked(world.house, view))
        await come_back(world)
        await landed(world, lead, seconds_ago=1)
        died |= await crashes.die_at(index, lambda: refreshed(world))
        await come_back(world)

        where = f"died at {index}: {crashes.passed[-1]}"
        headline, report, _ = new_posts(world)
        assert (headline.text, report.thread_ts) == ("All 1 are ready", headline.ts), where
        if not died:
            break
    assert 5 < index < MOST_POINTS - 1


async def test_an_armed_push_survives_death_at_any_point_and_fires_once(world, crashes):
    campaign = await world.campaign()
    for index in range(MOST_POINTS):
        lead = await world.has_lead(f"Acme {index}", status=LeadStatus.AUDIT_QUEUED)
        blocked = await armed(world, campaign, lead)
        await landed(world, lead, seconds_ago=1)

        died = await crashes.die_at(index, lambda: fired(world))
        await come_back(world)

        where = f"died at {index}: {crashes.passed[-1]}"
        headline, _, *rest = new_posts(world)
        assert times_added(world, lead.email) == 1, where
        assert [post.text for post in rest if "Pushed" in post.text] == ["Pushed 1 to Website audit letter"], where
        assert "armed" not in headline.text.lower(), where
        assert (await world.house.services.blocked.look(world.workspace_id, blocked)).blocked.closed, where
        if not died:
            break
    assert 5 < index < MOST_POINTS - 1


async def test_the_remote_half_of_a_writeback_survives_death_at_any_point(world, crashes):
    campaign = await world.campaign()
    for index in range(MOST_POINTS):
        lead = await world.has_lead(f"Acme {index}", campaign_id=campaign.id)
        world.plusvibe.enrol(campaign.provider_id, lead.email)
        await landed(world, lead, seconds_ago=1)

        died = await crashes.die_at(index, lambda: send_writebacks(world.house))
        await come_back(world)

        where = f"died at {index}: {crashes.passed[-1]}"
        async with world.database.read(world.workspace_id) as uow:
            written = await uow.writebacks.latest(lead.id)
        assert written.status is WritebackStatus.WRITTEN, where
        assert await events_of(world, lead.id, "writeback_written") == 1, where
        assert world.plusvibe.lead(seed.AUDIT_LETTER, lead.email).custom["custom_audit_grade"] == "D", where
        if not died:
            break
    assert 3 < index < MOST_POINTS - 1


async def start_push(world, campaign, lead_ids):
    """The stored intent of a push."""
    return await world.house.services.pushes.start(
        world.workspace_id, PERSON, campaign.id, lead_ids, Origin(OUTREACH), str(uuid4())
    )


async def armed(world, campaign, lead) -> str:
    """A refused push, shown and armed."""
    blocked = world.house.services.blocked
    view = await blocked.block(world.workspace_id, PERSON, campaign.id, [lead.id], OUTREACH, str(uuid4()))
    await blocked.arm(world.workspace_id, PERSON, view.blocked.id)
    await show_blocked(world.house, view)
    return view.blocked.id


async def fired(world):
    """What `refresh_reports` does up to the push itself, whose every point has its own test."""
    for view in await world.house.services.blocked.due(world.workspace_id):
        await show_blocked(world.house, view)


async def announced(world):
    await announce_news(world.house)
    await deliver_posts(world.house)


async def digested(world):
    await post_digests(world.house)
    await deliver_posts(world.house)


async def refreshed(world):
    await refresh_reports(world.house)
    await deliver_posts(world.house)


def new_posts(world):
    """What was posted since this was asked last."""
    posts = world.posts()
    seen = world.__dict__.setdefault("seen", set())
    fresh = [post for post in posts if post.ts not in seen]
    seen.update(post.ts for post in fresh)
    return fresh


async def events_of(world, lead_id, kind) -> int:
    async with world.database.read(world.workspace_id) as uow:
        return sum(event.kind == kind for event in await uow.events.of_lead(lead_id, limit=100))
