"""One batch of a push at the vendor: intent, call, outcome; and evidence where the outcome was lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.clock import Clock
from bot.gateways.plusvibe import AddedLeads, BadAddress, EnrolLead, PlusVibe, TooLarge
from bot.outreach.addresses import address_key
from bot.outreach.errors import Invalid, NotFound, OutreachError, Unavailable
from bot.outreach.leads import Lead
from bot.outreach.pushes import PushedLeadState
from bot.outreach.reachability import unreachable_reason
from bot.outreach.variables import bare
from bot.services.reachability import standing_in
from storage.database import Database
from storage.unit_of_work import UnitOfWork

PUSH_LEASE = timedelta(minutes=2)
NOT_TAKEN = "PlusVibe did not take this lead"
QUOTA = "PlusVibe plan quota is used up"
BAD_ADDRESS = "PlusVibe refused this address"
_Settled = list[tuple[str, PushedLeadState, str]]


@dataclass(frozen=True, slots=True)
class Drive:
    """One process carrying one push out. token: what its lease is held under."""

    workspace_id: str
    push_id: str
    token: str


class Overtaken(Exception):
    """This process stood still for longer than its lease, so another one may carry the push on."""


class Enroller:
    """Carries pushes out batch by batch. `attempting` is committed before a call, the outcome after it.

    Every commit renews the lease. Whoever lost it raises `Overtaken` and changes nothing.
    """

    def __init__(self, database: Database, clock: Clock, plusvibe: PlusVibe) -> None:
        self._database = database
        self._clock = clock
        self._plusvibe = plusvibe
        self._largest: dict[str, int] = {}

    async def next_batch(self, drive: Drive) -> bool:
        """Settle what a crash left unclear, then send the next batch. False when nothing is left to do now."""
        async with self._database.read(drive.workspace_id) as uow:
            unclear = [lead.lead_id for lead in await uow.pushes.unclear(drive.push_id)]
            waiting = list(await uow.pushes.waiting_batch(drive.push_id))
            push = await uow.pushes.get(drive.push_id)
            campaign = await uow.campaigns.get(push.campaign_id) if push else None
        if campaign is None:
            return False
        if unclear:
            return await self._settle_by_evidence(drive, campaign.provider_id, unclear) is not None
        chosen = waiting[: self._largest.get(drive.push_id, len(waiting))]
        if not chosen:
            self._largest.pop(drive.push_id, None)
            return False
        return await self._send(drive, campaign.provider_id, chosen)

    async def _send(self, drive: Drive, campaign: str, lead_ids: list[str]) -> bool:
        attempted_at = self._clock()
        async with self._database.begin(drive.workspace_id) as uow:
            await self._hold(uow, drive)
            leads = list(await uow.leads.get_many(lead_ids))
            await uow.pushes.attempt(drive.push_id, [lead.id for lead in leads], attempted_at)
            gone = sorted(set(lead_ids) - {lead.id for lead in leads})
            failed: _Settled = [(id, PushedLeadState.FAILED, "Lead was removed") for id in gone]
            barred = await _barred(uow, leads)
            failed += [(id, PushedLeadState.FAILED, reason) for id, reason in barred.items()]
            await uow.pushes.settle(drive.push_id, failed)
            leads = [lead for lead in leads if lead.id not in barred]
        if not leads:
            return True

        def still_ours() -> None:
            """Waiting for our turn may take longer than the lease: another process may have made the call."""
            if self._clock() >= attempted_at + PUSH_LEASE:
                raise Overtaken

        try:
            added = await self._plusvibe.add_leads(campaign, [_wire(lead) for lead in leads], still_ours)
        except BadAddress as error:
            return await self._drop(drive, leads, error.index)
        except TooLarge as error:
            return await self._halve(drive, leads, error)
        except Unavailable as error:
            return await self._failed(drive, campaign, leads, error)
        except (Invalid, NotFound) as error:
            return await self._stop(drive, leads, error)
        return await self._reconcile(drive, campaign, leads, added)

    async def _reconcile(self, drive: Drive, campaign: str, leads: Sequence[Lead], added: AddedLeads) -> bool:
        """The answer holds counts only: when they do not cover the batch, ask which leads are there."""
        ids = [lead.id for lead in leads]
        there = added.leads_uploaded + added.overwritten + added.already_in_campaign
        if not added.counted or there >= len(leads):
            await self._settle(drive, [(id, PushedLeadState.PUSHED, "") for id in ids])
            return True
        reason = QUOTA if added.overflowed_lead_count else NOT_TAKEN
        return await self._settle_by_evidence(drive, campaign, ids, absent=reason) is not None

    async def _settle_by_evidence(
        self, drive: Drive, campaign: str, lead_ids: Sequence[str], absent: str = ""
    ) -> int | None:
        """Ask the vendor which leads the campaign has; how many it lacks.

        absent: the reason why those fail; empty sends them again. None when the vendor cannot be asked now: they stay
        unclear and the clock asks later.
        """
        async with self._database.read(drive.workspace_id) as uow:
            leads = list(await uow.leads.get_many(lead_ids))
        try:
            there = await self._plusvibe.enrolled_emails(campaign, [lead.email for lead in leads if lead.email])
        except OutreachError as error:
            await self._note(drive, f"The outcome is being checked: {error}")
            return None
        otherwise = PushedLeadState.FAILED if absent else PushedLeadState.WAITING
        known: _Settled = [
            (lead.id, PushedLeadState.PUSHED, "")
            if lead.email and address_key(lead.email) in there
            else (lead.id, otherwise, absent)
            for lead in leads
        ]
        gone: _Settled = [
            (id, PushedLeadState.FAILED, "Lead was removed") for id in set(lead_ids) - {lead.id for lead in leads}
        ]
        await self._settle(drive, known + gone, problem="")
        return sum(state is otherwise for _, state, _ in known)

    async def _drop(self, drive: Drive, leads: Sequence[Lead], index: int) -> bool:
        """One bad address made the vendor refuse the whole batch: leave it out, send the rest again."""
        if not 0 <= index < len(leads):
            return await self._stop(drive, leads, Invalid("PlusVibe refused the batch"))
        settled: _Settled = [(lead.id, PushedLeadState.WAITING, "") for lead in leads]
        settled[index] = (leads[index].id, PushedLeadState.FAILED, BAD_ADDRESS)
        await self._settle(drive, settled)
        return True

    async def _halve(self, drive: Drive, leads: Sequence[Lead], error: TooLarge) -> bool:
        if len(leads) == 1:
            return await self._stop(drive, leads, error)
        self._largest[drive.push_id] = len(leads) // 2
        await self._settle(drive, [(lead.id, PushedLeadState.WAITING, "") for lead in leads])
        return True

    async def _failed(self, drive: Drive, campaign: str, leads: Sequence[Lead], error: Unavailable) -> bool:
        """An answered failure had no effect. A lost answer may have had one, so look; what is not there has failed."""
        if error.answered:
            return await self._stop(drive, leads, error)
        absent = await self._settle_by_evidence(drive, campaign, [lead.id for lead in leads], absent=str(error))
        return await self._stop(drive, [], error) if absent else absent is not None

    async def _stop(self, drive: Drive, leads: Sequence[Lead], error: OutreachError) -> bool:
        """Fail these leads and all that still wait: a vendor that cannot answer is not hammered, a person decides."""
        async with self._database.begin(drive.workspace_id) as uow:
            await self._hold(uow, drive)
            await uow.pushes.note_problem(drive.push_id, str(error))
            waiting = [
                lead.lead_id for lead in await uow.pushes.leads(drive.push_id) if lead.state is PushedLeadState.WAITING
            ]
            failed = [*(lead.id for lead in leads), *waiting]
            await uow.pushes.settle(drive.push_id, [(id, PushedLeadState.FAILED, str(error)) for id in failed])
        return False

    async def _settle(self, drive: Drive, settled: _Settled, *, problem: str | None = None) -> None:
        async with self._database.begin(drive.workspace_id) as uow:
            await self._hold(uow, drive)
            await uow.pushes.settle(drive.push_id, settled)
            if problem is not None:
                await uow.pushes.note_problem(drive.push_id, problem)

    async def _note(self, drive: Drive, problem: str) -> None:
        async with self._database.begin(drive.workspace_id) as uow:
            await self._hold(uow, drive)
            await uow.pushes.note_problem(drive.push_id, problem)

    async def _hold(self, uow: UnitOfWork, drive: Drive) -> None:
        if not await uow.pushes.claim(drive.push_id, self._clock(), PUSH_LEASE, drive.token):
            raise Overtaken


def _wire(lead: Lead) -> EnrolLead:
    """The lead as the enrol call takes it: every merge field in the same call, under bare keys."""
    return EnrolLead(
        email=lead.email or "",
        first_name=lead.first_name,
        last_name=lead.last_name,
        company_name=lead.company_name,
        company_website=lead.website or lead.domain,
        phone_number=lead.phone,
        city=lead.city,
        country=lead.country,
        custom_variables=bare(lead.variables),
    )


async def _barred(uow: UnitOfWork, leads: Sequence[Lead]) -> dict[str, str]:
    """By lead why nothing may reach it any more: what stands against its address may be younger than the push."""
    standing = await standing_in(uow, {address_key(lead.email) for lead in leads if lead.email})
    reasons = {lead.id: unreachable_reason(lead, standing.get(address_key(lead.email or ""))) for lead in leads}
    return {id: reason for id, reason in reasons.items() if reason}
