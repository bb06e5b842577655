"""Transactions, the schema and what the database refuses."""

import asyncio

import pytest
from sqlalchemy.exc import DBAPIError

from bot.outreach.errors import Unavailable
from bot.outreach.members import Workspace
from storage.database import Database
from tests.databases import WORKSPACE


async def test_ping_answers(database):
    await database.ping()
    assert await database.schema_is_current()


async def test_ping_of_nothing_says_unavailable(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/missing/outreach.db")
    with pytest.raises(Unavailable):
        await database.ping()
    assert not await database.schema_is_current()
    await database.close()
