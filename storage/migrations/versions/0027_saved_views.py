"""Saved views of the list, per person, and starts of a sequence for a whole segment."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import json, key, moment, number, owned, refers, text, unique

revision = "0027"
down_revision: str | None = "0026"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "saved_views",
        *owned("saved_views"),
        key("user_id"),
        *text("name"),
        key("name_key"),
        *text("text"),
        *text("status", nullable=True),
        *text("sort"),
        number("descending", nullable=True),
        key("segment_id", nullable=True),
        moment("created_at"),
        json("filters"),
        unique("saved_views", "user_id", "name_key"),
    )
    op.create_table(
        "starts",
        *owned("starts"),
        key("segment_id"),
        key("sequence_id"),
        key("site_id"),
        *text("author", "channel"),
        moment("created_at"),
        number("after_seq"),
        number("started"),
        json("skipped"),
        *text("state", "why"),
        sa.Column("reported", sa.Boolean(), nullable=False),
        refers("starts", "site_id", "sites"),
    )
