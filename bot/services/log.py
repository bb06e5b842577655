"""The log: who did what, when, from which message. Append-only."""

from collections.abc import Sequence

from bot.clock import Clock
from bot.outreach.access import Actor, Permission, require
from bot.outreach.events import Event, EventKind, by
from storage.database import Database

PAGE_EVENTS = 20
EXPORT_EVENTS = 10_000


class LogService:
    """Reads the append-only log."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def page(self, workspace_id: str, actor: Actor, before_id: int | None = None) -> Sequence[Event]:
        """Up to 20 entries, newest first, older than `before_id`."""
        require(actor, Permission.READ_LOG)
        async with self._database.read(workspace_id) as uow:
            return await uow.events.log(limit=PAGE_EVENTS, before_id=before_id)

    async def export(self, workspace_id: str, actor: Actor) -> Sequence[Event]:
        """The newest entries, up to 10,000, for a file. That it was taken out is an entry of its own."""
        require(actor, Permission.READ_LOG)
        async with self._database.begin(workspace_id) as uow:
            events = await uow.events.log(limit=EXPORT_EVENTS)
            await uow.events.add(by(actor, EventKind.LOG_EXPORTED, self._clock(), None, {"entries": len(events)}))
            return events
