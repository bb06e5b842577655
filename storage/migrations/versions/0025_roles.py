"""Roles: what each member's account is, what was set by hand and granted, and the user groups that give a role."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from storage.migrations.columns import key, keyed, moment, number, refers, text

revision = "0025"
down_revision: str | None = "0024"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("members", sa.Column("account", sa.Text(), nullable=False, server_default="member"))
    op.add_column("members", number("set_role", nullable=True))
    json = sa.Text().with_variant(postgresql.JSON(), "postgresql")
    op.add_column("members", sa.Column("grants", json, nullable=False, server_default="[]"))
    # Until now a role was nothing but the account's.
    op.execute("UPDATE members SET account = 'owner' WHERE role = 3")
    op.execute("UPDATE members SET account = 'admin' WHERE role = 2")
    op.create_index("ix_members_workspace_id_role", "members", ["workspace_id", "role"])
    op.create_table(
        "role_groups",
        *keyed("role_groups", "id"),
        key("id"),
        *text("handle", "name"),
        number("role"),
        moment("read_at", nullable=True),
        *text("problem"),
    )
    op.create_table(
        "role_group_people",
        *keyed("role_group_people", "group_id", "user_id"),
        key("group_id"),
        key("user_id"),
        refers("role_group_people", "group_id", "role_groups"),
    )
    op.create_index("ix_role_group_people_workspace_id_user_id", "role_group_people", ["workspace_id", "user_id"])
