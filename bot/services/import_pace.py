"""How an import keeps its pace: rows are read ahead while the last ones are written, and a batch stays short."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress

from bot.services.import_taking import Batch

# With fewer a batch is hardly shorter on a busy machine, and a file takes twice as long.
FEWEST_ROWS, MOST_ROWS = 200, 2_000
FIRST_ROWS = 200


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


async def read_ahead(
    batch: Callable[[int], Batch], rest: Callable[[], Awaitable[None]], pace: Pace, *, has_one_writer: bool
) -> AsyncGenerator[Batch]:
    """The batches, each made in a thread while the one before it is written, or while there is a rest behind it.

    batch: the next so many rows. has_one_writer: others wait while a batch is written, so nothing else goes on then.
    """

    def ahead() -> asyncio.Task[Batch]:
        return asyncio.create_task(asyncio.to_thread(batch, pace.rows))

    coming = ahead()
    try:
        while (made := await coming).rows:
            if not has_one_writer:
                coming = ahead()
            yield made
            if has_one_writer:
                coming = ahead()
            await rest()
    finally:
        with suppress(Exception):  # whoever stops early closes the file next
            await coming
