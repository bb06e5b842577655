"""Undoing an import: the leads it added, and what happened to them since."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Column, and_, false, func, or_, select, tuple_

from bot.outreach.events import EventKind
from bot.outreach.importing import Import, Kept
from bot.outreach.leads import LeadStatus
from storage.enrolments import enrolments
from storage.events import events
from storage.lead_tables import LIVE, leads
from storage.tables import among, metadata
from storage.tenant import Tenant

Place = tuple[datetime, int]
# A table that refers to leads and is not named here keeps a lead as well: as used elsewhere.
_TOLD_AS: Mapping[str, Kept] = {
    "mails": Kept.MAILED,
    "replies": Kept.REPLIED,
    "threads": Kept.REPLIED,
    "push_leads": Kept.PUSHED,
    "runs": Kept.IN_SEQUENCE,
    "drafts": Kept.DRAFTED,
    "audits": Kept.AUDITED,
    "writebacks": Kept.AUDITED,
    "enrolments": Kept.ELSEWHERE,
    "events": Kept.CHANGED,
}
_ORDER = list(Kept)


class ImportUndo:
    """What undoing an import asks."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def page(self, one: Import, after: Place | None, limit: int) -> tuple[list[str], Place | None]:
        """Leads the import added and that are still here, oldest first, and the place of the next page.

        Found by the time they came: an index by import would cost every import a part of its speed.
        """
        mine = (self._tenant.owns(leads), LIVE, leads.c.import_id == one.id, leads.c.created_at >= one.created_at)
        statement = select(leads.c.id, leads.c.created_at, leads.c.seq).where(*mine)
        if after is not None:
            statement = statement.where(tuple_(leads.c.created_at, leads.c.seq) > after)
        rows = await self._tenant.all(statement.order_by(leads.c.created_at, leads.c.seq).limit(limit))
        place = (rows[-1].created_at, rows[-1].seq) if len(rows) == limit else None
        return [row.id for row in rows], place

    async def used(self, import_id: str, lead_ids: Collection[str]) -> dict[str, Kept]:
        """Those among these leads to which something happened since the import, with what it was."""
        found: dict[str, Kept] = {}
        touched = or_(leads.c.updated_at != leads.c.created_at, leads.c.status != LeadStatus.NEW)
        changed = select(leads.c.id).where(self._tenant.owns(leads), among(leads.c.id, lead_ids), touched)
        self._note(found, await self._tenant.values(changed), Kept.CHANGED)
        for lead_id in _about_leads():
            table = lead_id.table
            statement = select(lead_id).where(self._tenant.owns(table), among(lead_id, lead_ids))
            if table is events:  # what validation found of an address is nothing that happened to its lead
                statement = statement.where(events.c.kind != EventKind.ADDRESS_INVALID)
            if table is enrolments:
                untouched = and_(table.c.push_id.is_(None), table.c.updated_at == table.c.created_at)
                statement = statement.where(~func.coalesce(and_(table.c.import_id == import_id, untouched), false()))
            ids = await self._tenant.values(statement.distinct())
            self._note(found, ids, _TOLD_AS.get(table.name, Kept.USED))
        return found

    def _note(self, found: dict[str, Kept], lead_ids: Collection[str], why: Kept) -> None:
        for lead_id in lead_ids:
            found[lead_id] = min(found.get(lead_id, why), why, key=_ORDER.index)


def _about_leads() -> list[Column[Any]]:
    """The column of every table that names a lead."""
    keys = (key for table in metadata.sorted_tables for key in table.foreign_keys)
    return [events.c.lead_id, *(key.parent for key in keys if key.column is leads.c.id)]
