"""SQLite's connection: a statement is one trip to the driver's thread and back.

aiosqlite makes four (open a cursor, run, fetch, close), each with a wait for the other thread to let go of the
interpreter, and all of them together take longer than most of our statements. SQLAlchemy fetches every row at once
anyway: we stream none.
"""

import sqlite3
from collections.abc import Sequence
from functools import partial
from typing import Any

import aiosqlite

_CHUNK_ROWS = 64  # aiosqlite's own; asked for and never used


def connected(path: str, **options: Any) -> "OneTrip":
    """In place of `aiosqlite.connect`, as SQLAlchemy asks for it: not yet open, that comes with `await`."""
    connection = OneTrip(partial(sqlite3.connect, path, **options), _CHUNK_ROWS)
    connection._thread.daemon = True  # or a process that forgot to close it would never end
    return connection


class OneTrip(aiosqlite.Connection):
    """aiosqlite's, but for its cursors."""

    def cursor(self) -> Any:
        """Nothing is asked of the thread yet."""
        return _Cursor(self)

    def run(self, how: str, sql: str, parameters: Any) -> tuple[Any, int, int | None, Sequence[Any]]:
        """On the thread: description, number of rows touched, last id, all rows. how: the name of a cursor's method."""
        cursor = self._conn.cursor()
        try:
            getattr(cursor, how)(sql, parameters)
            rows = cursor.fetchall() if cursor.description else ()
            return cursor.description, cursor.rowcount, cursor.lastrowid, rows
        finally:
            cursor.close()


class _Cursor:
    """What SQLAlchemy asks of a cursor that it does not stream from."""

    arraysize = 1

    def __init__(self, connection: OneTrip) -> None:
        self._connection = connection
        self._rows: Sequence[Any] = ()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> "_Cursor":
        return self

    async def execute(self, sql: str, parameters: Any = ()) -> None:
        await self._run("execute", sql, parameters)

    async def executemany(self, sql: str, parameters: Any) -> None:
        await self._run("executemany", sql, parameters)

    async def fetchall(self) -> Sequence[Any]:
        return self._rows

    async def close(self) -> None:
        self._rows = ()

    async def _run(self, how: str, sql: str, parameters: Any) -> None:
        there: Any = self._connection._execute
        told = await there(self._connection.run, how, sql, parameters)
        self.description, self.rowcount, self.lastrowid, self._rows = told
