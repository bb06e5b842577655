"""A reply by which a machine tells that a message arrived waits for no answer."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision: str | None = "0037"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.drop_index("ix_replies_waiting", "replies")
    waits = sa.text("answered_at IS NULL AND reply_class != 'acknowledged' AND reply_class != 'out_of_office'")
    columns = ["workspace_id", "received_at"]
    op.create_index("ix_replies_waiting", "replies", columns, sqlite_where=waits, postgresql_where=waits)
