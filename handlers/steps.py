"""Steps that wait for a person, as cards in channels."""

from collections.abc import Sequence

from blocks import ids
from blocks.step_card import GROUPED_ABOVE, step_message, steps_message
from bot.outreach.posts import WantedPost
from bot.outreach.steps import asked, card_key
from handlers import Table
from handlers.call import Call
from handlers.house import House
from handlers.posting import wanted


async def step_news(house: House, channel: str, item_ids: Sequence[str]) -> list[WantedPost]:
    """A card for each that still waits, or one message for many; and the cards of runs that are over, as they end."""
    due = [card for card in await house.services.runs.due_steps(house.workspace.id, item_ids) if card.waits]
    if len(due) > GROUPED_ABOVE:
        posts = [wanted(f"steps:{asked(due[0].run)}:{channel}", channel, steps_message(due))]
    else:
        posts = [wanted(card_key(card, channel), channel, step_message(card)) for card in due]
    for run_id in dict.fromkeys(item_id.rpartition(":")[0] for item_id in item_ids if item_id.endswith(":over")):
        posts += [post for post in await _standing(house, run_id) if post.channel == channel]
    return posts


async def show_steps(house: House, run_id: str) -> None:
    """Word every posted card of this run's steps as it stands now."""
    if posts := await _standing(house, run_id):
        await house.poster.show(house.workspace.id, posts)


async def _standing(house: House, run_id: str) -> list[WantedPost]:
    cards = await house.services.runs.step_places(house.workspace.id, run_id)
    return [wanted(key, channel, step_message(card)) for card, key, channel in cards]


async def send(call: Call) -> None:
    """`Send next step` on a card; the card tells what became of it, also when it was decided before."""
    await call.ack()
    run_id, _, step = call.value.partition(":")
    if not await call.first_time():
        return
    try:
        await call.services.runs.send_next(call.workspace_id, await call.actor(), run_id, int(step or 0))
    finally:
        await show_steps(call.house, run_id)


async def stop(call: Call) -> None:
    """`Stop sequence` on a card."""
    await call.ack()
    run_id, _, _ = call.value.partition(":")
    if await call.first_time():
        await call.services.runs.stop(call.workspace_id, await call.actor(), run_id)
        await show_steps(call.house, run_id)


TABLE = Table(actions={ids.STEP_SEND: send, ids.STEP_STOP: stop})
