"""A database of one's own for a while, in memory, to try things in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from storage.database import Database
from storage.ids import new_id


@asynccontextmanager
async def in_memory() -> AsyncIterator[Database]:
    """An empty SQLite with every table; nobody else sees it, and afterwards it is gone."""
    database = Database(f"sqlite:///file:/{new_id()}?vfs=memdb&uri=true")
    try:
        await database.create()
        yield database
    finally:
        await database.close()
