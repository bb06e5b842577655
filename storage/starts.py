"""Starts of a sequence for a whole segment: how far each got."""

from dataclasses import fields
from typing import Any

from sqlalchemy import Boolean, Column, Select, Table, select, update

from bot.outreach.starts import Start, StartState
from storage.tables import AnyRow, metadata, owned_columns, refers_to
from storage.tenant import Tenant
from storage.types import Choice, CleanText, Int64, Json, KeyText, UtcDateTime

starts = Table(
    "starts",
    metadata,
    *owned_columns(),
    Column("segment_id", KeyText, nullable=False),
    Column("sequence_id", KeyText, nullable=False),
    Column("site_id", KeyText, nullable=False),
    Column("author", CleanText, nullable=False),
    Column("channel", CleanText, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("after_seq", Int64, nullable=False),
    Column("started", Int64, nullable=False),
    Column("skipped", Json, nullable=False),
    Column("state", Choice(StartState), nullable=False),
    Column("why", CleanText, nullable=False),
    Column("reported", Boolean, nullable=False),
    refers_to("sites", "site_id"),
)
_NAMES = tuple(field.name for field in fields(Start))
_CHANGING = ("after_seq", "started", "skipped", "state", "why", "reported")


class Starts:
    """The starts of one workspace."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def add(self, start: Start) -> None:
        """Store a new one."""
        values = self._tenant.row(**{name: getattr(start, name) for name in _NAMES})
        await self._tenant.change(starts.insert().values(values))

    async def get(self, start_id: str) -> Start | None:
        """The start with this id."""
        row = await self._tenant.first(self._select().where(starts.c.id == start_id))
        return _start(row) if row else None

    async def open(self) -> list[Start]:
        """Those whose end has not been shown, the oldest first."""
        return [
            _start(row)
            for row in await self._tenant.all(self._select().where(starts.c.reported.is_(False)).order_by(starts.c.seq))
        ]

    async def move(self, seen: Start, start: Start) -> bool:
        """Store how far it is now. False when it does not stand where it was seen: somebody else moved it."""
        unmoved = (starts.c.after_seq == seen.after_seq, starts.c.state == seen.state)
        one = update(starts).where(self._tenant.owns(starts), starts.c.id == start.id, *unmoved)
        values = {name: getattr(start, name) for name in _CHANGING}
        return await self._tenant.change(one.values(**values)) > 0

    def _select(self) -> Select[Any]:
        return select(*(starts.c[name] for name in _NAMES)).where(self._tenant.owns(starts))


def _start(row: AnyRow) -> Start:
    return Start(*row)
