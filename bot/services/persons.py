"""A person's data, taken out for them or taken away for good."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.clock import Clock
from bot.outreach.access import Actor, Permission, require
from bot.outreach.drafts import DraftState
from bot.outreach.errors import NotFound
from bot.outreach.events import EventKind, by
from bot.outreach.leads import Lead
from bot.outreach.persons import ERASED, Person, person_of
from storage.database import Database
from storage.unit_of_work import UnitOfWork

HEAD = ("lead id", "kind", "entry", "field", "value")
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
