"""Pushes with their leads, and blocked pushes."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import key, keyed, moment, number, owned, refers, text

revision = "0005"
down_revision: str | None = "0004"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "pushes",
        *owned("pushes"),
        key("campaign_id"),
        *text("author", "state"),
        *text("channel", nullable=True),
        number("total"),
        moment("created_at"),
        moment("finished_at", nullable=True),
        moment("enrolled_at", nullable=True),
        moment("reported_at", nullable=True),
        *text("problem"),
        *text("lease_token", nullable=True),
        moment("lease_until", nullable=True),
        refers("pushes", "campaign_id", "campaigns"),
    )
    unreported = sa.text("state = 'sending' OR enrolled_at IS NULL OR reported_at IS NULL")
    _index("ix_pushes_unreported", "pushes", "seq", unreported)
    op.create_table(
        "push_leads",
        *keyed("push_leads", "push_id", "lead_id"),
        key("push_id"),
        key("lead_id"),
        number("position"),
        number("batch"),
        *text("state", "reason"),
        moment("attempted_at", nullable=True),
        refers("push_leads", "push_id", "pushes"),
        refers("push_leads", "lead_id", "leads"),
    )
    columns = ["workspace_id", "push_id", "batch", "position"]
    op.create_index(f"ix_push_leads_{'_'.join(columns)}", "push_leads", columns)
    op.create_index("ix_push_leads_workspace_id_lead_id", "push_leads", ["workspace_id", "lead_id"])
    _blocked()


def _blocked() -> None:
    op.create_table(
        "blocked_pushes",
        *owned("blocked_pushes"),
        key("campaign_id"),
        *text("author", "channel"),
        moment("created_at"),
        moment("closed_at", nullable=True),
        *text("armed", nullable=True),
        *text("armed_by"),
        *(moment(name, nullable=True) for name in ("armed_at", "expires_at", "fired_at", "checked_at", "checked_from")),
        refers("blocked_pushes", "campaign_id", "campaigns"),
    )
    _index("ix_blocked_pushes_open", "blocked_pushes", "created_at", sa.text("closed_at IS NULL"))
    op.create_table(
        "blocked_leads",
        *keyed("blocked_leads", "blocked_id", "position"),
        key("blocked_id"),
        number("position"),
        key("lead_id"),
        moment("pushed_at", nullable=True),
        refers("blocked_leads", "blocked_id", "blocked_pushes"),
        refers("blocked_leads", "lead_id", "leads"),
    )
    op.create_index("ix_blocked_leads_workspace_id_lead_id", "blocked_leads", ["workspace_id", "lead_id"])


def _index(name: str, table: str, column: str, where: sa.TextClause) -> None:
    op.create_index(name, table, ["workspace_id", column], sqlite_where=where, postgresql_where=where)
