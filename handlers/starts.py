"""A sequence started for a whole segment: chosen, looked at twice, and followed in one message."""

from typing import Any

from blocks import segment_ids
from blocks.sites import left_today
from blocks.starts import start_confirm, start_form, start_message, start_obstacle
from bot.outreach.errors import OutreachError
from bot.outreach.starts import too_many
from bot.services.starts import Progress
from handlers import Table
from handlers.call import Call
from handlers.errors import noted
from handlers.house import House
from handlers.names import name_of
from handlers.posting import wanted
from handlers.segments import segment_of, show_segment


async def start(call: Call) -> None:
    """`Start sequence` on a segment."""
    await call.ack()
    offer = await call.services.starts.offer(call.workspace_id, await call.actor(), call.value)
    if offer.obstacle:
        await call.open(start_obstacle(offer.segment, offer.obstacle))
    else:
        await call.open(start_form(offer.segment, offer.count, offer.sequences, offer.budgets))


async def chosen(call: Call) -> None:
    """Which and from where: the second look in the form's place."""
    offer = await call.services.starts.offer(call.workspace_id, await call.actor(), segment_of(call))
    sequence = next((each for each in offer.sequences if each.id == call.picked("sequence")), None)
    budget = next((each for each in offer.budgets if each.site.id == call.picked("site")), None)
    if offer.obstacle or sequence is None or budget is None:
        said = offer.obstacle or "That is not here any more. Open the form again."
        await call.ack(response_action="errors", errors={"sequence": said[:300]})
        return
    if said := too_many(sequence, offer.count.leads):
        await call.ack(response_action="errors", errors={"sequence": said[:300]})
        return
    view = start_confirm(offer.segment, offer.count, sequence, budget.site.id, left_today(budget))
    await call.ack(response_action="update", view=view)


async def confirmed(call: Call) -> None:
    """Begin it; the clock goes on, and one message follows."""
    await call.ack()
    if not await call.first_time():
        return
    kept = call.kept
    actor, channel, notice, problem = await call.actor(), await call.post_channel(), "", ""
    try:
        begun = await call.services.starts.begin(
            call.workspace_id, actor, kept["segment"], kept["sequence"], kept["site"], channel
        )
        await show_starts(call.house, await call.services.starts.progress(call.workspace_id, begun.id))
        notice = "The sequence is being started. One message follows how far it is."
    except OutreachError as error:
        problem = noted(error, user=call.user_id)
    await show_segment(call, kept["segment"], call.under, notice=notice, problem=problem)


async def stop(call: Call) -> None:
    """`Stop` on the message."""
    await call.ack()
    await call.services.starts.stop(call.workspace_id, await call.actor(), call.value)
    await show_starts(call.house, await call.services.starts.progress(call.workspace_id, call.value))


async def show_starts(house: House, progress: Any) -> None:
    """Keep one message for each up to date; one whose end is shown is left alone from then on."""
    for each in progress:
        await _show(house, each)


async def _show(house: House, progress: Progress) -> None:
    author = await name_of(house, progress.start.author)
    message = start_message(progress.start, progress.segment, progress.sequence, author)
    post = wanted(f"start:{progress.start.id}", progress.start.channel, message, tell=progress.start.author)
    await house.poster.show(house.workspace.id, [post])
    if not progress.start.is_running:
        await house.services.starts.reported(house.workspace.id, progress.start.id)


TABLE = Table(
    actions={segment_ids.SEGMENT_START: start, segment_ids.START_STOP: stop},
    views={segment_ids.START_FORM: chosen, segment_ids.START_CONFIRM: confirmed},
)
