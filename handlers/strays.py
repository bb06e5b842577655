"""Mails that matched nobody, listed for a person: their writers become leads, or they are put away."""

from collections.abc import Awaitable, Callable

from blocks import ids
from blocks.strays import LOOKED, strays_view
from bot.outreach.access import Actor, Permission, refusal
from bot.outreach.errors import OutreachError
from bot.outreach.inbound import InboundMail
from handlers import Table
from handlers.call import Call
from handlers.errors import noted


async def open_strays(call: Call) -> None:
    """`Show` beside their number."""
    await call.ack()
    await call.open(await _page(call, ""))


async def turn(call: Call) -> None:
    """Older ones, or the newest."""
    await call.ack()
    await call.update(await _page(call, call.value))


async def adopt(call: Call) -> None:
    """`Add as lead`."""
    await _act(call, call.services.strays.adopt, "is a lead. What they wrote comes as a reply in a moment.")


async def suppress(call: Call) -> None:
    """`Suppress`, confirmed."""
    await _act(call, call.services.strays.suppress, "is written to by nobody any more, and their email is put away.")


async def look_again(call: Call) -> None:
    """`Look again`."""
    await call.ack()
    await call.services.strays.look_again(call.workspace_id, await call.actor())
    await call.update(await _page(call, "", LOOKED))


async def put_away(call: Call) -> None:
    """`Put away`."""
    await call.ack()
    await call.services.strays.put_away(call.workspace_id, await call.actor(), call.value)
    await call.update(await _page(call, call.metadata))


async def _act(call: Call, act: Callable[[str, Actor, str], Awaitable[InboundMail]], told: str) -> None:
    """Act on one email. told: what its writer is now."""
    await call.ack()
    try:
        mail = await act(call.workspace_id, await call.actor(), call.value)
        note = f"{mail.from_email} {told}"
    except OutreachError as error:
        note = noted(error, user=call.user_id)
    await call.update(await _page(call, call.metadata, note))


async def _page(call: Call, after: str, note: str = "") -> dict[str, object]:
    actor = await call.actor()
    page = await call.services.strays.page(call.workspace_id, actor, after)
    return strays_view(page, after, refused=refusal(actor, Permission.EDIT_LEADS), note=note)


TABLE = Table(
    actions={
        ids.STRAYS_OPEN: open_strays,
        ids.STRAYS_PAGE: turn,
        ids.STRAYS_AGAIN: look_again,
        ids.STRAY_ADOPT: adopt,
        ids.STRAY_PUT_AWAY: put_away,
        ids.STRAY_SUPPRESS: suppress,
    }
)
