"""Imports into a campaign, and imports undone."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import key, moment

revision = "0023"
down_revision: str | None = "0022"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    json = sa.Text().with_variant(sa.JSON(), "postgresql")
    op.add_column("imports", key("campaign_id", nullable=True))
    op.add_column("imports", moment("ended_at", nullable=True))
    for name, empty in (("columns", "[]"), ("kept", "{}")):
        op.add_column("imports", sa.Column(name, json, nullable=False, server_default=empty))
    for name in ("removed", "withdrawn"):
        op.add_column("imports", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("enrolments", key("import_id", nullable=True))
    imported = sa.text("import_id IS NOT NULL")
    columns = ["workspace_id", "import_id", "seq"]
    op.create_index(
        "ix_enrolments_workspace_id_import_id_seq",
        "enrolments",
        columns,
        sqlite_where=imported,
        postgresql_where=imported,
    )
