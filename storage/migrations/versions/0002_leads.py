"""Leads, their counters and the address ledger."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import json, key, keyed, moment, number, numbered, owned, text

revision = "0002"
down_revision: str | None = "0001"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "leads",
        *owned("leads"),
        *text("email", nullable=True),
        key("email_key", nullable=True),
        *text("status", nullable=True),
        *text("first_name", "last_name", "company_name", "domain", "phone", "website", "city", "country", "industry"),
        *text("company_size", "revenue", "grade"),
        number("score", nullable=True),
        *text("top_issue", "audit_summary", "audit_url"),
        key("audit_run_id", nullable=True),
        number("opens"),
        key("campaign_id", nullable=True),
        sa.Column("status_by_hand", sa.Boolean(), nullable=False),
        *text("last_action"),
        json("plusvibe_lead_data"),
        moment("created_at"),
        moment("updated_at"),
        moment("removed_at", nullable=True),
        key("company_sort"),
        key("contact_sort"),
        key("grade_sort"),
        number("status_rank"),
        key("domain_key"),
        *text("search_text"),
    )
    for column in (
        "updated_at", "company_sort", "contact_sort", "status_rank", "grade_sort", "opens", "created_at", "domain_key"
    ):
        _index("workspace_id", column, "seq")
    _index("workspace_id", "status", "updated_at", "seq")
    _index("workspace_id", "email_key", unique=True)
    op.create_table("lead_counters", *keyed("lead_counters", "status"), key("status"), number("leads"))
    op.create_table(
        "addresses",
        *numbered("addresses"),
        key("address_key"),
        *text("fact"),
        moment("at"),
        *text("source", "actor", "note"),
    )
    columns = ["workspace_id", "address_key", "seq"]
    op.create_index("ix_addresses_workspace_id_address_key_seq", "addresses", columns)


def _index(*columns: str, unique: bool = False) -> None:
    live = sa.text("removed_at IS NULL")
    name = f"ix_leads_{'_'.join(columns)}"
    op.create_index(name, "leads", list(columns), unique=unique, sqlite_where=live, postgresql_where=live)
