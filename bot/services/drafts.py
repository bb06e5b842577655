"""Drafts: made, edited, approved by a person, handed over."""

from bot.clock import Clock
from bot.outreach.access import Actor
from bot.outreach.drafts import DraftCard
from storage.database import Database


class DraftService:
    """The approval queue."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def waiting(self, workspace_id: str, actor: Actor, limit: int = 5) -> tuple[int, list[DraftCard]]:
        """How many drafts wait, and the longest waiting ones, those first that this person may approve."""
        return 0, []
