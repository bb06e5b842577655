"""How an import keeps its pace: rows are read ahead while the last ones are written, and a batch stays short."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import suppress
from itertools import islice

from bot.outreach.csv_text import Row
from bot.outreach.import_rows import Candidate, RowReader
from bot.outreach.importing import Rejected

FEWEST_ROWS, MOST_ROWS = 100, 2_000
FIRST_ROWS = 100


class Pace:
    """How many rows the next batch has. aim_seconds: how long a batch may hold others up.

    rest_seconds: between two batches, so that others come to the lock; longer than they wait between two looks.
    """

    def __init__(self, aim_seconds: float, rest_seconds: float = 0.0) -> None:
        self._aim = aim_seconds
        self.rest_seconds = rest_seconds
        self.rows = FIRST_ROWS

    def took(self, rows: int, seconds: float) -> None:
        """A batch of so many rows took so long. The next is at most twice as large: one quick batch says little."""
        fit = int(rows * self._aim / max(seconds, 1e-6))
        self.rows = max(FEWEST_ROWS, min(MOST_ROWS, 2 * self.rows, fit))


async def read_ahead(reader: RowReader, rows: Iterator[Row], pace: Pace) -> AsyncGenerator[list[Candidate | Rejected]]:
    """The rows in batches, each read in a thread while the one before it is worked on."""

    def batch() -> list[Candidate | Rejected]:
        return [reader.row(row) for row in islice(rows, pace.rows)]

    coming = asyncio.create_task(asyncio.to_thread(batch))
    try:
        while read := await coming:
            coming = asyncio.create_task(asyncio.to_thread(batch))
            yield read
    finally:
        with suppress(Exception):  # whoever stops early closes the file next
            await coming
