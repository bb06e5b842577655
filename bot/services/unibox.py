"""The Unibox: conversations with leads, and our answers."""

from bot.clock import Clock
from bot.gateways.plusvibe import PlusVibe
from bot.outreach.access import Actor
from bot.outreach.unibox import ReplyCard
from storage.database import Database


class UniboxService:
    """Threads, what waits for an answer, and the composer."""

    def __init__(self, database: Database, clock: Clock, plusvibe: PlusVibe | None) -> None:
        self._database = database
        self._clock = clock
        self._plusvibe = plusvibe

    async def waiting(self, workspace_id: str, actor: Actor, limit: int = 5) -> tuple[int, list[ReplyCard]]:
        """How many replies nobody has answered, and the longest waiting ones. The number stops at 1,000."""
        return 0, []
