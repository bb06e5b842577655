"""Which host an audit that is held reads: no two of them the same."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision: str | None = "0035"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    kind = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.add_column("audits", sa.Column("host", kind, nullable=False, server_default=""))
    held = sa.text("lease_until IS NOT NULL")
    columns = ["workspace_id", "lease_until"]
    op.create_index("ix_audits_held", "audits", columns, sqlite_where=held, postgresql_where=held)
