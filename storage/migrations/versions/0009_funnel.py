"""How far each lead ever got, counted; and who has Home open."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import key, keyed, moment, number, text

revision = "0009"
down_revision: str | None = "0008"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_FROM_THE_LEAD = """UPDATE leads SET furthest = CASE
    WHEN status = 'converted' THEN 5
    WHEN status = 'replied' THEN 4
    WHEN status = 'opened' OR opens > 0 THEN 3
    WHEN status IN ('email_sent', 'sent', 'bounced', 'retargeted') THEN 2
    WHEN status IN ('audit_complete', 'email_generated') OR audit_run_id IS NOT NULL THEN 1
    ELSE 0 END"""
# What the log tells of a lead that was moved back since, furthest first.
_FROM_THE_LOG = (
    (5, "", "'converted'"),
    (4, "'replied'", "'replied'"),
    (3, "", "'opened'"),
    (2, "'email_sent', 'bounced'", "'email_sent', 'sent', 'bounced', 'retargeted'"),
    (1, "'audit_completed'", "'audit_complete', 'email_generated'"),
)
_COUNTED = """INSERT INTO funnel_counters (workspace_id, milestone, leads)
    SELECT workspace_id, furthest, count(*) FROM leads WHERE removed_at IS NULL GROUP BY workspace_id, furthest"""


def upgrade() -> None:
    op.add_column("leads", sa.Column("furthest", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute(_FROM_THE_LEAD)
    for milestone, kinds, statuses in _FROM_THE_LOG:
        op.execute(_heard(milestone, kinds, statuses))
    live = sa.text("removed_at IS NULL")
    columns = ["workspace_id", "furthest", "seq"]
    op.create_index(f"ix_leads_{'_'.join(columns)}", "leads", columns, sqlite_where=live, postgresql_where=live)
    op.create_table("funnel_counters", *keyed("funnel_counters", "milestone"), number("milestone"), number("leads"))
    op.execute(_COUNTED)
    op.create_table(
        "homes",
        *keyed("homes", "user_id"),
        key("user_id"),
        moment("opened_at"),
        *text("version", "shown"),
        moment("lease_until", nullable=True),
    )


def _heard(milestone: int, kinds: str, statuses: str) -> str:
    """Raise the leads of which an event of these kinds, or a change to one of these statuses, is on record."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    after = "json_extract(events.facts, '$.after')" if sqlite else "events.facts ->> 'after'"
    proof = f"(events.kind = 'status_changed' AND {after} IN ({statuses}))"
    proof = f"({proof} OR events.kind IN ({kinds}))" if kinds else proof
    return f"""UPDATE leads SET furthest = {milestone} WHERE furthest < {milestone} AND EXISTS (
        SELECT 1 FROM events
        WHERE events.workspace_id = leads.workspace_id AND events.lead_id = leads.id AND {proof})"""
