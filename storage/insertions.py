"""Rows as the driver takes them, cleaned as their columns say: for statements over hundreds of them.

SQLite takes such a statement row by row. PostgreSQL, which would plan a change and read a message for every row, takes
it once: a list for each column in which the rows differ, and the others' one value.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import repeat
from operator import is_
from typing import Any, NamedTuple

from sqlalchemy import Dialect, Table

Rows = Sequence[Mapping[str, Any]]
_Clean = Callable[[Any], Any] | None
_REMEMBERED = 512  # statements: a few for each table, on the databases of a process


class Columns(NamedTuple):
    """Many rows' cleaned values. same: the columns that all of them fill alike. own: of the others one list each."""

    same: dict[str, Any]
    own: dict[str, Sequence[Any]]

    @property
    def names(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Which are which."""
        return tuple(self.same), tuple(self.own)

    @property
    def at_once(self) -> tuple[Any, ...]:
        """For a statement that takes all rows once."""
        return (*self.same.values(), *self.own.values())

    def row_by_row(self, *last: Any) -> list[tuple[Any, ...]]:
        """For a statement that takes them one by one. last: what each ends with."""
        before = map(repeat, self.same.values())
        return list(zip(*before, *self.own.values(), *map(repeat, last), strict=False))


@lru_cache(maxsize=_REMEMBERED)
def insertion(table: Table, names: tuple[str, ...], dialect: Dialect, otherwise: str = "") -> str:
    """The statement that inserts these columns of one row. otherwise: what to do where the key is there already."""
    mark = "?" if dialect.name == "sqlite" else "%s"
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join([mark] * len(names))}){otherwise}"


@lru_cache(maxsize=_REMEMBERED)
def insertion_at_once(
    table: Table, same: tuple[str, ...], own: tuple[str, ...], dialect: Dialect, otherwise: str = ""
) -> str:
    """The same for all rows, on PostgreSQL."""
    chosen = ", ".join([*(_mark(table, name, dialect) for name in same), *(f"new.{name}" for name in own)])
    into = f"{table.name} ({', '.join((*same, *own))})"
    return f"INSERT INTO {into} SELECT {chosen} FROM {_lists(table, own, dialect)}{otherwise}"


@lru_cache(maxsize=_REMEMBERED)
def renewal(names: tuple[str, ...], key: tuple[str, ...]) -> str:
    """For `insertion`: a row whose key is there takes the new values."""
    news = ", ".join(f"{name} = excluded.{name}" for name in names if name not in key)
    return f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {news}"


@lru_cache(maxsize=_REMEMBERED)
def revision(table: Table, names: tuple[str, ...], by: str) -> str:
    """The statement that changes these columns of one of an owner's rows, found by another column, on SQLite: takes
    the values, what it is found by, and the owner.
    """
    changes = ", ".join(f"{name} = ?" for name in names)
    return f"UPDATE {table.name} SET {changes} WHERE {by} = ? AND workspace_id = ?"


@lru_cache(maxsize=_REMEMBERED)
def revision_at_once(table: Table, same: tuple[str, ...], own: tuple[str, ...], by: str, dialect: Dialect) -> str:
    """The same for all rows, on PostgreSQL. own: with `by`."""
    changes = [f"{name} = {_mark(table, name, dialect)}" for name in same]
    changes += [f"{name} = new.{name}" for name in own if name != by]
    mine = f"{table.name}.workspace_id = %s AND {table.name}.{by} = new.{by}"
    return f"UPDATE {table.name} SET {', '.join(changes)} FROM {_lists(table, own, dialect)} WHERE {mine}"


def columns_of(table: Table, rows: Rows, dialect: Dialect, by: str = "") -> Columns:
    """The rows' values; all rows name the same columns. by: the one they are found by, which comes last, as a list."""
    same: dict[str, Any] = {}
    own: dict[str, Sequence[Any]] = {}
    for name, clean in _cleaners(table, tuple(rows[0]), dialect, by):
        values = [row[name] for row in rows]
        # A state, a moment, an owner: the same for all, and cleaned once.
        if name != by and all(map(is_, values, repeat(values[0]))):
            same[name] = clean(values[0]) if clean else values[0]
        else:
            own[name] = list(map(clean, values)) if clean else values
    return Columns(same, own)


@lru_cache(maxsize=_REMEMBERED)
def _cleaners(table: Table, names: tuple[str, ...], dialect: Dialect, by: str) -> Sequence[tuple[str, _Clean]]:
    last_by = sorted(names, key=by.__eq__)
    return [(name, table.c[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in last_by]


def _lists(table: Table, names: tuple[str, ...], dialect: Dialect) -> str:
    return f"unnest({', '.join(_mark(table, name, dialect, '[]') for name in names)}) AS new ({', '.join(names)})"


def _mark(table: Table, name: str, dialect: Dialect, list_of: str = "") -> str:
    kind = dialect.type_compiler_instance.process(table.c[name].type).partition(" COLLATE ")[0]
    return f"%s::{kind}{list_of}"
