"""Rows as the driver takes them, cleaned as their columns say: for statements over hundreds of them."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import repeat
from operator import is_
from typing import Any

from sqlalchemy import Dialect, Table

Rows = Sequence[Mapping[str, Any]]
_Clean = Callable[[Any], Any] | None
_REMEMBERED = 256  # statements: a handful of tables, on the databases of a process


@lru_cache(maxsize=_REMEMBERED)
def insertion(table: Table, names: tuple[str, ...], dialect: Dialect, otherwise: str = "") -> str:
    """The statement that inserts these columns. otherwise: what to do where the key is there already."""
    mark = "?" if dialect.name == "sqlite" else "%s"
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join([mark] * len(names))}){otherwise}"


@lru_cache(maxsize=_REMEMBERED)
def renewal(names: tuple[str, ...], key: tuple[str, ...]) -> str:
    """For `insertion`: a row whose key is there takes the new values."""
    news = ", ".join(f"{name} = excluded.{name}" for name in names if name not in key)
    return f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {news}"


@lru_cache(maxsize=_REMEMBERED)
def revision(table: Table, names: tuple[str, ...], by: str, dialect: Dialect) -> str:
    """The statement that changes these columns of an owner's rows, each row found by another column.

    SQLite takes it row by row: the values, the owner, what it is found by. PostgreSQL, which would plan it for every
    row, takes it once: a list for each column, the last for what they are found by, and the owner.
    """
    if dialect.name == "sqlite":
        changes = ", ".join(f"{name} = ?" for name in names)
        return f"UPDATE {table.name} SET {changes} WHERE workspace_id = ? AND {by} = ?"
    changes = ", ".join(f"{name} = new.{name}" for name in names)
    lists = ", ".join(f"%s::{_type(table, name, dialect)}[]" for name in (*names, by))
    news = f"unnest({lists}) AS new ({', '.join((*names, by))})"
    mine = f"{table.name}.workspace_id = %s AND {table.name}.{by} = new.{by}"
    return f"UPDATE {table.name} SET {changes} FROM {news} WHERE {mine}"


def columns_of(table: Table, names: tuple[str, ...], rows: Rows, dialect: Dialect) -> list[Sequence[Any]]:
    """The rows' values, cleaned, a list for each column."""
    return [_cleaned([row[name] for row in rows], clean) for name, clean in _cleaners(table, names, dialect)]


def _cleaned(values: Sequence[Any], clean: _Clean) -> Sequence[Any]:
    if clean is None:
        return values
    first = values[0]
    if all(map(is_, values, repeat(first))):  # a state, a moment, an owner: the same for all
        return [clean(first)] * len(values)
    return list(map(clean, values))


@lru_cache(maxsize=_REMEMBERED)
def _cleaners(table: Table, names: tuple[str, ...], dialect: Dialect) -> Sequence[tuple[str, _Clean]]:
    return [(name, table.c[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names]


def _type(table: Table, name: str, dialect: Dialect) -> str:
    return dialect.type_compiler_instance.process(table.c[name].type).partition(" COLLATE ")[0]
