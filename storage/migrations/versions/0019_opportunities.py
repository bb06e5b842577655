"""Opportunities with their counters and their search, the kind of a lead, and mails and runs for an opportunity."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import key, keyed, moment, number, owned, refers, text

revision = "0019"
down_revision: str | None = "0018"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_INSERT = "INSERT INTO opportunities_search(rowid, search_text) VALUES (new.seq, new.search_text);"
_DELETE = (
    "INSERT INTO opportunities_search(opportunities_search, rowid, search_text) "
    "VALUES ('delete', old.seq, old.search_text);"
)
_SQLITE = (
    """CREATE VIRTUAL TABLE opportunities_search USING fts5(
        search_text, content='opportunities', content_rowid='seq', columnsize=0, detail=none,
        tokenize='trigram case_sensitive 1')""",
    f"CREATE TRIGGER opportunities_search_added AFTER INSERT ON opportunities BEGIN {_INSERT} END",
    f"CREATE TRIGGER opportunities_search_gone AFTER DELETE ON opportunities BEGIN {_DELETE} END",
    f"""CREATE TRIGGER opportunities_search_changed AFTER UPDATE OF search_text ON opportunities
        WHEN old.search_text <> new.search_text BEGIN {_DELETE} {_INSERT} END""",
)
_LIVE = sa.text("deleted_at IS NULL")


def upgrade() -> None:
    op.add_column("leads", sa.Column("kind", sa.Text(), nullable=False, server_default="sales"))
    op.add_column("mails", key("opportunity_id", nullable=True))
    op.add_column("runs", key("opportunity_id", nullable=True))
    for_link = sa.text("opportunity_id IS NOT NULL")
    columns = ["workspace_id", "opportunity_id", "seq"]
    op.create_index("ix_mails_opportunity", "mails", columns, sqlite_where=for_link, postgresql_where=for_link)
    columns = ["workspace_id", "opportunity_id"]
    op.create_index("ix_runs_opportunity", "runs", columns, sqlite_where=for_link, postgresql_where=for_link)
    _opportunities()
    op.create_table(
        "opportunity_counters", *keyed("opportunity_counters", "column"), key("column"), number("opportunities")
    )
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        for statement in _SQLITE:
            op.execute(statement)
    elif connection.scalar(sa.text("SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'")):
        op.execute(
            "CREATE INDEX ix_opportunities_search_text ON opportunities USING gin (search_text gin_trgm_ops) "
            "WHERE deleted_at IS NULL"
        )


def _opportunities() -> None:
    op.create_table(
        "opportunities",
        *owned("opportunities"),
        key("lead_id"),
        *text("source_url", "domain", "author"),
        moment("created_at"),
        moment("moved_at"),
        *text("anchor_text", "target_url", "column"),
        *text("by_hand", nullable=True),
        *text("set_by"),
        moment("set_at", nullable=True),
        *text("notes", "noted_by"),
        moment("noted_at", nullable=True),
        *(number(name) for name in ("waiting", "sent")),
        key("mail_id"),
        moment("lost_at", nullable=True),
        moment("deleted_at", nullable=True),
        key("link_key"),
        *text("search_text"),
        refers("opportunities", "lead_id", "leads"),
    )
    _index("ix_opportunities_workspace_id_column_moved_at_seq", "column", "moved_at", "seq")
    _index("ix_opportunities_workspace_id_lead_id_seq", "lead_id", "seq")
    _index("uq_opportunities_link", "link_key", unique=True)


def _index(name: str, *columns: str, unique: bool = False) -> None:
    names = ["workspace_id", *columns]
    op.create_index(name, "opportunities", names, unique=unique, sqlite_where=_LIVE, postgresql_where=_LIVE)
