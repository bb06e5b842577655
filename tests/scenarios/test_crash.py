"""SIGKILL at the worst moments, and what the next process makes of it."""

import httpx
import pytest
from sqlalchemy import select

from bot.outreach.leads import LeadStatus
from bot.outreach.posts import PostState
from storage.posts import posts
from storage.pushes import pushes
from tests.scenarios.doomed import ADD_LEADS, EDIT, POST, Doom
from tests.scenarios.given import landed, times_added
from tests.scenarios.processes import outside

pytestmark = pytest.mark.slow
KILLED = -9
PUSHED = "Pushed 2 to Website audit letter"


@pytest.fixture
async def world(sqlite_url, tmp_path):
    async with outside(sqlite_url, tmp_path) as made:
        yield made


async def test_killed_between_plusvibes_answer_and_our_commit_the_push_is_sent_once_and_told(world):
    leads = [await world.has_lead("Acme", ready=True), await world.has_lead("Beta", ready=True)]
    bot = await world.start("run", doom=Doom(ADD_LEADS, "after")).ready()

    await world.say("/push acme.example.com beta.example.com to Website audit letter")
    assert await bot.ended() == KILLED
    assert world.posts() == []
    world.start("run")
    await world.until(world.posts)
    await all_shown(world)

    assert [post.text for post in world.posts()] == [PUSHED]
    assert [times_added(world, lead.email) for lead in leads] == [1, 1]
    assert (await world.lead(leads[0].id)).campaign_id == (await world.campaign()).id


@pytest.mark.parametrize("when", ["before", "after"])
async def test_killed_around_slacks_answer_the_announcement_stands_once(world, when):
    lead = await world.has_lead("Acme")
    bot = world.start("run", doom=Doom(POST, when))
    await landed(world, lead, seconds_ago=5)

    assert await bot.ended() == KILLED
    assert len(world.posts()) == (1 if when == "after" else 0)
    world.start("run")
    await world.until(world.posts)
    await all_shown(world)

    assert [post.text for post in world.posts()] == ["Writeback landed: Acme, 21 variables, now Email Ready"]


async def test_one_push_survives_a_row_of_deaths(world):
    lead = await world.has_lead("Acme", ready=True)
    other = await world.has_lead("Beta", ready=True)
    bot = await world.start("run", doom=Doom(ADD_LEADS, "before")).ready()
    await world.say("/push acme.example.com beta.example.com to Website audit letter")
    assert await bot.ended() == KILLED

    for doom in (Doom(ADD_LEADS, "after"), Doom(EDIT, "before"), Doom(EDIT, "after")):
        assert await world.start("run", doom=doom).ended() == KILLED
    world.start("run")
    await world.until(lambda: world.posts()[0].text == PUSHED)
    await all_shown(world)

    assert [post.text for post in world.posts()] == [PUSHED]
    assert [times_added(world, each.email) for each in (lead, other)] == [1, 1]


async def test_killed_while_a_report_is_edited_it_ends_up_right(world):
    lead = await world.has_lead("Acme", status=LeadStatus.AUDIT_QUEUED)
    bot = await world.start("run", doom=Doom(EDIT, "before")).ready()
    await world.say("/push acme.example.com to Website audit letter")
    await world.until(lambda: len(world.posts()) == 2)

    await landed(world, lead, seconds_ago=0)
    assert await bot.ended() == KILLED
    world.start("run")
    await world.until(lambda: world.posts()[0].text == "All 1 are ready" and "Acme" not in world.posts()[1].text)
    await all_shown(world)

    assert len([post for post in world.posts() if "Writeback landed" not in post.text]) == 2


async def test_what_was_refused_is_told_after_a_death_between_refusal_and_report(world):
    await world.has_lead("Acme", status=LeadStatus.AUDIT_QUEUED)
    bot = await world.start("run", doom=Doom(POST, "before")).ready()

    await world.say("/push acme.example.com to Website audit letter")
    assert await bot.ended() == KILLED
    world.start("run")
    await world.until(lambda: len(world.posts()) == 2)

    headline, report = world.posts()
    assert headline.text == "Push blocked (409): 0 ready, 1 not ready, nothing pushed"
    assert report.thread_ts == headline.ts


async def test_an_api_push_cut_off_by_death_is_finished_and_its_key_gives_the_outcome(world):
    lead = await world.has_lead("Acme", ready=True)
    asked = {"campaignId": (await world.campaign()).id, "leadIds": [lead.id]}
    bot = await world.start("run", doom=Doom(ADD_LEADS, "after")).ready()

    with pytest.raises(httpx.TransportError):
        await world.ask("/api/plusvibe/leads/push", asked, key="once")
    assert await bot.ended() == KILLED
    bot_again = world.start("run")
    await world.until_rows(select(pushes).where(pushes.c.finished_at.is_(None)), 0)
    await bot_again.ready()
    answer = await world.ask("/api/plusvibe/leads/push", asked, key="once")

    assert answer["pushed"] == [lead.id]
    assert times_added(world, lead.email) == 1


async def all_shown(world):
    """Wait until every push is reported and every wanted post stands as wanted."""
    await world.until_rows(select(pushes).where(pushes.c.reported_at.is_(None)), 0)
    await world.until_rows(select(posts).where(posts.c.state == PostState.DUE), 0)
