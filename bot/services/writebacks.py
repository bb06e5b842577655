"""Writebacks: the merge fields of a finished audit, stored with the lead at once and sent to its campaign."""

import asyncio
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from uuid import uuid4

from bot.clock import Clock
from bot.gateways.plusvibe import PlusVibe
from bot.outreach.access import CLOCK, Actor, Permission, require
from bot.outreach.addresses import address_key
from bot.outreach.audits import FinishedAudit
from bot.outreach.campaigns import Campaign
from bot.outreach.cards import writeback_obstacle
from bot.outreach.drafting import letters_in
from bot.outreach.errors import Conflict, Invalid, NotFound, Unavailable
from bot.outreach.events import EventKind, by
from bot.outreach.leads import BADGES, Lead, LeadStatus
from bot.outreach.mail_types import DraftType
from bot.outreach.routes import Topic
from bot.outreach.templates import body_variables
from bot.outreach.variables import audit_variables
from bot.outreach.writebacks import (
    MAX_ATTEMPTS,
    Tone,
    Writeback,
    WritebackStatus,
    retry_after,
    status_after,
)
from bot.services.drafting import Source, make_draft
from storage.database import Database
from storage.unit_of_work import UnitOfWork

REMOTE_LEASE = timedelta(minutes=2)
CLAIM_WRITEBACKS = 50
SENDS_AT_ONCE = 5


async def land(
    uow: UnitOfWork,
    lead: Lead,
    audit_id: str | None,
    finished: FinishedAudit,
    tone: Tone,
    actor: Actor,
    now: datetime,
    *,
    columns: Mapping[str, object] = MappingProxyType({}),
) -> tuple[Lead, Writeback]:
    """The local half, inside the caller's transaction: variables, status and the writeback's row, together.

    columns: what of the lead is stored beside them.
    """
    campaign = await uow.campaigns.get(lead.campaign_id) if lead.campaign_id else None
    standing = await uow.addresses.standing([address_key(lead.email)]) if lead.email else {}
    status = status_after(lead.status, next(iter(standing.values()), None))
    writeback = _writeback(lead, audit_id, render(lead, finished, tone, campaign), tone, campaign, status, now)
    changes = {**columns, "status": status, **stored(lead, writeback.variables, campaign, tone, now)}
    changed = await uow.leads.change(lead.id, changes, at=now)
    assert changed is not None
    await uow.writebacks.add(writeback, next_try_at=now)
    await uow.writebacks.supersede(lead.id, writeback.id)
    await _note(uow, lead, writeback, status, actor, now)
    source = Source(DraftType.AUDIT_OUTREACH, tone, writeback.campaign_id, audit_id, writeback.id)
    author = actor if actor.is_person else CLOCK
    await make_draft(uow, lead.id, letters_in(writeback.variables), source, author, now)
    return changed, writeback


def _writeback(
    lead: Lead,
    audit_id: str | None,
    variables: dict[str, str],
    tone: Tone,
    campaign: Campaign | None,
    status: LeadStatus,
    now: datetime,
) -> Writeback:
    """A new one, to be sent where the lead has a campaign and an address. status: the lead's from now on."""
    return Writeback(
        id=str(uuid4()),
        lead_id=lead.id,
        audit_id=audit_id,
        campaign_id=campaign.id if campaign else None,
        tone=tone,
        variables=variables,
        status=WritebackStatus.PENDING if campaign and lead.email else WritebackStatus.SKIPPED,
        created_at=now,
        moved_to_ready=BADGES[status] == "Email Ready",
    )


async def _note(
    uow: UnitOfWork, lead: Lead, writeback: Writeback, status: LeadStatus, actor: Actor, now: datetime
) -> None:
    """In the log, and for whoever is to hear of it."""
    facts = {
        "variables": len(writeback.variables),
        "tone": writeback.tone.value,
        "before": lead.status.value if lead.status else None,
        "after": status.value,
    }
    await uow.events.add(by(actor, EventKind.WRITEBACK_STORED, now, lead.id, facts))
    await uow.notices.add(Topic.WRITEBACKS, [(writeback.id, lead.id)], now)


def render(lead: Lead, finished: FinishedAudit, tone: Tone, campaign: Campaign | None) -> dict[str, str]:
    """The 18 slim keys and the body keys, step-indexed when the campaign has a sequence."""
    steps = campaign.steps if campaign and campaign.has_sequence else 1
    return {**audit_variables(lead, finished), **body_variables(lead, finished, tone, steps)}


def stored(
    lead: Lead, variables: Mapping[str, str], campaign: Campaign | None, tone: Tone, now: datetime
) -> dict[str, object]:
    """The lead's columns that keep a writeback."""
    payload = {
        "variables": variables,
        "at": now.isoformat(),
        "campaignId": campaign.id if campaign else None,
        "tone": tone.value,
    }
    return {"plusvibe_lead_data": {**lead.plusvibe_lead_data, "lastOutboundWriteback": payload}}


