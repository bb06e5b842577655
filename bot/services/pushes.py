"""Pushes: the guard, the stored intent, batches under the vendor's rate, and what became of each lead."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from bot.clock import Clock
from bot.gateways.plusvibe import PlusVibe
from bot.outreach.access import CLOCK, Actor, Permission, require
from bot.outreach.addresses import address_key, plusvibe_accepts
from bot.outreach.campaigns import Campaign
from bot.outreach.errors import Invalid, NotFound, Unavailable
from bot.outreach.events import Event, EventKind, by
from bot.outreach.leads import Lead, LeadStatus
from bot.outreach.pushes import (
    BATCH_LEADS,
    REFUSED_FORM,
    Origin,
    Push,
    PushedLead,
    PushedLeadState,
    PushResult,
    PushState,
)
from bot.outreach.readiness import GuardReport, NotReady, guard
from bot.services.enrolling import PUSH_LEASE, Drive, Enroller, Overtaken
from bot.services.fitting import blanks, fitted
from bot.services.reachability import standing_in
from storage.database import Database, StorageError
from storage.unit_of_work import UnitOfWork

SETTLING = timedelta(seconds=15)  # a push this young is in the hands of whoever started it
MOST_LEADS = 10_000
NOT_CONNECTED = (
    "PlusVibe is not connected: set PLUSVIBE_API_KEY and PLUSVIBE_WORKSPACE_ID, then check with `/outreach doctor`."
)


@dataclass(frozen=True, slots=True)
class Checked:
    """The guard's answer before a push, with what a person should confirm first.

    unchecked: how many of the addresses nobody has checked.
    """

    campaign: Campaign
    report: GuardReport
    blank: tuple[str, ...]
    unchecked: int = 0


class PushService:
    """All-or-nothing pushes. `start` stores the intent, `run` carries it out, in this process or another."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        plusvibe: PlusVibe | None,
        refresh_campaigns: Callable[[str], Awaitable[object]],
        *,
        verifies: bool = False,
    ) -> None:
        self._verifies = verifies
        self._database = database
        self._clock = clock
        self._plusvibe = plusvibe
        self._refresh_campaigns = refresh_campaigns
        self._enroller = Enroller(database, clock, plusvibe) if plusvibe else None

    async def check(self, workspace_id: str, actor: Actor, campaign_id: str, lead_ids: Sequence[str]) -> Checked:
        """Ask the guard, push nothing. Raises `NotFound` for an unknown campaign or lead."""
        require(actor, Permission.PUSH_LEADS)
        await self._meet(workspace_id, campaign_id)
        async with self._database.read(workspace_id) as uow:
            campaign, leads, report = await guarded(uow, campaign_id, lead_ids)
            blank = await blanks(uow, leads, campaign) if report.may_push else ()
            keys = {address_key(lead.email) for lead in leads if lead.email} if self._verifies else set()
            unchecked = await uow.verdicts.unchecked(keys, self._clock()) if keys and report.may_push else ()
        return Checked(campaign, report, blank, len(unchecked))

    async def start(
        self, workspace_id: str, actor: Actor, campaign_id: str, lead_ids: Sequence[str], origin: Origin, key: str
    ) -> Push:
        """Store the intent of a push that the guard lets through; the same key again gives the same push.

        Raises `NotReady` with the guard's report, `NotFound`, `Invalid` for an empty selection, `Unavailable` when
        PlusVibe is not connected.
        """
        require(actor, Permission.PUSH_LEADS)
        if self._plusvibe is None:
            raise Unavailable(NOT_CONNECTED, transient=False)
        await self._meet(workspace_id, campaign_id)
        async with self._database.begin(workspace_id) as uow:
            answer = await begin_push(uow, actor, campaign_id, lead_ids, origin, key, self._clock())
            if isinstance(answer, GuardReport):
                facts = {"campaign": campaign_id, "ready": len(answer.ready), "refused": answer.refused}
                await uow.events.add(by(actor, EventKind.PUSH_BLOCKED, self._clock(), None, facts))
        if isinstance(answer, GuardReport):
            raise NotReady(answer)
        return answer

    async def _meet(self, workspace_id: str, campaign_id: str) -> None:
        """A campaign nobody here has seen may be new at PlusVibe: read the campaigns before saying it is unknown."""
        if self._plusvibe is None:
            return
        async with self._database.read(workspace_id) as uow:
            known = await uow.campaigns.get(campaign_id) or await uow.campaigns.by_provider(campaign_id)
        if known is None:
            await self._refresh_campaigns(workspace_id)

    async def run(self, workspace_id: str, push_id: str) -> AsyncGenerator[PushResult, None]:
        """Carry a push out, a result after each batch, the last one final. Nothing when another process has it."""
        if self._enroller is None:
            return
        drive = Drive(workspace_id, push_id, str(uuid4()))
        async with self._database.begin(workspace_id) as uow:
            if not await uow.pushes.claim(push_id, self._clock(), PUSH_LEASE, drive.token):
                return
        try:
            while await self._enroller.next_batch(drive):
                result = await self.result(workspace_id, push_id)
                if result.waiting:
                    yield result
            yield await self._finish(workspace_id, push_id)
        except Overtaken:
            return
        finally:
            async with self._database.begin(workspace_id) as uow:
                await uow.pushes.release(push_id, drive.token)

    async def _finish(self, workspace_id: str, push_id: str) -> PushResult:
        """The last result, not final while some outcome is unclear: the clock asks for it later."""
        async with self._database.begin(workspace_id) as uow:
            if await uow.pushes.unclear(push_id):
                return await _result(uow, push_id)
            await uow.pushes.finish(push_id, self._clock())
        return await self.follow_up(workspace_id, push_id)

    async def follow_up(self, workspace_id: str, push_id: str) -> PushResult:
        """Our own rows after the vendor's: enrolments and campaign links. A failure here is only a warning.

        The vendor has the leads by now, so the answer must never be "failed"; the clock and a button try again.
        """
        result = await self.result(workspace_id, push_id)
        if result.push.enrolled:
            return result
        try:
            async with self._database.begin(workspace_id) as uow:
                await _enrol(uow, result, self._clock())
                result = await _result(uow, push_id)
        except StorageError:
            warning = f"Pushed, but status update failed for {len(result.pushed)}"
            return replace(result, warnings=(*result.warnings, warning))
        return result

    async def result(self, workspace_id: str, push_id: str) -> PushResult:
        """What became of a push so far. Raises `NotFound`."""
        async with self._database.read(workspace_id) as uow:
            return await _result(uow, push_id)

    async def campaign(self, workspace_id: str, campaign_id: str) -> Campaign:
        """A campaign by our id. Raises `NotFound`."""
        async with self._database.read(workspace_id) as uow:
            return await existing_campaign(uow, campaign_id)

    async def titles(self, workspace_id: str, lead_ids: Sequence[str]) -> dict[str, str]:
        """What to call these leads, by id."""
        async with self._database.read(workspace_id) as uow:
            return {lead.id: lead.title for lead in await uow.leads.get_many(lead_ids)} if lead_ids else {}

    async def of_status(self, workspace_id: str, actor: Actor, status: LeadStatus) -> list[str]:
        """Ids of all leads with a status, to push them together; a missing status counts as New.

        Raises `Invalid` (field `status`) when they are more than one push takes: none is left out silently.
        """
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            found = list(await uow.leads.ids_of(status, limit=MOST_LEADS + 1))
        if len(found) > MOST_LEADS:
            raise Invalid(f"More than {MOST_LEADS:,} leads have this status, the most one push takes.", field="status")
        return found

    async def left_open(self, workspace_id: str) -> list[Push]:
        """Pushes a crash left unfinished, not followed up or not reported, for the clock to take up."""
        async with self._database.read(workspace_id) as uow:
            return list(await uow.pushes.stale(self._clock() - SETTLING, self._clock(), limit=10))

    async def reported(self, workspace_id: str, push_id: str) -> None:
        """The result has been given to whoever asked."""
        async with self._database.begin(workspace_id) as uow:
            await uow.pushes.reported(push_id, self._clock())


