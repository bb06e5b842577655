"""Intakes: everybody who matches joins a campaign, batch by batch, whatever ends the process in between."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.outreach.access import Actor, Permission, require
from bot.outreach.addresses import address_key
from bot.outreach.campaigns import Campaign
from bot.outreach.companies import (
    Company,
    CompanyFilter,
    Intake,
    IntakeSource,
    IntakeState,
    Taken,
    Trait,
    TraitValues,
    draft_of,
    tallied,
)
from bot.outreach.errors import Conflict, Invalid, NotFound
from bot.outreach.events import EventKind, by
from bot.outreach.leads import Lead, LeadDraft, LeadQuery
from bot.outreach.segments import may_use
from bot.services.addresses import normalised
from bot.services.companies import MOST_VALUES
from bot.services.counting import AT_ONCE, trait_values
from bot.services.segments import existing_segment
from storage.database import Database
from storage.ids import new_id
from storage.unit_of_work import UnitOfWork

BATCH = 400
STRETCH_LEADS = 20_000  # looked at in a batch where few match
LEASE = timedelta(seconds=60)
LONGEST_RUN = timedelta(seconds=20)
OVER = "This is over already."
MOST_CHOSEN = 100
_FOUND = 25


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asked for. key: the same one gives the same intake."""

    campaign_id: str
    source: IntakeSource
    filter: CompanyFilter
    channel: str
    key: str