class WritebackService:
    """Manual writebacks, the remote half, and what there is to announce."""

    def __init__(self, database: Database, clock: Clock, plusvibe: PlusVibe | None) -> None:
        self._database = database
        self._clock = clock
        self._plusvibe = plusvibe

    async def write_back(self, workspace_id: str, actor: Actor, lead_id: str, tone: Tone) -> Writeback:
        """Render and store again from the latest completed audit, then send to the campaign.

        Raises `Invalid` without a campaign link or audit run. A vendor that is down leaves the writeback pending.
        """
        require(actor, Permission.WRITE_BACK)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            lead = await uow.leads.get(lead_id)
            if lead is None:
                raise NotFound("This lead is not here any more.")
            if obstacle := writeback_obstacle(lead):
                raise Invalid(obstacle)
            audit = (await uow.audits.latest_complete([lead_id])).get(lead_id)
            if audit is None or audit.finished is None:
                raise Invalid("No completed audit is stored for this lead: start one.")
            _, writeback = await land(uow, lead, audit.id, audit.finished, tone, actor, now)
        await self.send_due(workspace_id)
        async with self._database.read(workspace_id) as uow:
            return await uow.writebacks.latest(lead_id) or writeback

    async def send_due(self, workspace_id: str) -> int:
        """Send pending remote halves that are due; how many were taken up. Safe from any number of processes."""
        if self._plusvibe is None:
            return 0
        until = self._clock() + REMOTE_LEASE / 2
        async with self._database.begin(workspace_id) as uow:
            due = await uow.writebacks.claim_remote(self._clock(), limit=CLAIM_WRITEBACKS, lease=REMOTE_LEASE)
        room = asyncio.Semaphore(SENDS_AT_ONCE)

        async def send(writeback: Writeback) -> None:
            async with room:
                if self._clock() < until:  # a call begun later may outlast the lease, and be made by others, too
                    await self._send(workspace_id, writeback)

        await asyncio.gather(*(send(writeback) for writeback in due))
        return len(due)

    async def _send(self, workspace_id: str, writeback: Writeback) -> None:
        assert self._plusvibe is not None
        async with self._database.read(workspace_id) as uow:
            lead = await uow.leads.get(writeback.lead_id)
            campaign = await uow.campaigns.get(writeback.campaign_id) if writeback.campaign_id else None
        if lead is None or campaign is None or not lead.email:
            return await self._close(workspace_id, writeback, WritebackStatus.SKIPPED, "no campaign link or address")
        try:
            await self._plusvibe.update_variables(campaign.provider_id, lead.email, writeback.variables)
        except Unavailable as error:
            return await self._put_off(workspace_id, writeback, error)
        except (NotFound, Invalid, Conflict) as error:
            return await self._close(workspace_id, writeback, WritebackStatus.FAILED, str(error))
        return await self._close(workspace_id, writeback, WritebackStatus.WRITTEN, "")

    async def _put_off(self, workspace_id: str, writeback: Writeback, error: Unavailable) -> None:
        attempts = writeback.attempts + 1
        if not error.transient or attempts >= MAX_ATTEMPTS:
            return await self._close(workspace_id, writeback, WritebackStatus.FAILED, str(error))
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            await uow.writebacks.retry(writeback.id, attempts, now + retry_after(attempts), str(error))
            note = f"PlusVibe writeback: {error} It will be tried again."
            await uow.leads.change(writeback.lead_id, {"last_action": note}, at=now)
        return None

    async def _close(self, workspace_id: str, writeback: Writeback, status: WritebackStatus, error: str) -> None:
        now = self._clock()
        kind = EventKind.WRITEBACK_WRITTEN if status is WritebackStatus.WRITTEN else EventKind.WRITEBACK_FAILED
        note = (
            f"PlusVibe writeback: {len(writeback.variables)} variables written."
            if not error
            else f"PlusVibe writeback failed: {error}"
        )
        async with self._database.begin(workspace_id) as uow:
            if not await uow.writebacks.close(writeback.id, status, error, now):
                return  # somebody else settled it meanwhile
            await uow.leads.change(writeback.lead_id, {"last_action": note}, at=now)
            await uow.events.add(by(CLOCK, kind, now, writeback.lead_id, {"reason": error} if error else {}))

    async def landed(self, workspace_id: str, writeback_ids: Collection[str]) -> list[tuple[Writeback, Lead]]:
        """These writebacks with their leads, in the order in which they came; without those of removed leads."""
        async with self._database.read(workspace_id) as uow:
            writebacks = await uow.writebacks.get_many(writeback_ids)
            leads = {lead.id: lead for lead in await uow.leads.get_many([each.lead_id for each in writebacks])}
        return [(each, leads[each.lead_id]) for each in writebacks if each.lead_id in leads]
