"""A person's data, taken out for them or taken away for good."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.clock import Clock
from bot.outreach.access import Actor, Permission, require
from bot.outreach.addresses import address_key
from bot.outreach.drafts import DraftState
from bot.outreach.errors import NotFound
from bot.outreach.events import EventKind, by
from bot.outreach.leads import TEXT_FIELDS, Lead
from bot.outreach.persons import ERASED, Person, person_of
from bot.outreach.segments import Segment
from bot.services.reachability import standing_in
from storage.database import Database
from storage.unit_of_work import UnitOfWork

HEAD = ("lead id", "kind", "entry", "field", "value")
LEAD_COLUMNS = ("email", *TEXT_FIELDS, "status", "grade", "top_issue", "opens", "created_at", "updated_at")
SEGMENT_HEAD = (
    "lead id",
    *(name.replace("_", " ") for name in LEAD_COLUMNS),
    "campaign",
    "address check",
    "stands against it",
)
BATCH_LEADS = 500
MOST_DRAFTS = 1_000


class PersonService:
    """What is held of people: to read, to hand over, to erase."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def export(self, workspace_id: str, actor: Actor, lead_ids: Sequence[str]) -> AsyncIterator[tuple[str, ...]]:
        """Everything held of these leads' people, a line a value under `HEAD`; one lead after the other.

        Leads that are gone are left out. That it was taken out stands in the log.
        """
        require(actor, Permission.EXPORT_PEOPLE)
        for lead_id in lead_ids:
            async with self._database.read(workspace_id) as uow:
                lead = await uow.leads.get(lead_id)
                if lead is None:
                    continue
                entry = 0
                async for kind, values in uow.erasures.held(await _person(uow, lead)):
                    entry += 1
                    for line in _lines(values):
                        yield (lead_id, kind, str(entry), *line)
            async with self._database.begin(workspace_id) as uow:
                await uow.events.add(by(actor, EventKind.LEAD_EXPORTED, self._clock(), lead_id))

    async def named(self, workspace_id: str, actor: Actor, name: str) -> Segment | None:
        """The segment of this name that could be taken out, in whatever state it is."""
        require(actor, Permission.EXPORT_PEOPLE)
        async with self._database.read(workspace_id) as uow:
            return await uow.segments.named(name)

    async def export_segment(
        self, workspace_id: str, actor: Actor, segment: Segment
    ) -> AsyncGenerator[tuple[str, ...], None]:
        """Whoever is in it now, a line a lead under `SEGMENT_HEAD`, oldest first; in the log once it was read out."""
        require(actor, Permission.EXPORT_PEOPLE)
        now, after, number = self._clock(), 0, 0
        while True:
            async with self._database.read(workspace_id) as uow:
                batch = await uow.segments.leads_after(segment, now, after, BATCH_LEADS)
                lines = await _lead_lines(uow, [lead for _, lead in batch])
            for line in lines:
                yield line
            number += len(batch)
            if len(batch) < BATCH_LEADS:
                break
            after = batch[-1][0]
        async with self._database.begin(workspace_id) as uow:
            facts = {"name": segment.name, "leads": number}
            await uow.events.add(by(actor, EventKind.SEGMENT_EXPORTED, self._clock(), None, facts))

    async def erase(self, workspace_id: str, actor: Actor, lead_id: str) -> None:
        """Take away everything held of the lead's person, for good. Raises `NotFound`, also for whom it was done to.

        What stays: that so many mails went out and leads came, a hash by which the address is known as suppressed,
        and a line in the log that says who did it.
        """
        require(actor, Permission.ERASE_PEOPLE)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            lead = await uow.leads.get(lead_id)
            if lead is None:
                raise NotFound("This lead is not here any more.")
            person = await _person(uow, lead)
            ids, told_in = await uow.erasures.ids(person), await uow.erasures.told_in(person)
            await uow.erasures.open(person, actor.id, now)
            await uow.addresses.keep_erased(person.keys, now)
            await uow.mails.cancel_to(person.keys, ERASED)
            await uow.erasures.take_mails(person)
            await uow.leads.remove(lead_id, now)
            await _let_go(uow, person, actor, now)
            await uow.erasures.take_rest(person)
            await uow.erasures.strike(person, ids, told_in, now)
            await uow.erasures.close()
            await uow.events.add(by(actor, EventKind.LEAD_ERASED, now, lead_id))


async def _person(uow: UnitOfWork, lead: Lead) -> Person:
    """Also the leads with this address that were removed before."""
    return person_of([lead, *await uow.leads.removed_with(lead.email)] if lead.email else [lead])


async def _lead_lines(uow: UnitOfWork, leads: Sequence[Lead]) -> list[tuple[str, ...]]:
    """A line a lead under `SEGMENT_HEAD`."""
    keys = {lead.id: address_key(lead.email) for lead in leads if lead.email}
    checks, against = await uow.verdicts.of(keys.values()), await standing_in(uow, set(keys.values()))
    campaigns = {campaign.id: campaign.name for campaign in await uow.campaigns.all()}
    lines = []
    for lead in leads:
        check, fact = checks.get(keys.get(lead.id, "")), against.get(keys.get(lead.id, ""))
        cells = [_cell(getattr(lead, name)) for name in LEAD_COLUMNS]
        verdict = check.verdict if check and check.verdict else ""
        lines.append((lead.id, *cells, campaigns.get(lead.campaign_id or "", ""), verdict, fact or ""))
    return lines


def _cell(value: Any) -> str:
    return "" if value is None else value.isoformat() if isinstance(value, datetime) else str(value)


async def _let_go(uow: UnitOfWork, person: Person, actor: Actor, now: datetime) -> None:
    """End what goes on by itself, with its counters, before its rows are emptied."""
    for run in await uow.runs.open_of(person.lead_ids):
        await uow.runs.stop(run.id, ERASED, now)
    for lead_id in person.lead_ids:
        held = [each.id for each in await uow.opportunities.of_lead(lead_id, MOST_DRAFTS)]
        for one in (await uow.opportunities.get_many(held, locked=True)).values():
            await uow.opportunities.change(one, replace(one, deleted_at=now))
        for draft in await uow.drafts.of_lead(lead_id, MOST_DRAFTS):
            await uow.drafts.decide(draft, DraftState.REJECTED, actor.id, now)


def _lines(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is known, column by column."""
    return [(name, _text(value)) for name, value in values.items() if value not in (None, "", {}, [])]


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