class IntakeService:
    """A batch, its tally and how far the intake is are one transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def begin(self, workspace_id: str, actor: Actor, wanted: Wanted) -> Intake:
        """Store what is to be done; the clock does it.

        Raises `NotFound`, `Conflict` for a segment that is not active, `Invalid` when nobody matches.
        """
        require(actor, _NEEDED[wanted.source])
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            campaign = await _campaign(uow, wanted.campaign_id)
            if wanted.filter.segment_id:
                may_use(await existing_segment(uow, wanted.filter.segment_id))
            of_companies = wanted.source is IntakeSource.COMPANIES
            first, last = await (uow.companies.ends() if of_companies else uow.lead_traits.ends())
            total = await uow.companies.how_many(wanted.filter) if of_companies else None
            if total == 0:
                raise Invalid("No company matches any more. Change the filter.")
            source = (campaign.id, wanted.source, wanted.filter)
            new = Intake(new_id(), *source, actor.id, wanted.channel, now, now, last=last, total=total)
            new = replace(new, first=max(0, first - 1), cursor=max(0, first - 1))
            stored = await uow.intakes.add(new, wanted.key)
            if stored.id == new.id:
                facts = {"campaign": campaign.name, "source": wanted.source.value}
                await uow.events.add(by(actor, EventKind.INTAKE_STARTED, now, None, facts))
        return stored

    async def run_due(self, workspace_id: str) -> AsyncGenerator[Intake, None]:
        """Carry on what is open, an intake after each batch as it then stands; those over wait to be `reported`."""
        ends = self._clock() + LONGEST_RUN
        async with self._database.begin(workspace_id) as uow:
            claimed = await uow.intakes.claim_due(self._clock(), 1, LEASE)
        for intake in claimed:
            yield intake
            while intake.state is IntakeState.RUNNING:
                moved = await self._take(workspace_id, intake) or await self._cancelled(workspace_id, intake)
                if moved is None:  # somebody else is at it
                    return
                intake = moved
                yield intake
                if self._clock() >= ends:
                    break
            if intake.state is IntakeState.RUNNING:
                async with self._database.begin(workspace_id) as uow:
                    await uow.intakes.release(intake.id)

    async def cancel(self, workspace_id: str, actor: Actor, intake_id: str) -> None:
        """Take nobody more; who joined stays. Raises `NotFound`, or `Conflict` when it is over."""
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            intake = await uow.intakes.get(intake_id)
            if intake is None:
                raise NotFound("This is no longer kept.")
            require(actor, _NEEDED[intake.source])
            if not await uow.intakes.cancel(intake_id, now):
                raise Conflict(OVER)

    async def reported(self, workspace_id: str, intake_id: str) -> None:
        """Whoever asked has been told how it ended."""
        async with self._database.begin(workspace_id) as uow:
            await uow.intakes.reported(intake_id, self._clock())

    async def campaign(self, workspace_id: str, campaign_id: str) -> Campaign:
        """The campaign leads go into. Raises `NotFound`."""
        async with self._database.read(workspace_id) as uow:
            return await _campaign(uow, campaign_id)

    async def values(
        self, workspace_id: str, actor: Actor, trait: Trait, typed: str, others: CompanyFilter
    ) -> TraitValues:
        """The values of a trait to choose from, each with its leads under the other filters, as far as a moment's look
        tells."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            return await trait_values(uow, trait, typed, others, MOST_VALUES, patience=AT_ONCE)

    async def find(self, workspace_id: str, actor: Actor, text: str, wanted: CompanyFilter) -> list[Lead]:
        """The first leads that hold the words and have these traits."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            segment = await uow.segments.get(wanted.segment_id) if wanted.segment_id else None
            query = LeadQuery(text=text, limit=MOST_CHOSEN * 2, segment=segment, asked_at=self._clock())
            page = await uow.leads.page(query)
        asked = [(trait.value, text.casefold()) for trait, text in wanted.given.items()]
        fits = [lead for lead in page.leads if all(getattr(lead, name).casefold() == said for name, said in asked)]
        return fits[:_FOUND]

    async def take_chosen(
        self, workspace_id: str, actor: Actor, campaign_id: str, lead_ids: Sequence[str]
    ) -> Mapping[Taken, int]:
        """Let these leads join now; how many became what."""
        require(actor, Permission.EDIT_LEADS)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            campaign = await _campaign(uow, campaign_id)
            leads = await uow.leads.get_many(list(dict.fromkeys(lead_ids))[:MOST_CHOSEN])
            tally = await _take_leads(uow, campaign.id, leads, now)
            joined = tally.get(Taken.JOINED, 0)
            facts = {"campaign": campaign.name, "joined": joined}
            await uow.events.add(by(actor, EventKind.INTAKE_DONE, now, None, facts))
        return tally

    async def _cancelled(self, workspace_id: str, intake: Intake) -> Intake | None:
        """The intake as it stands, when somebody cancelled it."""
        async with self._database.read(workspace_id) as uow:
            now = await uow.intakes.get(intake.id)
        return now if now is not None and now.state is IntakeState.CANCELLED else None

    async def _take(self, workspace_id: str, intake: Intake) -> Intake | None:
        """The next batch; None when it was cancelled, or somebody else took it."""
        now = self._clock()
        try:
            async with self._database.begin(workspace_id) as uow:
                tally, cursor = await _batch(uow, intake, now)
                is_over = cursor >= intake.last
                moved = replace(
                    intake,
                    tally=tallied(intake.tally, tally),
                    cursor=cursor,
                    updated_at=now,
                    state=IntakeState.DONE if is_over else IntakeState.RUNNING,
                )
                if not await uow.intakes.advance(intake, moved, now + LEASE):
                    raise Conflict(OVER)
                if is_over:
                    await _tell(uow, moved, now)
        except Conflict:
            return None
        return moved


_NEEDED = {IntakeSource.COMPANIES: Permission.IMPORT_LEADS, IntakeSource.LEADS: Permission.EDIT_LEADS}


async def _campaign(uow: UnitOfWork, campaign_id: str) -> Campaign:
    campaign = await uow.campaigns.get(campaign_id)
    if campaign is None:
        raise NotFound("This campaign is not here any more. `/outreach campaigns` lists them.")
    return campaign


async def _tell(uow: UnitOfWork, intake: Intake, now: datetime) -> None:
    campaign = await _campaign(uow, intake.campaign_id)
    taken = {taken.value: number for taken, number in intake.tally.items()}
    actor = Actor(intake.author, intake.author, frozenset())
    await uow.events.add(by(actor, EventKind.INTAKE_DONE, now, None, {"campaign": campaign.name, **taken}))


async def _batch(uow: UnitOfWork, intake: Intake, now: datetime) -> tuple[dict[Taken, int], int]:
    """How many became what, and the place reached; the source's last place when nothing is left."""
    if intake.source is IntakeSource.LEADS:
        leads, reached = await uow.lead_traits.matching(
            intake.filter, intake.cursor, intake.last, BATCH, stretch=STRETCH_LEADS
        )
        return await _take_leads(uow, intake.campaign_id, await _inside(uow, intake, leads, now), now), reached
    found = await uow.companies.matching(intake.filter, intake.cursor, intake.last, BATCH)
    tally = await _take_companies(uow, intake.campaign_id, [company for _, company in found], now)
    return tally, found[-1][0] if len(found) == BATCH else intake.last


