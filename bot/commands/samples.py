"""Loads the sample leads of the demo into an empty database, as if a team had worked there for a while."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import uuid4

from bot.commands.sample_links import load_links
from bot.commands.sample_segments import load_segments
from bot.commands.sample_sending import load_sending
from bot.commands.sample_work import load_drafts, load_yesterdays_digest
from bot.outreach.access import CLOCK, PLUSVIBE, Role
from bot.outreach.addresses import address_key
from bot.outreach.audits import Audit, AuditState
from bot.outreach.campaigns import Campaign, ProviderLead
from bot.outreach.enrolments import HeardOf
from bot.outreach.events import Event, EventKind
from bot.outreach.leads import LeadStatus
from bot.outreach.members import Member
from bot.outreach.reachability import AddressRecord
from bot.outreach.syncing import heard_of
from bot.sandbox.sample import SampleLead
from bot.sandbox.sample_companies import sample_companies
from bot.sandbox.slack.server import DEV
from storage.database import Database
from storage.enrolments import BY_NONE_OF_OURS
from storage.unit_of_work import UnitOfWork

SOURCE = "sample data"
_LONG_AGO = timedelta(days=60)


async def load_samples(
    database: Database,
    workspace_id: str,
    leads: list[SampleLead],
    campaigns: list[Campaign],
    now: datetime,
    *,
    channel: str,
) -> int:
    """Store the samples unless the workspace has leads already; how many were stored.

    channel: the one that had a digest yesterday.
    """
    async with database.begin(workspace_id) as uow:
        if any((await uow.leads.counts()).values()):
            return 0
        await uow.campaigns.save_many(campaigns)
        ids = {campaign.provider_id: campaign.id for campaign in await uow.campaigns.all()}
        for lead in leads:
            await _load(uow, lead, ids.get(lead.campaign_provider_id or ""), now)
        for provider_id, campaign_id in ids.items():
            enrolled = [lead.id for lead in leads if lead.campaign_provider_id == provider_id]
            await uow.enrolments.enrol(enrolled, campaign_id, BY_NONE_OF_OURS, now - _LONG_AGO)
        known = {campaign.provider_id: campaign for campaign in await uow.campaigns.all()}
        uow.enrolments.hear(_heard(lead, known, now) for lead in leads if lead.campaign_provider_id in known)
        await load_drafts(uow, leads, ids)
        if leads:
            await uow.companies.add_many(sample_companies(), now)
            await uow.members.save(Member(DEV, "Dev Patel", Role.VIEWER, "Asia/Kolkata", set_role=Role.VIEWER))
            await load_segments(uow, leads, now)
            wanted = await load_links(uow, await load_sending(uow, now), now)
            await load_yesterdays_digest(uow, [*leads, *wanted], channel, now)
        await uow.events.add_many(sorted((event for lead in leads for event in _events(lead)), key=lambda it: it.at))
    return len(leads)


def _heard(lead: SampleLead, known: Mapping[str, Campaign], now: datetime) -> HeardOf:
    """What PlusVibe tells of one of its leads."""
    campaign = known[lead.campaign_provider_id or ""]
    step = {"NOT_CONTACTED": 0, "COMPLETED": campaign.steps}.get(lead.provider_status, 1)
    replies = int(lead.provider_status == "REPLIED")
    told = (lead.id, campaign.provider_id, lead.draft.email or "", lead.provider_status)
    row = ProviderLead(*told, replied_count=replies, step=step, active_at=lead.updated_at)
    return heard_of(lead.id, campaign, row, now)


async def _load(uow: UnitOfWork, lead: SampleLead, campaign_id: str | None, now: datetime) -> None:
    key = address_key(lead.draft.email) if lead.draft.email else None
    await uow.leads.add(lead.id, lead.draft, key=key, at=lead.created_at)
    if lead.fact is not None and key:
        await uow.addresses.add(AddressRecord(key, lead.fact, lead.updated_at, SOURCE))
    await _load_audit(uow, lead, now)
    await uow.leads.change(lead.id, _columns(lead, campaign_id), at=lead.updated_at)


async def _load_audit(uow: UnitOfWork, lead: SampleLead, now: datetime) -> None:
    """A finished audit, or one still to be asked for: now and then one lands while somebody looks around."""
    if lead.audit is not None:
        run_id, at = lead.audit.run_id, lead.created_at
        await uow.audits.add(Audit(str(uuid4()), lead.id, AuditState.COMPLETE, run_id, at, finished=lead.audit))
    elif lead.status is LeadStatus.AUDIT_QUEUED:
        audit = Audit(str(uuid4()), lead.id, AuditState.REQUESTED, None, now)
        await uow.audits.add(audit)
        await uow.audits.retry(audit.id, now + _wait(lead), "")


def _wait(lead: SampleLead) -> timedelta:
    """Three to forty minutes, by the lead's id."""
    return timedelta(minutes=3 + int(lead.id[-4:], 16) % 38)


def _columns(lead: SampleLead, campaign_id: str | None) -> dict[str, object]:
    known: dict[str, object] = {"status": lead.status, "opens": lead.opens, "campaign_id": campaign_id}
    if lead.audit is not None:
        known |= {
            "grade": lead.audit.grade,
            "score": lead.audit.score,
            "top_issue": lead.audit.top_issue,
            "audit_summary": lead.audit.summary,
            "audit_url": lead.audit.url,
            "audit_run_id": lead.audit.run_id,
        }
    told = {"label": lead.label, "sentiment": lead.sentiment, "lastEmailSubject": lead.last_subject}
    vendor: dict[str, object] = {name: text for name, text in told.items() if text}
    if lead.variables and lead.written_at is not None:
        vendor["lastOutboundWriteback"] = {
            "variables": dict(lead.variables),
            "at": lead.written_at.isoformat(),
            "campaignId": campaign_id,
            "tone": lead.tone.value,
        }
    if vendor:
        known["plusvibe_lead_data"] = vendor
    return known


def _events(lead: SampleLead) -> list[Event]:
    events = [Event(EventKind.LEAD_SYNCED, PLUSVIBE.id, lead.created_at, lead.id)]
    if lead.audit is not None:
        facts = {"grade": lead.audit.grade, "score": lead.audit.score}
        events.append(Event(EventKind.AUDIT_COMPLETED, CLOCK.id, lead.audit.completed_at, lead.id, facts))
    if lead.written_at is not None:
        count = {"variables": len(lead.variables), "tone": lead.tone.value}
        events.append(Event(EventKind.WRITEBACK_STORED, CLOCK.id, lead.written_at, lead.id, count))
    if lead.status is LeadStatus.EMAIL_SENT:
        facts = {"before": LeadStatus.EMAIL_GENERATED.value, "after": lead.status.value}
        events.append(Event(EventKind.EMAIL_SENT, PLUSVIBE.id, lead.updated_at, lead.id, facts))
    return events
