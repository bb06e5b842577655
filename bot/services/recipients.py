"""Whom an email for an opportunity goes to: a lead known by the address typed, or one that comes with it."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from bot.outreach.access import Actor
from bot.outreach.addresses import address_key
from bot.outreach.errors import Invalid, NotFound
from bot.outreach.events import EventKind, by
from bot.outreach.leads import Lead, LeadDraft, LeadKind, LeadStatus
from bot.outreach.opportunities import Opportunity
from bot.services.addresses import normalised
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ForLink:
    """What is sent for an opportunity, to the address somebody typed."""

    opportunity_id: str
    to_email: str = ""


async def existing_opportunity(uow: UnitOfWork, opportunity_id: str) -> Opportunity:
    """Raises `NotFound`."""
    opportunity = await uow.opportunities.get(opportunity_id)
    if opportunity is None:
        raise NotFound("This opportunity is not on the board any more.")
    return opportunity


async def existing_lead(uow: UnitOfWork, lead_id: str) -> Lead:
    """Raises `NotFound`."""
    lead = await uow.leads.get(lead_id)
    if lead is None:
        raise NotFound("This lead is not here any more.")
    return lead


async def recipient(uow: UnitOfWork, lead_id: str, link: ForLink | None) -> Lead:
    """Whom it goes to: the lead, or for a link whoever has the address typed. That one may not be stored yet.

    Raises `NotFound`, and `Invalid` (field `email`) for what is no address.
    """
    if link is None:
        return await existing_lead(uow, lead_id)
    opportunity = await existing_opportunity(uow, link.opportunity_id)
    if not link.to_email.strip():
        raise Invalid("Type the address it goes to.", field="email")
    return await lead_at(uow, normalised(link.to_email), opportunity.domain, opportunity.lead_id)


async def lead_at(uow: UnitOfWork, email: str, domain: str, own_id: str = "") -> Lead:
    """The lead with this address; else the opportunity's own one, if it has none yet; else a new one of the domain.

    The last two are not stored like this: `settle_recipient` does that.
    """
    key = address_key(email)
    if known := (await uow.leads.by_keys([key])).get(key):
        return known
    own = await uow.leads.get(own_id) if own_id else None
    if own is not None and own.kind is LeadKind.LINK and not own.email:
        return replace(own, email=email)
    return new_link_lead(email, domain)


def new_link_lead(email: str | None, domain: str) -> Lead:
    """A lead from whose pages we want a link."""
    return Lead(str(uuid4()), email, LeadStatus.NEW, domain=domain, kind=LeadKind.LINK)


async def settle_recipient(uow: UnitOfWork, lead: Lead, actor: Actor, now: datetime) -> None:
    """Store the lead as `recipient` gave it."""
    stored = await uow.leads.get(lead.id)
    if stored is None:
        draft = LeadDraft(email=lead.email, domain=lead.domain, kind=lead.kind)
        key = address_key(lead.email) if lead.email else None
        await uow.leads.add(lead.id, draft, key=key, at=now)
        await uow.events.add(by(actor, EventKind.LEAD_ADDED, now, lead.id, {"status": LeadStatus.NEW.value}))
    elif lead.email and stored.email != lead.email:
        await uow.leads.change(lead.id, {"email": lead.email}, at=now)
        await uow.events.add(by(actor, EventKind.LEAD_EDITED, now, lead.id, {"fields": ["email"]}))


async def settle_link(uow: UnitOfWork, link: ForLink, lead: Lead, actor: Actor, now: datetime) -> None:
    """Store the lead, and that the opportunity is theirs."""
    await settle_recipient(uow, lead, actor, now)
    opportunity = await uow.opportunities.get(link.opportunity_id, locked=True)
    if opportunity is not None and opportunity.lead_id != lead.id:
        await uow.opportunities.change(opportunity, replace(opportunity, lead_id=lead.id))
