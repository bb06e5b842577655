"""`/outreach simulate`: looks ahead, and shows the calendar to whoever asked."""

from datetime import timedelta

from blocks.calendar import calendar_message, is_long, looking_ahead, not_foretold, on_its_way
from blocks.calendar_file import FILENAME, calendar_csv
from blocks.message import Message
from bot.outreach.calendars import parsed_span
from handlers.call import Call
from handlers.posting import wanted, wanted_file


async def simulate(call: Call, text: str) -> None:
    """In the person's direct messages: a line that says how far it is, then the calendar in its place."""
    span, actor = parsed_span(text), await call.actor()
    if not await call.first_time():
        return
    key = f"calendar:{call.key}"

    async def progress(done: timedelta) -> None:
        await _show(call, key, looking_ahead(span, done))  # the poster edits a message every two seconds at most

    await call.tell(on_its_way(span))
    await _show(call, key, looking_ahead(span))
    try:
        calendar = await call.services.simulating.run(call.workspace_id, actor, span, progress)
    except Exception:
        await _show(call, key, not_foretold())
        raise
    has_file = is_long(calendar)
    await _show(call, key, calendar_message(calendar, has_file=has_file))
    if has_file:
        file = wanted_file(f"{key}:file", call.user_id, FILENAME, calendar_csv(calendar), parent_key=key)
        await call.house.poster.show(call.workspace_id, [file])


async def _show(call: Call, key: str, message: Message) -> None:
    await call.house.poster.show(call.workspace_id, [wanted(key, call.user_id, message)])
