"""The pipeline as the doors ask for it, and the check of every maintained counter."""

import asyncio
import os
import random
import subprocess
import sys

import pytest

from bot.outreach.access import Actor, Role, person
from bot.outreach.drafts import DraftState
from bot.outreach.errors import NotAllowed
from bot.outreach.leads import LeadStatus
from bot.outreach.pipeline import Milestone, compared, funnel, reached, stages, told
from storage.database import Database
from tests.scenarios.processes import ROOT
from tests.storage.given import AT, HERE, add_lead, add_leads

VIEWER = person("U0DEVPATEL", "Dev", Role.VIEWER)
NOBODY = Actor("token:1", "Token", frozenset())


@pytest.fixture
def pipeline(either_world):
    """The service under test."""
    return either_world.house.services.pipeline


# The rules


@pytest.mark.parametrize(
    ("changes", "milestone"),
    [
        ({}, Milestone.TOTAL),
        ({"status": None}, Milestone.TOTAL),
        ({"status": LeadStatus.AUDIT_QUEUED}, Milestone.TOTAL),
        ({"status": LeadStatus.NEW, "audit_run_id": "r"}, Milestone.AUDITED),
        ({"status": LeadStatus.BOUNCED}, Milestone.EMAIL_SENT),
        ({"status": LeadStatus.BOUNCED, "opens": 1}, Milestone.OPENED),
        ({"opens": 0}, Milestone.TOTAL),
        ({"status": LeadStatus.CONVERTED, "opens": 3}, Milestone.CONVERTED),
    ],
)
def test_what_a_leads_values_prove(changes, milestone):
    assert told(changes) is milestone


@pytest.mark.parametrize("status", LeadStatus)
def test_every_status_stands_for_a_milestone(status):
    assert reached(status) in Milestone


def test_a_funnel_adds_up_and_shares_are_of_all():
    counted = funnel({Milestone.TOTAL: 5, Milestone.AUDITED: 3, Milestone.CONVERTED: 2})

    assert list(counted.reached.values()) == [10, 5, 2, 2, 2, 2]
    assert counted.percent(Milestone.AUDITED) == 50
    assert funnel({}).percent(Milestone.AUDITED) == 0


def test_a_missing_status_stands_at_new_and_the_legacy_one_only_where_it_is():
    assert [stage.leads for stage in stages({None: 2, LeadStatus.NEW: 3}, {})][:2] == [5, 0]
    assert LeadStatus.SENT not in {stage.status for stage in stages({}, {})}
    assert stages({LeadStatus.SENT: 1}, {})[-1].status is LeadStatus.SENT


def test_counters_are_compared_key_by_key():
    lines = compared("drafts", {DraftState.SENT: 2}, {DraftState.SENT: 2, DraftState.WAITING: 1})

    assert [(line.name, line.kept, line.counted) for line in lines] == [("drafts sent", 2, 2), ("drafts waiting", 0, 1)]


# The service


async def test_looking_takes_the_right_to_look(either_world, pipeline):
    for ask in (pipeline.whole, pipeline.funnel):
        with pytest.raises(NotAllowed):
            await ask(either_world.workspace_id, NOBODY)
    with pytest.raises(NotAllowed):
        await pipeline.stage(either_world.workspace_id, NOBODY, LeadStatus.NEW)


async def test_the_whole_is_a_handful_of_statements_however_many_leads(either_world, pipeline):
    for status in LeadStatus:
        await either_world.has_lead(f"Acme {status}", status=status)

    with either_world.database.count_statements() as sent:
        whole = await pipeline.whole(either_world.workspace_id, VIEWER)

    assert sent.total == 4
    assert [len(stage.samples) for stage in whole.stages] == [1] * 11


async def test_a_check_finds_what_is_wrong_and_repairs_it(either_world, pipeline):
    here = either_world.workspace_id
    await either_world.has_lead("Acme", status=LeadStatus.REPLIED)
    assert all(line.kept == line.counted for line in await pipeline.check(here))
    async with either_world.database.begin(here) as uow:
        uow.leads._funnel.came(Milestone.OPENED)
        uow.leads._counters.came(LeadStatus.OPENED)

    wrong = [line for line in await pipeline.check(here, repair=True) if line.kept != line.counted]

    assert [line.name for line in wrong] == ["leads at status opened", "leads that got to Opened"]
    assert all(line.kept == line.counted for line in await pipeline.check(here))


async def test_a_check_beside_writers_finds_nothing_wrong(either_world, pipeline):
    here, chance = either_world.workspace_id, random.Random(5)
    leads = [await either_world.has_lead(f"Acme {n}") for n in range(4)]

    async def writes():
        for _ in range(10):
            async with either_world.database.begin(here) as uow:
                await uow.leads.change(chance.choice(leads).id, {"status": chance.choice(list(LeadStatus))}, at=AT)

    async def checks():
        return [line for _ in range(5) for line in await pipeline.check(here)]

    found = await asyncio.gather(writes(), checks())

    assert [line for line in found[1] if line.kept != line.counted] == []


# From the shell


@pytest.fixture
def shell(tmp_path):
    """`recount` on a database: its exit code and what it wrote."""

    def run(url, *options):
        done = subprocess.run(
            [sys.executable, "-m", "bot", "recount", *options],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "DATABASE_URL": url},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout + done.stderr

    return run


async def test_recount_says_every_counter_and_repairs_on_demand(sqlite_url, shell):
    database = Database(sqlite_url)
    await add_leads(database, 3)
    async with database.begin(HERE) as uow:
        await add_lead(uow, status=LeadStatus.OPENED)
        uow.leads._funnel.came(Milestone.REPLIED)
    await database.close()

    found, repaired, again = shell(sqlite_url), shell(sqlite_url, "--repair"), shell(sqlite_url)

    assert (found[0], repaired[0], again[0]) == (1, 0, 0)
    assert "ok        Acme: leads at status new: counter 3, recount 3\n" in found[1]
    assert "WRONG     Acme: leads that got to Replied: counter 1, recount 0\n" in found[1]
    assert "repaired  Acme: leads that got to Replied: counter 1, recount 0\n" in repaired[1]
    assert again[1].endswith("Every counter equals its recount.\n")


def test_recount_without_a_schema_says_what_to_do(shell):
    code, said = shell("sqlite:///none.db")

    assert code == 2
    assert "migrate" in said
