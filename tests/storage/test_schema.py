"""The migrations: from nothing, from any step, and equal to the tables the code describes."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.pool import NullPool

from storage.database import Database
from storage.engines import database_url
from storage.schema import alembic_config, migrate, newest_step
from storage.tables import metadata

STEPS = [step.revision for step in reversed(list(ScriptDirectory.from_config(alembic_config()).walk_revisions()))]


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    url = request.getfixturevalue("postgres_url")
    with engine_of(url).begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    return url


def engine_of(url):
    return create_engine(database_url(url, is_async=False), poolclass=NullPool)


def test_from_nothing_and_again(empty_url):
    assert migrate(empty_url) == newest_step() == STEPS[-1]
    assert migrate(empty_url) == newest_step()


def test_from_every_earlier_step(empty_url):
    for step in STEPS:
        assert migrate(empty_url, step) == step

    assert differences(empty_url) == []


def test_the_tables_are_what_the_code_describes(empty_url):
    migrate(empty_url)

    assert differences(empty_url) == []


def test_two_at_once(empty_url):
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(migrate, [empty_url] * 4)) == {newest_step()}


def test_a_step_that_fails_leaves_nothing(empty_url, monkeypatch):
    monkeypatch.setattr("sqlalchemy.Identity.__init__", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        migrate(empty_url)

    with engine_of(empty_url).connect() as connection:
        assert inspect(connection).get_table_names() == []


def differences(url):
    with engine_of(url).connect() as connection:
        options = {"include_name": is_ours, "compare_type": True}
        return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)


def is_ours(name, kind, parents):
    """The search indexes are no tables of the metadata."""
    return not re.match(r"(ix_)?(leads|opportunities)_search|alembic_version", name or "")


async def test_the_search_index_is_what_the_code_describes(sqlite_url):
    made = Database(f"{sqlite_url}.made")
    await made.create()
    await made.close()

    found = [searched(url) for url in (sqlite_url, f"{sqlite_url}.made")]

    assert found[0] == found[1] and len(found[0][0]) == 5


def searched(url):
    """The index's triggers and table as SQLite keeps them, and how it is set."""
    with engine_of(url).connect() as connection:
        sql = connection.execute(
            text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'leads_search%'")
        ).all()
        table = connection.scalar(text("SELECT sql FROM sqlite_master WHERE name = 'leads_search'"))
        settings = connection.execute(text("SELECT k, v FROM leads_search_config ORDER BY k")).all()
    return sorted((name, " ".join(made.split())) for name, made in sql), table, settings
