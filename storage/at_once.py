"""A unit of work that is done in one go, in a thread: for work that asks the database and waits for nothing else.

Through the asynchronous driver each statement goes to another thread or waits for the event loop and comes back. On a
busy machine that takes longer than the statements, and meanwhile everybody else waits for the lock.
"""

from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult

T = TypeVar("T")


class AtOnce:
    """What repositories use of an asynchronous connection, over a plain one; nothing here is ever waited for."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.dialect = connection.dialect

    async def execute(self, statement: Any, parameters: Any = None) -> CursorResult[Any]:
        """As SQLAlchemy's."""
        return self._connection.execute(statement, parameters)

    async def exec_driver_sql(
        self, statement: str, parameters: Any = None, execution_options: Any = None
    ) -> CursorResult[Any]:
        """As SQLAlchemy's."""
        return self._connection.exec_driver_sql(statement, parameters, execution_options)

    @asynccontextmanager
    async def begin_nested(self) -> AsyncIterator[None]:
        """As SQLAlchemy's."""
        with self._connection.begin_nested():
            yield

    def copy(self, statement: str, rows: str) -> None:
        """PostgreSQL's COPY. rows: in its text format."""
        raw = self._connection.connection.driver_connection
        assert raw is not None
        with raw.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(rows)


def finished(work: Coroutine[Any, Any, T]) -> T:
    """What the work comes to. Raises `RuntimeError` when it waits for anything but the database."""
    try:
        work.send(None)
    except StopIteration as done:
        value: T = done.value
        return value
    work.close()
    raise RuntimeError("only the database may be asked in a unit of work that is done at once")
