"""Erasures, during which alone events go; addresses that were erased stay as hashes, so that nobody writes to them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import key, keyed, moment, numbered, text

revision = "0031"
down_revision: str | None = "0030"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "erasures",
        *numbered("erasures"),
        key("lead_id"),
        *text("actor"),
        moment("at"),
        sa.Column("is_open", sa.Boolean(), nullable=False),
    )
    is_open = sa.text("is_open")
    op.create_index(
        "ix_erasures_open", "erasures", ["workspace_id"], sqlite_where=is_open, postgresql_where=is_open
    )
    op.create_table("erased_addresses", *keyed("erased_addresses", "hash"), key("hash"), *text("fact"), moment("at"))
    for statement in _UNLESS_ERASING[op.get_bind().dialect.name]:
        op.execute(statement)


# The row is open only inside the transaction that erases: nobody else ever sees it so.
_UNLESS_ERASING = {
    "sqlite": [
        "DROP TRIGGER events_never_DELETE",
        """CREATE TRIGGER events_never_DELETE BEFORE DELETE ON events
            WHEN NOT EXISTS (SELECT 1 FROM erasures WHERE workspace_id = OLD.workspace_id AND is_open)
            BEGIN SELECT RAISE(ABORT, 'events are append-only'); END""",
    ],
    "postgresql": [
        """CREATE OR REPLACE FUNCTION refuse_change_of_events() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF TG_OP = 'DELETE' AND EXISTS (SELECT 1 FROM erasures WHERE is_open) THEN RETURN NULL; END IF;
            RAISE EXCEPTION 'events are append-only'; END $$""",
    ],
}
