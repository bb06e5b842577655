"""Audits: start them, hand the requests to the audit service or our own auditor, take their completion."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from bot.clock import Clock
from bot.gateways.audits import AuditService as AuditGateway
from bot.outreach.access import CLOCK, Actor, Permission, require
from bot.outreach.audit_links import opens, report_link
from bot.outreach.audits import Audit, AuditState, FinishedAudit, status_on_start, usable_domain
from bot.outreach.errors import Conflict, Invalid, NotFound, OutreachError, Unavailable
from bot.outreach.events import EventKind, by
from bot.outreach.leads import Lead, LeadStatus
from bot.outreach.pushes import Envelope, Outcome
from bot.services.auditing import Auditor, Done
from bot.services.completing import Completion, addressed, complete_one
from storage.database import Database
from storage.unit_of_work import UnitOfWork

ALREADY_RUNNING = "An audit is already under way"
REQUEST_LEASE = timedelta(minutes=2)
REPORTS_WITHIN = timedelta(minutes=30)  # an audit that has not reported by then may be started again
MAX_REQUESTS = 6
REQUESTS_AT_ONCE = 5
CLAIM_AUDITS = 50
MOST_REPORTS = 200  # of one lead, looked through for the one a link opens


@dataclass(frozen=True, slots=True)
class Report:
    """A finished audit of a lead to read, and the one before it."""

    lead: Lead
    audit: FinishedAudit
    before: FinishedAudit | None = None


class AuditService:
    """The road from `Start audit` to the stored writeback.

    gateway: the outside audit service; without one the auditor does the work. address: ours, where services report
    and reports are read. secrets: those the reports' links were signed with, newest first.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        gateway: AuditGateway | None,
        auditor: Auditor | None,
        *,
        address: str,
        secrets: Sequence[bytes],
    ) -> None:
        self._database = database
        self._clock = clock
        self._gateway = gateway
        self._auditor = auditor
        self._address = address
        self._secrets = secrets

    async def start(self, workspace_id: str, actor: Actor, lead_ids: Sequence[str]) -> Envelope:
        """Mark leads `audit_queued` and ask for their audits. The clock repeats requests that did not get through.

        Raises `NotFound` when none of the leads is known.
        """
        require(actor, Permission.START_AUDITS)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            leads = list(await uow.leads.get_many(list(dict.fromkeys(lead_ids))))
            if not leads:
                raise NotFound("None of these leads is here any more.")
            running = await self._under_way(uow, leads, now)
            reasons = {lead.id: _obstacle(lead, running) for lead in leads}
            startable = [lead for lead in leads if not reasons[lead.id]]
            await self._queue(uow, startable, actor, now)
        skipped = tuple(Outcome(lead_id, reason) for lead_id, reason in reasons.items() if reason)
        return Envelope(done=tuple(lead.id for lead in startable), skipped=skipped)

    async def start_one(self, workspace_id: str, actor: Actor, lead_id: str) -> None:
        """The same for one lead, where a missing domain or a running audit is an error to show."""
        envelope = await self.start(workspace_id, actor, [lead_id])
        if envelope.skipped:
            reason = envelope.skipped[0].reason
            raise Conflict(reason) if reason == ALREADY_RUNNING else Invalid(reason, field="domain")

    async def under_way(self, workspace_id: str, actor: Actor, lead_id: str) -> Audit | None:
        """The lead's open audit, which knows how far it has come."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            return (await uow.audits.open_among([lead_id])).get(lead_id)

    async def _under_way(self, uow: UnitOfWork, leads: Sequence[Lead], now: datetime) -> set[str]:
        """Leads whose audit is under way; one a service has long not reported is given up, so another may start.

        Our own auditor loses none: what waits with it has its turn to come.
        """
        running = await uow.audits.open_among([lead.id for lead in leads])
        asked = [audit for audit in running.values() if self._gateway or audit.state is AuditState.RUNNING]
        lost = [audit for audit in asked if now - audit.requested_at > REPORTS_WITHIN]
        for audit in lost:
            await uow.audits.fail(audit.id, "no report came back", now)
        return running.keys() - {audit.lead_id for audit in lost}

    async def _queue(self, uow: UnitOfWork, leads: Sequence[Lead], actor: Actor, now: datetime) -> None:
        await uow.audits.add_many([Audit(str(uuid4()), lead.id, AuditState.REQUESTED, None, now) for lead in leads])
        after = {lead.id: status_on_start(lead.status) for lead in leads}
        changes = [(lead.id, {"status": after[lead.id], "last_action": ""}) for lead in leads]
        await uow.leads.change_many(changes, at=now)
        facts = {lead.id: {"before": _value(lead.status), "after": _value(after[lead.id])} for lead in leads}
        await uow.events.add_many([by(actor, EventKind.AUDIT_STARTED, now, lead.id, facts[lead.id]) for lead in leads])

    async def request_due(self, workspace_id: str) -> int:
        """Hand due requests to the audit service; how many were taken up. Safe from any number of processes."""
        if self._gateway is None:
            return 0
        async with self._database.begin(workspace_id) as uow:
            audits = await uow.audits.claim_requested(self._clock(), limit=CLAIM_AUDITS, lease=REQUEST_LEASE)
        room = asyncio.Semaphore(REQUESTS_AT_ONCE)
        await asyncio.gather(*(self._request(workspace_id, audit, room) for audit in audits))
        return len(audits)

    async def run_due(self, workspace_id: str) -> int:
        """Let our own auditor do what is due, unless an outside service does the audits; how many ended."""
        if self._gateway is not None or self._auditor is None:
            return 0
        return await self._auditor.run_due(workspace_id, self._take, self._refuse)

    async def _take(self, workspace_id: str, done: Sequence[Done]) -> None:
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            found = await uow.leads.get_many([audit.lead_id for audit, _ in done], locked=True)
            leads = {lead.id: lead for lead in found}
            for audit, finished in sorted(done, key=lambda each: each[0].id):  # the order in which they are held on
                if audit.lead_id in leads:
                    await complete_one(uow, CLOCK, leads[audit.lead_id], finished, now)
        for audit, _ in done:
            if audit.lead_id not in leads:
                await self._give_up(workspace_id, audit, "The lead was removed during its audit.")

    async def _refuse(self, workspace_id: str, audit: Audit, error: OutreachError) -> None:
        if isinstance(error, Unavailable):
            return await self._put_off(workspace_id, audit, error)
        return await self._give_up(workspace_id, audit, str(error))

    async def _request(self, workspace_id: str, audit: Audit, room: asyncio.Semaphore) -> None:
        assert self._gateway is not None
        async with self._database.read(workspace_id) as uow:
            lead = await uow.leads.get(audit.lead_id)
        if lead is None:
            return await self._give_up(workspace_id, audit, "The lead was removed before its audit began.")
        try:
            async with room:
                run_id = await self._gateway.request(
                    audit.id, lead.id, usable_domain(lead), f"{self._address}/api/audits/complete"
                )
        except Unavailable as error:
            return await self._put_off(workspace_id, audit, error)
        except Invalid as error:
            return await self._give_up(workspace_id, audit, str(error))
        async with self._database.begin(workspace_id) as uow:
            await uow.audits.mark_running(audit.id, run_id, self._clock())
        return None

    async def _put_off(self, workspace_id: str, audit: Audit, error: Unavailable) -> None:
        if not error.transient or audit.attempts + 1 >= MAX_REQUESTS:
            return await self._give_up(workspace_id, audit, str(error))
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            await uow.audits.retry(audit.id, now + timedelta(seconds=2 ** (audit.attempts + 1)), str(error))
            note = f"Start audit: {error} It will be tried again."
            await uow.leads.change(audit.lead_id, {"last_action": note}, at=now)
        return None

    async def _give_up(self, workspace_id: str, audit: Audit, why: str) -> None:
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            await uow.audits.fail(audit.id, why, now)
            lead = await uow.leads.get(audit.lead_id)
            if lead is None:
                return
            back = LeadStatus.EMAIL_GENERATED if lead.variables else LeadStatus.NEW
            changes = {"last_action": f"Start audit failed: {why}"}
            await uow.leads.change(lead.id, changes, at=now)
            await uow.leads.change(lead.id, {"status": back}, at=now, if_status={LeadStatus.AUDIT_QUEUED})
            await uow.events.add(by(CLOCK, EventKind.AUDIT_FAILED, now, lead.id, {"reason": why}))

    async def report(self, workspace_id: str, actor: Actor, lead_id: str) -> Report:
        """The lead's last audit beside the one before. Raises `NotFound` when there is none."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            lead = await uow.leads.get(lead_id)
            audits = await uow.audits.finished_of(lead_id, limit=2)
        if lead is None or not audits:
            raise NotFound("No finished audit of this lead is stored. Start one.")
        return _report(lead, audits)

    async def shared_report(self, workspace_id: str, run_id: str, token: str) -> Report | None:
        """The report a link opens; None for a link that is not ours or whose lead was removed."""
        if not opens(token, workspace_id, run_id, self._secrets):
            return None
        async with self._database.read(workspace_id) as uow:
            found = await uow.audits.by_run(run_id)
            lead = await uow.leads.get(found[0].lead_id) if found else None
            audits = await uow.audits.finished_of(lead.id, limit=MOST_REPORTS) if lead else []
        place = next((place for place, audit in enumerate(audits) if audit.run_id == run_id), None)
        return None if lead is None or place is None else _report(lead, audits[place : place + 2])

    async def complete(
        self,
        workspace_id: str,
        actor: Actor,
        finished: FinishedAudit,
        *,
        lead_id: str | None = None,
        domain: str | None = None,
    ) -> list[Completion]:
        """Take a finished audit for one lead, or for every lead of a domain, and land its writeback at once.

        Idempotent by the run's id. Raises `NotFound` when no such lead is here, `Invalid` when neither is named.
        """
        require(actor, Permission.COMPLETE_AUDITS)
        if not finished.url:
            link = report_link(self._address, workspace_id, finished.run_id, self._secrets[0])
            finished = replace(finished, url=link)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            leads = await addressed(uow, lead_id, domain)
            return [await complete_one(uow, actor, lead, finished, now) for lead in leads]


def _report(lead: Lead, audits: Sequence[Audit]) -> Report:
    """audits: the one to read first, then the one before it, if any."""
    reports = [audit.finished for audit in audits if audit.finished]
    return Report(lead, reports[0], reports[1] if len(reports) > 1 else None)


def _value(status: LeadStatus | None) -> str | None:
    return status.value if status else None


def _obstacle(lead: Lead, running: Collection[str]) -> str | None:
    """Why no audit of this lead can start, or None."""
    try:
        usable_domain(lead)
    except Invalid as error:
        return str(error)
    return ALREADY_RUNNING if lead.id in running else None
