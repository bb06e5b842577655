"""Writebacks: the local half stands, the remote half is tried until it is settled."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, Column, ColumnElement, Index, Select, Table, and_, select, update

from bot.outreach.writebacks import Tone, Writeback, WritebackStatus
from storage.tables import AnyRow, among, metadata, owned_columns, refers_to, stands_at
from storage.tenant import Tenant, is_free
from storage.types import Choice, CleanText, Int64, Json, KeyText, UtcDateTime

writebacks = Table(
    "writebacks",
    metadata,
    *owned_columns(),
    Column("lead_id", KeyText, nullable=False),
    Column("audit_id", KeyText),
    Column("campaign_id", KeyText),
    Column("tone", Choice(Tone), nullable=False),
    Column("variables", Json, nullable=False),
    Column("status", Choice(WritebackStatus), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("moved_to_ready", Boolean, nullable=False),
    Column("attempts", Int64, nullable=False),
    Column("error", CleanText, nullable=False),
    Column("closed_at", UtcDateTime),
    Column("next_try_at", UtcDateTime, nullable=False),
    Column("lease_until", UtcDateTime),
    refers_to("leads", "lead_id"),
    Index(None, "workspace_id", "lead_id", "seq"),
)
_PENDING = stands_at(writebacks.c.status, WritebackStatus.PENDING)
Index(
    "ix_writebacks_pending",
    writebacks.c.workspace_id,
    writebacks.c.next_try_at,
    sqlite_where=_PENDING,
    postgresql_where=_PENDING,
)
_NAMES = (
    "id",
    "lead_id",
    "audit_id",
    "campaign_id",
    "tone",
    "variables",
    "status",
    "created_at",
    "moved_to_ready",
    "attempts",
    "error",
)
_COLUMNS = [*(writebacks.c[name] for name in _NAMES), writebacks.c.seq]
_SUPERSEDED = "A newer writeback of this lead took its place"
_CARRIED = "The push of an approved draft carries its fields"


class Writebacks:
    """The writebacks of one workspace."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def add(self, writeback: Writeback, next_try_at: datetime) -> None:
        """Store it; a pending one is due then."""
        values = {name: getattr(writeback, name) for name in _NAMES}
        values["closed_at"] = None if writeback.status is WritebackStatus.PENDING else writeback.created_at
        row = self._tenant.row(next_try_at=next_try_at, **values)
        await self._tenant.change(writebacks.insert().values(row))

    async def latest(self, lead_id: str) -> Writeback | None:
        """The lead's newest writeback."""
        statement = self._select(writebacks.c.lead_id == lead_id).order_by(writebacks.c.seq.desc()).limit(1)
        row = await self._tenant.first(statement)
        return _writeback(row) if row else None

    async def statuses(self, writeback_ids: Collection[str]) -> dict[str, WritebackStatus]:
        """How the remote halves of these stand, by id."""
        columns = (writebacks.c.id, writebacks.c.status)
        mine = (self._tenant.owns(writebacks), among(writebacks.c.id, writeback_ids))
        return {row.id: row.status for row in await self._tenant.all(select(*columns).where(*mine))}

    async def claim_remote(self, now: datetime, limit: int, lease: timedelta) -> list[Writeback]:
        """Pending ones whose time has come and that nobody is sending, held for the lease."""
        due = self._select(_PENDING, writebacks.c.next_try_at <= now, is_free(writebacks, now))
        due = due.order_by(writebacks.c.next_try_at, writebacks.c.seq).limit(limit)
        return [_writeback(row) for row in await self._tenant.claim(writebacks, due, until=now + lease)]

    async def close(self, writeback_id: str, status: WritebackStatus, error: str, at: datetime) -> bool:
        """Settle the remote half. False when it is settled already."""
        values = {"status": status, "error": error, "closed_at": at, "lease_until": None}
        return await self._update(values, writebacks.c.id == writeback_id, _PENDING) > 0

    async def retry(self, writeback_id: str, attempts: int, next_try_at: datetime, error: str) -> None:
        """Try again then."""
        values = {"attempts": attempts, "next_try_at": next_try_at, "error": error, "lease_until": None}
        await self._update(values, writebacks.c.id == writeback_id, _PENDING)

    async def supersede(self, lead_id: str, except_id: str) -> int:
        """Pending ones of the lead older than this one become skipped. Answers how many."""
        mine = and_(self._tenant.owns(writebacks), writebacks.c.id == except_id)
        newest = select(writebacks.c.seq).where(mine).scalar_subquery()
        values = {"status": WritebackStatus.SKIPPED, "error": _SUPERSEDED, "lease_until": None}
        return await self._update(values, writebacks.c.lead_id == lead_id, _PENDING, writebacks.c.seq < newest)

    async def carried(self, lead_id: str) -> int:
        """Pending ones of the lead become skipped: a push brings the campaign all its fields. Answers how many."""
        values = {"status": WritebackStatus.SKIPPED, "error": _CARRIED, "lease_until": None}
        return await self._update(values, writebacks.c.lead_id == lead_id, _PENDING)

    async def get_many(self, writeback_ids: Collection[str]) -> list[Writeback]:
        """The writebacks with these ids, in the order in which they came."""
        named = self._select(among(writebacks.c.id, writeback_ids)).order_by(writebacks.c.seq)
        return [_writeback(row) for row in await self._tenant.all(named)]

    def _select(self, *conditions: ColumnElement[bool]) -> Select[Any]:
        return select(*_COLUMNS).where(self._tenant.owns(writebacks), *conditions)

    async def _update(self, values: dict[str, Any], *conditions: ColumnElement[bool]) -> int:
        statement = update(writebacks).where(self._tenant.owns(writebacks), *conditions).values(values)
        return await self._tenant.change(statement)


def _writeback(row: AnyRow) -> Writeback:
    return Writeback(*row[: len(_NAMES)])
