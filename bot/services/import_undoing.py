"""Undoing an import batch by batch: what is read first is looked at again under lock, so that nothing goes astray."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from bot.clock import Clock
from bot.outreach.access import Actor
from bot.outreach.errors import Conflict
from bot.outreach.events import EventKind, by
from bot.outreach.importing import Import, ImportState
from storage.database import Database
from storage.unit_of_work import UnitOfWork

BATCH_LEADS = 200
_ELSEWHERE = "Somebody else is undoing this import."


async def undone(
    database: Database, clock: Clock, workspace_id: str, actor: Actor, one: Import
) -> AsyncIterator[Import]:
    """The import after each batch. Reasons are counted anew by each start: what stayed is looked at again."""
    place = None
    while True:
        async with database.read(workspace_id) as uow:
            lead_ids, place = await uow.import_undo.page(one, place, BATCH_LEADS)
        async with database.begin(workspace_id) as uow:
            one = await _moved(uow, one, await _removed(uow, one, lead_ids, clock))
        yield one
        if place is None:
            break
    while one.campaign_id is not None:
        async with database.begin(workspace_id) as uow:
            left = await uow.enrolments.withdraw_joined(one.id, BATCH_LEADS)
            one = await _moved(uow, one, replace(one, withdrawn=one.withdrawn + left, updated_at=clock()))
        yield one
        if left < BATCH_LEADS:
            break
    async with database.begin(workspace_id) as uow:
        now = clock()
        one = await _moved(uow, one, replace(one, state=ImportState.UNDONE, updated_at=now))
        facts = {"file": one.name, "removed": one.removed, "kept": sum(one.kept.values()), "left": one.withdrawn}
        await uow.events.add(by(actor, EventKind.IMPORT_UNDONE, now, None, facts))
    yield one


async def _removed(uow: UnitOfWork, one: Import, lead_ids: Sequence[str], clock: Clock) -> Import:
    leads = await uow.leads.get_many(lead_ids, locked=True)
    here = [lead.id for lead in leads]
    used = await uow.import_undo.used(one.id, here)
    unused = [lead_id for lead_id in here if lead_id not in used]
    now = clock()
    await uow.enrolments.withdraw(one.id, unused)
    removed = one.removed + await uow.leads.remove_many(unused, now)
    return replace(one, removed=removed, kept=Counter(one.kept) + Counter(used.values()), updated_at=now)


async def _moved(uow: UnitOfWork, before: Import, after: Import) -> Import:
    if not await uow.imports.advance(before, after):
        raise Conflict(_ELSEWHERE)
    return after
