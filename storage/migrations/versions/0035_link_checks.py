"""What is known of the links of opportunities, when to look again, and the log of every look."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import key, moment, owned, refers, text

revision = "0035"
down_revision: str | None = "0034"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TEXTS = {"link_match": "exact", "link_state": "pending", "link_trouble": "", "link_anchor": "", "link_rel": ""}
_MOMENTS = ("link_missed_at", "link_checked_at", "link_seen_at", "link_next_at", "link_lease_until")
_DUE = sa.text("deleted_at IS NULL AND link_next_at IS NOT NULL")


def upgrade() -> None:
    for name, default in _TEXTS.items():
        op.add_column("opportunities", sa.Column(name, sa.Text(), nullable=False, server_default=default))
    op.add_column("opportunities", sa.Column("link_failed", sa.BigInteger(), nullable=False, server_default="0"))
    for name in _MOMENTS:
        op.add_column("opportunities", moment(name, nullable=True))
    op.execute("UPDATE opportunities SET link_state = 'lost' WHERE lost_at IS NOT NULL")
    op.execute(
        "UPDATE opportunities SET link_next_at = moved_at WHERE deleted_at IS NULL AND target_url <> '' "
        "AND (\"column\" IN ('reached', 'won') OR lost_at IS NOT NULL)"
    )
    columns = ["workspace_id", "link_next_at", "seq"]
    op.create_index("ix_opportunities_link_due", "opportunities", columns, sqlite_where=_DUE, postgresql_where=_DUE)
    op.create_table(
        "link_checks",
        *owned("link_checks"),
        key("opportunity_id"),
        moment("at"),
        *text("actor", "sight", "state"),
        sa.Column("is_turn", sa.Boolean(), nullable=False),
        *text("url", "anchor", "rel", "why"),
        refers("link_checks", "opportunity_id", "opportunities"),
    )
    columns = ["workspace_id", "opportunity_id", "seq"]
    op.create_index("ix_link_checks_workspace_id_opportunity_id_seq", "link_checks", columns)
