"""Digests: what is due where, its figures frozen as they are posted."""

from bot.clock import Clock
from storage.database import Database


class DigestService:
    """The funnel digest, once per channel and local day."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
