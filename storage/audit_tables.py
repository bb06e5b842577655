"""The table of audits."""

from sqlalchemy import Column, Index, Table, UniqueConstraint

from bot.outreach.audits import AuditState
from storage.tables import metadata, owned_columns, refers_to, stands_at
from storage.types import Choice, CleanText, Int64, Json, KeyText, UtcDateTime

audits = Table(
    "audits",
    metadata,
    *owned_columns(),
    Column("lead_id", KeyText, nullable=False),
    Column("state", Choice(AuditState), nullable=False),
    Column("run_id", KeyText),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("attempts", Int64, nullable=False),
    Column("completed_at", UtcDateTime),
    Column("report", Json),
    Column("next_try_at", UtcDateTime, nullable=False),
    Column("lease_until", UtcDateTime),
    Column("host", KeyText, nullable=False),
    Column("pages_done", Int64, nullable=False),
    Column("pages_found", Int64, nullable=False),
    Column("error", CleanText, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    refers_to("leads", "lead_id"),
    UniqueConstraint("workspace_id", "lead_id", "run_id"),
    Index("ix_audits_run_id", "workspace_id", "run_id"),
)
REQUESTED = stands_at(audits.c.state, AuditState.REQUESTED)
Index(
    "ix_audits_requested",
    audits.c.workspace_id,
    audits.c.next_try_at,
    sqlite_where=REQUESTED,
    postgresql_where=REQUESTED,
)
Index(
    "ix_audits_held",
    audits.c.workspace_id,
    audits.c.lease_until,
    sqlite_where=audits.c.lease_until.is_not(None),
    postgresql_where=audits.c.lease_until.is_not(None),
)
