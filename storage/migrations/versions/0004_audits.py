"""Campaigns, enrolments, audits and writebacks."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import json, key, moment, number, numbered, owned, refers, text, unique

revision = "0004"
down_revision: str | None = "0003"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "campaigns",
        *owned("campaigns"),
        key("provider_id"),
        *text("name", "status"),
        number("steps"),
        json("merge_fields"),
        number("lead_count"),
        moment("synced_at", nullable=True),
        *text("name_key"),
        unique("campaigns", "provider_id"),
    )
    op.create_table(
        "enrolments",
        *numbered("enrolments"),
        key("lead_id"),
        key("campaign_id"),
        key("push_id", nullable=True),
        *text("state", "reason"),
        moment("created_at"),
        moment("updated_at"),
        refers("enrolments", "lead_id", "leads"),
        refers("enrolments", "campaign_id", "campaigns"),
        unique("enrolments", "lead_id", "campaign_id"),
    )
    _audits()
    _writebacks()


def _audits() -> None:
    op.create_table(
        "audits",
        *owned("audits"),
        key("lead_id"),
        *text("state"),
        key("run_id", nullable=True),
        moment("requested_at"),
        number("attempts"),
        moment("completed_at", nullable=True),
        json("report", nullable=True),
        moment("next_try_at"),
        moment("lease_until", nullable=True),
        *text("error"),
        moment("updated_at"),
        refers("audits", "lead_id", "leads"),
        unique("audits", "lead_id", "run_id"),
    )
    op.create_index("ix_audits_run_id", "audits", ["workspace_id", "run_id"])
    _partial("ix_audits_requested", "audits", "next_try_at", "state = 'requested'")


def _writebacks() -> None:
    op.create_table(
        "writebacks",
        *owned("writebacks"),
        key("lead_id"),
        key("audit_id", nullable=True),
        key("campaign_id", nullable=True),
        *text("tone"),
        json("variables"),
        *text("status"),
        moment("created_at"),
        sa.Column("moved_to_ready", sa.Boolean(), nullable=False),
        number("attempts"),
        *text("error"),
        moment("closed_at", nullable=True),
        moment("next_try_at"),
        moment("lease_until", nullable=True),
        key("announce_key", nullable=True),
        moment("announce_lease_until", nullable=True),
        refers("writebacks", "lead_id", "leads"),
    )
    op.create_index("ix_writebacks_workspace_id_lead_id_seq", "writebacks", ["workspace_id", "lead_id", "seq"])
    _partial("ix_writebacks_pending", "writebacks", "next_try_at", "status = 'pending'")
    _partial("ix_writebacks_unannounced", "writebacks", "created_at", "announce_key IS NULL")


def _partial(name: str, table: str, column: str, condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, ["workspace_id", column], sqlite_where=where, postgresql_where=where)
