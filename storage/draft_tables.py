"""The tables of drafts, and a draft in a row."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Boolean, Column, ColumnElement, ForeignKey, Index, Table, and_, literal_column

from bot.outreach.drafts import Draft, DraftState
from bot.outreach.mail_types import DraftType
from bot.outreach.templates import Letter
from bot.outreach.writebacks import Tone
from storage.tables import AnyRow, metadata, owned_columns, owner_column, refers_to, stands_at
from storage.types import Choice, CleanText, Int64, Json, KeyText, UtcDateTime

drafts = Table(
    "drafts",
    metadata,
    *owned_columns(),
    Column("lead_id", KeyText, nullable=False),
    Column("type", Choice(DraftType), nullable=False),
    Column("tone", Choice(Tone), nullable=False),
    Column("letters", Json, nullable=False),
    Column("state", Choice(DraftState), nullable=False),
    Column("revision", Int64, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("author", CleanText, nullable=False),
    Column("template", KeyText, nullable=False),
    Column("campaign_id", KeyText),
    Column("audit_id", KeyText),
    Column("writeback_id", KeyText),
    Column("push_id", KeyText),
    Column("mail_id", KeyText),
    Column("leaves_at", UtcDateTime),
    Column("edited_by", CleanText, nullable=False),
    Column("edited_at", UtcDateTime),
    Column("approved_by", Json, nullable=False),
    Column("decided_by", CleanText, nullable=False),
    Column("decided_at", UtcDateTime),
    Column("comment", CleanText, nullable=False),
    Column("problem", CleanText, nullable=False),
    Column("attempts", Int64, nullable=False),
    Column("to_show", Boolean, nullable=False),
    Column("lease_until", UtcDateTime),
    refers_to("leads", "lead_id"),
    Index(None, "workspace_id", "seq"),
    Index(None, "workspace_id", "state", "seq"),
    Index(None, "workspace_id", "lead_id", "seq"),
)
WAITING = stands_at(drafts.c.state, DraftState.WAITING)
ALIKE = and_(WAITING, drafts.c.revision == literal_column("1"))
UNDER_WAY = and_(stands_at(drafts.c.state, DraftState.APPROVED), drafts.c.push_id.is_not(None))
MAILED = and_(stands_at(drafts.c.state, DraftState.APPROVED), drafts.c.mail_id.is_not(None))
TO_SHOW = drafts.c.to_show == literal_column("true")


def _only(rows: ColumnElement[bool]) -> dict[str, Any]:
    """An index of these rows alone."""
    return {"sqlite_where": rows, "postgresql_where": rows}


Index("ix_drafts_alike", *(drafts.c[name] for name in ("workspace_id", "template", "seq")), **_only(ALIKE))
Index("ix_drafts_under_way", drafts.c.workspace_id, drafts.c.decided_at, **_only(UNDER_WAY))
Index("ix_drafts_mailed", drafts.c.workspace_id, drafts.c.mail_id, **_only(MAILED))
Index("ix_drafts_to_show", drafts.c.workspace_id, drafts.c.seq, **_only(TO_SHOW))
draft_revisions = Table(
    "draft_revisions",
    metadata,
    owner_column(primary_key=True),
    Column("draft_id", KeyText, primary_key=True),
    Column("number", Int64, primary_key=True, autoincrement=False),
    Column("letters", Json, nullable=False),
    Column("edited_by", CleanText, nullable=False),
    Column("edited_at", UtcDateTime, nullable=False),
    refers_to("drafts", "draft_id"),
)
draft_counters = Table(
    "draft_counters",
    metadata,
    Column("workspace_id", KeyText, ForeignKey("workspaces.id"), primary_key=True),
    Column("state", KeyText, primary_key=True),
    Column("drafts", Int64, nullable=False),
)
NAMES = (
    "id",
    "lead_id",
    "type",
    "tone",
    "letters",
    "state",
    "revision",
    "created_at",
    "author",
    "template",
    "campaign_id",
    "audit_id",
    "writeback_id",
    "push_id",
    "mail_id",
    "edited_by",
    "edited_at",
    "approved_by",
    "decided_by",
    "decided_at",
    "comment",
    "problem",
    "attempts",
)
COLUMNS = [*(drafts.c[name] for name in NAMES), drafts.c.seq]


def draft_of(row: AnyRow) -> Draft:
    """The draft in a row that begins with `COLUMNS`."""
    values: dict[str, Any] = dict(zip(NAMES, row, strict=False))
    values["letters"] = letters_of(values["letters"])
    values["approved_by"] = tuple(values["approved_by"])
    return Draft(**values)


def letters_of(stored: Sequence[dict[str, str]]) -> tuple[Letter, ...]:
    """The letters as stored."""
    return tuple(Letter(**letter) for letter in stored)


def as_stored(letters: Sequence[Letter]) -> list[dict[str, str]]:
    """The letters as JSON."""
    return [asdict(letter) for letter in letters]
