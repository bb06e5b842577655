"""`/outreach unsubscribes`: who is written to no more, to look through; admins add and clear with a note."""

from typing import Any

from blocks import ids
from blocks.unsubscribes import EVERY_FACT, clear_form, exported, suppress_form, unsubscribes_view
from bot.outreach.access import Permission
from bot.outreach.errors import NotFound
from bot.outreach.reachability import AddressFact, AddressRecord
from handlers import Table
from handlers.call import Call
from handlers.files import send_csv
from handlers.modals import redraw_beneath, submitted

_HEAD = ("address", "reason", "since", "source", "recorded by", "note")


async def open_unsubscribes(call: Call) -> None:
    """The list in a fresh modal."""
    await call.open(await _list(call))


async def _list(call: Call, fact: str = "", after: str = "") -> dict[str, Any]:
    actor = await call.actor()
    wanted = AddressFact(fact) if fact else None
    records, more = await call.services.opting_out.page(call.workspace_id, actor, wanted, after)
    return unsubscribes_view(
        records,
        more=more,
        fact=fact,
        may_change=Permission.SUPPRESS in actor.permissions,
        may_clear=Permission.CLEAR_SUPPRESSION in actor.permissions,
    )


def _fact(call: Call) -> str:
    return str(call.kept.get("fact") or "")


async def filter_fact(call: Call) -> None:
    """Only one reason, or all."""
    await call.ack()
    fact = "" if call.value == EVERY_FACT else call.value
    await call.update(await _list(call, fact), racing=False)


async def turn_page(call: Call) -> None:
    """Further back."""
    await call.ack()
    await call.update(await _list(call, _fact(call), call.value), racing=False)


async def export(call: Call) -> None:
    """`Export CSV`: all of them, whatever the filter shows, as a file for whoever asked."""
    await call.ack()
    if not await call.first_time():
        return
    records = call.services.opting_out.export(call.workspace_id, await call.actor())
    number = await send_csv(call, "unsubscribes.csv", _HEAD, (_cells(record) async for record in records))
    await call.tell(exported(number))


def _cells(record: AddressRecord) -> tuple[str, ...]:
    return (record.address_key, record.fact.value, record.at.isoformat(), record.source, record.actor, record.note)


async def suppress(call: Call) -> None:
    """`Suppress an address`."""
    await call.ack()
    await call.open(suppress_form())


async def clear(call: Call) -> None:
    """`Clear` beside an address: a note is asked for first."""
    await call.ack()
    record = await call.services.opting_out.newest(call.workspace_id, await call.actor(), call.value)
    if record is None:
        raise NotFound("Nothing stands against this address any more.")
    await call.open(clear_form(record))


async def suppressed(call: Call) -> None:
    """The form of a new one."""
    suppressing = call.services.opting_out.suppress(
        call.workspace_id, await call.actor(), call.field("email"), call.field("note")
    )
    if await submitted(call, suppressing, "email"):
        await redraw_beneath(call, _list)


async def cleared(call: Call) -> None:
    """The form that clears one."""
    key = str(call.kept.get("key"))
    clearing = call.services.opting_out.clear(call.workspace_id, await call.actor(), key, call.field("note"))
    if await submitted(call, clearing, "note"):
        await redraw_beneath(call, _list)


TABLE = Table(
    actions={
        ids.UNSUBSCRIBES_FACT: filter_fact,
        ids.UNSUBSCRIBES_NEXT: turn_page,
        ids.UNSUBSCRIBES_EXPORT: export,
        ids.SUPPRESS_NEW: suppress,
        ids.SUPPRESSION_CLEAR: clear,
    },
    views={ids.SUPPRESS_FORM: suppressed, ids.CLEAR_FORM: cleared},
)
