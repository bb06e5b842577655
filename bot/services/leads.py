"""Leads: list, find, add, edit, and everything the card shows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

from bot.clock import Clock
from bot.outreach.access import Actor, Permission, refusal, require
from bot.outreach.addresses import address_key, company_domain, domain_of
from bot.outreach.cards import LeadCard
from bot.outreach.direct import Ways
from bot.outreach.errors import Invalid, NotFound
from bot.outreach.events import Event, EventKind, by, permalink
from bot.outreach.leads import BADGES, SELECTABLE, TEXT_FIELDS, Lead, LeadDraft, LeadPage, LeadQuery, LeadStatus
from bot.outreach.readiness import Trace, trace
from bot.services.addresses import normalised
from bot.services.consents import consent_in
from bot.services.drafting import cards_of
from bot.services.reachability import standing_in
from bot.services.submissions import seen_of_lead
from storage.database import Database
from storage.unit_of_work import UnitOfWork

CARD_EVENTS = 5
CARD_SUBMISSIONS = 3
TIMELINE_EVENTS = 40
_LONGEST = {"company_name": 500, "website": 2_000}


class LeadService:
    """What one can ask about leads and do to one by hand. connected: PlusVibe is; direct: SendGrid is.

    verifies: addresses are checked.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        connected: bool,
        direct: bool = False,
        verifies: bool = False,
        team_url: str = "",
    ) -> None:
        self._database = database
        self._clock = clock
        self._connected = connected
        self._direct = direct
        self._verifies = verifies
        self._team_url = team_url

    async def page(self, workspace_id: str, actor: Actor, query: LeadQuery, cursor: str | None = None) -> LeadPage:
        """One page of the list. Raises `Invalid` (field `cursor`) for a cursor of another question."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            return await uow.leads.page(replace(query, asked_at=query.asked_at or self._clock()), cursor)

    async def counts(self, workspace_id: str, actor: Actor) -> Mapping[LeadStatus | None, int]:
        """How many leads have each status, from the maintained counters."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            return await uow.leads.counts()

    async def get(self, workspace_id: str, actor: Actor, lead_id: str) -> Lead:
        """One lead by id. Raises `NotFound`."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            return await _existing(uow, lead_id)

    async def named(self, workspace_id: str, actor: Actor, lead_ids: Sequence[str]) -> dict[str, Lead]:
        """The leads with these ids, by id; those that are gone are absent."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            return {lead.id: lead for lead in await uow.leads.get_many(lead_ids)}

    async def find(self, workspace_id: str, actor: Actor, term: str) -> Sequence[Lead]:
        """Leads by id, email or domain. Raises `NotFound` with the term when there is none."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            leads = await uow.leads.find(term.strip())
        if not leads:
            raise NotFound(f"No lead with the id, email or domain “{term.strip()[:100]}”. Try `/leads` and search.")
        return leads

    async def card(self, workspace_id: str, actor: Actor, lead_id: str, *, events: int = CARD_EVENTS) -> LeadCard:
        """Everything the card shows. Raises `NotFound` when the lead was removed."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            lead = await _existing(uow, lead_id)
            campaigns = await uow.campaigns.all()
            finished = await uow.audits.latest_complete([lead_id])
            ways = Ways(self._connected, self._direct)
            run = await uow.runs.newest_of(lead_id)
            key = address_key(lead.email or "")
            return LeadCard(
                lead=lead,
                trace=await _trace(uow, lead),
                campaign=next((campaign for campaign in campaigns if campaign.id == lead.campaign_id), None),
                campaigns=tuple(campaigns),
                audit=finished.get(lead_id),
                auditing=await uow.audits.open_for(lead_id),
                writeback=await uow.writebacks.latest(lead_id),
                drafts=tuple(await cards_of(uow, await uow.drafts.of_lead(lead_id), ways, self._clock())),
                mails=tuple(await uow.mails.of_lead(lead_id)),
                events=await self._linked(uow, await uow.events.of_lead(lead_id, limit=events)),
                may=actor.permissions,
                refused=refusal(actor, Permission.EDIT_LEADS),
                connected=self._connected,
                direct=self._direct,
                run=run,
                sequence=await uow.sequences.get(run.sequence_id) if run else None,
                reply=await uow.replies.newest_of(lead_id),
                opportunities=tuple(await uow.opportunities.of_lead(lead_id)),
                address=(await uow.verdicts.of([key])).get(key) if self._verifies else None,
                consent=await consent_in(uow, key),
                submissions=tuple(await seen_of_lead(uow, lead_id, CARD_SUBMISSIONS)),
            )

    async def _linked(self, uow: UnitOfWork, events: Sequence[Event]) -> tuple[Event, ...]:
        """Events of a push lead to the message that shows it."""
        keys = {event.id: f"push:{event.facts['push']}" for event in events if "push" in event.facts}
        places = await uow.posts.places(list(keys.values())) if keys else {}
        links = {key: permalink(self._team_url, channel, ts) for key, (channel, ts) in places.items()}
        return tuple(
            replace(event, permalink=event.permalink or links.get(keys.get(event.id, ""), "")) for event in events
        )

    async def why(self, workspace_id: str, actor: Actor, lead_id: str) -> Trace:
        """The guard's own trace for one lead."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            return await _trace(uow, await _existing(uow, lead_id))

    async def add(self, workspace_id: str, actor: Actor, draft: LeadDraft) -> Lead:
        """A new lead. Raises `Invalid` for a bad field, `Duplicate` when somebody has that email already."""
        require(actor, Permission.EDIT_LEADS)
        draft = _cleaned(draft)
        key = address_key(draft.email) if draft.email else None
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            lead = await uow.leads.add(str(uuid4()), draft, key=key, at=now)
            await uow.events.add(by(actor, EventKind.LEAD_ADDED, now, lead.id, {"status": draft.status.value}))
            return lead

    async def edit(self, workspace_id: str, actor: Actor, lead_id: str, changes: Mapping[str, Any]) -> Lead:
        """Change fields of a lead by hand, the status included; the edit is marked as made by hand.

        changes: names of `LeadDraft` → new values.
        """
        require(actor, Permission.EDIT_LEADS)
        columns = checked_columns(changes)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            before = await _existing(uow, lead_id)
            lead = await uow.leads.change(lead_id, columns, at=now)
            if lead is None:
                raise _gone()
            await uow.events.add_many(edit_events(before, lead, changes, actor, now))
            return lead

    async def set_status(self, workspace_id: str, actor: Actor, lead_id: str, status: LeadStatus) -> Lead:
        """Set the status by hand. Any selectable value goes; the guard catches what makes no sense."""
        return await self.edit(workspace_id, actor, lead_id, {"status": status})

    async def normalise(self, workspace_id: str, actor: Actor, lead_ids: Sequence[str]) -> int:
        """Turn the legacy status `sent` into `email_sent`; how many were legacy."""
        require(actor, Permission.EDIT_LEADS)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            legacy = [lead for lead in await uow.leads.get_many(lead_ids) if lead.status is LeadStatus.SENT]
            await uow.leads.change_many([(lead.id, {"status": LeadStatus.EMAIL_SENT}) for lead in legacy], at=now)
            await uow.events.add_many(
                [_status_event(lead.id, LeadStatus.SENT, LeadStatus.EMAIL_SENT, actor, now) for lead in legacy]
            )
        return len(legacy)

    async def note(self, workspace_id: str, lead_id: str, last_action: str) -> None:
        """Keep a line for the card's banner; empty text dismisses it."""
        async with self._database.begin(workspace_id) as uow:
            await uow.leads.change(lead_id, {"last_action": last_action[:1_000]}, at=self._clock())


