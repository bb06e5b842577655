"""What SendGrid tells of our mails: each mail's standing folded from all it heard; leads and addresses follow."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.gateways.sendgrid_events import SendGridEvent
from bot.outreach.access import SENDGRID
from bot.outreach.addresses import address_key
from bot.outreach.events import Event, EventKind, by
from bot.outreach.leads import LeadStatus, moved_up
from bot.outreach.mail_facts import Delivery, Engagement, FactKind, MailFact, MailStanding, standing_of
from bot.outreach.mails import MailState, Outgoing, Traced, proof_of
from bot.outreach.reachability import REASONS, AddressFact, AddressRecord
from bot.outreach.sequences import Signals
from bot.services.outcomes import accept
from bot.services.run_news import Told, hear
from bot.services.verdict_news import prove
from storage.unit_of_work import UnitOfWork

SOURCE = "SendGrid webhook"
_KINDS = {
    "processed": FactKind.PROCESSED,
    "deferred": FactKind.DEFERRED,
    "delivered": FactKind.DELIVERED,
    "dropped": FactKind.DROPPED,
    "open": FactKind.OPENED,
    "click": FactKind.CLICKED,
    "reply": FactKind.REPLIED,
    "spamreport": FactKind.COMPLAINED,
    "unsubscribe": FactKind.UNSUBSCRIBED,
    "group_unsubscribe": FactKind.UNSUBSCRIBED,
}
# SendGrid knew and we did not: its reasons for dropping a mail that are about the address.
_DROPPED_FOR = {
    "bounced address": AddressFact.BOUNCED,
    "unsubscribed address": AddressFact.UNSUBSCRIBED,
    "spam reporting address": AddressFact.COMPLAINED,
    "invalid": AddressFact.INVALID,
}
_NO_CREDITS = "recipient list over package quota"
_STOPPED_FOR_CREDITS = "SendGrid drops our mail: the plan's credits are used up."
# What a mail's end says of its address: that it bounces, or that it does not.
_PROVES = {Delivery.BOUNCED: True, Delivery.DELIVERED: False}


def fact_of(event: SendGridEvent, received_at: datetime) -> MailFact:
    """The event as a fact. A time from the future becomes the time it came: it could never be cleared."""
    at = min(event.at or received_at, received_at)
    kind = _KINDS.get(event.event, FactKind.OTHER)
    if event.event == "bounce":
        kind = FactKind.BOUNCED if _is_hard(event) else FactKind.BLOCKED
    why = event.reason or event.response or event.status
    return MailFact(kind, at, event.is_machine, event.url, event.useragent[:300], why[:500])


def _is_hard(event: SendGridEvent) -> bool:
    """`type` says it; samples of old and test events have none, and then the status does."""
    if event.type:
        return event.type == "bounce"
    return event.status.startswith("5.1.") or "unknown recipient" in event.reason.lower()


_Mail = Outgoing | Traced
Heard = dict[str, list[tuple[SendGridEvent, MailFact]]]  # by mail
Standings = dict[str, MailStanding]  # by mail


async def tell_mails(uow: UnitOfWork, told: Sequence[tuple[SendGridEvent, datetime]], now: datetime) -> None:
    """Let mails, leads and the address ledger follow the events, each given with the time it came."""
    if stopped := next((event for event, _ in told if event.event == "account_status_change"), None):
        await uow.sites.stop_all(f"SendGrid changed the account's state: {stopped.type or 'unknown'}"[:200])
    found = await _mails_of(uow, [event for event, _ in told])
    heard: Heard = defaultdict(list)
    mails: dict[str, _Mail] = {}
    for event, received_at in told:
        if mail := found.of(event):
            mails[mail.id] = mail
            heard[mail.id].append((event, fact_of(event, received_at)))
    if not mails:
        return
    before, after = await _filed(uow, heard)
    if unproven := [mail.id for mail in mails.values() if mail.state is not MailState.ACCEPTED]:
        proven = await uow.mails.known(unproven, [])
        await accept(uow, [(mail, _message_id(heard[mail.id])) for mail in proven], now)
    changes = [Change(mail, before[mail.id], after[mail.id], heard[mail.id]) for mail in mails.values()]
    await uow.mails.stand({each.mail.id: (each.after, each.smtp_id) for each in changes})
    await _follow(uow, changes, now)


async def _filed(uow: UnitOfWork, heard: Heard) -> tuple[Standings, Standings]:
    """Store what is new; how each mail stood and stands. The caller holds the mails: nobody else adds to them."""
    before: Standings = {}
    after: Standings = {}
    filed: list[tuple[str, str, MailFact]] = []
    known = await uow.mail_facts.by_key(heard)
    for mail_id, facts in heard.items():
        had = known.get(mail_id, {})
        new: dict[str, MailFact] = {}
        for event, fact in facts:
            if event.second_key not in had:
                new.setdefault(event.second_key, fact)
        before[mail_id], after[mail_id] = standing_of(had.values()), standing_of([*had.values(), *new.values()])
        filed += [(mail_id, key, fact) for key, fact in new.items()]
    await uow.mail_facts.add_many(filed, are_new=True)
    return before, after


@dataclass(frozen=True, slots=True)
class Change:
    """One mail's standing before and after what was heard now."""

    mail: _Mail
    before: MailStanding
    after: MailStanding
    heard: Sequence[tuple[SendGridEvent, MailFact]]

    @property
    def smtp_id(self) -> str:
        """The `Message-ID` header, as the events tell it."""
        return next((event.smtp_id for event, _ in self.heard if event.smtp_id), self.mail.smtp_id)

    def against(self) -> AddressFact | None:
        """What now stands against the address and did not before."""
        if self.after.is_complained and not self.before.is_complained:
            return AddressFact.COMPLAINED
        if self.after.is_unsubscribed and not self.before.is_unsubscribed:
            return AddressFact.UNSUBSCRIBED
        if self.after.delivery is not self.before.delivery:
            if self.after.delivery is Delivery.BOUNCED:
                return AddressFact.BOUNCED
            if self.after.delivery is Delivery.DROPPED:
                return _DROPPED_FOR.get(self.after.failed_why.lower())
        return None

    @property
    def is_out_of_credits(self) -> bool:
        """Whether it was dropped now because nothing more is paid for: no later one would fare better."""
        is_dropped = self.after.delivery is Delivery.DROPPED is not self.before.delivery
        return is_dropped and self.after.failed_why.lower().startswith(_NO_CREDITS)

    @property
    def is_clicked_now(self) -> bool:
        """Whether this is the first click."""
        return self.after.clicked_at is not None and self.before.clicked_at is None

    @property
    def is_replied_now(self) -> bool:
        """Whether this is the first reply."""
        return self.after.engagement is Engagement.REPLIED is not self.before.engagement

    @property
    def tells_lead(self) -> bool:
        """Whether the lead's own row or history has something to follow."""
        is_opened = self.after.opens != self.before.opens
        return is_opened or self.is_clicked_now or self.is_replied_now or self.against() is AddressFact.BOUNCED

    def for_runs(self) -> Told | None:
        """What it may mean to the lead's sequence, when there is something new."""
        standing, after, before = self.against(), self.after, self.before
        if standing is None and (after.delivery, after.engagement) == (before.delivery, before.engagement):
            return None
        return Told(self.mail.lead_id, Signals(after.delivery, after.engagement, standing), self.mail.run_id)


