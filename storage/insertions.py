"""Rows as the driver takes them, cleaned as their columns say: for inserts of hundreds."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import Dialect, Table

Cleaned = Callable[[Mapping[str, Any]], tuple[Any, ...]]
_REMEMBERED = 256  # statements: a handful of tables, on the databases of a process


@lru_cache(maxsize=_REMEMBERED)
def insertion(table: Table, names: tuple[str, ...], dialect: Dialect, *, once: bool) -> tuple[str, Cleaned]:
    """The statement that inserts these columns, and what makes a row's values fit for it.

    once: a row whose key is there already is left out.
    """
    mark = "?" if dialect.name == "sqlite" else "%s"
    rest = " ON CONFLICT DO NOTHING" if once else ""
    statement = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join([mark] * len(names))}){rest}"
    bare = [(name, table.c[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names]

    def cleaned(row: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple([row[name] if clean is None else clean(row[name]) for name, clean in bare])

    return statement, cleaned
