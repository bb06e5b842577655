"""Vendors' events: stored raw at the door, applied by the clock."""

import hashlib
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.gateways.plusvibe_events import PlusVibeEvent, parse_event
from bot.outreach.access import PLUSVIBE
from bot.outreach.addresses import address_key
from bot.outreach.events import EventKind, by
from bot.outreach.leads import Lead, LeadStatus, moved_up
from bot.outreach.reachability import AddressFact, AddressRecord
from bot.outreach.webhooks import ReceivedEvent
from storage.database import Database
from storage.unit_of_work import UnitOfWork

APPLY_LEASE = timedelta(minutes=1)
APPLY_BATCH = 100
MAX_ATTEMPTS = 5
VENDOR = "plusvibe"
_REPLIES = frozenset({"FIRST_EMAIL_REPLIES", "ALL_EMAIL_REPLIES", "ALL_POSITIVE_REPLIES"})
_LABELLED = "LEAD_MARKED_AS_"


class WebhookService:
    """Takes PlusVibe's deliveries and turns them into status moves, once per event."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def receive(self, workspace_id: str, body: bytes) -> bool:
        """Store a delivery; False when the very same one is stored already. Nothing is refused for its content."""
        event = parse_event(body)
        key = event.key if event is not None else None
        async with self._database.begin(workspace_id) as uow:
            return await uow.inbox.receive(VENDOR, key or _digest(body), body, self._clock())

    async def apply_due(self, workspace_id: str) -> int:
        """Apply stored deliveries in their order; how many. One that cannot be applied is set aside, alone."""
        async with self._database.begin(workspace_id) as uow:
            received = list(await uow.inbox.claim_due(self._clock(), limit=APPLY_BATCH, lease=APPLY_LEASE))
        for delivery in received:
            try:
                await self._apply(workspace_id, delivery)
            except Exception as error:  # whatever it is, what came behind it must not wait for ever
                await self._set_aside(workspace_id, delivery, error)
        return len(received)

    async def _apply(self, workspace_id: str, delivery: ReceivedEvent) -> None:
        event = parse_event(delivery.body)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            if event is None:
                await uow.inbox.quarantine(delivery.id, "not a JSON object")
            elif await uow.inbox.applied([delivery.id], now) and not event.is_sample:
                await self._tell(uow, event, delivery.received_at)

    async def _set_aside(self, workspace_id: str, delivery: ReceivedEvent, error: Exception) -> None:
        """Try it again some minutes later; after a few times keep it for a person to look at."""
        kind = type(error).__name__  # its text may hold what the vendor sent
        async with self._database.begin(workspace_id) as uow:
            if delivery.attempts + 1 >= MAX_ATTEMPTS:
                await uow.inbox.quarantine(delivery.id, kind)
            else:
                await uow.inbox.retry(delivery.id, self._clock() + APPLY_LEASE * 2**delivery.attempts, kind)

    async def _tell(self, uow: UnitOfWork, event: PlusVibeEvent, received_at: datetime) -> None:
        """Several events of one reply share its message id: only the first one counts as a reply."""
        if not event.email:
            return
        key = address_key(event.email)
        lead = (await uow.leads.by_keys([key])).get(key)
        if lead is None:
            return
        now = self._clock()
        name = event.event.upper()
        if name in _REPLIES:
            await self._replied(uow, lead, event, now)
        elif name == "EMAIL_SENT":
            await _move(uow, lead, LeadStatus.EMAIL_SENT, EventKind.EMAIL_SENT, event, now)
        elif name == "BOUNCED_EMAIL":
            await uow.addresses.add(
                AddressRecord(
                    key,
                    AddressFact.BOUNCED,
                    event.occurred_at or received_at,
                    "PlusVibe webhook",
                    PLUSVIBE.id,
                    event.bounce_message[:500],
                )
            )
            await _move(uow, lead, LeadStatus.BOUNCED, EventKind.BOUNCED, event, now)
        elif name.startswith(_LABELLED):
            await _enrich(uow, lead, event, now)
            facts = {"label": event.label or name.removeprefix(_LABELLED)}
            await uow.events.add(by(PLUSVIBE, EventKind.LABELLED, now, lead.id, facts))

    async def _replied(self, uow: UnitOfWork, lead: Lead, event: PlusVibeEvent, now: datetime) -> None:
        once = f"reply:{event.message_id}" if event.message_id else f"reply-event:{event.key}"
        await _enrich(uow, lead, event, now)
        if await uow.ledger.claim(once, PLUSVIBE.id, now):
            await _move(uow, lead, LeadStatus.REPLIED, EventKind.REPLIED, event, now)


async def _move(
    uow: UnitOfWork, lead: Lead, status: LeadStatus, kind: EventKind, event: PlusVibeEvent, now: datetime
) -> None:
    after = moved_up(lead.status, status)
    if after is not lead.status:
        await uow.leads.change(lead.id, {"status": after, "status_by_hand": False}, at=now)
    facts = {"before": lead.status.value if lead.status else None, "after": after.value}
    if event.occurred_at is not None:
        facts["occurred_at"] = event.occurred_at.isoformat()
    await uow.events.add(by(PLUSVIBE, kind, now, lead.id, facts))


async def _enrich(uow: UnitOfWork, lead: Lead, event: PlusVibeEvent, now: datetime) -> None:
    """Read-only values for the card; the raw payload stays for admins."""
    known = dict(lead.plusvibe_lead_data)
    told = {"label": event.label, "sentiment": event.sentiment, "lastEmailSubject": event.subject}
    known.update({name: text for name, text in told.items() if text})
    known["raw"] = event.raw
    await uow.leads.change(lead.id, {"plusvibe_lead_data": known}, at=now)


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
