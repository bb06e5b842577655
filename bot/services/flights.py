"""Mails on their way: begun a little ahead, so many calls at a time, their outcomes gathered to be recorded in sets."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from bot.outreach.mails import Outgoing
from bot.outreach.sites import Site
from bot.services.outcomes import Outcome

IN_FLIGHT = 100
AHEAD_MAILS = 50
# A commit costs the same for one outcome as for hundreds; of those a crash takes while they wait, a person is asked.
GATHER_SECONDS = 0.1
MOST_TOGETHER = 500


class Begun(NamedTuple):
    """A mail stored as on its way, and since when."""

    mail: Outgoing
    site: Site
    at: datetime


class Supply:
    """Mails in their order, the next batch being begun while the last of the one before wait for their turn.

    begin: stores the next batch as begun; none when there are no more.
    """

    def __init__(self, begin: Callable[[], Coroutine[Any, Any, Sequence[Begun]]]) -> None:
        self._begin = begin
        self._waiting: deque[Begun] = deque()
        self._ahead: asyncio.Task[Sequence[Begun]] | None = None

    async def next(self) -> Begun | None:
        """The next mail; None when there are no more."""
        if not self._waiting:
            # shield: whoever stops us has to give back what is being begun right now.
            self._waiting.extend(await asyncio.shield(self._beginning()))
            self._ahead = None
        if not self._waiting:
            return None
        begun = self._waiting.popleft()
        if len(self._waiting) <= AHEAD_MAILS:
            self._beginning()
        return begun

    async def rest(self) -> Sequence[Begun]:
        """What is begun and was not asked for."""
        if self._ahead is not None:
            (ahead,) = await asyncio.gather(self._ahead, return_exceptions=True)
            self._waiting.extend([] if isinstance(ahead, BaseException) else ahead)
        return self._waiting

    def _beginning(self) -> asyncio.Task[Sequence[Begun]]:
        if self._ahead is None:
            self._ahead = asyncio.create_task(self._begin())
        return self._ahead


class Flight:
    """The calls under way, so many at most, and what became of those that landed."""

    def __init__(self, most: int) -> None:
        self._room = asyncio.Semaphore(most)
        self._calls: set[asyncio.Task[None]] = set()
        self._in_the_air = 0
        self._landed: asyncio.Queue[Outcome | None] = asyncio.Queue()

    async def room(self) -> None:
        """Wait until one more call may be made."""
        await self._room.acquire()

    def launch(self, call: Coroutine[Any, Any, Outcome]) -> None:
        """Make the call; `room` was waited for."""
        self._in_the_air += 1
        task = asyncio.create_task(self._land(call))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    def settle(self, outcome: Outcome) -> None:
        """Something is known without a call."""
        self._landed.put_nowait(outcome)

    async def finish(self) -> None:
        """Wait for the calls under way; nothing more comes."""
        if self._calls:
            await asyncio.wait(self._calls)
        self._landed.put_nowait(None)

    async def groups(self) -> AsyncIterator[list[Outcome]]:
        """The outcomes in the order they came, gathered a little, until the flight is finished."""
        while (outcome := await self._landed.get()) is not None:
            group = [outcome]
            if self._in_the_air:
                await asyncio.sleep(GATHER_SECONDS)
            while len(group) < MOST_TOGETHER and not self._landed.empty():
                outcome = self._landed.get_nowait()
                if outcome is None:
                    yield group
                    return
                group.append(outcome)
            yield group

    async def _land(self, call: Coroutine[Any, Any, Outcome]) -> None:
        try:
            outcome = await call
        finally:
            self._in_the_air -= 1
            self._room.release()
        self.settle(outcome)
