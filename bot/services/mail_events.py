"""SendGrid's events: stored raw at the door, applied by the clock."""

import hashlib
from collections.abc import Sequence

from bot.clock import Clock
from bot.gateways.sendgrid_events import key_of, parse_event, split_batch
from bot.outreach.webhooks import ReceivedEvent
from bot.services.inboxes import Inboxes
from bot.services.mail_news import tell_mails
from storage.database import Database
from storage.unit_of_work import UnitOfWork

VENDOR = "sendgrid"
BATCH_EVENTS = 300


class MailEventService:
    """Takes batches and applies them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._inboxes = Inboxes(database, clock, VENDOR, self._apply, batch=BATCH_EVENTS)

    async def receive(self, workspace_id: str, body: bytes) -> int:
        """Store a batch, an event a row; how many are new. What cannot be read is kept whole, and set aside later."""
        events = split_batch(body)
        letters = [(_key(event), event) for event in ([body] if events is None else events)]
        async with self._database.begin(workspace_id) as uow:
            return await uow.inbox.receive_all(VENDOR, letters, self._clock())

    async def apply_soon(self, workspace_id: str) -> None:
        """Apply what is stored once no more comes, unless somebody here is at it."""
        await self._inboxes.apply_soon(workspace_id)

    async def apply_due(self, workspace_id: str) -> int:
        """Apply stored events; how many. One that cannot be applied is set aside, alone."""
        return await self._inboxes.apply_due(workspace_id)

    async def _apply(self, uow: UnitOfWork, received: Sequence[ReceivedEvent]) -> None:
        read = [(parse_event(each.body), each) for each in received]
        for each_id in [each.id for event, each in read if event is None]:
            await uow.inbox.quarantine(each_id, "not a JSON object")
        told = [(event, each.received_at) for event, each in read if event is not None]
        ids = [each.id for event, each in read if event is not None]
        now = self._clock()
        if await uow.inbox.applied(ids, now) == len(told):
            await tell_mails(uow, told, now)


def _key(event: bytes) -> str:
    return key_of(event) or hashlib.sha256(event).hexdigest()
