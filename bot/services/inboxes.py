"""Deliveries of one vendor, stored as they come, applied in order; one that cannot be applied is set aside, alone."""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import structlog

from bot.clock import Clock
from bot.outreach.webhooks import ReceivedEvent
from bot.services.letterbox import GATHER_SECONDS, Letter, Letterbox
from storage.database import Database
from storage.unit_of_work import UnitOfWork

log = structlog.get_logger()
APPLY_LEASE = timedelta(minutes=1)
APPLY_BATCH = 100
# So that a transaction over many events stays short; on SQLite everybody else who writes waits for it.
APPLY_BYTES, APPLY_BYTES_ALONE = 400_000, 200_000
ONE_BY_ONE = 10
CALM_SECONDS = 0.1
CALM_TRIES = 30
MAX_ATTEMPTS = 5
Apply = Callable[[UnitOfWork, Sequence[ReceivedEvent]], Coroutine[Any, Any, None]]
Apart = Callable[[bytes], Sequence[Letter]]


def _never_apart(_: bytes) -> Sequence[Letter]:
    return ()


class Inboxes:
    """apply: turns deliveries into rows, with as many statements for a batch as for one, and asks nothing but the unit
    of work; what a power cut takes of it is applied again. batch: at most so many.

    apart: what a delivery of several is taken apart into when it cannot be applied whole; nothing for one alone.
    gather_seconds: as in `Letterbox`.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        vendor: str,
        apply: Apply,
        *,
        batch: int = APPLY_BATCH,
        apart: Apart = _never_apart,
        gather_seconds: float = GATHER_SECONDS,
    ) -> None:
        self._database = database
        self._clock = clock
        self._vendor = vendor
        self._apply = apply
        self._batch = batch
        self._apart = apart
        self._letterbox = Letterbox(self._store, gather_seconds=gather_seconds)
        self._asked: set[str] = set()
        self._applying: set[str] = set()

    async def receive(self, workspace_id: str, key: str, body: bytes) -> bool:
        """Store a delivery; False when one with this key is stored already."""
        return await self._letterbox.drop(workspace_id, key, body)

    async def _store(self, workspace_id: str, letters: Sequence[Letter]) -> Collection[str]:
        async with self._database.begin(workspace_id) as uow:
            return await uow.inbox.receive_many(self._vendor, letters, self._clock())

    async def apply_soon(self, workspace_id: str) -> None:
        """Apply what is stored, unless somebody here is at it: they take up what came meanwhile, too."""
        self._asked.add(workspace_id)
        if workspace_id in self._applying:
            return
        self._applying.add(workspace_id)
        try:
            while workspace_id in self._asked:
                await self._swarm_in(workspace_id)
                while await self.apply_due(workspace_id):
                    pass
        finally:
            self._applying.discard(workspace_id)

    async def _swarm_in(self, workspace_id: str) -> None:
        """Wait while deliveries keep coming, at most three seconds: answering the vendor goes before applying."""
        for _ in range(CALM_TRIES):
            self._asked.discard(workspace_id)
            await asyncio.sleep(CALM_SECONDS)
            if workspace_id not in self._asked:
                return
        self._asked.discard(workspace_id)

    async def apply_due(self, workspace_id: str) -> int:
        """Apply a batch; how many there were."""
        try:
            return await self._database.at_once(workspace_id, self._apply_held)
        except Exception as error:  # one spoils the batch: each alone, so that only that one stays behind
            log.warning("events one by one", vendor=self._vendor, error=type(error).__name__)
            return await self._apply_one_by_one(workspace_id)

    async def _apply_held(self, uow: UnitOfWork) -> int:
        most = APPLY_BYTES_ALONE if self._database.has_one_writer else APPLY_BYTES
        received = await uow.inbox.hold_due(self._vendor, self._clock(), self._batch, most)
        if received:
            await self._apply(uow, received)
        return len(received)

    async def _apply_alone(self, delivery: ReceivedEvent, uow: UnitOfWork) -> None:
        await self._apply(uow, [delivery])

    async def _apply_one_by_one(self, workspace_id: str) -> int:
        async with self._database.begin(workspace_id) as uow:
            received = await uow.inbox.claim_due(self._vendor, self._clock(), ONE_BY_ONE, APPLY_LEASE)
        for delivery in received:
            try:
                await self._database.at_once(workspace_id, partial(self._apply_alone, delivery))
            except Exception as error:  # whatever it is, what came behind it must not wait for ever
                await self._set_aside(workspace_id, delivery, error)
        return len(received)

    async def _set_aside(self, workspace_id: str, delivery: ReceivedEvent, error: Exception) -> None:
        """Take it apart; what is one alone, try again some minutes later; after a few times keep it for a person."""
        kind = type(error).__name__  # its text may hold what the vendor sent
        letters = self._apart(delivery.body)
        async with self._database.begin(workspace_id) as uow:
            if letters:
                await uow.inbox.applied([delivery.id], self._clock())
                await uow.inbox.receive_many(self._vendor, letters, delivery.received_at)
            elif delivery.attempts + 1 >= MAX_ATTEMPTS:
                await uow.inbox.quarantine(delivery.id, kind)
            else:
                await uow.inbox.retry(delivery.id, self._clock() + APPLY_LEASE * 2**delivery.attempts, kind)
