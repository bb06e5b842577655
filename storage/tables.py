"""What every table shares: the metadata, the columns of an owned row, and lists as one parameter."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Boolean,
    Column,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Integer,
    MetaData,
    Row,
    UniqueConstraint,
    bindparam,
    column,
    literal_column,
    table,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from storage.types import Ids, KeyText

# A row whose columns the statement says, not the type.
AnyRow = Row[*tuple[Any, ...]]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def seq_column() -> Column[int]:
    """The order in which rows came, which also breaks ties. SQLite numbers only a column typed INTEGER."""
    return Column("seq", BigInteger().with_variant(Integer(), "sqlite"), Identity(), primary_key=True)


def owner_column(*, primary_key: bool = False) -> Column[str]:
    """The workspace a row belongs to."""
    return Column("workspace_id", KeyText, ForeignKey("workspaces.id"), primary_key=primary_key, nullable=False)


def owned_columns() -> tuple[Any, ...]:
    """The first columns of a row that has an id: unique within its workspace, which every reference repeats."""
    return seq_column(), owner_column(), Column("id", KeyText, nullable=False), UniqueConstraint("workspace_id", "id")


def refers_to(table: str, column: str) -> ForeignKeyConstraint:
    """A reference that cannot leave the workspace."""
    return ForeignKeyConstraint(["workspace_id", column], [f"{table}.workspace_id", f"{table}.id"])


def stands_at(column: ColumnElement[Any], state: StrEnum) -> ColumnElement[bool]:
    """The state written into the statement: SQLite uses a partial index only when it can read the value there."""
    return column == literal_column(f"'{state.value}'")


class among(FunctionElement[bool]):  # noqa: N801  (reads as a function in a statement)
    """`column IN (values)` with the whole list as one parameter, so that 10,000 ids are one statement of one shape."""

    inherit_cache = True
    type = Boolean()

    def __init__(self, column: ColumnElement[Any], values: Iterable[Any] | str | BindParameter[Any]) -> None:
        whole_numbers = column.type.python_type is int
        if not isinstance(values, BindParameter):
            values = bindparam(None, values, type_=Ids(whole_numbers=whole_numbers), unique=True)
        super().__init__(column, values)

    def self_group(self, against: Any = None) -> Any:
        """As it is: SQLAlchemy would write `… = 1` for SQLite, which then uses no index."""
        return self


@compiles(among, "postgresql")
def _any(element: among, compiler: SQLCompiler, **options: Any) -> str:
    column, values = element.clauses
    return f"{compiler.process(column, **options)} = ANY({compiler.process(values, **options)})"


@compiles(among, "sqlite")
def _json_each(element: among, compiler: SQLCompiler, **options: Any) -> str:
    column, values = element.clauses
    return (
        f"{compiler.process(column, **options)} IN (SELECT value FROM json_each({compiler.process(values, **options)}))"
    )


@lru_cache(maxsize=64)
def incoming(*names: str) -> Mapping[str, ColumnElement[Any]]:
    """What the row that met another one brings to these columns: the `set_` of an upsert.

    The statement's own `excluded` is a copy of the whole table, made anew for every statement.
    """
    excluded = table("excluded", *map(column, names)).c
    return {name: excluded[name] for name in names}