async def _result(uow: UnitOfWork, push_id: str) -> PushResult:
    result = await uow.pushes.result(push_id)
    if result is None:
        raise NotFound("This push is not known here.")
    return result


async def existing_campaign(uow: UnitOfWork, campaign_id: str) -> Campaign:
    """A campaign by our id or the provider's. Raises `NotFound`."""
    campaign = await uow.campaigns.get(campaign_id) or await uow.campaigns.by_provider(campaign_id)
    if campaign is None:
        raise NotFound("That campaign is not known here. Sync campaigns with `/outreach campaigns` and try again.")
    return campaign


async def guarded(
    uow: UnitOfWork, campaign_id: str, lead_ids: Sequence[str]
) -> tuple[Campaign, list[Lead], GuardReport]:
    """The guard over a selection, in a constant number of statements. Raises `NotFound`, `Invalid` when empty."""
    wanted = list(dict.fromkeys(lead_ids))
    if not wanted:
        raise Invalid("Choose at least one lead.", field="leadIds")
    campaign = await existing_campaign(uow, campaign_id)
    leads = list(await uow.leads.get_many(wanted))
    if len(leads) < len(wanted):
        gone = sorted(set(wanted) - {lead.id for lead in leads})
        raise NotFound(f"{len(gone)} of the chosen leads are not here (any more), for example {gone[0][:64]}.")
    return campaign, leads, await guarded_leads(uow, leads)


