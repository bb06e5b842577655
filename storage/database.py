"""The database: opens units of work. The only way from a service to a row."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.outreach.errors import Unavailable
from storage.engines import database_url, reading_engine, writing_engine
from storage.schema import newest_step
from storage.tables import metadata, new_id
from storage.unit_of_work import Directory, UnitOfWork

__all__ = ["Database", "Statements", "StorageError", "new_id"]

StorageError = SQLAlchemyError  # what a service may catch where it has an answer


@dataclass
class Statements:
    """The statements sent while counting, without BEGIN and its like. A statement over many rows is one."""

    texts: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many there were."""
        return len(self.texts)


class Database:
    """SQLite or PostgreSQL by its URL. Nothing connects before the first question.

    hash_keys: what erased addresses are hashed with, newest first.
    """

    def __init__(self, url: str, hash_keys: Sequence[bytes] = ()) -> None:
        self._hash_keys = hash_keys
        self.url = database_url(url, is_async=True)
        self._writing = writing_engine(self.url)
        self._reading = reading_engine(self.url)

    @property
    def has_one_writer(self) -> bool:
        """Whether everybody who writes waits while one does: SQLite."""
        return self.url.get_backend_name() == "sqlite"

    @asynccontextmanager
    async def begin(self, workspace_id: str) -> AsyncIterator[UnitOfWork]:
        """A transaction: committed on a clean exit, rolled back on any exception.

        On SQLite there is one writer at a time, from here to the exit; never open a second inside.
        """
        async with self._writing.begin() as connection:
            uow = UnitOfWork(connection, workspace_id, self._hash_keys)
            yield uow
            await uow.flush()

    @asynccontextmanager
    async def read(self, workspace_id: str) -> AsyncIterator[UnitOfWork]:
        """Reading only: waits for no writer, and a write is an error."""
        async with self._reading.connect() as connection:
            yield UnitOfWork(connection, workspace_id, self._hash_keys)

    @asynccontextmanager
    async def begin_unbound(self) -> AsyncIterator[Directory]:
        """A transaction over what belongs to no workspace."""
        async with self._writing.begin() as connection:
            yield Directory(connection)

    @asynccontextmanager
    async def read_unbound(self) -> AsyncIterator[Directory]:
        """Reading what belongs to no workspace."""
        async with self._reading.connect() as connection:
            yield Directory(connection)

    async def ping(self) -> None:
        """Raises `Unavailable` unless the database answers."""
        try:
            async with self._reading.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except (SQLAlchemyError, OSError) as error:
            raise Unavailable("The database does not answer.") from error

    async def schema_is_current(self) -> bool:
        """Whether the newest step of the schema is in place."""
        try:
            async with self._reading.connect() as connection:
                step = await connection.scalar(text("SELECT version_num FROM alembic_version"))
        except SQLAlchemyError:
            return False
        return bool(step == newest_step())

    async def create(self) -> None:
        """Every table in an empty database, without the steps that led to them."""
        async with self._writing.begin() as connection:
            await connection.run_sync(metadata.create_all)

    async def close(self) -> None:
        """Close every connection."""
        await self._writing.dispose()
        await self._reading.dispose()

    @contextmanager
    def count_statements(self) -> Iterator[Statements]:
        """Gather what is sent to the database meanwhile."""
        sent = Statements()

        def listen(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
            if not statement.startswith("BEGIN"):
                sent.texts.append(statement)

        engines: list[AsyncEngine] = [self._writing, self._reading]
        for engine in engines:
            event.listen(engine.sync_engine, "before_cursor_execute", listen)
        try:
            yield sent
        finally:
            for engine in engines:
                event.remove(engine.sync_engine, "before_cursor_execute", listen)
