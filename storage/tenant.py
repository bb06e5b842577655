"""One connection seen from one workspace: what every repository works through."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import psycopg
from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Executable,
    FromClause,
    Select,
    Table,
    Text,
    bindparam,
    func,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.outreach.errors import Conflict
from storage.at_once import AtOnce
from storage.insertions import columns_of, insertion, insertion_at_once, renewal, revision, revision_at_once
from storage.tables import AnyRow, among, incoming
from storage.types import to_json

_COUNT_ROWS = {"preserve_rowcount": True}


class Tenant:
    """Runs statements for one workspace. `owns(table)` belongs in every WHERE, `row(...)` in every INSERT."""

    def __init__(self, connection: AsyncConnection | AtOnce, workspace_id: str) -> None:
        self._connection = connection
        self.workspace_id = workspace_id
        self.is_sqlite = connection.dialect.name == "sqlite"

    def owns(self, table: FromClause) -> ColumnElement[bool]:
        """The condition that keeps other workspaces' rows out."""
        return table.c.workspace_id == self.workspace_id

    def row(self, **values: Any) -> dict[str, Any]:
        """Values of a new row of this workspace."""
        return {"workspace_id": self.workspace_id, **values}

    async def all(self, statement: Executable) -> Sequence[AnyRow]:
        """Every row of the answer."""
        return (await self._connection.execute(statement)).all()

    async def first(self, statement: Executable) -> AnyRow | None:
        """The first row, or None."""
        return (await self._connection.execute(statement)).first()

    async def value(self, statement: Executable) -> Any:
        """The first column of the first row, or None."""
        return (await self._connection.execute(statement)).scalar()

    async def values(self, statement: Executable) -> list[Any]:
        """The first column of every row."""
        return list((await self._connection.execute(statement)).scalars())

    async def change(self, statement: Executable, values: Mapping[str, Any] | None = None) -> int:
        """How many rows the statement touched. values: of its parameters, where it was made before."""
        result: CursorResult[Any] = await self._connection.execute(statement, values)
        return result.rowcount

    async def many(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        """One statement over many rows. None at all is nothing to do."""
        if rows:
            await self._connection.execute(statement, [dict(row) for row in rows])

    async def fill(self, table: Table, rows: Sequence[Mapping[str, Any]], *, once: bool = False) -> int:
        """Insert many rows that name the same columns; how many. once: those whose key is there are left out.

        What `many` does, in half the time: SQLAlchemy takes as long for a row's values as the database for the row.
        """
        return await self._inserted(table, rows, " ON CONFLICT DO NOTHING" if once else "")

    async def renew(self, table: Table, key: tuple[str, ...], rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert many rows that name the same columns, no key twice; one whose key is there takes the new values."""
        if rows:
            await self._inserted(table, rows, renewal(tuple(rows[0]), key))

    async def _inserted(self, table: Table, rows: Sequence[Mapping[str, Any]], otherwise: str) -> int:
        if not rows:
            return 0
        dialect = self._connection.dialect
        columns = columns_of(table, rows, dialect)
        same, own = columns.names
        values: Any = columns.at_once
        if self.is_sqlite or not own:  # of one row, or of rows that are all alike, there is nothing to list
            statement = insertion(table, (*same, *own), dialect, otherwise)
            values = columns.row_by_row() if own else [values] * len(rows)
        else:
            statement = insertion_at_once(table, same, own, dialect, otherwise)
        result = await self._connection.exec_driver_sql(statement, values, execution_options=_COUNT_ROWS)
        return result.rowcount

    async def revise(self, table: Table, by: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Change many rows of this workspace, each to its own values and found by its column `by`; all rows name the
        same columns. On PostgreSQL the caller holds them: they are changed in no particular order.
        """
        if not rows:
            return
        columns = columns_of(table, rows, self._connection.dialect, by)
        same, own = columns.names
        values: Any
        if self.is_sqlite:
            statement, values = revision(table, (*same, *own[:-1]), by), columns.row_by_row(self.workspace_id)
        else:
            statement = revision_at_once(table, same, own, by, self._connection.dialect)
            values = (*columns.at_once, self.workspace_id)
        await self._connection.exec_driver_sql(statement, values)

    async def added(self, statement: Any, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        """Insert many rows; the first returned column of those that were really inserted."""
        return list((await self._connection.execute(statement, [dict(row) for row in rows])).scalars())

    async def add_new(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> set[str]:
        """Insert what is new and ignore the rest; the ids really added.

        Raises `Conflict` when an id was there before.
        """
        count = await self.fill(table, rows, once=True)
        ids = {row["id"] for row in rows}
        if count == len(rows):
            return ids
        found = await self.values(select(table.c.id).where(self.owns(table), among(table.c.id, ids)))
        if len(found) != count:
            raise Conflict("Rows with these ids exist already.")
        return set(found)

    def insert(self, table: Table) -> "postgresql.Insert | sqlite.Insert":
        """An INSERT that can say ON CONFLICT; both databases spell it alike."""
        return _insert(table, is_sqlite=self.is_sqlite)

    async def add_up(self, table: Table, key: tuple[str, ...], column: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add each row's number to that of the row with its key, or store it as the first."""
        await self.many(_adding(table, key, column, is_sqlite=self.is_sqlite), rows)

    async def add_once(self, table: Table, **values: Any) -> bool:
        """Whether the row is new: a row with the same unique key makes this nothing."""
        statement = self.insert(table).values(self.row(**values)).on_conflict_do_nothing()
        return await self.first(statement.returning(table.c.workspace_id)) is not None

    async def claim(
        self,
        table: Table,
        due: Select[Any],
        *,
        until: datetime,
        column: str = "lease_until",
        values: Mapping[str, Any] | None = None,
    ) -> Sequence[AnyRow]:
        """Take the due rows that nobody holds, as they were before, and hold them until the lease ends.

        due: selects `seq` among its columns. values: what else to write. PostgreSQL skips rows another process is
        claiming; on SQLite the transaction is the only writer.
        """
        rows = await self.all(due.with_for_update(skip_locked=True, key_share=True, of=table))
        if rows:
            held = among(table.c.seq, [row.seq for row in rows])
            await self.change(update(table).where(held).values({column: until, **(values or {})}))
        return rows

    async def keep_writers_out(self, table: Table) -> None:
        """Nobody else changes the table until the transaction ends; on SQLite nobody can anyway."""
        if not self.is_sqlite:
            await self._connection.execute(text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))

    async def one_at_a_time(self, what: str) -> None:
        """Whoever does the same in this workspace waits until the transaction ends; on SQLite all writers do anyway."""
        if not self.is_sqlite:
            await self._connection.execute(
                select(func.pg_advisory_xact_lock(func.hashtext(what), func.hashtext(self.workspace_id)))
            )

    async def bulk(self, table: Table, same: Mapping[str, Any], columns: Sequence[str], rows: Sequence[str]) -> bool:
        """Insert many wide rows as fast as the database takes them. False, and nothing, when one's key is there.

        same: the columns that all rows fill alike, as the driver takes them. rows: the cleaned texts of each in the
        columns' order, as a JSON list for SQLite, as `copied` for PostgreSQL.
        """
        into = f"{table.name} ({', '.join([*same, *columns])})"
        if self.is_sqlite:
            return await self._from_json(into, list(same.values()), rows, len(columns))
        return await self._copy(into, copied(map(str, same.values())), rows)

    async def add_missing(self, table: Table, same: Mapping[str, Any], columns: Mapping[str, Sequence[str]]) -> None:
        """Insert many rows in one statement; those whose key is there stay as they are.

        same: the columns that all rows fill alike. columns: texts, one of each for every row.
        """
        asked: dict[str, Any] = {f"_{name}": value for name, value in same.items()}
        if self.is_sqlite:
            asked["_rows"] = to_json(list(zip(*columns.values(), strict=True)))
        else:
            asked |= {f"_{name}": texts for name, texts in columns.items()}
        await self.change(_missing(table, tuple(same), tuple(columns), is_sqlite=self.is_sqlite), asked)

    async def _from_json(self, into: str, same: Sequence[Any], rows: Sequence[str], columns: int) -> bool:
        """One statement for all: FTS5 writes its index at every statement's end. Nobody else writes meanwhile."""
        values = ", ".join([*"?" * len(same), *(f"json_extract(value, '$[{at}]')" for at in range(columns))])
        whole = f"INSERT INTO {into} SELECT {values} FROM json_each(?)"
        await self._connection.exec_driver_sql(whole, (*same, f"[{','.join(rows)}]"))
        return True

    async def _copy(self, into: str, same: str, rows: Sequence[str]) -> bool:
        assert isinstance(self._connection, AtOnce), "many wide rows are a batch: see `Database.at_once`"
        between = f"\n{same}\t"
        try:
            async with self.savepoint():
                self._connection.copy(f"COPY {into} FROM STDIN", f"{between.join(['', *rows])[1:]}\n")
        except psycopg.errors.UniqueViolation:
            return False
        return True

    def savepoint(self) -> Any:
        """A part that may fail alone: PostgreSQL gives up the whole transaction after an error otherwise."""
        return self._connection.begin_nested()


def _insert(table: Table, *, is_sqlite: bool) -> "postgresql.Insert | sqlite.Insert":
    return sqlite.insert(table) if is_sqlite else postgresql.insert(table)


@lru_cache(maxsize=16)
def _adding(table: Table, key: tuple[str, ...], column: str, *, is_sqlite: bool) -> Any:
    """Made once: taking the columns in takes ten times as long as the statement."""
    added = _insert(table, is_sqlite=is_sqlite)
    total = {column: table.c[column] + incoming(column)[column]}
    return added.on_conflict_do_update(index_elements=list(key), set_=total)


@lru_cache(maxsize=16)
def _missing(table: Table, same: tuple[str, ...], columns: tuple[str, ...], *, is_sqlite: bool) -> Any:
    """Made once, as `_adding`."""
    alike = [bindparam(f"_{name}", type_=table.c[name].type) for name in same]
    if is_sqlite:
        source = func.json_each(bindparam("_rows", type_=Text)).table_valued("value")
        own: list[Any] = [func.json_extract(source.c.value, f"$[{at}]") for at in range(len(columns))]
    else:
        lists = (bindparam(f"_{name}", type_=ARRAY(Text)) for name in columns)
        source = func.unnest(*lists).table_valued(*columns).render_derived()
        own = [source.c[name] for name in columns]
    chosen = select(*alike, *own).select_from(source).where(true())
    return _insert(table, is_sqlite=is_sqlite).from_select([*same, *columns], chosen).on_conflict_do_nothing()


def copied(texts: Iterable[str]) -> str:
    """A row's texts as COPY reads them. Source: PostgreSQL's documentation of COPY, text format."""
    row = "\0".join(texts)
    return (row.translate(_COPIED) if _STEERING.search(row) else row).replace("\0", "\t")


_COPIED = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
_STEERING = re.compile(r"[\\\t\n\r]")


def is_free(table: Table, now: datetime, column: str = "lease_until") -> ColumnElement[bool]:
    """Nobody holds the row, or the holder's lease has run out."""
    return or_(table.c[column].is_(None), table.c[column] <= now)
