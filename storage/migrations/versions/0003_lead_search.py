"""Trigram indexes for the search of leads: FTS5 on SQLite, pg_trgm on PostgreSQL where it can be had."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_INSERT = "INSERT INTO leads_search(rowid, search_text) VALUES (new.seq, new.search_text);"
_DELETE = "INSERT INTO leads_search(leads_search, rowid, search_text) VALUES ('delete', old.seq, old.search_text);"
_SQLITE = (
    """CREATE VIRTUAL TABLE leads_search USING fts5(
        search_text, content='leads', content_rowid='seq', columnsize=0, detail=none,
        tokenize='trigram case_sensitive 1')""",
    f"CREATE TRIGGER leads_search_added AFTER INSERT ON leads WHEN new.removed_at IS NULL BEGIN {_INSERT} END",
    f"CREATE TRIGGER leads_search_deleted AFTER DELETE ON leads WHEN old.removed_at IS NULL BEGIN {_DELETE} END",
    f"""CREATE TRIGGER leads_search_removed AFTER UPDATE OF removed_at ON leads
        WHEN old.removed_at IS NULL AND new.removed_at IS NOT NULL BEGIN {_DELETE} END""",
    f"""CREATE TRIGGER leads_search_returned AFTER UPDATE OF removed_at ON leads
        WHEN old.removed_at IS NOT NULL AND new.removed_at IS NULL BEGIN {_INSERT} END""",
    f"""CREATE TRIGGER leads_search_changed AFTER UPDATE OF search_text ON leads
        WHEN old.removed_at IS NULL AND new.removed_at IS NULL AND old.search_text <> new.search_text
        BEGIN {_DELETE} {_INSERT} END""",
    "INSERT INTO leads_search(rowid, search_text) SELECT seq, search_text FROM leads WHERE removed_at IS NULL",
)


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        for statement in _SQLITE:
            op.execute(statement)
    elif _has_trigrams(connection):
        op.execute(
            "CREATE INDEX ix_leads_search_text ON leads USING gin (search_text gin_trgm_ops) WHERE removed_at IS NULL"
        )


def _has_trigrams(connection: sa.Connection) -> bool:
    """Many hosts allow the extension, some lack it or keep it for superusers: search works without, only slower."""
    known = connection.scalar(sa.text("SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_trgm'"))
    if not known:
        return False
    try:
        with connection.begin_nested():
            connection.execute(sa.text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
    except sa.exc.DBAPIError:
        return False
    return True
