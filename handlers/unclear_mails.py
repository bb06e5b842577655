"""Mails whose answer was lost, listed for a person; the decision itself is in `mails.py`."""

from blocks import ids
from blocks.elements import Block
from blocks.unclear_mails import unclear_view
from bot.outreach.access import Permission, refusal
from handlers import Table
from handlers.call import Call


async def open_unclear(call: Call) -> None:
    """`Open` beside their number."""
    await call.ack()
    await call.open(await unclear_page(call, ""))


async def turn_page(call: Call) -> None:
    """One page on or back."""
    await call.ack()
    await call.update(await unclear_page(call, call.value))


async def unclear_page(call: Call, number: str) -> Block:
    """The page of that number as it stands now."""
    actor = await call.actor()
    page = int(number) if number.isdecimal() and len(number) < 5 else 0
    found = await call.services.mails.unclear(call.workspace_id, actor, page)
    return unclear_view(found, refused=refusal(actor, Permission.SEND_MAIL))


TABLE = Table(actions={ids.OPEN_UNCLEAR: open_unclear, ids.UNCLEAR_PAGE: turn_page})
