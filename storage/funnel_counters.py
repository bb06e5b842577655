"""How many leads got just as far as each milestone: kept like the counts by status, written with them."""

from collections import Counter
from typing import Any

from sqlalchemy import delete, func, insert, select

from bot.outreach.pipeline import Milestone
from storage.lead_tables import LIVE, funnel_counters, leads
from storage.tenant import Tenant


class FunnelCounters:
    """Changes are gathered here and written by `flush`."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._pending: Counter[int] = Counter()

    def moved(self, before: int, after: int) -> None:
        """A lead got further."""
        self.left(before)
        self.came(after)

    def came(self, milestone: int, *, leads: int = 1) -> None:
        """Leads were added that got so far."""
        self._pending[milestone] += leads

    def left(self, milestone: int) -> None:
        """A lead that got so far was removed."""
        self._pending[milestone] -= 1

    async def flush(self) -> None:
        """Write what changed, in one order for everybody."""
        rows = [self._tenant.row(milestone=got, leads=by) for got, by in sorted(self._pending.items()) if by]
        self._pending.clear()
        await self._tenant.add_up(funnel_counters, _KEY, "leads", rows)

    async def stored(self) -> dict[Milestone, int]:
        """The counters, this transaction's own changes included. Milestones with no lead are absent."""
        columns = (funnel_counters.c.milestone, funnel_counters.c.leads)
        rows = await self._tenant.all(select(*columns).where(self._tenant.owns(funnel_counters)))
        counted = Counter({row.milestone: row.leads for row in rows})
        counted.update(self._pending)
        return {Milestone(got): number for got, number in sorted(counted.items()) if number}

    async def recounted(self) -> dict[Milestone, int]:
        """The same from the leads themselves: slow, for checks."""
        statement = select(leads.c.furthest, func.count()).where(self._tenant.owns(leads), LIVE)
        rows = await self._tenant.all(statement.group_by(leads.c.furthest))
        return {Milestone(row[0]): row[1] for row in sorted(rows)}

    async def repair(self) -> None:
        """Write the recounted ones. The caller keeps writers out meanwhile."""
        self._pending.clear()
        await self._tenant.change(delete(funnel_counters).where(self._tenant.owns(funnel_counters)))
        rows: list[dict[str, Any]] = [
            self._tenant.row(milestone=int(got), leads=number) for got, number in (await self.recounted()).items()
        ]
        await self._tenant.many(insert(funnel_counters), rows)


_KEY = ("workspace_id", "milestone")
