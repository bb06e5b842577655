"""How replies are read, and runs that are paused until a day or by somebody else's reply."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import key, moment

revision = "0014"
down_revision: str | None = "0013"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("replies", sa.Column("reply_class", sa.Text(), nullable=False, server_default="other"))
    for name in ("rule", "sentence", "corrected_by"):
        op.add_column("replies", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.add_column("replies", key("until", nullable=True))
    op.add_column("replies", moment("acted_at", nullable=True))
    op.execute("UPDATE replies SET acted_at = received_at")
    op.drop_index("ix_replies_unanswered", "replies")
    waits = "answered_at IS NULL AND reply_class != 'out_of_office'"
    _partial("replies", "ix_replies_waiting", "received_at", waits)
    _partial("replies", "ix_replies_to_act_on", "received_at", "acted_at IS NULL")
    op.add_column("runs", moment("resume_at", nullable=True))
    kind = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.add_column("runs", sa.Column("held_by", kind, nullable=False, server_default=""))
    _partial("runs", "ix_runs_resuming", "resume_at", "resume_at IS NOT NULL")


def _partial(table: str, name: str, column: str, condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, ["workspace_id", column], sqlite_where=where, postgresql_where=where)
