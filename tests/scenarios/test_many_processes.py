"""Several processes over one database: everything is done, each thing once, whatever befalls one of them."""

import asyncio
import signal
from collections import Counter
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import select

from bot.outreach.leads import LeadStatus
from bot.outreach.posts import PostState
from bot.outreach.pushes import PushedLeadState
from bot.outreach.writebacks import WritebackStatus
from storage.inbox import InboxState, inbox
from storage.notices import notices
from storage.posts import posts
from storage.push_leads import push_leads
from storage.pushes import pushes
from storage.writebacks import writebacks
from tests.scenarios.given import (
    many_armed,
    many_events,
    many_landed,
    many_posts,
    times_added,
    times_updated,
)
from tests.scenarios.processes import free_port, outside

pytestmark = pytest.mark.slow
# Long enough for every call on a busy machine: what one process still does, no other one takes up.
LEASE = timedelta(seconds=5)
OPEN = (
    select(writebacks).where(writebacks.c.status == WritebackStatus.PENDING),
    select(notices).where(notices.c.post_key.is_(None)),
    select(posts).where(posts.c.state == PostState.DUE),
    select(pushes).where(pushes.c.reported_at.is_(None)),
    select(inbox).where(inbox.c.state == InboxState.WAITING),
)


@pytest.fixture
async def world(postgres_url, tmp_path):
    async with outside(postgres_url, tmp_path) as made:
        yield made


@pytest.fixture
async def one_file(sqlite_url, tmp_path):
    async with outside(sqlite_url, tmp_path) as made:
        yield made


async def test_workers_share_the_work_and_do_each_thing_once(world):
    landed = await many_landed(world, 90)
    armed = await many_armed(world, 10)
    await many_posts(world, 20)
    await many_events(world, landed[:30])

    bots = [
        world.start("worker", lease=LEASE),
        world.start("worker", lease=LEASE),
        world.start("worker", lease=LEASE),
        world.start("web", lease=LEASE),
    ]
    await all_done(world, pushes_made=10)

    assert {times_updated(world, lead.email) for lead in landed} == {1}
    assert {times_added(world, lead.email) for lead in armed} == {1}
    assert set(posted(world).values()) == {1}
    assert [posted(world)[f"said:{index}"] for index in range(20)] == [1] * 20
    assert (await world.lead(landed[0].id)).status is LeadStatus.EMAIL_SENT
    for bot in bots:
        bot.send(signal.SIGTERM)
    assert [await bot.ended() for bot in bots] == [0, 0, 0, 0]


async def test_a_worker_that_stood_still_and_cut_connections_double_next_to_nothing(world):
    landed = await many_landed(world, 30)
    armed = await many_armed(world, 10)
    await many_posts(world, 20)
    world.plusvibe.fail_next("/lead/add", hang_seconds=0.1, times=10)

    frozen, *others = [
        world.start("worker", lease=LEASE),
        world.start("worker", lease=LEASE),
        world.start("worker", lease=LEASE),
    ]
    await world.until(lambda: any(call.path == "/lead/add" for call in world.plusvibe.calls))
    frozen.send(signal.SIGSTOP)
    await cut_connections(world)
    await asyncio.sleep(1.2 * 2 * LEASE.total_seconds())  # the longest lease there is twice this one
    frozen.send(signal.SIGCONT)
    await all_done(world, pushes_made=10)

    assert min(times_updated(world, lead.email) for lead in landed) >= 1
    added = Counter(times_added(world, lead.email) for lead in armed)
    # Stopped between its last look at the lease and its write to the socket, a worker sends that one request once more.
    assert added[2] <= 1 and added[1] + added[2] == 10 - added[0]
    await world.until_rows(select(push_leads).where(push_leads.c.state == PushedLeadState.FAILED), added[0])
    assert sum("failed" in post.text for post in world.posts()) == added[0]  # a connection gone stale meanwhile
    assert sum(times - 1 for times in posted(world).values()) <= 1
    for bot in (frozen, *others):
        bot.send(signal.SIGTERM)
    assert [await bot.ended() for bot in (frozen, *others)] == [0, 0, 0]


async def test_a_worker_told_to_end_finishes_its_call_first(world):
    (lead,) = await many_armed(world, 1)
    world.plusvibe.fail_next("/lead/add", hang_seconds=1)
    bot = world.start("worker", lease=LEASE)
    await world.until(lambda: world.plusvibe.leads)

    bot.send(signal.SIGTERM)

    assert await bot.ended() == 0
    assert times_added(world, lead.email) == 1
    await world.until_rows(OPEN[2], 0, seconds=1)  # a reply that waited for its parent is said, too
    assert [post.text for post in world.posts() if post.thread_ts is None][-1] == "Pushed 1 to Website audit letter"


async def test_two_runs_on_one_file_are_harmless(one_file):
    world = one_file
    landed = await many_landed(world, 20)
    armed = await many_armed(world, 5)
    await many_posts(world, 10)

    bots = [world.start("run", lease=LEASE), world.start("run", lease=LEASE, PORT=str(free_port()))]
    await all_done(world, pushes_made=5)

    assert {times_updated(world, lead.email) for lead in landed} == {1}
    assert {times_added(world, lead.email) for lead in armed} == {1}
    assert set(posted(world).values()) == {1}
    for bot in bots:
        bot.send(signal.SIGTERM)
    assert [await bot.ended() for bot in bots] == [0, 0]


async def all_done(world, *, pushes_made: int) -> None:
    await world.until_rows(select(pushes), pushes_made, seconds=90)
    for statement in OPEN:
        await world.until_rows(statement, 0, seconds=90)


def posted(world) -> Counter[str]:
    """How often each post stands in the channel, by its key."""
    return Counter(post.metadata["event_payload"]["key"] for post in world.posts())


async def cut_connections(world) -> None:
    """Every connection of the application, as a restart of the server would."""
    await world.database.close()  # our own are made again
    url = world.settings["DATABASE_URL"]
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
