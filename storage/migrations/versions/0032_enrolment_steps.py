"""How far each enrolment got, and the badge its campaign's list shows."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import moment, text

revision = "0032"
down_revision: str | None = "0031"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("enrolments", sa.Column("step", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("enrolments", moment("replied_at", nullable=True))
    op.add_column("enrolments", *text("badge", nullable=True))
    ours = "state = 'completed' AND reason = 'the lead replied'"
    op.execute(f"UPDATE enrolments SET replied_at = updated_at, state = 'closed' WHERE {ours}")
    linked = (
        "EXISTS (SELECT 1 FROM leads WHERE leads.workspace_id = enrolments.workspace_id "
        "AND leads.id = enrolments.lead_id AND leads.campaign_id = enrolments.campaign_id)"
    )
    op.execute(f"UPDATE enrolments SET push_id = '' WHERE push_id IS NULL AND {linked}")
    _badges()
    listed = sa.text("badge IS NOT NULL")
    for name, columns in (("listed", ("updated_at", "seq")), ("badges", ("badge", "updated_at", "seq"))):
        whole = ["workspace_id", "campaign_id", *columns]
        op.create_index(f"ix_enrolments_{name}", "enrolments", whole, sqlite_where=listed, postgresql_where=listed)


def _badges() -> None:
    """What stands against an address is its newest record's; a tie keeps the ban."""
    standing = (
        "(SELECT fact FROM addresses WHERE addresses.workspace_id = leads.workspace_id "
        "AND addresses.address_key = leads.email_key "
        "ORDER BY at DESC, (fact <> 'cleared') DESC, addresses.seq DESC LIMIT 1)"
    )
    own = "leads.campaign_id = enrolments.campaign_id AND leads.status"
    op.execute(
        "UPDATE enrolments SET badge = (SELECT CASE "
        f"WHEN {standing} IN ('unsubscribed', 'complained', 'suppressed') THEN 'unsubscribed' "
        f"WHEN {standing} = 'bounced' OR ({own} = 'bounced') THEN 'bounced' "
        f"WHEN {standing} = 'invalid' THEN 'invalid' "
        f"WHEN enrolments.replied_at IS NOT NULL OR ({own} = 'replied') THEN 'replied' "
        "WHEN enrolments.state = 'completed' THEN 'completed' "
        f"WHEN {own} IN ('email_sent', 'opened', 'sent', 'converted') THEN 'contacted' ELSE 'pending' END "
        "FROM leads WHERE leads.workspace_id = enrolments.workspace_id AND leads.id = enrolments.lead_id "
        "AND leads.removed_at IS NULL) WHERE state <> 'removed'"
    )
