"""Many due steps at once: each made once by whoever comes first, with as many statements for a batch as for one."""

import asyncio
from datetime import timedelta

from sqlalchemy import func, insert, select

from bot.outreach.leads import LeadDraft
from bot.outreach.sequences import Mode, Run
from bot.services import runs as room
from bot.services.runs import ONE_WRITER_STEPS, RunService
from storage.ids import new_id
from storage.mail_tables import mails
from storage.runs import _NAMES, runs
from tests.services.test_direct_mails import a_site
from tests.services.test_sequence_runs import a_sequence


async def has_due_runs(world, number):
    """So many leads whose first step is due."""
    name, now = f"{number} at once", world.clock()
    site, sequence = await a_site(world, name=name), await a_sequence(world, name=name)
    homes = [f"firm{n}of{number}.example.com" for n in range(number)]
    drafts = [LeadDraft(f"quiet@{home}", "Jane", domain=home) for home in homes]
    async with world.database.begin(world.workspace_id) as uow:
        ids = await uow.leads.add_many([(new_id(), draft, draft.email) for draft in drafts], now)
        due = now - timedelta(minutes=1)
        made = [Run(new_id(), sequence.id, lead, site.id, Mode.AUTO, "U1", due, next_at=due) for lead in ids]
        rows = [uow.runs._tenant.row(**{name: getattr(run, name) for name in _NAMES}) for run in made]
        await uow.runs._tenant.many(insert(runs), rows)


async def test_two_processes_make_each_of_many_due_steps_once(either_world, monkeypatch):
    world, number = either_world, 2 * ONE_WRITER_STEPS + 50
    monkeypatch.setattr(room, "MANY_WRITERS_STEPS", ONE_WRITER_STEPS)
    await has_due_runs(world, number)
    services = [RunService(world.database, world.clock, connected=True) for _ in range(2)]

    looked = await asyncio.gather(*(each.advance_due(world.workspace_id) for each in services))

    assert sum(looked) == number
    async with world.database.read(world.workspace_id) as uow:
        made = select(func.count(), func.count(mails.c.run_id.distinct())).select_from(mails)
        assert await uow.runs._tenant.first(made) == (number, number)
    assert await services[0].advance_due(world.workspace_id) == 0


async def test_a_batch_of_steps_takes_as_many_statements_as_one_step(either_world):
    world = either_world
    service, statements = RunService(world.database, world.clock, connected=True), []

    for number in (1, ONE_WRITER_STEPS - 1):
        await has_due_runs(world, number)
        with world.database.count_statements() as sent:
            assert await service.advance_due(world.workspace_id) == number
        statements.append(sent.total)

    assert statements[0] == statements[1]
