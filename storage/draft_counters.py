"""How many drafts stand at each state: kept beside every change, written once at the end of the transaction."""

from collections import Counter

from sqlalchemy import delete, func, insert, select

from bot.outreach.drafts import DraftState
from storage.draft_tables import draft_counters, drafts
from storage.tenant import Tenant

_KEY = ("workspace_id", "state")


class DraftCounters:
    """Changes are gathered here and written by `flush`, so that the busiest rows are locked only for the commit."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._pending: Counter[DraftState] = Counter()

    def came(self, state: DraftState) -> None:
        """A draft was made at this state."""
        self._pending[state] += 1

    def moved(self, before: DraftState, after: DraftState, number: int) -> None:
        """So many drafts changed their state."""
        self._pending[before] -= number
        self._pending[after] += number

    async def flush(self) -> None:
        """Write what changed, in one order for everybody: two transactions cannot wait for each other."""
        rows = [self._tenant.row(state=state.value, drafts=by) for state, by in sorted(self._pending.items()) if by]
        self._pending.clear()
        await self._tenant.add_up(draft_counters, _KEY, "drafts", rows)

    async def stored(self) -> dict[DraftState, int]:
        """The counters, this transaction's own changes included. States with no draft are absent."""
        columns = (draft_counters.c.state, draft_counters.c.drafts)
        rows = await self._tenant.all(select(*columns).where(self._tenant.owns(draft_counters)))
        counted = Counter({DraftState(row.state): row.drafts for row in rows})
        counted.update(self._pending)
        return {state: number for state, number in counted.items() if number}

    async def recounted(self) -> dict[DraftState, int]:
        """The same from the drafts themselves: slow, for checks."""
        statement = select(drafts.c.state, func.count()).where(self._tenant.owns(drafts)).group_by(drafts.c.state)
        return {row[0]: row[1] for row in await self._tenant.all(statement)}

    async def repair(self) -> None:
        """Write the recounted ones. The caller keeps writers out meanwhile."""
        self._pending.clear()
        await self._tenant.change(delete(draft_counters).where(self._tenant.owns(draft_counters)))
        rows = [self._tenant.row(state=state, drafts=number) for state, number in (await self.recounted()).items()]
        await self._tenant.many(insert(draft_counters), rows)