@dataclass(slots=True)
class _Found:
    """Mails by every name an event may call them."""

    by_id: dict[str, _Mail] = field(default_factory=dict)
    by_message: dict[str, _Mail] = field(default_factory=dict)
    by_address: dict[str, _Mail] = field(default_factory=dict)

    def of(self, event: SendGridEvent) -> _Mail | None:
        """By our own id, else by the request's, else, for a bounce that carries neither, by its address."""
        if mail := self.by_id.get(event.mail_id) or self.by_message.get(event.message_id):
            return mail
        names_none = not event.mail_id and not event.message_id
        return self.by_address.get(address_key(event.email)) if names_none else None


async def _mails_of(uow: UnitOfWork, events: Iterable[SendGridEvent]) -> _Found:
    events = list(events)
    ids = {event.mail_id for event in events if event.mail_id}
    message_ids = {event.message_id for event in events if event.message_id and not event.mail_id}
    found = _Found()
    for mail in await uow.mails.traced(ids, message_ids):
        found.by_id[mail.id] = mail
        if mail.message_id:
            found.by_message[mail.message_id] = mail
    for event in events:
        if event.event in {"bounce", "dropped"} and event.email and not event.mail_id and not event.message_id:
            key = address_key(event.email)
            if latest := await uow.mails.latest_to(key):
                found.by_address[key] = latest
    return found