def _status_event(lead_id: str, before: LeadStatus | None, after: LeadStatus | None, actor: Actor, now: Any) -> Event:
    facts = {"before": before.value if before else None, "after": after.value if after else None, "by_hand": True}
    return by(actor, EventKind.STATUS_CHANGED, now, lead_id, facts)


def edit_events(before: Lead, after: Lead, changes: Mapping[str, Any], actor: Actor, now: Any) -> list[Event]:
    """What the account tells of an edit by hand: the fields that changed, and the status by itself."""
    events = []
    fields = sorted(name for name in changes if name != "status" and getattr(before, name) != getattr(after, name))
    if fields:
        events.append(by(actor, EventKind.LEAD_EDITED, now, after.id, {"fields": fields}))
    if before.status is not after.status:
        events.append(_status_event(after.id, before.status, after.status, actor, now))
    return events


def checked_columns(changes: Mapping[str, Any]) -> dict[str, Any]:
    """What an edit by hand writes. Raises `Invalid` with the field."""
    unknown = set(changes) - {"email", "status", *TEXT_FIELDS}
    if unknown:
        raise Invalid(f"These fields cannot be edited: {', '.join(sorted(unknown))}.", field=min(unknown))
    columns: dict[str, Any] = {name: _text(name, changes[name]) for name in TEXT_FIELDS if name in changes}
    if columns.get("domain"):
        columns["domain"] = domain_of(columns["domain"])
    if "email" in changes:
        columns["email"] = normalised(changes["email"]) if changes["email"] else None
        columns["email_key"] = address_key(columns["email"]) if columns["email"] else None
    if "status" in changes:
        columns["status"] = _selectable(changes["status"])
        columns["status_by_hand"] = True
    return columns


def _selectable(status: LeadStatus) -> LeadStatus:
    if status not in SELECTABLE:
        raise Invalid(f"“{BADGES[status]}” is a legacy status and cannot be chosen.", field="status")
    return status


def _text(name: str, text: str) -> str:
    cleaned = " ".join(str(text or "").split())
    if len(cleaned) > _LONGEST.get(name, 500):
        raise Invalid(f"That is too long for {name.replace('_', ' ')}.", field=name)
    return cleaned


def _cleaned(draft: LeadDraft) -> LeadDraft:
    email = normalised(draft.email) if draft.email else None
    texts: dict[str, Any] = {name: _text(name, getattr(draft, name)) for name in TEXT_FIELDS}
    texts["domain"] = domain_of(texts["domain"] or texts["website"]) or (company_domain(email) if email else "")
    if not email and not texts["domain"] and not texts["company_name"]:
        raise Invalid("A lead needs an email, a domain or a company name.", field="email")
    return replace(draft, email=email, **texts)


async def _trace(uow: UnitOfWork, lead: Lead) -> Trace:
    key = address_key(lead.email) if lead.email else None
    standing = await standing_in(uow, [key]) if key else {}
    return trace(lead, standing.get(key) if key else None)


async def _existing(uow: UnitOfWork, lead_id: str) -> Lead:
    lead = await uow.leads.get(lead_id)
    if lead is None:
        raise _gone()
    return lead


def _gone() -> NotFound:
    return NotFound("This lead is not here. It may have been deleted elsewhere: go back to the list and reload.")
