"""Colleagues of somebody who replied: asked once whether their sequences stay paused."""

from collections.abc import Awaitable, Callable, Sequence

from blocks import ids
from blocks.brake import brake_message
from bot.outreach.access import Actor
from bot.outreach.organisations import Brake
from bot.outreach.posts import WantedPost
from handlers import Table
from handlers.call import Call
from handlers.house import House
from handlers.posting import wanted

_PREFIX = "brake:"


def is_brake(item_id: str) -> bool:
    """Whether an item of the replies' news is such a question."""
    return item_id.startswith(_PREFIX)


def brake_post(brake: Brake, channel: str, *, parent_key: str | None = None) -> WantedPost:
    """The question in one channel, or what was decided."""
    return wanted(f"{_PREFIX}{brake.reply_id}:{channel}", channel, brake_message(brake), parent_key=parent_key)


async def brake_news(
    house: House, channel: str, item_ids: Sequence[str], cards: Sequence[WantedPost]
) -> list[WantedPost]:
    """What is to be decided, each in the thread of its reply where that stands. cards: those put up with it."""
    brakes = await house.services.brakes.brakes(
        house.workspace.id, [item_id.removeprefix(_PREFIX) for item_id in item_ids]
    )
    new = {card.key for card in cards}
    posts = []
    for brake in brakes:
        parent = f"reply:{brake.reply_id}:{channel}"
        stands = parent in new or await house.services.posts.by_key(house.workspace.id, parent) is not None
        posts.append(brake_post(brake, channel, parent_key=parent if stands else None))
    return posts


async def keep(call: Call) -> None:
    """`Keep paused`."""
    await _decide(call, call.services.brakes.keep)


async def resume(call: Call) -> None:
    """`Resume`."""
    await _decide(call, call.services.brakes.resume)


async def _decide(call: Call, deciding: Callable[[str, Actor, str], Awaitable[Brake]]) -> None:
    await call.ack()
    if await call.first_time():
        await deciding(call.workspace_id, await call.actor(), call.value)


TABLE = Table(actions={ids.BRAKE_KEEP: keep, ids.BRAKE_RESUME: resume})
