"""Sequences, each lead's run through one, and the mails that are steps of a run."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import json, key, moment, number, owned, refers, text, unique

revision = "0012"
down_revision: str | None = "0011"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "sequences",
        *owned("sequences"),
        key("name"),
        json("steps"),
        *text("mode"),
        number("revision"),
        *text("author"),
        moment("updated_at"),
        unique("sequences", "name"),
    )
    _runs()
    op.add_column("mails", key("run_id", nullable=True))
    op.add_column("mails", sa.Column("thread", sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_mails_workspace_id_run_id", "mails", ["workspace_id", "run_id"])


def _runs() -> None:
    op.create_table(
        "runs",
        *owned("runs"),
        *(key(name) for name in ("sequence_id", "lead_id", "site_id")),
        *text("mode", "author"),
        moment("started_at"),
        sa.Column("had_replied", sa.Boolean(), nullable=False),
        number("step"),
        *text("state"),
        moment("next_at", nullable=True),
        key("mail_id"),
        *text("why"),
        moment("ended_at", nullable=True),
        refers("runs", "lead_id", "leads"),
        refers("runs", "site_id", "sites"),
    )
    op.create_index("ix_runs_workspace_id_lead_id_seq", "runs", ["workspace_id", "lead_id", "seq"])
    _partial("uq_runs_open", ["workspace_id", "lead_id"], "ended_at IS NULL", unique=True)
    _partial("ix_runs_due", ["workspace_id", "next_at"], "state = 'active'")


def _partial(name: str, columns: list[str], condition: str, *, unique: bool = False) -> None:
    where = sa.text(condition)
    op.create_index(name, "runs", columns, unique=unique, sqlite_where=where, postgresql_where=where)
