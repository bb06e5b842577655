"""SQLite's one writer: who waits for another process's transactions comes in between two of them."""

import asyncio
import sqlite3
import threading
import time

import pytest

from storage.database import Database, StorageError
from tests.databases import WORKSPACE


async def test_a_writer_comes_in_between_the_batches_of_another(sqlite_url):
    over = threading.Event()

    def batch_after_batch():
        with sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None, timeout=30) as other:
            while not over.is_set():
                other.execute("BEGIN IMMEDIATE")
                time.sleep(0.05)
                other.execute("COMMIT")
                time.sleep(0.005)

    database = Database(sqlite_url)
    hogging = asyncio.create_task(asyncio.to_thread(batch_after_batch))
    async with asyncio.timeout(20):
        for number in range(20):
            async with database.begin(WORKSPACE.id) as uow:
                await uow.settings.put("number", number)
    over.set()
    await hogging
    await database.close()


async def test_who_never_gets_the_lock_is_told_so(sqlite_url, monkeypatch):
    monkeypatch.setattr("storage.engines._BUSY_MILLISECONDS", 50)
    database = Database(sqlite_url)
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="locked"):
            async with database.begin(WORKSPACE.id):
                pass
        other.execute("COMMIT")
    await database.close()
