"""One batch of a push at the vendor: intent, call, outcome; and evidence where the outcome was lost."""

from collections.abc import Sequence

from bot.clock import Clock
from bot.gateways.plusvibe import AddedLeads, BadAddress, EnrolLead, PlusVibe, TooLarge
from bot.outreach.errors import Invalid, NotFound, OutreachError, Unavailable
from bot.outreach.leads import Lead
from bot.outreach.pushes import PushedLeadState
from bot.outreach.variables import bare
from storage.database import Database

NOT_TAKEN = "PlusVibe did not take this lead"
QUOTA = "PlusVibe plan quota is used up"
BAD_ADDRESS = "PlusVibe refused this address"
_Settled = list[tuple[str, PushedLeadState, str]]


class Enroller:
    """Carries pushes out batch by batch. `attempting` is committed before a call, the outcome after it."""

    def __init__(self, database: Database, clock: Clock, plusvibe: PlusVibe) -> None:
        self._database = database
        self._clock = clock
        self._plusvibe = plusvibe
        self._largest: dict[str, int] = {}

    async def next_batch(self, workspace_id: str, push_id: str) -> bool:
        """Settle what a crash left unclear, then send the next batch. False when nothing is left to do now."""
        async with self._database.read(workspace_id) as uow:
            unclear = [lead.lead_id for lead in await uow.pushes.unclear(push_id)]
            waiting = list(await uow.pushes.waiting_batch(push_id))
            push = await uow.pushes.get(push_id)
            campaign = await uow.campaigns.get(push.campaign_id) if push else None
        if campaign is None:
            return False
        if unclear:
            return await self._settle_by_evidence(workspace_id, push_id, campaign.provider_id, unclear)
        chosen = waiting[: self._largest.get(push_id, len(waiting))]
        if not chosen:
            self._largest.pop(push_id, None)
            return False
        return await self._send(workspace_id, push_id, campaign.provider_id, chosen)

    async def _send(self, workspace_id: str, push_id: str, campaign: str, lead_ids: list[str]) -> bool:
        async with self._database.begin(workspace_id) as uow:
            leads = list(await uow.leads.get_many(lead_ids))
            await uow.pushes.attempt(push_id, [lead.id for lead in leads], self._clock())
            gone = sorted(set(lead_ids) - {lead.id for lead in leads})
            await uow.pushes.settle(push_id, [(id, PushedLeadState.FAILED, "Lead was removed") for id in gone])
        if not leads:
            return True
        try:
            added = await self._plusvibe.add_leads(campaign, [_wire(lead) for lead in leads])
        except BadAddress as error:
            return await self._drop(workspace_id, push_id, leads, error.index)
        except TooLarge as error:
            return await self._halve(workspace_id, push_id, leads, error)
        except Unavailable as error:
            return await self._failed(workspace_id, push_id, campaign, leads, error)
        except (Invalid, NotFound) as error:
            return await self._stop(workspace_id, push_id, leads, error)
        return await self._reconcile(workspace_id, push_id, campaign, leads, added)

    async def _reconcile(
        self, workspace_id: str, push_id: str, campaign: str, leads: Sequence[Lead], added: AddedLeads
    ) -> bool:
        """The answer holds counts only: when they do not cover the batch, ask which leads are there."""
        ids = [lead.id for lead in leads]
        if added.leads_uploaded + added.overwritten + added.already_in_campaign >= len(leads):
            await self._settle(workspace_id, push_id, [(id, PushedLeadState.PUSHED, "") for id in ids])
            return True
        reason = QUOTA if added.overflowed_lead_count else NOT_TAKEN
        return await self._settle_by_evidence(workspace_id, push_id, campaign, ids, absent=reason)

    async def _settle_by_evidence(
        self, workspace_id: str, push_id: str, campaign: str, lead_ids: Sequence[str], absent: str = ""
    ) -> bool:
        """Ask the vendor which leads the campaign has. absent: the reason for those it lacks; empty sends them again.

        False when the vendor cannot be asked now: they stay unclear and the clock asks later.
        """
        async with self._database.read(workspace_id) as uow:
            leads = list(await uow.leads.get_many(lead_ids))
        try:
            there = await self._plusvibe.enrolled_emails(campaign, [lead.email for lead in leads if lead.email])
        except Unavailable as error:
            await self._note(workspace_id, push_id, f"The outcome is being checked: {error}")
            return False
        otherwise = PushedLeadState.FAILED if absent else PushedLeadState.WAITING
        known: _Settled = [
            (lead.id, PushedLeadState.PUSHED, "")
            if (lead.email or "").lower() in there
            else (lead.id, otherwise, absent)
            for lead in leads
        ]
        gone: _Settled = [
            (id, PushedLeadState.FAILED, "Lead was removed") for id in set(lead_ids) - {lead.id for lead in leads}
        ]
        await self._settle(workspace_id, push_id, known + gone)
        return True

    async def _drop(self, workspace_id: str, push_id: str, leads: Sequence[Lead], index: int) -> bool:
        """One bad address made the vendor refuse the whole batch: leave it out, send the rest again."""
        if not 0 <= index < len(leads):
            return await self._stop(workspace_id, push_id, leads, Invalid("PlusVibe refused the batch"))
        settled: _Settled = [(lead.id, PushedLeadState.WAITING, "") for lead in leads]
        settled[index] = (leads[index].id, PushedLeadState.FAILED, BAD_ADDRESS)
        await self._settle(workspace_id, push_id, settled)
        return True

    async def _halve(self, workspace_id: str, push_id: str, leads: Sequence[Lead], error: TooLarge) -> bool:
        if len(leads) == 1:
            return await self._stop(workspace_id, push_id, leads, error)
        self._largest[push_id] = len(leads) // 2
        await self._settle(workspace_id, push_id, [(lead.id, PushedLeadState.WAITING, "") for lead in leads])
        return True

    async def _failed(
        self, workspace_id: str, push_id: str, campaign: str, leads: Sequence[Lead], error: Unavailable
    ) -> bool:
        """An answered failure had no effect. A lost answer may have had one, so look; what is not there has failed."""
        if error.answered:
            return await self._stop(workspace_id, push_id, leads, error)
        ids = [lead.id for lead in leads]
        if await self._settle_by_evidence(workspace_id, push_id, campaign, ids, absent=str(error)):
            return await self._stop(workspace_id, push_id, [], error)
        return False

    async def _stop(self, workspace_id: str, push_id: str, leads: Sequence[Lead], error: OutreachError) -> bool:
        """Fail these leads and all that still wait: a vendor that cannot answer is not hammered, a person decides."""
        await self._note(workspace_id, push_id, str(error))
        settled: _Settled = [(lead.id, PushedLeadState.FAILED, str(error)) for lead in leads]
        async with self._database.begin(workspace_id) as uow:
            await uow.pushes.settle(push_id, settled)
            rest = [lead.lead_id for lead in await uow.pushes.leads(push_id) if lead.state is PushedLeadState.WAITING]
            await uow.pushes.settle(push_id, [(id, PushedLeadState.FAILED, str(error)) for id in rest])
        return False

    async def _settle(self, workspace_id: str, push_id: str, settled: _Settled) -> None:
        async with self._database.begin(workspace_id) as uow:
            await uow.pushes.settle(push_id, settled)

    async def _note(self, workspace_id: str, push_id: str, problem: str) -> None:
        async with self._database.begin(workspace_id) as uow:
            await uow.pushes.note_problem(push_id, problem)


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
