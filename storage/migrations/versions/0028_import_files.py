"""The files in Slack that imports are read from."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import key, moment, number, numbered, refers, text, unique

revision = "0028"
down_revision: str | None = "0027"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "import_files",
        *numbered("import_files"),
        key("import_id"),
        *text("file_id", "channel"),
        number("total"),
        *text("undoing", "problem"),
        moment("lease_until", nullable=True),
        moment("settled_at", nullable=True),
        unique("import_files", "import_id"),
        refers("import_files", "import_id", "imports"),
    )
    is_open = sa.text("settled_at IS NULL")
    op.create_index(
        "ix_import_files_open",
        "import_files",
        ["workspace_id", "seq"],
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
