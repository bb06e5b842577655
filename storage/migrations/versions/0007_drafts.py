"""Drafts with their earlier revisions, and how many stand at each state."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import json, key, keyed, moment, number, owned, refers, text

revision = "0007"
down_revision: str | None = "0006"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "drafts",
        *owned("drafts"),
        key("lead_id"),
        *text("type", "tone"),
        json("letters"),
        *text("state"),
        number("revision"),
        moment("created_at"),
        *text("author"),
        key("template"),
        *(key(name, nullable=True) for name in ("campaign_id", "audit_id", "writeback_id", "push_id")),
        *text("edited_by"),
        moment("edited_at", nullable=True),
        json("approved_by"),
        *text("decided_by"),
        moment("decided_at", nullable=True),
        *text("comment", "problem"),
        number("attempts"),
        sa.Column("to_show", sa.Boolean(), nullable=False),
        moment("lease_until", nullable=True),
        refers("drafts", "lead_id", "leads"),
    )
    op.create_index("ix_drafts_workspace_id_seq", "drafts", ["workspace_id", "seq"])
    for column in ("state", "lead_id"):
        op.create_index(f"ix_drafts_workspace_id_{column}_seq", "drafts", ["workspace_id", column, "seq"])
    _index("ix_drafts_alike", ["workspace_id", "template", "seq"], "state = 'waiting' AND revision = 1")
    _index("ix_drafts_under_way", ["workspace_id", "decided_at"], "state = 'approved' AND push_id IS NOT NULL")
    _index("ix_drafts_to_show", ["workspace_id", "seq"], "to_show = true")
    op.create_table(
        "draft_revisions",
        *keyed("draft_revisions", "draft_id", "number"),
        key("draft_id"),
        number("number"),
        json("letters"),
        *text("edited_by"),
        moment("edited_at"),
        refers("draft_revisions", "draft_id", "drafts"),
    )
    op.create_table("draft_counters", *keyed("draft_counters", "state"), key("state"), number("drafts"))


def _index(name: str, columns: list[str], where: str) -> None:
    op.create_index(name, "drafts", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
