"""Replies to mails we send ourselves: where they are asked to, conversations held by mail, answers as mails."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision: str | None = "0012"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    for table, column, value in (
        ("sites", "reply_domain", ""),
        ("mails", "html", ""),
        ("threads", "via", "plusvibe"),
        ("answers", "via", "plusvibe"),
    ):
        op.add_column(table, sa.Column(column, sa.Text(), nullable=False, server_default=value))
    told = sa.text("smtp_id != ''")
    op.create_index(
        "ix_mails_smtp_id", "mails", ["workspace_id", "smtp_id"], sqlite_where=told, postgresql_where=told
    )
