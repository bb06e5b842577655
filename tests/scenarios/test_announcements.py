"""What the clock announces: once, together, and never twice, whatever Slack does meanwhile."""

import asyncio

import pytest
from sqlalchemy import select

from bot.outreach.access import CLOCK
from bot.outreach.leads import LeadStatus
from bot.outreach.posts import PostState
from bot.sandbox.slack.server import BOT, OUTREACH
from handlers.schedule import announce_news, deliver_posts
from storage.notices import notices
from tests.blocks.reading import words
from tests.scenarios.test_armed import another_process

pytestmark = pytest.mark.usefixtures("allowed")


async def lands(world, *companies):
    """Audits of these leads complete, one after another."""
    for company in companies:
        lead = await world.has_lead(company)
        await world.house.services.audits.start(world.workspace_id, CLOCK, [lead.id])
    await world.house.services.audits.request_due(world.workspace_id)
    await world.desk.settled()


def announced(world):
    return [post.text for post in world.posts() if "landed" in post.text]


async def announcement(world):
    """The one announcement as a row."""
    async with world.database.read(world.workspace_id) as uow:
        [key] = await uow.notices._tenant.values(select(notices.c.post_key).distinct())
        return await uow.posts.by_key(key)


async def test_one_writeback_is_announced_in_the_words_of_the_brief(world):
    await lands(world, "Acme")

    await world.tick(seconds=5)

    assert announced(world) == ["Writeback landed: Acme, 21 variables, now Email Ready"]


async def test_several_within_seconds_are_one_message(world):
    await lands(world, "Acme", "Beta", "Gamma")

    await world.tick(seconds=5)
    await world.tick(seconds=5)

    [said] = announced(world)
    assert said.splitlines()[0] == "3 writebacks landed"
    assert "• Beta, 21 variables, now Email Ready" in said


async def test_those_that_come_apart_are_apart(world):
    await lands(world, "Acme")
    await world.tick(seconds=30)
    await lands(world, "Beta")

    await world.tick(seconds=30)

    assert len(announced(world)) == 2


async def test_what_landed_while_nobody_announced_is_one_message(world):
    await lands(world, "Acme")
    world.clock.move(minutes=10)
    await lands(world, "Beta")
    world.clock.move(minutes=10)

    await world.tick(seconds=5)

    assert announced(world)[0].startswith("2 writebacks landed")


async def test_a_later_status_is_kept_and_said_so(world):
    lead = await world.has_lead("Acme", status=LeadStatus.REPLIED)
    await world.house.services.audits.start(world.workspace_id, CLOCK, [lead.id])
    await world.house.services.audits.request_due(world.workspace_id)
    await world.desk.settled()

    await world.tick(seconds=5)

    assert announced(world) == ["Writeback landed: Acme, 21 variables, status kept: Replied"]


async def test_two_processes_at_once_announce_it_once(either_world):
    world = either_world
    await lands(world, "Acme", "Beta")
    world.clock.move(seconds=5)

    async with another_process(world) as other:
        for job in (announce_news, deliver_posts):
            await asyncio.gather(*(job(house) for _ in range(3) for house in (world.house, other)))
        await world.tick(seconds=5)

    assert len(announced(world)) == 1


@pytest.mark.parametrize(
    "fault",
    [{"status": 500}, {"error": "internal_error"}, {"error": "fatal_error"}, {"status": 503}],
    ids=lambda fault: str(next(iter(fault.values()))),
)
async def test_an_answer_lost_after_the_message_was_taken_posts_nothing_twice(world, allowed, fault):
    allowed.update({"internal_error", "fatal_error"})
    await lands(world, "Acme")
    world.slack.fail_next("chat.postMessage", **fault, after_work=True)

    await world.tick(seconds=5)
    await world.tick(seconds=61)
    await world.tick(seconds=61)

    assert len(announced(world)) == 1
    assert (await announcement(world)).state is PostState.SHOWN


async def test_a_fault_before_the_message_was_taken_posts_it_later(world, allowed):
    allowed.add("internal_error")
    await lands(world, "Acme")
    world.slack.fail_next("chat.postMessage", status=500)

    await world.tick(seconds=5)
    assert not announced(world)
    await world.tick(seconds=61)

    assert len(announced(world)) == 1


async def test_a_look_that_fails_too_is_no_reason_to_post_again(world, allowed):
    allowed.update({"internal_error", "ratelimited"})
    await lands(world, "Acme")
    world.slack.fail_next("chat.postMessage", status=500, after_work=True)
    world.slack.fail_next("conversations.history", status=429, retry_after=1)

    for _ in range(4):
        await world.tick(seconds=61)

    assert len(announced(world)) == 1


async def test_a_slack_that_is_too_slow_posts_nothing_twice(world):
    await lands(world, "Acme")
    world.house.slack.timeout = 0.2
    slow = world.slack.hold("chat.postMessage")

    await world.tick(seconds=5)
    slow.release()
    await asyncio.sleep(0.1)
    world.house.slack.timeout = 15
    await world.tick(seconds=61)

    assert len(announced(world)) == 1


async def test_slack_asking_to_slow_down_is_obeyed(world, allowed):
    allowed.add("ratelimited")
    await lands(world, "Acme")
    world.slack.fail_next("chat.postMessage", status=429, retry_after=20)

    await world.tick(seconds=5)
    await world.tick(seconds=10)
    assert not announced(world)
    await world.tick(seconds=12)

    assert len(announced(world)) == 1


@pytest.mark.parametrize("code", ["token_revoked", "invalid_auth", "account_inactive"])
async def test_a_token_that_stopped_working_loses_nothing(world, allowed, code):
    allowed.add(code)
    await lands(world, "Acme")
    world.slack.fail_next("*", code, times=3)

    await world.tick(seconds=5)
    assert not announced(world)
    for _ in range(4):
        await world.tick(seconds=301)

    assert len(announced(world)) == 1


async def test_an_archived_channel_is_given_up_with_a_log_line_and_breaks_nothing_else(world, allowed, capsys):
    allowed.add("is_archived")
    await lands(world, "Acme")
    world.slack.workspace.channels[OUTREACH].is_archived = True

    await world.tick(seconds=5)

    assert (await announcement(world)).state is PostState.LOST
    assert "is_archived" in capsys.readouterr().out
    assert (await world.house.services.log.page(world.workspace_id, CLOCK))[0]


async def test_a_channel_without_the_bot_is_named_by_the_doctor(world, allowed):
    allowed.add("not_in_channel")
    await lands(world, "Acme")
    world.slack.workspace.channels[OUTREACH].members.discard(BOT)
    world.slack.settings.scopes -= {"chat:write.public"}

    await world.tick(seconds=5)
    await world.say("/outreach doctor")

    assert not announced(world)
    assert "go to #outreach, where the app is no member" in world.told()[-1]
    assert "missing chat:write.public" in world.told()[-1]


async def test_ugly_names_stay_inert(world):
    await lands(world, "<!channel> *Acme*")

    await world.tick(seconds=5)

    assert "&lt;!channel&gt;" in words(world.posts()[0].blocks)
    assert "<!channel>" not in str(world.posts()[0].blocks)
