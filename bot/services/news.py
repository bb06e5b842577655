"""What a batch of PlusVibe's events changes: gathered lead by lead in memory, written in sets."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.gateways.plusvibe_events import PlusVibeEvent, reply_in
from bot.outreach.access import PLUSVIBE
from bot.outreach.addresses import address_key
from bot.outreach.enrolments import Happening, HeardOf
from bot.outreach.events import Event, EventKind, by
from bot.outreach.leads import Lead, LeadStatus, moved_up
from bot.outreach.mail_facts import Engagement
from bot.outreach.reachability import AddressFact, AddressRecord
from bot.outreach.sequences import Signals
from bot.outreach.unibox import Direction, Mail
from bot.services.hearing import NEWS_UNTIL, Heard, hear, label
from bot.services.run_news import Told
from bot.services.run_news import hear as hear_runs
from storage.unit_of_work import UnitOfWork

_REPLIES = frozenset({"FIRST_EMAIL_REPLIES", "ALL_EMAIL_REPLIES", "ALL_POSITIVE_REPLIES"})
_BOUNCE = "BOUNCED_EMAIL"
_LABELLED = "LEAD_MARKED_AS_"
_SIGNALS = {
    EventKind.REPLIED: Signals(engagement=Engagement.REPLIED),
    EventKind.BOUNCED: Signals(standing=AddressFact.BOUNCED),
}


async def tell(uow: UnitOfWork, told: Iterable[tuple[PlusVibeEvent, datetime]], now: datetime) -> list[str]:
    """Let our leads follow the events, each given with the time it came, in their order.

    An address that bounced is noted also when it is nobody's here yet: it may be added tomorrow. Answers the ids of
    replies we had that are known better now.
    """
    heard = [(address_key(event.email), event, at) for event, at in told if event.email and not event.is_sample]
    leads = await uow.leads.by_keys({key for key, _, _ in heard}, locked=True) if heard else {}
    heard = [each for each in heard if each[0] in leads or each[1].event == _BOUNCE]
    told_labels = {event.message_id: event.label for _, event, _ in heard if event.message_id and event.label}
    replies = [
        (leads[key], replace(reply, label=reply.label or told_labels.get(event.message_id, "")))
        for key, event, at in heard
        if key in leads and (reply := reply_in(event, at))
    ]
    fresh = await hear(uow, [(lead, Mail(Direction.IN, reply)) for lead, reply in replies], now)
    labels = {
        leads[key].id: (event.label, event.sentiment)
        for key, event, _ in heard
        if key in leads and event.event.startswith(_LABELLED)
    }
    news = News(leads, fresh.keys, now)
    for key, event, at in heard:
        news.hear(key, event, at)
    await news.store(uow)
    return [*fresh.touched, *await label(uow, labels)]


async def tell_mails(uow: UnitOfWork, mails: Sequence[Mail], now: datetime) -> Heard:
    """The same for messages read at the provider: what no event told of is taken up here."""
    keys = [address_key(mail.told.lead_email) for mail in mails]
    leads = await uow.leads.by_keys(set(keys), locked=True)
    heard = await hear(uow, [(leads[key], mail) for key, mail in zip(keys, mails, strict=True) if key in leads], now)
    news = News(leads, set(), now)
    for reply in heard.people:
        news.reply(address_key(reply.heard.lead_email), reply.heard.at, reply.heard.campaign_provider_id)
    await news.store(uow)
    return heard


class News:
    """leads: by address key. unheard: the keys of replies that nothing told of before."""

    def __init__(self, leads: Mapping[str, Lead], unheard: set[str], now: datetime) -> None:
        self._leads = leads
        self._unheard = unheard
        self._now = now
        self._statuses: dict[str, LeadStatus] = {}  # by address key, as the events so far leave them
        self._told: dict[str, dict[str, Any]] = {}
        self._records: list[AddressRecord] = []
        self._events: list[Event] = []
        self._happened: list[tuple[str, str, Happening, datetime, int]] = []

    def hear(self, key: str, event: PlusVibeEvent, received_at: datetime) -> None:
        """One more event about the lead with this key."""
        if event.event in _REPLIES:
            self._replied(key, event, received_at)
        elif event.event == "EMAIL_SENT":
            self._move(key, LeadStatus.EMAIL_SENT, EventKind.EMAIL_SENT, event.occurred_at)
            self._happen(key, Happening.SENT, event.occurred_at or received_at, event.campaign_provider_id, event.step)
        elif event.event == _BOUNCE:
            self._bounced(key, event, received_at)
        elif event.event.startswith(_LABELLED):
            self._enrich(key, event)
            facts = {"label": event.label or event.event.removeprefix(_LABELLED)}
            self._events.append(by(PLUSVIBE, EventKind.LABELLED, self._now, self._leads[key].id, facts))

    async def store(self, uow: UnitOfWork) -> None:
        """Write it all."""
        moved = [
            (self._leads[key].id, {"status": status, "status_by_hand": False}) for key, status in self._statuses.items()
        ]
        enriched = [(self._leads[key].id, {"plusvibe_lead_data": told}) for key, told in self._told.items()]
        await uow.leads.change_many(moved, at=self._now)
        await uow.leads.change_many(enriched, at=self._now)
        await uow.addresses.add_many(self._records)
        await uow.drafts.sent(
            [each.lead_id for each in self._events if each.kind is EventKind.EMAIL_SENT and each.lead_id]
        )
        await uow.events.add_many(self._events)
        uow.enrolments.hear(await self._heard(uow))
        heard = [
            Told(each.lead_id, _SIGNALS[each.kind]) for each in self._events if each.lead_id and each.kind in _SIGNALS
        ]
        await hear_runs(uow, heard, PLUSVIBE, self._now)

    def _bounced(self, key: str, event: PlusVibeEvent, received_at: datetime) -> None:
        at = min(event.occurred_at or received_at, received_at)  # one from the future could never be cleared
        why = event.bounce_message[:500]
        self._records.append(AddressRecord(key, AddressFact.BOUNCED, at, "PlusVibe webhook", PLUSVIBE.id, why))
        if key in self._leads:
            self._move(key, LeadStatus.BOUNCED, EventKind.BOUNCED, event.occurred_at)
            self._happen(key, Happening.BOUNCED, at, event.campaign_provider_id)

    def reply(self, key: str, at: datetime, campaign_provider_id: str, step: int = 0) -> None:
        """The lead with this key answered a mail of that campaign."""
        self._move(key, LeadStatus.REPLIED, EventKind.REPLIED, at)
        self._happen(key, Happening.REPLIED, at, campaign_provider_id, step)

    def _happen(self, key: str, what: Happening, at: datetime, campaign_provider_id: str, step: int = 0) -> None:
        self._happened.append((key, campaign_provider_id, what, min(at, self._now), step))

    async def _heard(self, uow: UnitOfWork) -> list[HeardOf]:
        """In our campaigns: the one told of, else the lead's own."""
        named = {provider_id for _, provider_id, *_ in self._happened if provider_id}
        ours = await uow.campaigns.ids_of(named) if named else {}
        news = []
        for key, provider_id, what, at, step in self._happened:
            lead = self._leads[key]
            if campaign_id := ours.get(provider_id) if provider_id else lead.campaign_id:
                news.append(HeardOf(lead.id, campaign_id, what, at, step))
        return news

    def _replied(self, key: str, event: PlusVibeEvent, received_at: datetime) -> None:
        """Several events tell of one reply: it counts once."""
        self._enrich(key, event)
        told = reply_in(event, received_at)
        if told is not None and told.key in self._unheard:
            self._unheard.discard(told.key)
            self.reply(key, event.occurred_at or received_at, event.campaign_provider_id, event.step)

    def _move(self, key: str, status: LeadStatus, kind: EventKind, at: datetime | None) -> None:
        lead = self._leads[key]
        before = self._statuses.get(key, lead.status)
        after = moved_up(before, status)
        if after is not before:
            self._statuses[key] = after
        facts = {"before": before.value if before else None, "after": after.value}
        if at is not None:
            facts["occurred_at"] = at.isoformat()
        self._events.append(by(PLUSVIBE, kind, self._when(kind, at), lead.id, facts))

    def _when(self, kind: EventKind, at: datetime | None) -> datetime:
        """Now; but the first look into the Unibox finds replies of weeks, which are no news of today."""
        if kind is EventKind.REPLIED and at is not None and self._now - at > NEWS_UNTIL:
            return at
        return self._now

    def _enrich(self, key: str, event: PlusVibeEvent) -> None:
        """Read-only values for the card; the raw payload stays for admins."""
        told = {"label": event.label, "sentiment": event.sentiment, "lastEmailSubject": event.subject}
        known = self._told.get(key, self._leads[key].plusvibe_lead_data)
        self._told[key] = {**known, **{name: text for name, text in told.items() if text}, "raw": event.raw}
