"""The issue's own figures, through the real doors: the whole application, a local Slack, PlusVibe's rate kept."""

import asyncio
import itertools
import statistics
import time
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from blocks import ids
from bot.outreach.access import Role, person
from bot.outreach.posts import EDIT_EVERY
from bot.outreach.pushes import BATCH_LEADS, Origin
from bot.sandbox.slack.refusals import NotPossible
from bot.sandbox.slack.server import ANA, OUTREACH
from bot.sandbox.slack.state import User
from handlers.pushing import show_push
from tests.bench.measuring import Figure
from tests.bench.million import Stock, ready_ids
from tests.world import World, built

SECONDS_BETWEEN_CLICKS = 2.0
VENDOR_CALLS_A_SECOND = 5
LONGEST_WAIT_SECONDS = 20
_JUST_UNDER = timedelta(milliseconds=50)  # the times are those of Slack's arrivals


async def list_under_clicks(stock: Stock, folder: Path, *, commands: int, people: int) -> list[Figure]:
    """From typing `/leads` to the modal standing there, ack included, while so many people page through their own."""
    async with built(stock.copied(folder).url) as world:
        users = [_joined(world, number) for number in range(people)]
        waits = [place / people * SECONDS_BETWEEN_CLICKS for place in range(people)]
        enough = asyncio.Event()
        clicking = [
            asyncio.create_task(_keep_clicking(world, user, wait, enough))
            for user, wait in zip(users, waits, strict=True)
        ]
        await asyncio.sleep(2 * SECONDS_BETWEEN_CLICKS)
        taken = []
        for _ in range(commands):
            taken.append(await _list_opened(world))
            await asyncio.sleep(SECONDS_BETWEEN_CLICKS / 10)
        clicks = sum(delivery.kind == "interactive" for delivery in world.slack.deliveries)
        enough.set()  # none is cut off: the app would be at a click that nobody waits for
        await asyncio.gather(*clicking)
        await world.idle()
    median, late = statistics.median(taken), sorted(taken)[int(len(taken) * 0.95)]
    name = f"/leads to its modal, {stock.leads:,} leads, {people} people clicking"
    note = f"95 of 100 within {late:.0f} ms; {clicks} clicks; app, Slack and people in one process"
    return [Figure(name, median, "ms", "≤ 150 ms", median <= 150, note=note)]


def _joined(world: World, number: int) -> str:
    user = User(f"U0CLICKER{number:02}", f"clicker{number}", f"Clicker {number}")
    world.slack.workspace.users[user.id] = user
    world.slack.workspace.channels[OUTREACH].members.add(user.id)
    world.slack.board.direct_message(user.id)
    return user.id


async def _keep_clicking(world: World, user: str, seconds: float, enough: asyncio.Event) -> None:
    """Open the list, then a page on and back, again and again until it is enough."""
    await asyncio.sleep(seconds)
    await world.slack.run_command(user, OUTREACH, "/leads")
    for action_id in itertools.cycle((ids.NEXT_PAGE, ids.NEXT_PAGE, ids.PREVIOUS_PAGE)):
        await asyncio.sleep(SECONDS_BETWEEN_CLICKS)
        if enough.is_set():
            return
        with suppress(NotPossible, KeyError):  # the page before, or the first one, has not come yet
            await world.slack.click(user, action_id=action_id, view_id=world.modal(user).id)


async def _list_opened(world: World) -> float:
    before = [view.id for view in world.slack.workspace.modals.get(ANA, [])]
    started = time.perf_counter()
    typed = asyncio.create_task(world.slack.run_command(ANA, OUTREACH, "/leads"))
    async with asyncio.timeout(LONGEST_WAIT_SECONDS):
        while [view.id for view in world.slack.workspace.modals.get(ANA, [])] in ([], before):
            await asyncio.sleep(0.001)
    taken = (time.perf_counter() - started) * 1000
    await typed
    return taken


async def big_push(stock: Stock, folder: Path, *, chosen: int) -> list[Figure]:
    """A push of 2,000 leads under PlusVibe's rate; how often its message was edited meanwhile."""
    async with built(stock.copied(folder).url) as world:
        world.house.poster.every_seconds = 1.0
        campaign = await world.campaign()
        wanted = ready_ids(stock.leads, chosen)
        author = person(ANA, "Ana", Role.OWNER)
        started = time.perf_counter()
        push = await world.house.services.pushes.start(
            world.workspace_id, author, campaign.id, wanted, Origin(OUTREACH), "bench"
        )
        await show_push(world.house, push)
        seconds = time.perf_counter() - started
        await asyncio.sleep(EDIT_EVERY.total_seconds())
        await world.tick()
        result = await world.house.services.pushes.result(world.workspace_id, push.id)
        edits = _shown(world)
    gaps = [later - earlier for earlier, later in itertools.pairwise(edits)]
    least = -(-len(wanted) // BATCH_LEADS) / VENDOR_CALLS_A_SECOND
    calm = not gaps or min(gaps) >= EDIT_EVERY - _JUST_UNDER
    whole = len(result.pushed) == len(wanted)
    note = f"posted once, edited {len(edits) - 1} times, " + (
        f"at least {min(gaps).total_seconds():.1f} s apart" if gaps else ""
    )
    return [
        Figure(
            f"push of {len(wanted):,} leads",
            seconds,
            "s",
            "every 2 s at most",
            calm and whole,
            least,
            f"{VENDOR_CALLS_A_SECOND} calls a second",
            note,
        )
    ]


def _shown(world: World) -> list[datetime]:
    """When the channel's message was posted and edited."""
    calls: list[dict[str, Any]] = world.slack.workspace.calls
    return [call["at"] for call in calls if call["method"] in {"chat.postMessage", "chat.update"}]
