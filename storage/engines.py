"""The engines over a database: one that writes, one that only reads, and one that fills it by the batch."""

from time import monotonic
from typing import Any

from psycopg.types.array import ListBinaryDumper
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from storage.one_trip import connected
from storage.types import to_json

_BUSY_MILLISECONDS = 30_000
_LOOK_MILLISECONDS = 3
_WAIT_SECONDS = 60
# A process that stands still in the middle of a transaction would hold its rows from everybody for as long.
STANDSTILL_SECONDS = 60
# How long SQLite's log may get before whoever commits next brings it into the file and waits for that. An import fills
# some megabytes by the batch and clears them itself (see `Database.tidy`): nobody else is to do it for it.
_LOG_BYTES, _PAGE_BYTES = 64 << 20, 4_096
# WAL is kept in the file (see `schema`). FULL: what was stored before a vendor was called must survive a power cut.
_PRAGMAS = (
    f"busy_timeout = {_BUSY_MILLISECONDS}",
    "synchronous = FULL",
    "foreign_keys = ON",
    "temp_store = MEMORY",
    "cache_size = -16000",
    "mmap_size = 268435456",
    f"journal_size_limit = {_LOG_BYTES}",
    f"wal_autocheckpoint = {_LOG_BYTES // _PAGE_BYTES}",
)
_ONE_TRIP = {"async_creator_fn": connected}


def database_url(url: str, *, is_async: bool) -> URL:
    """The URL with its driver. Raises `ValueError` unless it is of SQLite or PostgreSQL."""
    parsed = make_url(url)
    kind = parsed.drivername.partition("+")[0]
    if kind in {"postgres", "postgresql"}:
        return parsed.set(drivername="postgresql+psycopg")
    if kind == "sqlite":
        return parsed.set(drivername="sqlite+aiosqlite" if is_async else "sqlite")
    raise ValueError(f"DATABASE_URL names {kind}; SQLite and PostgreSQL are supported.")


def writing_engine(url: URL) -> AsyncEngine:
    """SQLite: one connection, so that writers of this process queue here in order and not at the file's lock."""
    if url.get_backend_name() == "sqlite":
        engine = _engine(url, pool_size=1, max_overflow=0, connect_args=_ONE_TRIP)
        _configure_sqlite(engine.sync_engine, "BEGIN IMMEDIATE")
        return engine
    settings = f"-c timezone=UTC -c idle_in_transaction_session_timeout={STANDSTILL_SECONDS}s"
    return _engine(url, pool_size=5, max_overflow=10, connect_args={"options": settings}, pool_recycle=1800)


def reading_engine(url: URL) -> AsyncEngine:
    """Every statement sees what is committed when it begins; a write is an error."""
    options: dict[str, Any] = {"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True}
    if url.get_backend_name() == "sqlite":
        engine = _engine(url, pool_size=4, max_overflow=4, connect_args=_ONE_TRIP, **options)
        _configure_sqlite(engine.sync_engine, None)
        return engine
    settings = "-c timezone=UTC -c default_transaction_read_only=on"
    return _engine(url, pool_size=5, max_overflow=10, connect_args={"options": settings}, pool_recycle=1800, **options)


def filling_engine(url: URL) -> Engine:
    """For threads. A commit does not wait for the disk: a power cut takes the last transactions, each whole.

    Nor does it clear SQLite's log: see `Database.tidy`.
    """
    kept = {"json_serializer": to_json, "pool_timeout": _WAIT_SECONDS, "hide_parameters": True}
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, pool_size=1, max_overflow=0, connect_args={"check_same_thread": False}, **kept)
        _configure_sqlite(engine, "BEGIN IMMEDIATE", "synchronous = NORMAL", "wal_autocheckpoint = 0")
        return engine
    settings = f"-c timezone=UTC -c idle_in_transaction_session_timeout={STANDSTILL_SECONDS}s -c synchronous_commit=off"
    engine = create_engine(url, pool_pre_ping=True, connect_args={"options": settings}, pool_recycle=1800, **kept)
    event.listen(engine, "connect", _take_binary_lists)
    return engine


def _engine(url: URL, **options: Any) -> AsyncEngine:
    # hide_parameters: an error's text ends in the log, the values of its statement must not.
    is_sqlite = url.get_backend_name() == "sqlite"
    engine = create_async_engine(
        url,
        json_serializer=to_json,
        pool_timeout=_WAIT_SECONDS,
        pool_pre_ping=not is_sqlite,
        hide_parameters=True,
        **options,
    )
    if not is_sqlite:
        event.listen(engine.sync_engine, "connect", _take_binary_lists)
    return engine


def _take_binary_lists(connection: Any, record: object) -> None:
    """As text a list takes the driver ten times as long: it looks for quotes in every member."""
    driver = getattr(connection, "driver_connection", connection)
    driver.adapters.register_dumper(list, ListBinaryDumper)


def _configure_sqlite(engine: Engine, begin: str | None, *pragmas: str) -> None:
    def on_connect(connection: Any, record: object) -> None:
        connection.isolation_level = None  # or the driver begins transactions by itself, later than it should
        cursor = connection.cursor()
        for pragma in (*_PRAGMAS, *pragmas) if begin else (*_PRAGMAS, "query_only = ON"):
            cursor.execute(f"PRAGMA {pragma}")
        if begin:
            cursor.execute(f"PRAGMA busy_timeout = {_LOOK_MILLISECONDS}")
        cursor.close()

    def on_begin(connection: Connection) -> None:
        """Ask for the lock every few milliseconds. SQLite itself waits ever longer between two looks, and whoever
        writes batch after batch would keep everybody else out for a second and more.
        """
        last = monotonic() + _BUSY_MILLISECONDS / 1000
        while True:
            try:
                connection.exec_driver_sql(str(begin))
                return
            except OperationalError as error:
                if "locked" not in str(error.orig) or monotonic() > last:
                    raise

    event.listen(engine, "connect", on_connect)
    if begin:
        event.listen(engine, "begin", on_begin)
