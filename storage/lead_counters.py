"""How many leads stand at each status: kept beside every change, written once at the end of the transaction."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ScalarSelect, delete, func, insert, select

from bot.outreach.leads import LeadStatus
from storage.lead_tables import LIVE, lead_counters, leads
from storage.tenant import Tenant

_NO_STATUS = ""


class LeadCounters:
    """Changes are gathered here and written by `flush`, so that the busiest rows are locked only for the commit."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._pending: Counter[str] = Counter()

    def moved(self, before: LeadStatus | None, after: LeadStatus | None) -> None:
        """A lead changed its status."""
        self.left(before)
        self.came(after)

    def came(self, status: LeadStatus | None, *, leads: int = 1) -> None:
        """Leads were added at this status."""
        self._pending[status or _NO_STATUS] += leads

    def left(self, status: LeadStatus | None) -> None:
        """A lead at this status was removed."""
        self._pending[status or _NO_STATUS] -= 1

    async def flush(self) -> None:
        """Write what changed, in one order for everybody: two transactions cannot wait for each other."""
        rows = [self._tenant.row(status=status, leads=by) for status, by in sorted(self._pending.items()) if by]
        self._pending.clear()
        await self._tenant.add_up(lead_counters, _KEY, "leads", rows)

    async def stored(self) -> dict[LeadStatus | None, int]:
        """The counters, this transaction's own changes included. Statuses with no lead are absent."""
        columns = (lead_counters.c.status, lead_counters.c.leads)
        rows = await self._tenant.all(select(*columns).where(self._tenant.owns(lead_counters)))
        counted = Counter({row.status: row.leads for row in rows})
        counted.update(self._pending)
        return _by_status(counted)

    def total(self, status: LeadStatus | None) -> ScalarSelect[Any]:
        """The stored count at one status, or of all, as a column beside others; add what is `pending`."""
        counted = select(func.coalesce(func.sum(lead_counters.c.leads), 0)).where(self._tenant.owns(lead_counters))
        return (counted.where(lead_counters.c.status == status) if status else counted).scalar_subquery()

    def pending(self, status: LeadStatus | None) -> int:
        """By how much this transaction's own changes move that count."""
        return self._pending[status] if status else sum(self._pending.values())

    async def recounted(self) -> dict[LeadStatus | None, int]:
        """The same from the leads themselves: slow, for checks."""
        statement = select(leads.c.status, func.count()).where(self._tenant.owns(leads), LIVE)
        rows = await self._tenant.all(statement.group_by(leads.c.status))
        return {row[0]: row[1] for row in rows}

    async def repair(self) -> None:
        """Write the recounted ones. The caller keeps writers out meanwhile."""
        self._pending.clear()
        await self._tenant.change(delete(lead_counters).where(self._tenant.owns(lead_counters)))
        counted = await self.recounted()
        rows = [self._tenant.row(status=status or _NO_STATUS, leads=number) for status, number in counted.items()]
        await self._tenant.many(insert(lead_counters), rows)


_KEY = ("workspace_id", "status")


def _by_status(counted: Mapping[str, int]) -> dict[LeadStatus | None, int]:
    return {LeadStatus(status) if status else None: count for status, count in counted.items() if count}
