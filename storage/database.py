"""The database: opens units of work. The only way from a service to a row."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import event, text
from sqlalchemy.exc import SQLAlchemyError

from bot.outreach.errors import Unavailable
from storage.at_once import AtOnce, finished
from storage.engines import database_url, filling_engine, reading_engine, writing_engine
from storage.schema import newest_step
from storage.tables import metadata
from storage.unit_of_work import Directory, UnitOfWork

__all__ = ["Database", "Statements", "StorageError"]

T = TypeVar("T")
_FEW_LEADS, _GROWN = 200, 4
_TRIES = 4
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
        self._filling = filling_engine(database_url(url, is_async=False))

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

    async def at_once(self, workspace_id: str, work: Callable[[UnitOfWork], Coroutine[Any, Any, T]]) -> T:
        """What the work comes to: a transaction as `begin`, done in one go in a thread; it asks nothing but the unit.

        For what would be done again if a power cut took it: nobody waits for the disk. `tidy` belongs behind it.
        """
        return await asyncio.to_thread(self._at_once, workspace_id, work)

    def _at_once(self, workspace_id: str, work: Callable[[UnitOfWork], Coroutine[Any, Any, T]]) -> T:
        async def whole(uow: UnitOfWork) -> T:
            value = await work(uow)
            await uow.flush()
            return value

        with self._filling.begin() as connection:
            return finished(whole(UnitOfWork(AtOnce(connection), workspace_id, self._hash_keys)))

    async def tidy(self, added: int = 0) -> None:
        """What belongs behind batches that were done at once, while others write. added: how many new leads by now.

        SQLite: what stands in its log goes into the file, with the lock free. The log begins anew only when nothing
        was added meanwhile, or it grows as long as the import runs. PostgreSQL: it takes a table that was empty for
        empty still, and looks leads up by reading all of them; by itself it looks once a minute.
        """
        if self.has_one_writer:
            await self._clear_log()
            return
        if not added:
            return
        async with self._writing.begin() as connection:
            believed = await connection.scalar(text("SELECT reltuples FROM pg_class WHERE oid = 'leads'::regclass"))
            if added > _GROWN * max(believed or 0, _FEW_LEADS):
                await connection.execute(text("ANALYZE leads, verdicts, enrolments"))

    async def _clear_log(self) -> None:
        before = None
        async with self._reading.connect() as connection:
            for _ in range(_TRIES):
                told = (await connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")).one()
                if told == before:
                    return
                before = told

    async def create(self) -> None:
        """Every table in an empty database, without the steps that led to them."""
        async with self._writing.begin() as connection:
            await connection.run_sync(metadata.create_all)

    async def close(self) -> None:
        """Close every connection."""
        await self._writing.dispose()
        await self._reading.dispose()
        self._filling.dispose()

    @contextmanager
    def count_statements(self) -> Iterator[Statements]:
        """Gather what is sent to the database meanwhile."""
        sent = Statements()

        def listen(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
            if not statement.startswith("BEGIN"):
                sent.texts.append(statement)

        engines = [self._writing.sync_engine, self._reading.sync_engine, self._filling]
        for engine in engines:
            event.listen(engine, "before_cursor_execute", listen)
        try:
            yield sent
        finally:
            for engine in engines:
                event.remove(engine, "before_cursor_execute", listen)