def _message_id(heard: Sequence[tuple[SendGridEvent, MailFact]]) -> str:
    return next((event.message_id for event, _ in heard if event.message_id), "")


async def _follow(uow: UnitOfWork, changes: Sequence[Change], now: datetime) -> None:
    """What the new standings mean for addresses and leads."""
    records, events, keys = [], [], defaultdict(list)
    for change in changes:
        if fact := change.against():
            key = address_key(change.mail.to_email)
            proof = ". ".join(part for part in (proof_of(change.mail), change.after.failed_why[:400]) if part)
            records.append(AddressRecord(key, fact, now, SOURCE, SENDGRID.id, proof))
            events.append(_event_against(change, fact, now))
            keys[fact].append(key)
    await uow.addresses.add_many(records)
    if any(change.is_out_of_credits for change in changes):
        await uow.sites.stop_all(_STOPPED_FOR_CREDITS)
    for fact, theirs in keys.items():
        await uow.mails.cancel_to(theirs, REASONS[fact])
    events += await _move_leads(uow, [each for each in changes if each.tells_lead], now)
    await uow.events.add_many(events)
    await hear(uow, [told for change in changes if (told := change.for_runs())], SENDGRID, now)
    ended = [each for each in changes if each.after.delivery is not each.before.delivery]
    known = [each for each in ended if each.after.delivery in _PROVES]
    await prove(uow, {address_key(each.mail.to_email): _PROVES[each.after.delivery] for each in known}, now)


def _event_against(change: Change, fact: AddressFact, now: datetime) -> Event:
    kinds = {
        AddressFact.BOUNCED: EventKind.BOUNCED,
        AddressFact.COMPLAINED: EventKind.COMPLAINED,
        AddressFact.UNSUBSCRIBED: EventKind.UNSUBSCRIBED,
    }
    facts = {"mail": change.mail.id, "reason": change.after.failed_why[:200]}
    return by(SENDGRID, kinds.get(fact, EventKind.SUPPRESSED), now, change.mail.lead_id, facts)


async def _move_leads(uow: UnitOfWork, telling: Sequence[Change], now: datetime) -> list[Event]:
    """Human opens and hard bounces move leads up; clicks are told."""
    lead_ids = {each.mail.lead_id for each in telling}
    leads = {lead.id: lead for lead in await uow.leads.hold(lead_ids)} if lead_ids else {}
    statuses = {lead.id: lead.status for lead in leads.values()}
    opens: dict[str, int] = defaultdict(int)
    events = []
    for change in telling:
        lead = leads.get(change.mail.lead_id)
        if lead is None:
            continue
        was = statuses[lead.id]
        if more := change.after.opens - change.before.opens:
            opens[lead.id] += more
            statuses[lead.id] = moved_up(was, LeadStatus.OPENED)
            events.append(by(SENDGRID, EventKind.EMAIL_OPENED, now, lead.id, _moved(was, statuses[lead.id])))
        if change.is_clicked_now:
            events.append(by(SENDGRID, EventKind.EMAIL_CLICKED, now, lead.id, {"mail": change.mail.id}))
        if change.is_replied_now:
            before, statuses[lead.id] = statuses[lead.id], moved_up(statuses[lead.id], LeadStatus.REPLIED)
            events.append(by(SENDGRID, EventKind.REPLIED, now, lead.id, _moved(before, statuses[lead.id])))
        if change.against() is AddressFact.BOUNCED:
            statuses[lead.id] = moved_up(statuses[lead.id], LeadStatus.BOUNCED)
    after = [(lead, statuses[lead.id], lead.opens + opens[lead.id]) for lead in leads.values()]
    await uow.leads.stand(after, at=now)
    return events


def _moved(before: LeadStatus | None, after: LeadStatus | None) -> dict[str, str | None]:
    return {"before": before.value if before else None, "after": after.value if after else None}
