"""Routes: which news goes to which channel, and when."""

from datetime import time

from bot.clock import Clock
from storage.database import Database


class RouteService:
    """What `/outreach digest` sets."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def default_to(self, workspace_id: str, channel: str, at: time) -> None:
        """Give SLACK_CHANNEL the default routes while nobody has set any; a route set by a person is never touched."""
