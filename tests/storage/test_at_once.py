"""Units of work done in one go in a thread, and what a database likes to have done behind them."""

import asyncio

import pytest
from sqlalchemy import text

from bot.outreach.errors import Invalid
from tests.databases import WORKSPACE
from tests.storage.given import add_lead

HERE = WORKSPACE.id


async def answer(uow, sqlite, postgres):
    """One value, asked of the connection itself."""
    tenant = uow.settings._tenant
    return await tenant.value(text(sqlite if tenant.is_sqlite else postgres))


async def waits(uow):
    """Whether a commit waits for the disk."""
    return await answer(uow, "PRAGMA synchronous", "SHOW synchronous_commit") in (2, "on")


async def test_it_is_committed_and_only_it_does_not_wait_for_the_disk(database):
    async def work(uow):
        await add_lead(uow, "jane@acme.com")
        return await waits(uow)

    assert await database.at_once(HERE, work) is False

    async with database.begin(HERE) as uow:
        assert await waits(uow)
        assert sum((await uow.leads.counts()).values()) == 1, "what was held back until the end is written"


async def test_one_that_fails_leaves_nothing(database):
    async def work(uow):
        await uow.settings.put("where", 1)
        raise Invalid("no")

    with pytest.raises(Invalid):
        await database.at_once(HERE, work)

    async with database.read(HERE) as uow:
        assert await uow.settings.get("where") is None


async def test_it_may_wait_for_nothing_else(database):
    async def work(uow):
        await uow.settings.put("where", 1)
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="only the database"):
        await database.at_once(HERE, work)

    async with database.read(HERE) as uow:
        assert await uow.settings.get("where") is None


async def test_its_statements_are_counted(database):
    async def work(uow):
        await uow.settings.get("where")

    with database.count_statements() as sent:
        await database.at_once(HERE, work)

    assert sent.total == 1


async def test_what_is_left_behind_is_tidied(database):
    async def work(uow):
        await add_lead(uow, "jane@acme.com")

    await database.at_once(HERE, work)
    await database.tidy(10_000)

    async with database.read(HERE) as uow:
        if database.has_one_writer:
            asked = await uow.settings._tenant.first(text("PRAGMA wal_checkpoint(PASSIVE)"))
            assert asked[0] == 0 and asked[1] == asked[2], "the log is in the file"
        else:
            assert await answer(uow, "", "SELECT reltuples FROM pg_class WHERE relname = 'leads'") == 1
