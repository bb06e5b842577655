"""A mail has few facts: those who read them find them by the key, and every event wrote this index for nothing."""

from collections.abc import Sequence

from alembic import op

revision = "0042"
down_revision: str | None = "0041"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.drop_index("ix_mail_facts_workspace_id_mail_id_at", "mail_facts")
