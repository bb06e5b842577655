"""Events: written once, read newest first. Triggers refuse to change or remove one."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Index, Select, Table, func, or_, select

from bot.outreach.events import Event, EventKind
from storage.lead_search import contains
from storage.tables import AnyRow, metadata, owner_column, seq_column
from storage.tenant import Tenant
from storage.types import Choice, CleanText, Json, KeyText, UtcDateTime

events = Table(
    "events",
    metadata,
    seq_column(),
    owner_column(),
    Column("kind", Choice(EventKind), nullable=False),
    Column("actor", KeyText, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("lead_id", KeyText),
    Column("facts", Json, nullable=False),
    Column("permalink", CleanText, nullable=False),
    Index(None, "workspace_id", "seq"),
    Index(None, "workspace_id", "lead_id", "seq"),
    Index(None, "workspace_id", "kind", "seq"),
    Index(None, "workspace_id", "actor", "seq"),
)
_NAMES = ("kind", "actor", "at", "lead_id", "facts", "permalink")
_COLUMNS = [*(events.c[name] for name in _NAMES), events.c.seq]


class Events:
    """The events of one workspace."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def add(self, event: Event) -> None:
        """Record one event."""
        await self.add_many([event])

    async def add_many(self, happened: Sequence[Event]) -> None:
        """Record many events, in their order."""
        rows = [self._tenant.row(**{name: getattr(event, name) for name in _NAMES}) for event in happened]
        await self._tenant.fill(events, rows)

    async def of_lead(self, lead_id: str, limit: int = 30, before_id: int | None = None) -> list[Event]:
        """A lead's events, newest first; before_id: only older ones."""
        return await self._newest(self._select(before_id).where(events.c.lead_id == lead_id), limit)

    async def log(
        self,
        limit: int = 50,
        before_id: int | None = None,
        text: str = "",
        *,
        kind: EventKind | None = None,
        actor: str | None = None,
    ) -> list[Event]:
        """Everyone's events, newest first.

        text: part of a kind's name (spaces or underscores) or of an actor's id. kind, actor: exactly these.
        """
        statement = self._select(before_id)
        if kind is not None:
            statement = statement.where(events.c.kind == kind)
        if actor is not None:
            statement = statement.where(events.c.actor == actor)
        if text.strip():
            statement = statement.where(self._mentions(text.strip()))
        return await self._newest(statement, limit)

    async def tally(self, kinds: Collection[EventKind], since: datetime, *, most: int) -> dict[EventKind, int]:
        """How often each of these kinds happened since then, among the newest `most` events."""
        columns = (events.c.kind, events.c.at)
        newest = select(*columns).where(self._tenant.owns(events)).order_by(events.c.seq.desc()).limit(most).subquery()
        counted = select(newest.c.kind, func.count()).where(newest.c.at >= since, newest.c.kind.in_(kinds))
        return {row[0]: row[1] for row in await self._tenant.all(counted.group_by(newest.c.kind))}

    def _select(self, before_id: int | None) -> Select[Any]:
        statement = select(*_COLUMNS).where(self._tenant.owns(events))
        return statement if before_id is None else statement.where(events.c.seq < before_id)

    def _mentions(self, text: str) -> ColumnElement[bool]:
        spelled = text.casefold().replace(" ", "_")
        kinds = [kind for kind in EventKind if spelled in kind.value]
        return or_(events.c.kind.in_(kinds), contains(events.c.actor, text, is_sqlite=self._tenant.is_sqlite))

    async def _newest(self, statement: Select[Any], limit: int) -> list[Event]:
        rows = await self._tenant.all(statement.order_by(events.c.seq.desc()).limit(limit))
        return [_event(row) for row in rows]


def _event(row: AnyRow) -> Event:
    return Event(*row)
