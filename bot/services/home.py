"""Who has the Home tab, and whether what it shows is out of date."""

from bot.clock import Clock
from storage.database import Database


class HomeService:
    """Remembers who looked at Home lately."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
