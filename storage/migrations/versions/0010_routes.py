"""Routes, notices and digests. What waits to be announced becomes a notice of no channel yet."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import json, key, keyed, moment, number, owned, refers, text, unique

revision = "0010"
down_revision: str | None = "0009"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_UNANNOUNCED = """
    INSERT INTO notices (workspace_id, id, channel, topic, item_id, lead_id, at)
    SELECT workspace_id, id, '', 'writebacks', id, lead_id, created_at
    FROM writebacks WHERE announce_key IS NULL ORDER BY seq
"""


def upgrade() -> None:
    op.create_table(
        "routes",
        *keyed("routes", "channel", "topic"),
        key("channel"),
        *text("topic", "cadence"),
        number("at_minute"),
        number("weekdays"),
        *text("timezone", "set_by"),
        moment("set_at"),
        *text("paused"),
    )
    _notices()
    _digests()
    op.execute(_UNANNOUNCED)
    op.drop_index("ix_writebacks_unannounced", "writebacks")
    for column in ("announce_key", "announce_lease_until"):
        op.drop_column("writebacks", column)


def _notices() -> None:
    op.create_table(
        "notices",
        *owned("notices"),
        key("channel"),
        *text("topic"),
        key("item_id"),
        key("lead_id", nullable=True),
        moment("at"),
        key("post_key", nullable=True),
        moment("told_at", nullable=True),
        unique("notices", "channel", "topic", "item_id"),
    )
    op.create_index("ix_notices_workspace_id_told_at", "notices", ["workspace_id", "told_at"])
    waits = sa.text("post_key IS NULL")
    columns = ["workspace_id", "channel", "topic", "at"]
    op.create_index("ix_notices_waiting", "notices", columns, sqlite_where=waits, postgresql_where=waits)


def _digests() -> None:
    op.create_table(
        "digests",
        *owned("digests"),
        key("channel"),
        key("day"),
        number("number"),
        moment("at"),
        moment("late_since", nullable=True),
        json("figures"),
        key("post_key", nullable=True),
        unique("digests", "channel", "day", "number"),
    )
    op.create_table(
        "digest_leads",
        *keyed("digest_leads", "digest_id", "figure"),
        key("digest_id"),
        *text("figure"),
        sa.Column("seqs", sa.LargeBinary(), nullable=False),
        refers("digest_leads", "digest_id", "digests"),
    )
