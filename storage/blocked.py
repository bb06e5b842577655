"""Blocked pushes: refused selections that are shown, kept up to date, and may wait armed."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Index,
    Select,
    Table,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    true,
    update,
)

from bot.outreach.pushes import ArmedState, BlockedPush
from storage.lead_tables import leads
from storage.tables import AnyRow, among, metadata, owned_columns, owner_column, refers_to
from storage.tenant import Tenant
from storage.types import Choice, CleanText, Int64, KeyText, UtcDateTime

SHOWN_FOR = timedelta(days=7)
# A lead's new time is read before its transaction commits, so a check can miss a change that is older than itself.
# Whatever changed this shortly before a check is checked once more, this long after it.
_LATE = timedelta(seconds=10)

blocked_pushes = Table(
    "blocked_pushes",
    metadata,
    *owned_columns(),
    Column("campaign_id", KeyText, nullable=False),
    Column("author", CleanText, nullable=False),
    Column("channel", CleanText, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    Column("armed", Choice(ArmedState)),
    Column("armed_by", CleanText, nullable=False),
    Column("armed_at", UtcDateTime),
    Column("expires_at", UtcDateTime),
    Column("fired_at", UtcDateTime),
    Column("checked_at", UtcDateTime),
    Column("checked_from", UtcDateTime),
    refers_to("campaigns", "campaign_id"),
)
_OPEN = blocked_pushes.c.closed_at.is_(None)
Index(
    "ix_blocked_pushes_open",
    blocked_pushes.c.workspace_id,
    blocked_pushes.c.created_at,
    sqlite_where=_OPEN,
    postgresql_where=_OPEN,
)
blocked_leads = Table(
    "blocked_leads",
    metadata,
    owner_column(primary_key=True),
    Column("blocked_id", KeyText, primary_key=True),
    Column("position", Int64, primary_key=True, autoincrement=False),
    Column("lead_id", KeyText, nullable=False),
    Column("pushed_at", UtcDateTime),
    refers_to("blocked_pushes", "blocked_id"),
    refers_to("leads", "lead_id"),
    Index(None, "workspace_id", "lead_id"),
)
_NAMES = ("id", "campaign_id", "author", "channel", "created_at", "armed", "armed_by", "expires_at", "closed_at")
_COLUMNS = [blocked_pushes.c[name] for name in _NAMES]
_ARMED = blocked_pushes.c.armed == ArmedState.ARMED
_MAY_ARM = or_(blocked_pushes.c.armed.is_(None), blocked_pushes.c.armed.in_([ArmedState.CANCELLED, ArmedState.EXPIRED]))


class BlockedPushes:
    """The blocked pushes of one workspace."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def add(self, blocked: BlockedPush) -> None:
        """Keep a refused selection."""
        values = {name: getattr(blocked, name) for name in _NAMES if name != "closed_at"}
        values["closed_at"] = blocked.created_at if blocked.closed else None
        await self._tenant.change(insert(blocked_pushes).values(self._tenant.row(**values)))
        pushed = set(blocked.pushed_ids)
        rows = [
            self._tenant.row(
                blocked_id=blocked.id,
                position=position,
                lead_id=lead_id,
                pushed_at=blocked.created_at if lead_id in pushed else None,
            )
            for position, lead_id in enumerate(blocked.lead_ids)
        ]
        await self._tenant.many(insert(blocked_leads), rows)

    async def get(self, blocked_id: str) -> BlockedPush | None:
        """The blocked push with this id."""
        found = await self._blocked(self._select(blocked_pushes.c.id == blocked_id))
        return found[0] if found else None

    async def open(self, now: datetime) -> list[BlockedPush]:
        """Those still shown: not closed and at most a week old; oldest first."""
        return await self._blocked(self._select(*_shown(now)))

    async def standing(self, now: datetime) -> tuple[int, int]:
        """How many are shown, and how many of those are armed."""
        statement = select(func.count(), func.count().filter(_ARMED)).where(self._tenant.owns(blocked_pushes))
        row = await self._tenant.first(statement.where(*_shown(now)))
        return (row[0], row[1]) if row else (0, 0)

    async def newest(self, now: datetime, limit: int) -> list[tuple[BlockedPush, int]]:
        """Those shown that came last, without their leads, each with how many of these still wait."""
        in_it = and_(self._tenant.owns(blocked_leads), blocked_leads.c.blocked_id == blocked_pushes.c.id)
        waiting = select(func.count()).where(in_it, blocked_leads.c.pushed_at.is_(None)).scalar_subquery()
        statement = self._select(*_shown(now)).add_columns(waiting.label("waiting")).order_by(None)
        rows = await self._tenant.all(statement.order_by(blocked_pushes.c.seq.desc()).limit(limit))
        return [(_blocked(row, []), row.waiting) for row in rows]

    async def due(self, now: datetime, limit: int) -> list[BlockedPush]:
        """Open ones to check again: never checked, armed past their time, or with a lead that changed since.

        The longest unchecked come first.
        """
        expired = and_(_ARMED, blocked_pushes.c.expires_at <= now)
        wanted = or_(blocked_pushes.c.checked_at.is_(None), expired, self._changed_since_check(now))
        order = (blocked_pushes.c.checked_at.asc().nulls_first(), blocked_pushes.c.seq)
        return await self._blocked(self._select(*_shown(now), wanted).order_by(None).order_by(*order).limit(limit))

    async def checked(self, blocked_id: str, at: datetime, *, since: datetime | None = None) -> bool:
        """What is shown agrees with the leads as they were at that time. False when another check began after `since`.

        since: None marks it in any case.
        """
        older = or_(blocked_pushes.c.checked_at.is_(None), blocked_pushes.c.checked_at < since) if since else true()
        return await self._update(blocked_id, older, checked_at=at, checked_from=at - _LATE)

    async def arm(self, blocked_id: str, by: str, expires_at: datetime, at: datetime) -> bool:
        """Let it wait for its leads. False when it is armed, fired or closed already."""
        values = {"armed_by": by, "expires_at": expires_at, "armed_at": at, "checked_at": None, "checked_from": None}
        return await self._update(blocked_id, _OPEN, _MAY_ARM, armed=ArmedState.ARMED, **values)

    async def cancel(self, blocked_id: str) -> bool:
        """Disarm. False when it is not armed any more."""
        return await self._update(blocked_id, _ARMED, armed=ArmedState.CANCELLED)

    async def fire(self, blocked_id: str, at: datetime) -> bool:
        """Become the one who pushes it. False when somebody else did, or it is not armed or open any more."""
        return await self._update(blocked_id, _OPEN, _ARMED, armed=ArmedState.FIRED, fired_at=at)

    async def expire(self, blocked_id: str) -> bool:
        """Its time ran out. False when it is not armed any more."""
        return await self._update(blocked_id, _ARMED, armed=ArmedState.EXPIRED)

    async def pushed(self, blocked_id: str, lead_ids: Collection[str], at: datetime) -> None:
        """These leads of it were pushed meanwhile."""
        of_it = (self._tenant.owns(blocked_leads), blocked_leads.c.blocked_id == blocked_id)
        these = (among(blocked_leads.c.lead_id, lead_ids), blocked_leads.c.pushed_at.is_(None))
        await self._tenant.change(update(blocked_leads).where(*of_it, *these).values(pushed_at=at))

    async def leave_out(self, blocked_id: str, lead_ids: Collection[str]) -> None:
        """These leads are no longer part of it."""
        of_it = (self._tenant.owns(blocked_leads), blocked_leads.c.blocked_id == blocked_id)
        waiting = (among(blocked_leads.c.lead_id, lead_ids), blocked_leads.c.pushed_at.is_(None))
        await self._tenant.change(delete(blocked_leads).where(*of_it, *waiting))

    async def close(self, blocked_id: str, at: datetime | None = None) -> bool:
        """Stop keeping it up to date. False when it is closed already."""
        return await self._update(blocked_id, _OPEN, closed_at=at or blocked_pushes.c.created_at)

    def _changed_since_check(self, now: datetime) -> ColumnElement[bool]:
        settled = blocked_pushes.c.checked_at <= now - _LATE
        since = case((settled, blocked_pushes.c.checked_from), else_=blocked_pushes.c.checked_at)
        in_it = and_(self._tenant.owns(blocked_leads), blocked_leads.c.blocked_id == blocked_pushes.c.id)
        changed = and_(self._tenant.owns(leads), leads.c.id == blocked_leads.c.lead_id, leads.c.updated_at > since)
        return exists().where(in_it, changed)

    def _select(self, *conditions: ColumnElement[bool]) -> Select[Any]:
        statement = select(*_COLUMNS).where(self._tenant.owns(blocked_pushes), *conditions)
        return statement.order_by(blocked_pushes.c.seq)

    async def _blocked(self, statement: Select[Any]) -> list[BlockedPush]:
        rows = await self._tenant.all(statement)
        if not rows:
            return []
        columns = (blocked_leads.c.blocked_id, blocked_leads.c.lead_id, blocked_leads.c.pushed_at)
        of_them = (self._tenant.owns(blocked_leads), among(blocked_leads.c.blocked_id, [row.id for row in rows]))
        members = select(*columns).where(*of_them).order_by(blocked_leads.c.blocked_id, blocked_leads.c.position)
        by_id: dict[str, list[AnyRow]] = {row.id: [] for row in rows}
        for member in await self._tenant.all(members):
            by_id[member.blocked_id].append(member)
        return [_blocked(row, by_id[row.id]) for row in rows]

    async def _update(self, blocked_id: str, *conditions: ColumnElement[bool], **values: Any) -> bool:
        one = (self._tenant.owns(blocked_pushes), blocked_pushes.c.id == blocked_id, *conditions)
        return await self._tenant.change(update(blocked_pushes).where(*one).values(values)) > 0


def _shown(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (_OPEN, blocked_pushes.c.created_at > now - SHOWN_FOR)


def _blocked(row: AnyRow, members: Sequence[AnyRow]) -> BlockedPush:
    values = {name: row._mapping[name] for name in _NAMES}
    closed = values.pop("closed_at") is not None
    lead_ids = tuple(member.lead_id for member in members)
    pushed_ids = tuple(member.lead_id for member in members if member.pushed_at)
    return BlockedPush(**values, lead_ids=lead_ids, closed=closed, pushed_ids=pushed_ids)
