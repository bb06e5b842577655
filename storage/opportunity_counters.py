"""How many opportunities stand in each column: kept beside every change, written once at the end of the transaction."""

from collections import Counter

from sqlalchemy import delete, func, insert, select

from bot.outreach.opportunities import BoardColumn
from storage.opportunity_tables import LIVE, opportunities, opportunity_counters
from storage.tables import incoming
from storage.tenant import Tenant

_KEY = ["workspace_id", "column"]


class OpportunityCounters:
    """Changes are gathered here and written by `flush`, so that the busiest rows are locked only for the commit."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._pending: Counter[BoardColumn] = Counter()

    def came(self, column: BoardColumn) -> None:
        """One was added to this column."""
        self._pending[column] += 1

    def left(self, column: BoardColumn) -> None:
        """One was taken from this column."""
        self._pending[column] -= 1

    async def flush(self) -> None:
        """Write what changed, in one order for everybody: two transactions cannot wait for each other."""
        moved = sorted((column, by) for column, by in self._pending.items() if by)
        rows = [self._tenant.row(column=column.value, opportunities=by) for column, by in moved]
        self._pending.clear()
        added = self._tenant.insert(opportunity_counters)
        sums = {"opportunities": opportunity_counters.c.opportunities + incoming("opportunities")["opportunities"]}
        for row in rows:
            await self._tenant.change(added.values(row).on_conflict_do_update(set_=sums, index_elements=_KEY))

    async def stored(self) -> dict[BoardColumn, int]:
        """The counters, this transaction's own changes included. Empty columns are absent."""
        columns = (opportunity_counters.c.column, opportunity_counters.c.opportunities)
        rows = await self._tenant.all(select(*columns).where(self._tenant.owns(opportunity_counters)))
        counted = Counter({BoardColumn(row[0]): row[1] for row in rows})
        counted.update(self._pending)
        return {column: number for column, number in counted.items() if number}

    async def recounted(self) -> dict[BoardColumn, int]:
        """The same from the opportunities themselves: slow, for checks."""
        counted = select(opportunities.c.column, func.count()).where(self._tenant.owns(opportunities), LIVE)
        return {row[0]: row[1] for row in await self._tenant.all(counted.group_by(opportunities.c.column))}

    async def repair(self) -> None:
        """Write the recounted ones. The caller keeps writers out meanwhile."""
        self._pending.clear()
        await self._tenant.change(delete(opportunity_counters).where(self._tenant.owns(opportunity_counters)))
        counted = await self.recounted()
        rows = [self._tenant.row(column=column.value, opportunities=number) for column, number in counted.items()]
        await self._tenant.many(insert(opportunity_counters), rows)
