"""How a reply was read: corrected on its card or in its conversation, and an opt-out suppressed."""

from blocks import ids
from blocks.message import Message, section
from bot.outreach.reply_reading import ReplyClass
from handlers import Table
from handlers.call import Call
from handlers.unibox import redraw_thread


async def correct(call: Call) -> None:
    """Another class was chosen."""
    await call.ack()
    reply_id, _, chosen = call.value.partition(":")
    note = ""
    if await call.first_time():
        note = await call.services.readings.correct(call.workspace_id, await call.actor(), reply_id, ReplyClass(chosen))
    await _follow(call, note)


async def suppress(call: Call) -> None:
    """`Suppress`, confirmed."""
    await call.ack()
    if await call.first_time():
        await call.services.readings.suppress(call.workspace_id, await call.actor(), call.value)
    await _follow(call, "")


async def _follow(call: Call, note: str) -> None:
    """A card in a channel follows its row by itself; a conversation is drawn again."""
    if call.view.get("callback_id") == ids.THREAD:
        await redraw_thread(call, note)
    elif note:
        await call.tell(Message(note, [section(note)]))


TABLE = Table(actions={ids.REPLY_CLASS: correct, ids.REPLY_SUPPRESS: suppress})
