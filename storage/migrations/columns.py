"""Columns as the steps spell them. A step describes the past: what is here never changes, later needs get new names."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql


def key(name: str, *, nullable: bool = False, primary_key: bool = False) -> "sa.Column[Any]":
    """An indexed text, ordered by its bytes."""
    kind = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    return sa.Column(name, kind, nullable=nullable, primary_key=primary_key)


def text(*names: str, nullable: bool = False) -> "list[sa.Column[Any]]":
    """Any texts."""
    return [sa.Column(name, sa.Text(), nullable=nullable) for name in names]


def number(name: str, *, nullable: bool = False, primary_key: bool = False) -> "sa.Column[Any]":
    """A whole number of 64 bits."""
    return sa.Column(name, sa.BigInteger(), nullable=nullable, primary_key=primary_key, autoincrement=False)


def moment(name: str, *, nullable: bool = False) -> "sa.Column[Any]":
    """A time: microseconds since 1970 on SQLite."""
    kind = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
    return sa.Column(name, kind, nullable=nullable)


def json(name: str, *, nullable: bool = False) -> "sa.Column[Any]":
    """JSON. Plain text on SQLite, where a column typed JSON would turn a number's text into a number."""
    return sa.Column(name, sa.Text().with_variant(sa.JSON(), "postgresql"), nullable=nullable)


def seq() -> "sa.Column[Any]":
    """The order of arrival."""
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("seq", kind, sa.Identity(), nullable=False)


def owner(table: str) -> list[Any]:
    """The workspace's column and what it refers to."""
    name = f"fk_{table}_workspace_id"
    return [key("workspace_id"), sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=name)]


def owned(table: str) -> list[Any]:
    """The first columns of a row with an id."""
    unique = sa.UniqueConstraint("workspace_id", "id", name=f"uq_{table}_workspace_id_id")
    return [*numbered(table), key("id"), unique]


def numbered(table: str) -> list[Any]:
    """The first columns of a row without an id."""
    return [seq(), *owner(table), sa.PrimaryKeyConstraint("seq", name=f"pk_{table}")]


def keyed(table: str, *columns: str) -> list[Any]:
    """The workspace's column, in a primary key with others that follow."""
    return [*owner(table), sa.PrimaryKeyConstraint("workspace_id", *columns, name=f"pk_{table}")]


def refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    """A reference within the workspace."""
    return sa.ForeignKeyConstraint(
        ["workspace_id", column], [f"{to}.workspace_id", f"{to}.id"], name=f"fk_{table}_workspace_id_{column}"
    )


def unique(table: str, *columns: str) -> sa.UniqueConstraint:
    """Unique within the workspace."""
    return sa.UniqueConstraint("workspace_id", *columns, name=f"uq_{table}_workspace_id_{'_'.join(columns)}")
