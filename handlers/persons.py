"""`/outreach export` and `/outreach erase`: a person's data, handed over or taken away."""

from contextlib import aclosing

from blocks import ids
from blocks.persons import erase_view, erased, exported, segment_exported
from bot.outreach.access import Permission, require
from bot.outreach.errors import Invalid, NotFound
from bot.outreach.leads import Lead
from bot.outreach.searching import plain_typing
from bot.outreach.segments import Segment
from bot.services.persons import HEAD, SEGMENT_HEAD
from handlers import Table
from handlers.call import Call
from handlers.files import send_csv


async def export(call: Call, term: str) -> None:
    """Everything held of the lead's person, or the leads of a segment, as a file for whoever asked."""
    actor, persons = await call.actor(), call.services.persons
    require(actor, Permission.EXPORT_PEOPLE)
    try:
        lead = await _one(call, term)
    except NotFound as error:
        segment = await persons.named(call.workspace_id, actor, plain_typing(term))
        if segment is None:
            raise NotFound(f"{error} Nor is there a segment of that name: `/outreach segments`.") from error
        return await _export_segment(call, segment)
    if not await call.first_time():
        return None
    rows = persons.export(call.workspace_id, actor, [lead.id])
    lines = await send_csv(call, f"lead-{lead.id[-8:]}.csv", HEAD, rows)
    return await call.tell(exported(lead, lines))


async def _export_segment(call: Call, segment: Segment) -> None:
    if await call.first_time():
        rows = call.services.persons.export_segment(call.workspace_id, await call.actor(), segment)
        async with aclosing(rows):
            leads = await send_csv(call, f"segment-{segment.id[-8:]}.csv", SEGMENT_HEAD, rows)
        await call.tell(segment_exported(segment, leads))


async def ask_erase(call: Call, term: str) -> None:
    """The second look."""
    require(await call.actor(), Permission.ERASE_PEOPLE)
    await call.open(erase_view(await _one(call, term)))


async def erase(call: Call) -> None:
    """They said yes."""
    await call.ack()
    if await call.first_time():
        lead_id = str(call.kept.get("lead"))
        await call.services.persons.erase(call.workspace_id, await call.actor(), lead_id)
        await call.tell(erased(lead_id))


async def _one(call: Call, term: str) -> Lead:
    """The one lead meant. Raises `NotFound`, and `Invalid` when several are."""
    found = await call.services.leads.find(call.workspace_id, await call.actor(), plain_typing(term))
    if len(found) > 1:
        raise Invalid(f"{len(found)} leads are called that. Name one by its email or id.")
    return found[0]


TABLE = Table(views={ids.ERASE_FORM: erase})
