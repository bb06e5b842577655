"""How far an audit of the built-in auditor has come."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision: str | None = "0033"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    for name in ("pages_done", "pages_found"):
        op.add_column("audits", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