async def _inside(uow: UnitOfWork, intake: Intake, leads: Sequence[Lead], now: datetime) -> Sequence[Lead]:
    """Those in the segment asked for; nobody more once it may not be used any longer."""
    if not intake.filter.segment_id:
        return leads
    segment = await uow.segments.get(intake.filter.segment_id)
    if segment is None or not segment.is_active:
        return ()
    there = await uow.segments.among(segment, [lead.id for lead in leads], now)
    return [lead for lead in leads if lead.id in there]


async def _take_companies(
    uow: UnitOfWork, campaign_id: str, companies: Sequence[Company], now: datetime
) -> dict[Taken, int]:
    tally: dict[Taken, int] = dict.fromkeys(Taken, 0)
    first: dict[str, LeadDraft] = {}
    for company in companies:
        if not company.emails:
            tally[Taken.NO_EMAIL] += 1
        elif (email := _written_to(company)) is None:
            tally[Taken.BAD_FORM] += 1
        elif address_key(email) in first:
            tally[Taken.ALREADY] += 1
        else:
            first[address_key(email)] = draft_of(company, email)
    against = await uow.addresses.standing(first)
    tally[Taken.SUPPRESSED] += len(against)
    drafts = {key: draft for key, draft in first.items() if key not in against}
    here = await uow.leads.by_keys(drafts)
    new = [(new_id(), draft, key) for key, draft in drafts.items() if key not in here]
    added = set(await uow.leads.add_many(new, now))
    beaten = await uow.leads.by_keys([key for lead_id, _, key in new if lead_id not in added])
    lead_ids = added | {lead.id for lead in (*here.values(), *beaten.values())}
    joined = await uow.enrolments.join(lead_ids, campaign_id, now)
    tally[Taken.ADDED] += len(joined & added)
    tally[Taken.JOINED] += len(joined - added)
    tally[Taken.ALREADY] += len(lead_ids - joined)
    return tally


def _written_to(company: Company) -> str | None:
    """The company's first address with a usable form."""
    for address in company.emails:
        try:
            return normalised(address)
        except Invalid:
            continue
    return None


async def _take_leads(uow: UnitOfWork, campaign_id: str, leads: Sequence[Lead], now: datetime) -> dict[Taken, int]:
    tally: dict[Taken, int] = dict.fromkeys(Taken, 0)
    keys = {lead.id: address_key(lead.email) for lead in leads if lead.email}
    tally[Taken.NO_EMAIL] += len(leads) - len(keys)
    against = await uow.addresses.standing(set(keys.values()))
    fit = [lead_id for lead_id, key in keys.items() if key not in against]
    tally[Taken.SUPPRESSED] += len(keys) - len(fit)
    joined = await uow.enrolments.join(fit, campaign_id, now)
    tally[Taken.JOINED] += len(joined)
    tally[Taken.ALREADY] += len(fit) - len(joined)
    return tally
