"""What was set aside has an index of its own."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision: str | None = "0021"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    aside = sa.text("state = 'quarantined'")
    columns = ["workspace_id", "vendor", "error", "seq"]
    op.create_index("ix_inbox_aside", "inbox", columns, sqlite_where=aside, postgresql_where=aside)
