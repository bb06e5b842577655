"""The schema, step by step, from nothing or from any earlier step."""

import sqlite3
from functools import cache
from pathlib import Path
from time import sleep

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.pool import NullPool

from storage.engines import database_url

_MIGRATIONS = Path(__file__).parent / "migrations"
# Any number, as long as no other application on the server uses it for its own advisory lock.
_MIGRATION_LOCK = 72_091_541
_WAL_TRIES = 100
_WAL_WAIT_SECONDS = 0.05


def migrate(url: str, step: str = "head") -> str:
    """Bring the database to the step, in one transaction, and answer where it stands.

    Processes that do it at the same time wait for each other. Doing it again is harmless.
    """
    engine = create_engine(database_url(url, is_async=False), poolclass=NullPool)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _leave_transactions_to_us)
        event.listen(engine, "begin", _begin_immediate)
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
            config = alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, step)
            return connection.scalar(text("SELECT version_num FROM alembic_version")) or ""
    finally:
        engine.dispose()


def step_of(url: str) -> str | None:
    """Where the database stands; None when it has no schema yet. Raises `SQLAlchemyError` when it cannot be reached."""
    engine = create_engine(database_url(url, is_async=False), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


@cache
def newest_step() -> str:
    """The revision the code expects."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head() or ""


def alembic_config() -> Config:
    """Alembic's settings; no file is needed."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config


def _leave_transactions_to_us(connection: sqlite3.Connection, record: object) -> None:
    """Otherwise the driver commits before each CREATE, and a step that fails halfway leaves its first half."""
    connection.isolation_level = None
    connection.execute("PRAGMA busy_timeout = 30000")
    _turn_on_wal(connection)


def _turn_on_wal(connection: sqlite3.Connection) -> None:
    """Kept in the file. Unlike any other lock, SQLite does not wait for this one, so another process may be first."""
    for _ in range(_WAL_TRIES):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            sleep(_WAL_WAIT_SECONDS)
        else:
            return


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
