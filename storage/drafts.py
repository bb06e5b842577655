"""Drafts: what waits to be approved, and what became of it."""

from bot.outreach.drafts import DraftState
from storage.tenant import Tenant


class Drafts:
    """The drafts of one workspace."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def counts(self) -> dict[DraftState, int]:
        """How many drafts stand at each state, from maintained counters; empty states are absent."""
        return {}

    async def recount(self) -> dict[DraftState, int]:
        """What `counts` must equal, by reading every draft."""
        return {}

    async def flush(self) -> None:
        """Write what was held back until the end of the transaction."""
