"""Deliveries that come at the same moment, stored in one transaction: a vendor posts events one by one, in swarms."""

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Sequence

Letter = tuple[str, bytes]  # the delivery's key and its body
Store = Callable[[str, Sequence[Letter]], Awaitable[Collection[str]]]
GATHER_SECONDS = 0.005


def digest(body: bytes) -> str:
    """The key of a delivery that carries none of its own."""
    return hashlib.sha256(body).hexdigest()


class Letterbox:
    """While one transaction is under way, what comes waits for the next. store: answers the keys that are new.

    gather_seconds: for how long a swarm may gather before the next transaction.
    """

    def __init__(self, store: Store, *, gather_seconds: float = GATHER_SECONDS) -> None:
        self._store = store
        self._gather_seconds = gather_seconds
        self._waiting: dict[str, list[tuple[Letter, asyncio.Future[bool]]]] = defaultdict(list)
        self._emptying: dict[str, asyncio.Task[None]] = {}

    async def drop(self, workspace_id: str, key: str, body: bytes) -> bool:
        """Whether the delivery is new. It is stored for good when this returns; raises what storing raised."""
        stored: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting[workspace_id].append(((key, body), stored))
        if workspace_id not in self._emptying:
            self._emptying[workspace_id] = asyncio.create_task(self._empty(workspace_id))
        return await stored

    async def _empty(self, workspace_id: str) -> None:
        try:
            while waiting := self._waiting.pop(workspace_id, None):
                await self._store_all(workspace_id, waiting)
                if len(waiting) > 1:  # a swarm: those just answered are about to send their next
                    await asyncio.sleep(self._gather_seconds)
        finally:
            del self._emptying[workspace_id]

    async def _store_all(self, workspace_id: str, waiting: list[tuple[Letter, asyncio.Future[bool]]]) -> None:
        try:
            new = set(await self._store(workspace_id, [letter for letter, _ in waiting]))
        except Exception as error:
            for _, stored in waiting:
                if not stored.done():
                    stored.set_exception(error)
            return
        for (key, _), stored in waiting:
            if not stored.done():
                stored.set_result(key in new)
            new.discard(key)  # the same delivery twice at once: only the first one is new
