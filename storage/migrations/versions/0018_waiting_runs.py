"""The runs that wait for a person, found at once."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision: str | None = "0017"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
_WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    op.create_index(
        "ix_runs_waiting",
        "runs",
        ["workspace_id", "next_at", "seq"],
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )
