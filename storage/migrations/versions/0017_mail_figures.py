"""Whether a person followed a mail's link, whatever else they did; and mails by when they left, for the metrics."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision: str | None = "0016"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("mails", sa.Column("is_clicked", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE mails SET is_clicked = true WHERE engagement = 'clicked'")
    left = sa.text("accepted_at IS NOT NULL")
    columns = ["workspace_id", "accepted_at"]
    op.create_index("ix_mails_left", "mails", columns, sqlite_where=left, postgresql_where=left)
