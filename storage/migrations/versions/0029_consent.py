"""The consent ledger."""

from collections.abc import Sequence

from alembic import op

from storage.migrations.columns import key, moment, numbered, text

revision = "0029"
down_revision: str | None = "0028"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "consents",
        *numbered("consents"),
        key("address_key"),
        *text("value"),
        moment("captured_at"),
        *text("source", "note", "actor"),
        moment("at"),
    )
    op.create_index("ix_consents_workspace_id_address_key_seq", "consents", ["workspace_id", "address_key", "seq"])
