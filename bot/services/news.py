"""What a batch of PlusVibe's events changes: gathered lead by lead in memory, written in sets."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bot.gateways.plusvibe_events import PlusVibeEvent
from bot.outreach.access import PLUSVIBE
from bot.outreach.addresses import address_key
from bot.outreach.events import Event, EventKind, by
from bot.outreach.leads import Lead, LeadStatus, moved_up
from bot.outreach.reachability import AddressFact, AddressRecord
from storage.unit_of_work import UnitOfWork

_REPLIES = frozenset({"FIRST_EMAIL_REPLIES", "ALL_EMAIL_REPLIES", "ALL_POSITIVE_REPLIES"})
_LABELLED = "LEAD_MARKED_AS_"


async def tell(uow: UnitOfWork, told: Iterable[tuple[PlusVibeEvent, datetime]], now: datetime) -> None:
    """Let our leads follow the events, each given with the time it came, in their order."""
    heard = [(address_key(event.email), event, at) for event, at in told if event.email and not event.is_sample]
    leads = await uow.leads.by_keys({key for key, _, _ in heard}, locked=True) if heard else {}
    heard = [each for each in heard if each[0] in leads]
    replies = {_reply(event) for _, event, _ in heard if event.event in _REPLIES}
    news = News(leads, await uow.ledger.claim_many(replies, PLUSVIBE.id, now), now)
    for key, event, at in heard:
        news.hear(key, event, at)
    await news.store(uow)


class News:
    """leads: by address key, as the events so far leave them. unheard: replies no event has counted yet."""

    def __init__(self, leads: dict[str, Lead], unheard: set[str], now: datetime) -> None:
        self._leads = leads
        self._unheard = unheard
        self._now = now
        self._moved: set[str] = set()
        self._enriched: set[str] = set()
        self._records: list[AddressRecord] = []
        self._events: list[Event] = []

    def hear(self, key: str, event: PlusVibeEvent, received_at: datetime) -> None:
        """One more event about the lead with this key."""
        if event.event in _REPLIES:
            self._replied(key, event)
        elif event.event == "EMAIL_SENT":
            self._move(key, LeadStatus.EMAIL_SENT, EventKind.EMAIL_SENT, event)
        elif event.event == "BOUNCED_EMAIL":
            at, why = event.occurred_at or received_at, event.bounce_message[:500]
            self._records.append(AddressRecord(key, AddressFact.BOUNCED, at, "PlusVibe webhook", PLUSVIBE.id, why))
            self._move(key, LeadStatus.BOUNCED, EventKind.BOUNCED, event)
        elif event.event.startswith(_LABELLED):
            self._enrich(key, event)
            facts = {"label": event.label or event.event.removeprefix(_LABELLED)}
            self._events.append(by(PLUSVIBE, EventKind.LABELLED, self._now, self._leads[key].id, facts))

    async def store(self, uow: UnitOfWork) -> None:
        """Write it all."""
        moved = [self._leads[key] for key in self._moved]
        enriched = [self._leads[key] for key in self._enriched]
        await uow.leads.change_many(
            [(lead.id, {"status": lead.status, "status_by_hand": False}) for lead in moved], at=self._now
        )
        await uow.leads.change_many(
            [(lead.id, {"plusvibe_lead_data": lead.plusvibe_lead_data}) for lead in enriched], at=self._now
        )
        await uow.addresses.add_many(self._records)
        await uow.events.add_many(self._events)

    def _replied(self, key: str, event: PlusVibeEvent) -> None:
        """Several events of one reply share its message id: only the first one counts as a reply."""
        self._enrich(key, event)
        if _reply(event) in self._unheard:
            self._unheard.discard(_reply(event))
            self._move(key, LeadStatus.REPLIED, EventKind.REPLIED, event)

    def _move(self, key: str, status: LeadStatus, kind: EventKind, event: PlusVibeEvent) -> None:
        lead = self._leads[key]
        after = moved_up(lead.status, status)
        if after is not lead.status:
            self._leads[key] = replace(lead, status=after)
            self._moved.add(key)
        facts = {"before": lead.status.value if lead.status else None, "after": after.value}
        if event.occurred_at is not None:
            facts["occurred_at"] = event.occurred_at.isoformat()
        self._events.append(by(PLUSVIBE, kind, self._now, lead.id, facts))

    def _enrich(self, key: str, event: PlusVibeEvent) -> None:
        """Read-only values for the card; the raw payload stays for admins."""
        told = {"label": event.label, "sentiment": event.sentiment, "lastEmailSubject": event.subject}
        known = {name: text for name, text in told.items() if text}
        lead = self._leads[key]
        self._leads[key] = replace(lead, plusvibe_lead_data={**lead.plusvibe_lead_data, **known, "raw": event.raw})
        self._enriched.add(key)


def _reply(event: PlusVibeEvent) -> str:
    """What the ledger knows a reply by."""
    return f"reply:{event.message_id}" if event.message_id else f"reply-event:{event.key}"
