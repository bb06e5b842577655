"""The company directory, and intakes of it or of the pipeline into campaigns."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import json, key, moment, number, numbered, owned, refers, text, unique

revision = "0033"
down_revision: str | None = "0032"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
_TRAITS = ("country_key", "city_key", "industry_key", "company_size_key", "revenue_key")


def upgrade() -> None:
    op.create_table(
        "companies",
        *numbered("companies"),
        key("key"),
        *text("company_name", "domain", "website", "phone", "city", "country", "industry", "company_size", "revenue"),
        json("emails"),
        *(key(name) for name in _TRAITS),
        moment("created_at"),
        unique("companies", "key"),
    )
    op.create_index("ix_companies_traits", "companies", ["workspace_id", *_TRAITS, "seq"])
    op.create_table(
        "intakes",
        *owned("intakes"),
        key("key"),
        key("campaign_id"),
        *text("source"),
        json("filter"),
        *text("author", "channel", "state"),
        number("first"),
        number("last"),
        number("cursor"),
        number("total", nullable=True),
        json("tally"),
        moment("created_at"),
        moment("updated_at"),
        moment("reported_at", nullable=True),
        moment("lease_until", nullable=True),
        refers("intakes", "campaign_id", "campaigns"),
        unique("intakes", "key"),
    )
    is_open = sa.text("state = 'running' OR reported_at IS NULL")
    op.create_index(
        "ix_intakes_open", "intakes", ["workspace_id", "seq"], sqlite_where=is_open, postgresql_where=is_open
    )
