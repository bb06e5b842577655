"""Imports take rows in the order of their addresses; SQLite's search index is put together piece by piece.

By itself it does so for hundreds of pages at a time, in whichever transaction happens to be next (`storage/search_index`).
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision: str | None = "0040"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("imports", sa.Column("is_sorted", sa.Boolean(), nullable=False, server_default=sa.false()))
    if op.get_bind().dialect.name == "sqlite":
        op.execute("INSERT INTO leads_search(leads_search, rank) VALUES ('automerge', 0)")