async def guarded_leads(uow: UnitOfWork, leads: Sequence[Lead]) -> GuardReport:
    """The guard over these leads, with what stands against their addresses."""
    keys = {lead.id: address_key(lead.email) for lead in leads if lead.email}
    standing = await standing_in(uow, set(keys.values()))
    return guard(leads, {id: standing[key] for id, key in keys.items() if key in standing})


async def begin_push(
    uow: UnitOfWork, actor: Actor, campaign_id: str, lead_ids: Sequence[str], origin: Origin, key: str, now: datetime
) -> Push | GuardReport:
    """Guard and intent in the caller's transaction: the stored push, or the report of a refusal."""
    if known := await _begun(uow, key):
        return known
    campaign, leads, report = await guarded(uow, campaign_id, lead_ids)
    if not report.may_push:
        return report
    if not await uow.ledger.claim(f"push:{key}", actor.id, now):  # the same key, this very moment
        known = await _begun(uow, key)
        assert known is not None, "a claim is committed with its push"
        return known
    leads = await fitted(uow, leads, campaign, now)
    push = Push(str(uuid4()), campaign.id, actor.id, PushState.SENDING, origin, len(leads), now)
    await uow.ledger.settle(f"push:{key}", {"push": push.id})
    await uow.pushes.add(push, _in_batches(leads))
    facts = {"push": push.id, "campaign": campaign.name, "leads": len(leads)}
    await uow.events.add(by(actor, EventKind.PUSH_STARTED, now, None, facts))
    return push


async def _begun(uow: UnitOfWork, key: str) -> Push | None:
    known = await uow.ledger.outcome(f"push:{key}")
    return await uow.pushes.get((known[2] or {}).get("push", "")) if known else None


def _in_batches(leads: Sequence[Lead]) -> list[PushedLead]:
    """Batches the vendor takes; addresses its pattern refuses are left out, for one would refuse the whole batch."""
    fit = [lead for lead in leads if lead.email and plusvibe_accepts(lead.email)]
    batches = {lead.id: index // BATCH_LEADS for index, lead in enumerate(fit)}
    return [
        PushedLead(lead.id, batches[lead.id], PushedLeadState.WAITING)
        if lead.id in batches
        else PushedLead(lead.id, 0, PushedLeadState.SKIPPED, REFUSED_FORM)
        for lead in leads
    ]


async def _enrol(uow: UnitOfWork, result: PushResult, now: datetime) -> None:
    push = result.push
    if not await uow.pushes.enrolled(push.id, now):
        return
    await uow.enrolments.enrol(result.pushed, push.campaign_id, push.id, now)
    await uow.leads.link(result.pushed, push.campaign_id, now)
    facts = {"push": push.id, "campaign": (await existing_campaign(uow, push.campaign_id)).name}
    await uow.events.add_many([Event(EventKind.PUSHED, push.author, now, lead_id, facts) for lead_id in result.pushed])
    await uow.events.add_many(
        [
            by(CLOCK, EventKind.PUSH_FAILED, now, outcome.lead_id, {**facts, "reason": outcome.reason})
            for outcome in result.failed
        ]
    )
