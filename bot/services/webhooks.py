"""Vendors' events: stored raw at the door, applied by the clock."""

from collections.abc import Sequence

from bot.clock import Clock
from bot.gateways.plusvibe_events import parse_event
from bot.outreach.webhooks import ReceivedEvent
from bot.services.inboxes import Inboxes
from bot.services.letterbox import digest
from bot.services.news import tell
from bot.services.reply_cards import Wording, show_cards
from storage.database import Database
from storage.unit_of_work import UnitOfWork

VENDOR = "plusvibe"


class WebhookService:
    """Takes PlusVibe's deliveries and turns them into status moves and replies, once per event.

    wording: the card of a reply, so that copies posted already follow what an event adds to it.
    """

    def __init__(self, database: Database, clock: Clock, wording: Wording | None = None) -> None:
        self._database = database
        self._clock = clock
        self._wording = wording
        self._inboxes = Inboxes(database, clock, VENDOR, self._apply)

    async def receive(self, workspace_id: str, body: bytes) -> bool:
        """Store a delivery; False when the very same one is stored already. Nothing is refused for its content."""
        event = parse_event(body)
        key = event.key if event is not None else None
        return await self._inboxes.receive(workspace_id, key or digest(body), body)

    async def apply_soon(self, workspace_id: str) -> None:
        """Apply what is stored, unless somebody here is at it: they take up what came meanwhile, too."""
        await self._inboxes.apply_soon(workspace_id)

    async def apply_due(self, workspace_id: str) -> int:
        """Apply stored deliveries in their order; how many. One that cannot be applied is set aside, alone."""
        return await self._inboxes.apply_due(workspace_id)

    async def _apply(self, uow: UnitOfWork, received: Sequence[ReceivedEvent]) -> None:
        """As many statements for a hundred deliveries as for one."""
        read = [(parse_event(delivery.body), delivery) for delivery in received]
        for delivery_id in [delivery.id for event, delivery in read if event is None]:
            await uow.inbox.quarantine(delivery_id, "not a JSON object")
        told = [(event, delivery) for event, delivery in read if event is not None]
        if await uow.inbox.applied([delivery.id for _, delivery in told], self._clock()) == len(told):
            now = self._clock()
            touched = await tell(uow, [(event, delivery.received_at) for event, delivery in told], now)
            if touched and self._wording is not None:
                await show_cards(uow, touched, self._wording, now)
