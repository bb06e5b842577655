"""Bulk updates: the same change for many chosen leads, told in one envelope, taken back for a while."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from bot.clock import Clock
from bot.outreach.access import Actor, Permission, require
from bot.outreach.errors import Conflict, Invalid, NotFound
from bot.outreach.leads import Lead, LeadStatus
from bot.outreach.pushes import Envelope, Outcome
from bot.services.leads import checked_columns, edit_events
from storage.database import Database
from storage.unit_of_work import UnitOfWork

UNDO_FOR = timedelta(minutes=10)
GONE = "Not here any more"
SAME = "Had these values already"
CHANGED = "Changed since"
NOT_KEPT = "This is no longer kept. Choose the leads again in `/leads`."
FIELDS = ("status", "city", "country", "industry", "company_size", "revenue")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody is about to do to chosen leads, kept while they take a second look.

    changes: by the names of `FIELDS`, an empty text empties the field. segment_id: put them into it instead.
    """

    lead_ids: tuple[str, ...]
    changes: Mapping[str, str]
    segment_id: str = ""


class BulkService:
    """Changes to many leads at once."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def keep(self, workspace_id: str, actor: Actor, wanted: Wanted) -> str:
        """Keep what is wanted; the token to do it by. Raises `Invalid` with the field."""
        require(actor, Permission.EDIT_LEADS)
        if not wanted.lead_ids:
            raise Invalid("Choose at least one lead first.", field="leads")
        if bool(wanted.changes) is bool(wanted.segment_id):
            raise Invalid("Choose what to change, or a segment to add the leads to; not both.", field="status")
        _columns(wanted.changes)
        token = str(uuid4())
        facts = {"leads": list(wanted.lead_ids), "changes": dict(wanted.changes), "segment": wanted.segment_id}
        async with self._database.begin(workspace_id) as uow:
            await uow.ledger.claim(f"bulk:{token}", actor.id, self._clock())
            await uow.ledger.settle(f"bulk:{token}", facts)
        return token

    async def kept(self, workspace_id: str, actor: Actor, token: str) -> Wanted:
        """What this person wanted. Raises `NotFound`, also for somebody else's token."""
        async with self._database.read(workspace_id) as uow:
            facts, _ = await _known(uow, actor, f"bulk:{token}")
        return Wanted(tuple(facts["leads"]), facts["changes"], facts["segment"])

    async def update(self, workspace_id: str, actor: Actor, token: str) -> Envelope:
        """Change the leads as kept; a second time gives the first outcome. What stood before is kept for `undo`."""
        require(actor, Permission.EDIT_LEADS)
        wanted = await self.kept(workspace_id, actor, token)
        columns, now = _columns(wanted.changes), self._clock()
        async with self._database.begin(workspace_id) as uow:
            if not await uow.ledger.claim(f"bulk_done:{token}", actor.id, now):
                return await _done_before(uow, actor, token)
            found = {lead.id: lead for lead in await uow.leads.get_many(wanted.lead_ids, locked=True)}
            moved = [lead for lead in found.values() if any(getattr(lead, name) != columns[name] for name in columns)]
            await uow.leads.change_many([(lead.id, columns) for lead in moved], at=now)
            after = {lead.id: lead for lead in await uow.leads.get_many([lead.id for lead in moved])}
            for lead in moved:
                await uow.events.add_many(edit_events(lead, after[lead.id], wanted.changes, actor, now))
            skipped = [Outcome(each, SAME if each in found else GONE) for each in wanted.lead_ids if each not in after]
            envelope = Envelope(tuple(after), skipped=tuple(skipped))
            before = {lead.id: _told(lead, columns) for lead in moved}
            await uow.ledger.settle(f"bulk_done:{token}", {**_stored(envelope), "before": before})
        return envelope

    async def undo(self, workspace_id: str, actor: Actor, token: str) -> Envelope:
        """Put back what stood before, where nobody changed it since. Raises `Conflict` when it is too late."""
        require(actor, Permission.EDIT_LEADS)
        wanted = await self.kept(workspace_id, actor, token)
        columns, now = _columns(wanted.changes), self._clock()
        async with self._database.begin(workspace_id) as uow:
            facts, at = await _known(uow, actor, f"bulk_done:{token}")
            if now > at + UNDO_FOR:
                raise Conflict("It can be undone for 10 minutes only.")
            if not await uow.ledger.claim(f"bulk_undone:{token}", actor.id, now):
                raise Conflict("It was undone already.")
            before: dict[str, dict[str, Any]] = facts["before"]
            found = {lead.id: lead for lead in await uow.leads.get_many(before, locked=True)}
            same = [lead for lead in found.values() if all(getattr(lead, name) == columns[name] for name in columns)]
            former = {lead.id: _read(before[lead.id]) for lead in same}
            await uow.leads.change_many([(lead_id, former[lead_id]) for lead_id in former], at=now)
            after = {lead.id: lead for lead in await uow.leads.get_many(former)}
            for lead in same:
                await uow.events.add_many(edit_events(lead, after[lead.id], wanted.changes, actor, now))
        skipped = [Outcome(each, CHANGED if each in found else GONE) for each in before if each not in former]
        return Envelope(tuple(former), skipped=tuple(skipped))


def _columns(changes: Mapping[str, str]) -> dict[str, Any]:
    if unknown := set(changes) - set(FIELDS):
        raise Invalid(f"This cannot be changed in bulk: {min(unknown)}.", field=min(unknown))
    wanted: dict[str, Any] = dict(changes)
    if "status" in wanted:
        wanted["status"] = LeadStatus(wanted["status"])
    return checked_columns(wanted)


def _told(lead: Lead, columns: Mapping[str, Any]) -> dict[str, Any]:
    return {name: getattr(lead, name) for name in columns}


def _read(stored: Mapping[str, Any]) -> dict[str, Any]:
    """What stood before, as a lead takes it."""
    read = dict(stored)
    if read.get("status") is not None:
        read["status"] = LeadStatus(read["status"])
    return read


def _stored(envelope: Envelope) -> dict[str, Any]:
    return {"done": list(envelope.done), "skipped": [[each.lead_id, each.reason] for each in envelope.skipped]}


async def _done_before(uow: UnitOfWork, actor: Actor, token: str) -> Envelope:
    facts, _ = await _known(uow, actor, f"bulk_done:{token}")
    return Envelope(tuple(facts["done"]), skipped=tuple(Outcome(*each) for each in facts["skipped"]))


async def _known(uow: UnitOfWork, actor: Actor, key: str) -> tuple[dict[str, Any], Any]:
    known = await uow.ledger.outcome(key)
    if known is None or known[0] != actor.id or known[2] is None:
        raise NotFound(NOT_KEPT)
    return known[2], known[1]
