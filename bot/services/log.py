"""The log: who did what, when, from which message. Append-only."""

from collections.abc import Sequence

from bot.outreach.access import Actor, Permission, require
from bot.outreach.events import Event
from storage.database import Database

PAGE_EVENTS = 20


class LogService:
    """Reads the append-only log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, workspace_id: str, actor: Actor, before_id: int | None = None) -> Sequence[Event]:
        """Up to 20 entries, newest first, older than `before_id`."""
        require(actor, Permission.READ_LOG)
        async with self._database.read(workspace_id) as uow:
            return await uow.events.log(limit=PAGE_EVENTS, before_id=before_id)
