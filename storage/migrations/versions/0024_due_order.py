"""What is due is found in its order: PostgreSQL sorted a whole backlog for every batch of it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision: str | None = "0023"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
_DUE = (("ix_mails_held", "mails", "due_at", "state = 'held'"), ("ix_runs_due", "runs", "next_at", "state = 'active'"))


def upgrade() -> None:
    for index, table, column, condition in _DUE:
        waiting = sa.text(condition)
        op.drop_index(index, table)
        op.create_index(
            index, table, ["workspace_id", column, "seq"], sqlite_where=waiting, postgresql_where=waiting
        )
