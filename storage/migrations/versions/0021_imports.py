"""Imports of leads, the rows that became none, and the import a lead came by."""

from collections.abc import Sequence

from alembic import op

from storage.migrations.columns import json, key, keyed, moment, number, owned, refers, text

revision = "0021"
down_revision: str | None = "0020"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("leads", key("import_id", nullable=True))
    op.create_table(
        "imports",
        *owned("imports"),
        *text("name", "author"),
        key("digest"),
        *text("state"),
        json("mapping"),
        number("taken"),
        json("breakdown"),
        moment("created_at"),
        moment("updated_at"),
    )
    op.create_index("ix_imports_workspace_id_digest", "imports", ["workspace_id", "digest"])
    op.create_table(
        "import_rejects",
        *keyed("import_rejects", "import_id", "line"),
        key("import_id"),
        number("line"),
        *text("reason", "said"),
        json("cells"),
        refers("import_rejects", "import_id", "imports"),
    )
