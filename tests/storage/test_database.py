"""Transactions, and what is refused before the database sees it."""

import asyncio
import threading

import pytest
from sqlalchemy.exc import DBAPIError

from bot.outreach.errors import Duplicate, Invalid, Unavailable
from bot.outreach.members import Workspace
from storage.database import Database
from storage.ids import new_id
from storage.one_trip import OneTrip
from tests.storage.given import AT, HERE, add_lead, add_workspace


async def test_ping_answers(database):
    await database.ping()

    assert await database.schema_is_current()


async def test_ping_of_nothing_says_unavailable(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/missing/outreach.db")
    before = set(threading.enumerate())

    with pytest.raises(Unavailable):
        await database.ping()

    assert not await database.schema_is_current()
    await database.close()
    for thread in (
        set(threading.enumerate()) - before
    ):  # after a failed open the driver's thread speaks to this loop once more
        if "connection_worker" in thread.name:
            await asyncio.to_thread(thread.join)


async def test_a_statement_on_sqlite_is_one_trip_to_the_drivers_thread(tmp_path, monkeypatch):
    database = Database(f"sqlite:///{tmp_path}/trips.db")
    await database.create()
    trips, execute = [], OneTrip._execute

    async def counted(self, *args, **options):
        trips.append(args)
        return await execute(self, *args, **options)

    monkeypatch.setattr(OneTrip, "_execute", counted)

    async with database.read(HERE) as uow:
        trips.clear()
        with database.count_statements() as sent:
            assert (await uow.leads.counts(), await uow.leads.get("nobody")) == ({}, None)

    assert len(trips) == sent.total == 2
    await database.close()


def test_other_databases_are_refused():
    with pytest.raises(ValueError, match="mysql"):
        Database("mysql://localhost/outreach")


async def test_an_exception_leaves_nothing(database):
    async def fail() -> None:
        async with database.begin(HERE) as uow:
            await add_lead(uow, "a@b.com")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()

    async with database.read(HERE) as uow:
        assert await uow.leads.by_domain("b.com") == []
        assert await uow.leads.counts() == {}


async def test_cancellation_leaves_nothing_and_blocks_nobody(database):
    entered = asyncio.Event()

    async def slow():
        async with database.begin(HERE) as uow:
            await add_lead(uow, "a@b.com")
            entered.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(slow())
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    async with database.begin(HERE) as uow:
        assert await uow.leads.find("a@b.com") == []
        await add_lead(uow, "a@b.com")


async def test_a_read_cannot_write(database):
    with pytest.raises(DBAPIError):
        async with database.read(HERE) as uow:
            await add_lead(uow, "a@b.com")

    async with database.read(HERE) as uow:
        assert await uow.leads.find("a@b.com") == []


async def test_readers_do_not_wait_for_a_writer(database):
    async with database.begin(HERE) as writer:
        await add_lead(writer, "a@b.com")
        async with asyncio.timeout(10), database.read(HERE) as reader:
            assert await reader.leads.find("a@b.com") == []


async def test_many_writers_in_turn(database):
    async def write(number: int) -> None:
        async with database.begin(HERE) as uow:
            await add_lead(uow, f"a{number}@b.com")

    await asyncio.gather(*(write(number) for number in range(40)))

    async with database.read(HERE) as uow:
        assert len(await uow.leads.by_domain("b.com")) == 0
        assert sum((await uow.leads.counts()).values()) == 40
        assert await uow.leads.counts() == await uow.leads.recount()


@pytest.mark.parametrize(
    ("written", "stored"),
    [("a\0b", "ab"), ("a\ud800b", "a?b"), ("Žluťoučký 🐎", "Žluťoučký 🐎"), ("\0", ""), ("a\u2028b", "a\u2028b")],
    ids=["NUL", "lone surrogate", "beyond ASCII", "only NUL", "line separator"],
)
async def test_ugly_text_is_cleaned(database, written, stored):
    async with database.begin(HERE) as uow:
        lead = await add_lead(uow, company_name=written)
        await uow.leads.change(lead.id, {"plusvibe_lead_data": {written: [written, {"deep": written}]}}, at=AT)

    async with database.read(HERE) as uow:
        lead = await uow.leads.get(lead.id)
    assert lead.company_name == stored
    assert lead.plusvibe_lead_data == {stored: [stored, {"deep": stored}]}


async def test_numbers_over_64_bits_are_refused(database):
    async with database.begin(HERE) as uow:
        lead = await add_lead(uow)

        for number in (2**63, -(2**63) - 1, 10**40):
            with pytest.raises(Invalid):
                await uow.leads.change(lead.id, {"opens": number}, at=AT)
        assert await uow.leads.change(lead.id, {"opens": 2**63 - 1}, at=AT)


async def test_what_json_cannot_say_is_refused(database):
    async with database.begin(HERE) as uow:
        for value in (float("nan"), float("inf"), object(), b"bytes"):
            with pytest.raises(Invalid):
                await uow.settings.put("key", {"value": value})


async def test_overlong_keys_are_refused(database):
    async with database.begin(HERE) as uow:
        with pytest.raises(Invalid):
            await add_lead(uow, "é" * 4_000)


async def test_overlong_texts_are_kept_whole(database):
    long = "𝕏" * 10_000
    async with database.begin(HERE) as uow:
        lead = await add_lead(uow, company_name=long, domain=long, first_name=long)

    async with database.read(HERE) as uow:
        assert (await uow.leads.get(lead.id)).company_name == long


async def test_naive_times_are_refused(database):
    async with database.begin(HERE) as uow:
        with pytest.raises(Exception, match="aware"):
            await add_lead(uow, at=AT.replace(tzinfo=None))


async def test_workspaces_are_found_by_team(database):
    async with database.begin_unbound() as directory:
        await directory.workspaces.add(Workspace("w2", "T2", "Beta", "Europe/Prague"))
        await directory.workspaces.rename("w2", "Gamma")

    async with database.read_unbound() as directory:
        assert await directory.workspaces.find("T2") == Workspace("w2", "T2", "Gamma", "Europe/Prague")
        assert await directory.workspaces.get("w2") == await directory.workspaces.find("T2")
        assert [workspace.name for workspace in await directory.workspaces.all()] == ["Acme", "Gamma"]
        assert await directory.workspaces.find("T3") is None


async def test_a_team_has_one_workspace(database):
    async with database.begin_unbound() as directory:
        with pytest.raises(Duplicate) as refused:
            await directory.workspaces.add(Workspace(new_id(), "T0001", "Again"))

    assert refused.value.id == HERE


async def test_statements_are_counted(database):
    with database.count_statements() as sent:
        async with database.read(HERE) as uow:
            await uow.leads.get("nobody")

    assert sent.total == 1
    assert await add_workspace(database)
