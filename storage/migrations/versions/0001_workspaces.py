"""Workspaces, their members, settings and tokens."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import json, key, keyed, moment, number, owned, text

revision = "0001"
down_revision: str | None = None
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "workspaces",
        key("id"),
        key("team_id"),
        *text("name", "timezone"),
        sa.PrimaryKeyConstraint("id", name="pk_workspaces"),
        sa.UniqueConstraint("team_id", name="uq_workspaces_team_id"),
    )
    op.create_table(
        "members",
        *keyed("members", "user_id"),
        key("user_id"),
        *text("name"),
        number("role"),
        *text("timezone"),
        moment("refreshed_at", nullable=True),
    )
    op.create_table("settings", *keyed("settings", "key"), key("key"), json("value", nullable=True))
    op.create_table(
        "tokens",
        *owned("tokens"),
        *text("name"),
        key("hash"),
        json("scopes"),
        moment("created_at"),
        moment("revoked_at", nullable=True),
    )
    op.create_index("ix_tokens_hash", "tokens", ["hash"], unique=True)
