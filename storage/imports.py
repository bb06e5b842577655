"""Imports of leads: how far each got, and the rows that became none."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    PrimaryKeyConstraint,
    Select,
    Table,
    bindparam,
    false,
    select,
    update,
)

from bot.outreach.importing import Breakdown, Import, ImportState, Kept, Reject, Rejected
from storage.tables import AnyRow, metadata, owned_columns, owner_column, refers_to
from storage.tenant import Tenant
from storage.types import Choice, CleanText, Int64, Json, KeyText, UtcDateTime

imports = Table(
    "imports",
    metadata,
    *owned_columns(),
    Column("name", CleanText, nullable=False),
    Column("author", CleanText, nullable=False),
    Column("digest", KeyText, nullable=False),
    Column("state", Choice(ImportState), nullable=False),
    Column("mapping", Json, nullable=False),
    Column("taken", Int64, nullable=False),
    Column("breakdown", Json, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("campaign_id", KeyText),
    Column("columns", Json, nullable=False, server_default="[]"),
    Column("ended_at", UtcDateTime),
    Column("removed", Int64, nullable=False, server_default="0"),
    Column("withdrawn", Int64, nullable=False, server_default="0"),
    Column("kept", Json, nullable=False, server_default="{}"),
    Column("is_sorted", Boolean, nullable=False, server_default=false()),
    Index(None, "workspace_id", "digest"),
)
import_rejects = Table(
    "import_rejects",
    metadata,
    owner_column(),
    Column("import_id", KeyText, nullable=False),
    Column("line", Int64, nullable=False),
    Column("reason", Choice(Reject), nullable=False),
    Column("said", CleanText, nullable=False),
    Column("cells", Json, nullable=False),
    PrimaryKeyConstraint("workspace_id", "import_id", "line"),
    refers_to("imports", "import_id"),
)
_NAMES = tuple(field.name for field in fields(Import))
_COLUMNS = [imports.c[name] for name in _NAMES]
_MOVING = frozenset({"state", "taken", "breakdown", "updated_at", "ended_at", "removed", "withdrawn", "kept"})
_PAGE = 1_000
_STOOD = ("id", "state", "taken", "removed", "withdrawn")
# Made once: it is the last statement of every batch, and everybody else waits meanwhile.
_ADVANCE = (
    update(imports)
    .where(imports.c.workspace_id == bindparam("owner"), *(imports.c[name] == bindparam(f"_{name}") for name in _STOOD))
    .values({name: bindparam(f"new_{name}") for name in sorted(_MOVING)})
)


class Imports:
    """The imports of one workspace."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def add(self, new: Import) -> None:
        """Store a new one."""
        await self._tenant.change(imports.insert().values(self._tenant.row(**_values(new))))

    async def get(self, import_id: str) -> Import | None:
        """The import with this id."""
        row = await self._tenant.first(self._select().where(imports.c.id == import_id))
        return _import(row) if row else None

    async def hold_still(self) -> None:
        """Nobody else begins or advances an import until the transaction ends."""
        await self._tenant.keep_writers_out(imports)

    async def unfinished(self, digest: str, campaign_id: str | None) -> Import | None:
        """The newest import of a file with these contents into this campaign that did not come to its end."""
        begun = (imports.c.digest == digest, imports.c.state == ImportState.RUNNING)
        same = imports.c.campaign_id.is_not_distinct_from(campaign_id)
        row = await self._tenant.first(self._select().where(*begun, same).order_by(imports.c.seq.desc()).limit(1))
        return _import(row) if row else None

    async def newest(self, limit: int) -> list[Import]:
        """The last ones begun, newest first."""
        rows = await self._tenant.all(self._select().order_by(imports.c.seq.desc()).limit(limit))
        return [_import(row) for row in rows]

    async def advance(self, before: Import, after: Import) -> bool:
        """Write how far it got, or how far undoing it got. False when somebody else moved it meanwhile."""
        stood = {f"_{name}": getattr(before, name) for name in _STOOD}
        moved = {f"new_{name}": value for name, value in _values(after).items() if name in _MOVING}
        asked = {"owner": self._tenant.workspace_id, **stood, **moved}
        return await self._tenant.change(_ADVANCE, asked) > 0

    async def cancel(self, import_id: str, at: datetime) -> bool:
        """No further row is taken. False when it is not running."""
        running = (imports.c.id == import_id, imports.c.state == ImportState.RUNNING)
        mine = update(imports).where(self._tenant.owns(imports), *running)
        stopped = {"state": ImportState.CANCELLED, "ended_at": at, "updated_at": at}
        return await self._tenant.change(mine.values(stopped)) > 0

    async def reject(self, import_id: str, rows: Sequence[Rejected]) -> None:
        """Keep rows that became no lead."""
        values = [
            self._tenant.row(
                import_id=import_id, line=row.line, reason=row.reason, said=row.said, cells=list(row.cells)
            )
            for row in rows
        ]
        await self._tenant.fill(import_rejects, values)

    async def rejects(self, import_id: str) -> AsyncIterator[Rejected]:
        """The rows that became no lead, in the order of the file, read in pages."""
        after = 0
        columns = [import_rejects.c[name] for name in ("line", "reason", "cells", "said")]
        mine = select(*columns).where(self._tenant.owns(import_rejects), import_rejects.c.import_id == import_id)
        while True:
            later = mine.where(import_rejects.c.line > after).order_by(import_rejects.c.line).limit(_PAGE)
            rows = await self._tenant.all(later)
            for row in rows:
                yield Rejected(*row)
            if len(rows) < _PAGE:
                return
            after = rows[-1].line

    def _select(self) -> Select[Any]:
        return select(*_COLUMNS).where(self._tenant.owns(imports))


def _values(one: Import) -> dict[str, Any]:
    return {name: getattr(one, name) for name in _NAMES} | {"breakdown": one.breakdown.stored()}


def _import(row: AnyRow) -> Import:
    told = row._asdict() | {"breakdown": Breakdown.of(row.breakdown), "columns": tuple(row.columns)}
    return Import(**told | {"kept": {Kept(reason): number for reason, number in row.kept.items()}})
