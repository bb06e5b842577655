"""Many leads' statuses at once, without the rest of the leads."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select, update

from bot.outreach.leads import LeadStatus, moved_up
from bot.outreach.pipeline import Milestone, reached
from storage.funnel_counters import FunnelCounters
from storage.lead_counters import LeadCounters
from storage.lead_tables import LIVE, leads, status_rank
from storage.tables import among
from storage.tenant import Tenant

Standing = dict[str, LeadStatus | None]  # by the lead's id
_OPENED = int(Milestone.OPENED)


class HeldLead(NamedTuple):
    """Where a lead stands, held until the transaction ends. furthest: the milestone's number."""

    seq: int
    id: str
    status: LeadStatus | None
    opens: int
    furthest: int


_HELD = select(*(leads.c[name] for name in HeldLead._fields)).order_by(leads.c.seq).with_for_update(key_share=True)


class LeadStatuses:
    """The statuses of one workspace's leads, and the counters that follow them."""

    def __init__(self, tenant: Tenant, counters: LeadCounters, funnel: FunnelCounters) -> None:
        self._tenant = tenant
        self._counters = counters
        self._funnel = funnel

    async def of(self, lead_ids: Iterable[str]) -> Standing:
        """Where these leads stand; missing ones are left out."""
        columns = select(leads.c.id, leads.c.status).where(self._tenant.owns(leads), LIVE)
        return {row.id: row.status for row in await self._tenant.all(columns.where(among(leads.c.id, lead_ids)))}

    async def rise(self, lead_ids: Iterable[str], status: LeadStatus, at: datetime) -> Standing:
        """Move these up to a status that a vendor told, and none of them back. Answers where they stood."""
        found = await self.hold(lead_ids)
        rising = [row for row in found if moved_up(row.status, status) is not row.status]
        values = {"status": status, "status_by_hand": False, "status_rank": status_rank(status), "updated_at": at}
        # Apart, because SQLite writes the index of a column that is set at all.
        proved = int(reached(status))
        await self._write([row for row in rising if row.furthest < proved], {**values, "furthest": proved})
        await self._write([row for row in rising if row.furthest >= proved], values)
        return {row.id: row.status for row in found}

    async def hold(self, lead_ids: Iterable[str]) -> list[HeldLead]:
        """Where these leads stand; nobody else moves them until the transaction ends. Missing ones are left out."""
        mine = (self._tenant.owns(leads), LIVE, among(leads.c.id, lead_ids))
        return [HeldLead(*row) for row in await self._tenant.all(_HELD.where(*mine))]

    async def stand(self, after: Sequence[tuple[HeldLead, LeadStatus | None, int]], at: datetime) -> None:
        """Each held lead with its status and opens from now on."""
        # Apart by what changes, because SQLite writes the index of a column that is set at all.
        alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
        for lead, status, opens in after:
            values: dict[str, Any] = {"opens": opens} if opens != lead.opens else {}
            if status is not lead.status:
                values |= {"status": status, "status_by_hand": False, "status_rank": status_rank(status)}
                self._counters.moved(lead.status, status)
            proved = max(int(reached(status)), _OPENED if opens else 0)
            if values and proved > lead.furthest:
                values["furthest"] = proved
                self._funnel.moved(lead.furthest, proved)
            if values:
                alike[tuple(values)].append({"seq": lead.seq, "updated_at": at, **values})
        for rows in alike.values():
            await self._tenant.revise(leads, "seq", rows)

    async def _write(self, rising: Sequence[HeldLead], values: dict[str, Any]) -> None:
        for row in rising:
            self._counters.moved(row.status, values["status"])
            self._funnel.moved(row.furthest, values.get("furthest", row.furthest))
        if rising:
            held = among(leads.c.seq, [row.seq for row in rising])
            await self._tenant.change(update(leads).where(held).values(**values))
