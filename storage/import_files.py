"""The files in Slack that imports are read from, claimed by whoever reads them."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Index, Select, Table, UniqueConstraint, select, update

from bot.outreach.import_files import ImportFile
from storage.tables import AnyRow, metadata, owner_column, refers_to, seq_column
from storage.tenant import Tenant, is_free
from storage.types import CleanText, Int64, KeyText, UtcDateTime

import_files = Table(
    "import_files",
    metadata,
    seq_column(),
    owner_column(),
    Column("import_id", KeyText, nullable=False),
    Column("file_id", CleanText, nullable=False),
    Column("channel", CleanText, nullable=False),
    Column("total", Int64, nullable=False),
    Column("undoing", CleanText, nullable=False),
    Column("problem", CleanText, nullable=False),
    Column("lease_until", UtcDateTime),
    Column("settled_at", UtcDateTime),
    UniqueConstraint("workspace_id", "import_id"),
    refers_to("imports", "import_id"),
)
_OPEN = import_files.c.settled_at.is_(None)
Index(
    "ix_import_files_open",
    import_files.c.workspace_id,
    import_files.c.seq,
    sqlite_where=_OPEN,
    postgresql_where=_OPEN,
)
_NAMES = tuple(field.name for field in fields(ImportFile))


class ImportFiles:
    """The imports of one workspace whose files lie in Slack.

    `settled_at`: since when nothing is left to do or to say.
    """

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def add(self, file: ImportFile) -> bool:
        """False when this import has its file already."""
        values = {name: getattr(file, name) for name in _NAMES}
        return await self._tenant.add_once(import_files, **values)

    async def get(self, import_id: str) -> ImportFile | None:
        """The file of this import."""
        row = await self._tenant.first(self._select().where(import_files.c.import_id == import_id))
        return _file(row) if row else None

    async def claim(self, now: datetime, lease: timedelta) -> ImportFile | None:
        """The earliest one with something left to do that nobody holds; held for the lease."""
        due = self._select().add_columns(import_files.c.seq).where(_OPEN, is_free(import_files, now))
        rows = await self._tenant.claim(import_files, due.order_by(import_files.c.seq).limit(1), until=now + lease)
        return _file(rows[0]) if rows else None

    async def release(self, import_id: str, until: datetime) -> None:
        """Nobody holds it from then on."""
        await self._change(import_id, {"lease_until": until})

    async def settle(self, import_id: str, at: datetime) -> None:
        """Nothing is left to do."""
        await self._change(import_id, {"settled_at": at, "lease_until": None})

    async def stop(self, import_id: str, problem: str) -> None:
        """It goes no further, for this reason."""
        await self._change(import_id, {"problem": problem})

    async def undo(self, import_id: str, person: str) -> bool:
        """Ask for it to be undone. False when somebody did already, or it is still at work."""
        asked = {"undoing": person, "settled_at": None, "lease_until": None}
        mine = update(import_files).where(self._tenant.owns(import_files), import_files.c.import_id == import_id)
        return await self._tenant.change(mine.where(import_files.c.undoing == "", ~_OPEN).values(asked)) > 0

    async def keep(self, import_id: str) -> None:
        """Nobody asks any more for it to be undone."""
        await self._change(import_id, {"undoing": ""})

    async def _change(self, import_id: str, values: Mapping[str, Any]) -> None:
        mine = update(import_files).where(self._tenant.owns(import_files), import_files.c.import_id == import_id)
        await self._tenant.change(mine.values(**values))

    def _select(self) -> Select[Any]:
        return select(*(import_files.c[name] for name in _NAMES)).where(self._tenant.owns(import_files))


def _file(row: AnyRow) -> ImportFile:
    return ImportFile(*row[: len(_NAMES)])
