"""The workspace's own rules."""

from bot.clock import Clock
from bot.outreach.access import Actor, Permission, require
from bot.outreach.events import EventKind, by
from bot.outreach.policies import Policy
from storage.database import Database
from storage.unit_of_work import UnitOfWork

_KEY = "policy"


async def policy_in(uow: UnitOfWork) -> Policy:
    """The rules as they stand in this transaction."""
    return Policy.of(await uow.settings.get(_KEY))


class PolicyService:
    """Reads and changes them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def get(self, workspace_id: str) -> Policy:
        """The rules now."""
        async with self._database.read(workspace_id) as uow:
            return await policy_in(uow)

    async def set(self, workspace_id: str, actor: Actor, policy: Policy) -> Policy:
        """New rules for everybody; what changed is in the log."""
        require(actor, Permission.SET_POLICY)
        async with self._database.begin(workspace_id) as uow:
            before, after = (await policy_in(uow)).stored(), policy.stored()
            await uow.settings.put(_KEY, after)
            changes = [f"{name} {'on' if after[name] else 'off'}" for name in after if after[name] != before[name]]
            if changes:
                await uow.events.add(by(actor, EventKind.POLICY_SET, self._clock(), None, {"changes": changes}))
        return policy
