"""Drafts that a mail of ours carries, and the mails that wait for a person."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import key, moment

revision = "0015"
down_revision: str | None = "0014"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("drafts", key("mail_id", nullable=True))
    op.add_column("drafts", moment("leaves_at", nullable=True))
    _partial("ix_drafts_mailed", "drafts", ["workspace_id", "mail_id"], "state = 'approved' AND mail_id IS NOT NULL")
    _partial("ix_mails_unclear", "mails", ["workspace_id", "seq"], "state = 'unclear'")


def _partial(name: str, table: str, columns: list[str], rows: str) -> None:
    where = sa.text(rows)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
