"""The tables of opportunities, and the texts they are found by."""

from dataclasses import fields
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, Table
from sqlalchemy import column as bare_column
from sqlalchemy import table as bare_table

from bot.outreach.link_checks import LinkMatch, LinkStanding, Presence
from bot.outreach.opportunities import BoardColumn, Opportunity
from storage.lead_tables import folded
from storage.tables import AnyRow, metadata, owned_columns, refers_to
from storage.types import Choice, CleanText, Int64, KeyText, UtcDateTime

opportunities = Table(
    "opportunities",
    metadata,
    *owned_columns(),
    Column("lead_id", KeyText, nullable=False),
    *(Column(name, CleanText, nullable=False) for name in ("source_url", "domain", "author")),
    Column("created_at", UtcDateTime, nullable=False),
    Column("moved_at", UtcDateTime, nullable=False),
    *(Column(name, CleanText, nullable=False) for name in ("anchor_text", "target_url")),
    Column("column", Choice(BoardColumn), nullable=False),
    Column("by_hand", Choice(BoardColumn)),
    Column("set_by", CleanText, nullable=False),
    Column("set_at", UtcDateTime),
    *(Column(name, CleanText, nullable=False) for name in ("notes", "noted_by")),
    Column("noted_at", UtcDateTime),
    *(Column(name, Int64, nullable=False) for name in ("waiting", "sent")),
    Column("mail_id", KeyText, nullable=False),
    Column("lost_at", UtcDateTime),
    Column("deleted_at", UtcDateTime),
    Column("link_key", KeyText, nullable=False),
    Column("search_text", CleanText, nullable=False),
    Column("link_match", Choice(LinkMatch), nullable=False),
    Column("link_state", Choice(Presence), nullable=False),
    Column("link_failed", Int64, nullable=False),
    *(Column(f"link_{name}", CleanText, nullable=False) for name in ("trouble", "anchor", "rel")),
    *(Column(f"link_{name}", UtcDateTime) for name in ("missed_at", "checked_at", "seen_at", "next_at", "lease_until")),
    refers_to("leads", "lead_id"),
)
LIVE = opportunities.c.deleted_at.is_(None)
for _columns in (("column", "moved_at", "seq"), ("lead_id", "seq")):
    _names = ("workspace_id", *_columns)
    Index(None, *(opportunities.c[name] for name in _names), sqlite_where=LIVE, postgresql_where=LIVE)
Index(
    "uq_opportunities_link",
    opportunities.c.workspace_id,
    opportunities.c.link_key,
    unique=True,
    sqlite_where=LIVE,
    postgresql_where=LIVE,
)
LINK_DUE = LIVE & opportunities.c.link_next_at.is_not(None)
Index(
    "ix_opportunities_link_due",
    opportunities.c.workspace_id,
    opportunities.c.link_next_at,
    opportunities.c.seq,
    sqlite_where=LINK_DUE,
    postgresql_where=LINK_DUE,
)
opportunity_counters = Table(
    "opportunity_counters",
    metadata,
    Column("workspace_id", KeyText, ForeignKey("workspaces.id"), primary_key=True),
    Column("column", KeyText, primary_key=True),
    Column("opportunities", Int64, nullable=False),
)
# SQLite's trigram index, as of leads.
opportunities_search = bare_table(
    "opportunities_search", bare_column("rowid", Int64()), bare_column("opportunities_search")
)
_NAMES = tuple(field.name for field in fields(Opportunity) if field.name != "link")
_LINK_NAMES = tuple(field.name for field in fields(LinkStanding))
NAMES = (*_NAMES, *(f"link_{name}" for name in _LINK_NAMES))
COLUMNS = [opportunities.c[name] for name in NAMES]


def opportunity_of(row: AnyRow) -> Opportunity:
    """The opportunity in a row that begins with `COLUMNS`."""
    return Opportunity(*row[: len(_NAMES)], link=LinkStanding(*row[len(_NAMES) : len(NAMES)]))


def values_of(opportunity: Opportunity) -> dict[str, Any]:
    """What `COLUMNS` hold of it."""
    link = {f"link_{name}": getattr(opportunity.link, name) for name in _LINK_NAMES}
    return {name: getattr(opportunity, name) for name in _NAMES} | link


def searched(opportunity: Opportunity) -> str:
    """What a search looks through."""
    return folded(" ".join((opportunity.source_url, opportunity.anchor_text, opportunity.notes)))
