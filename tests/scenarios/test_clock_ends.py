"""The clock stops: what the last jobs left to be said is said, and nothing holds the end up."""

import asyncio

from bot.outreach.posts import PostState
from handlers import schedule
from handlers.schedule import Timetable
from tests.scenarios.given import many_posts


async def state(world):
    async with world.database.read(world.workspace_id) as uow:
        return (await uow.posts.by_key("said:0")).state


async def begun(world):
    clock = Timetable(world.house)
    clock.start()
    return clock


async def test_what_is_due_is_said_before_the_process_ends(either_world):
    clock = await begun(either_world)
    await many_posts(either_world, 1)

    await clock.stop()

    assert either_world.posts()[-1].text == "Announcement 0"


async def test_a_slack_that_does_not_answer_holds_no_end_up(world, monkeypatch):
    monkeypatch.setattr(schedule, "LAST_WORDS_SECONDS", 0.2)
    clock = await begun(world)
    await many_posts(world, 1)

    held = world.slack.hold("chat.postMessage")
    async with asyncio.timeout(10):
        await clock.stop()
    held.release()

    assert await state(world) is PostState.DUE


async def test_a_database_that_is_gone_is_no_error_at_the_end(world, monkeypatch):
    async def gone(house):
        raise OSError("no such host")

    clock = await begun(world)
    monkeypatch.setattr(schedule, "deliver_posts", gone)

    await clock.stop()
