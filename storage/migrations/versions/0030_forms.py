"""Web forms, what came by them, and when an address last got a confirmation mail."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import json, key, keyed, moment, owned, refers, text, unique

revision = "0030"
down_revision: str | None = "0029"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "forms",
        *owned("forms"),
        key("key"),
        key("name"),
        json("fields"),
        *text("wording"),
        sa.Column("double_opt_in", sa.Boolean(), nullable=False),
        key("site_id"),
        json("origins"),
        *text("thank_you_url", "author"),
        moment("created_at"),
        moment("retired_at", nullable=True),
        unique("forms", "key"),
        unique("forms", "name"),
    )
    _submissions()
    op.create_table("confirm_mails", *keyed("confirm_mails", "address_key"), key("address_key"), moment("at"))


def _submissions() -> None:
    op.create_table(
        "submissions",
        *owned("submissions"),
        *(key(name) for name in ("form_id", "lead_id", "address_key")),
        *text("email"),
        json("fields"),
        *text("page"),
        *(key(name) for name in ("place", "digest")),
        sa.Column("agreed", sa.Boolean(), nullable=False),
        moment("at"),
        *text("confirm"),
        moment("try_at", nullable=True),
        moment("confirmed_at", nullable=True),
        refers("submissions", "form_id", "forms"),
        refers("submissions", "lead_id", "leads"),
    )
    for names in (["lead_id", "seq"], ["place", "at"], ["address_key", "at"]):
        op.create_index(f"ix_submissions_workspace_id_{'_'.join(names)}", "submissions", ["workspace_id", *names])
    wanted = sa.text("confirm = 'wanted'")
    op.create_index(
        "ix_submissions_wanted",
        "submissions",
        ["workspace_id", "try_at"],
        sqlite_where=wanted,
        postgresql_where=wanted,
    )
