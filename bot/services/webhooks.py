"""Vendors' events: stored raw at the door, applied by the clock."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta

import structlog

from bot.clock import Clock
from bot.gateways.plusvibe_events import parse_event
from bot.outreach.webhooks import ReceivedEvent
from bot.services.news import tell
from storage.database import Database

log = structlog.get_logger()
APPLY_LEASE = timedelta(minutes=1)
APPLY_BATCH = 100
MAX_ATTEMPTS = 5
VENDOR = "plusvibe"


class _Taken(Exception):
    """Another process was first."""


class WebhookService:
    """Takes PlusVibe's deliveries and turns them into status moves, once per event."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._asked: set[str] = set()
        self._applying: set[str] = set()

    async def receive(self, workspace_id: str, body: bytes) -> bool:
        """Store a delivery; False when the very same one is stored already. Nothing is refused for its content."""
        event = parse_event(body)
        key = event.key if event is not None else None
        async with self._database.begin(workspace_id) as uow:
            return await uow.inbox.receive(VENDOR, key or _digest(body), body, self._clock())

    async def apply_soon(self, workspace_id: str) -> None:
        """Apply what is stored, unless somebody here is at it: they take up what came meanwhile, too."""
        self._asked.add(workspace_id)
        if workspace_id in self._applying:
            return
        self._applying.add(workspace_id)
        try:
            while workspace_id in self._asked:
                self._asked.discard(workspace_id)
                while await self.apply_due(workspace_id) == APPLY_BATCH:
                    pass
        finally:
            self._applying.discard(workspace_id)

    async def apply_due(self, workspace_id: str) -> int:
        """Apply stored deliveries in their order; how many. One that cannot be applied is set aside, alone."""
        async with self._database.begin(workspace_id) as uow:
            received = list(await uow.inbox.claim_due(self._clock(), limit=APPLY_BATCH, lease=APPLY_LEASE))
        if not received:
            return 0
        try:
            await self._apply(workspace_id, received)
        except Exception as error:  # one spoils the batch: each alone, so that only that one stays behind
            log.warning("events one by one", error=type(error).__name__, events=len(received))
            for delivery in received:
                await self._apply_alone(workspace_id, delivery)
        return len(received)

    async def _apply_alone(self, workspace_id: str, delivery: ReceivedEvent) -> None:
        try:
            await self._apply(workspace_id, [delivery])
        except _Taken:
            log.debug("event applied elsewhere", event=delivery.id)
        except Exception as error:  # whatever it is, what came behind it must not wait for ever
            await self._set_aside(workspace_id, delivery, error)

    async def _apply(self, workspace_id: str, received: Sequence[ReceivedEvent]) -> None:
        """All of them or none: one transaction, and as many statements for a hundred as for one."""
        read = {delivery.id: parse_event(delivery.body) for delivery in received}
        unreadable = [delivery_id for delivery_id, event in read.items() if event is None]
        async with self._database.begin(workspace_id) as uow:
            for delivery_id in unreadable:
                await uow.inbox.quarantine(delivery_id, "not a JSON object")
            applied = [delivery.id for delivery in received if read[delivery.id] is not None]
            if await uow.inbox.applied(applied, self._clock()) < len(applied):
                raise _Taken
            told = [(event, delivery.received_at) for delivery in received if (event := read[delivery.id])]
            await tell(uow, told, self._clock())

    async def _set_aside(self, workspace_id: str, delivery: ReceivedEvent, error: Exception) -> None:
        """Try it again some minutes later; after a few times keep it for a person to look at."""
        kind = type(error).__name__  # its text may hold what the vendor sent
        async with self._database.begin(workspace_id) as uow:
            if delivery.attempts + 1 >= MAX_ATTEMPTS:
                await uow.inbox.quarantine(delivery.id, kind)
            else:
                await uow.inbox.retry(delivery.id, self._clock() + APPLY_LEASE * 2**delivery.attempts, kind)


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
