"""`Check now` on the lead card."""

from blocks import ids
from blocks.card_address import address_line
from handlers import Table
from handlers.call import Call
from handlers.lead_card import act


async def check_address(call: Call) -> None:
    """Ask about the card's address at once; what came of it becomes the card's last-action line."""
    await call.ack()
    if not await call.first_time():
        return

    async def doing() -> str:
        check = await call.services.validation.check_now(call.workspace_id, await call.actor(), call.value)
        return address_line(check).partition(" · ")[0]

    await act(call, "Check now", doing())


TABLE = Table(actions={ids.CHECK_ADDRESS: check_address})
