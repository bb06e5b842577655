"""Events, the ledger, posts and the inbox."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import json, key, keyed, moment, number, numbered, owned, text, unique

revision = "0006"
down_revision: str | None = "0005"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "events",
        *numbered("events"),
        *text("kind"),
        key("actor"),
        moment("at"),
        key("lead_id", nullable=True),
        json("facts"),
        *text("permalink"),
    )
    op.create_index("ix_events_workspace_id_seq", "events", ["workspace_id", "seq"])
    for column in ("lead_id", "kind", "actor"):
        op.create_index(f"ix_events_workspace_id_{column}_seq", "events", ["workspace_id", column, "seq"])
    for statement in _APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)
    op.create_table(
        "ledger",
        *keyed("ledger", "key"),
        key("key"),
        *text("actor"),
        moment("at"),
        json("outcome", nullable=True),
    )
    _posts()
    _inbox()


def _posts() -> None:
    op.create_table(
        "posts",
        *owned("posts"),
        key("key"),
        *text("channel"),
        json("body"),
        key("parent_key", nullable=True),
        *text("kind", "state"),
        number("revision"),
        *text("ts", nullable=True),
        number("attempts"),
        moment("attempted_at", nullable=True),
        *text("error"),
        moment("next_try_at"),
        *text("lease_token", nullable=True),
        moment("lease_until", nullable=True),
        moment("updated_at"),
        unique("posts", "key"),
    )
    due = sa.text("state = 'due'")
    op.create_index(
        "ix_posts_due", "posts", ["workspace_id", "next_try_at"], sqlite_where=due, postgresql_where=due
    )


def _inbox() -> None:
    op.create_table(
        "inbox",
        *owned("inbox"),
        key("vendor"),
        key("key"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        moment("received_at"),
        number("attempts"),
        *text("state"),
        moment("next_try_at"),
        moment("lease_until", nullable=True),
        moment("applied_at", nullable=True),
        *text("error"),
        unique("inbox", "vendor", "key"),
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "ix_inbox_waiting", "inbox", ["workspace_id", "seq"], sqlite_where=waiting, postgresql_where=waiting
    )


_APPEND_ONLY = {
    "sqlite": [
        f"""CREATE TRIGGER events_never_{act} BEFORE {act} ON events
            BEGIN SELECT RAISE(ABORT, 'events are append-only'); END"""
        for act in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        """CREATE FUNCTION refuse_change_of_events() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'events are append-only'; END $$""",
        """CREATE TRIGGER events_never_change BEFORE UPDATE OR DELETE OR TRUNCATE ON events
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_events()""",
    ],
}
