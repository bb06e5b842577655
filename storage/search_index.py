"""SQLite's trigram index over what is searched of leads: as the migrations make it, and put together as it grows."""

from sqlalchemy import Connection, Table, event, text

from storage.lead_tables import leads
from storage.tenant import Tenant

_ADD = "INSERT INTO leads_search(rowid, search_text) VALUES (new.seq, new.search_text);"
_DROP = "INSERT INTO leads_search(leads_search, rowid, search_text) VALUES ('delete', old.seq, old.search_text);"
_MADE = (
    """CREATE VIRTUAL TABLE leads_search USING fts5(
        search_text, content='leads', content_rowid='seq', columnsize=0, detail=none,
        tokenize='trigram case_sensitive 1')""",
    "INSERT INTO leads_search(leads_search, rank) VALUES ('automerge', 0)",
    f"CREATE TRIGGER leads_search_added AFTER INSERT ON leads WHEN new.removed_at IS NULL BEGIN {_ADD} END",
    f"CREATE TRIGGER leads_search_deleted AFTER DELETE ON leads WHEN old.removed_at IS NULL BEGIN {_DROP} END",
    f"""CREATE TRIGGER leads_search_removed AFTER UPDATE OF removed_at ON leads
        WHEN old.removed_at IS NULL AND new.removed_at IS NOT NULL BEGIN {_DROP} END""",
    f"""CREATE TRIGGER leads_search_returned AFTER UPDATE OF removed_at ON leads
        WHEN old.removed_at IS NOT NULL AND new.removed_at IS NULL BEGIN {_ADD} END""",
    f"""CREATE TRIGGER leads_search_changed AFTER UPDATE OF search_text ON leads
        WHEN old.removed_at IS NULL AND new.removed_at IS NULL AND old.search_text <> new.search_text
        BEGIN {_DROP} {_ADD} END""",
)
# A few milliseconds, and more than a batch of an import writes.
_MERGE = text("INSERT INTO leads_search(leads_search, rank) VALUES ('merge', 16)")


@event.listens_for(leads, "after_create")
def _make(table: Table, connection: Connection, **kept: object) -> None:
    if connection.dialect.name == "sqlite":
        for statement in _MADE:
            connection.exec_driver_sql(statement)


async def merge_pieces(tenant: Tenant) -> None:
    """Put some of the pieces together that SQLite's index consists of: for whoever changed what is searched.

    Each transaction that does leaves a piece of its own, and a search looks through all of them. By itself SQLite puts
    hundreds of pages together every so often, while everybody who writes waits; it is told not to, as long as there
    are fewer than sixteen pieces of a size. Source: sqlite.org/fts5.html, `automerge` and `merge`.
    """
    if tenant.is_sqlite:
        await tenant.change(_MERGE)
