"""Segments and the members of static ones."""

from collections.abc import Sequence

from alembic import op

from storage.migrations.columns import json, key, keyed, moment, number, owned, refers, text, unique

revision = "0026"
down_revision: str | None = "0025"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "segments",
        *owned("segments"),
        *text("name"),
        key("name_key"),
        *text("kind", "state", "match"),
        json("rules"),
        number("revision"),
        *text("author"),
        moment("created_at"),
        moment("updated_at"),
        unique("segments", "name_key"),
    )
    op.create_table(
        "segment_members",
        *keyed("segment_members", "segment_id", "lead_seq"),
        key("segment_id"),
        number("lead_seq"),
        refers("segment_members", "segment_id", "segments"),
    )
