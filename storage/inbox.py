"""The inbox: vendors' events as they came, applied later, each once."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import accumulate
from typing import Any

from sqlalchemy import Column, ColumnElement, Index, Select, Table, UniqueConstraint, func, select, update

from bot.outreach.webhooks import ReceivedEvent
from storage.ids import new_id
from storage.tables import AnyRow, among, metadata, owned_columns, stands_at
from storage.tenant import Tenant, is_free
from storage.types import Bytes, Choice, CleanText, Int64, KeyText, UtcDateTime


class InboxState(StrEnum):
    """`quarantined`: given up, kept for a person to look at."""

    WAITING = "waiting"
    APPLIED = "applied"
    QUARANTINED = "quarantined"


inbox = Table(
    "inbox",
    metadata,
    *owned_columns(),
    Column("vendor", KeyText, nullable=False),
    Column("key", KeyText, nullable=False),
    Column("body", Bytes, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("attempts", Int64, nullable=False),
    Column("state", Choice(InboxState), nullable=False),
    Column("next_try_at", UtcDateTime, nullable=False),
    Column("lease_until", UtcDateTime),
    Column("applied_at", UtcDateTime),
    Column("error", CleanText, nullable=False),
    UniqueConstraint("workspace_id", "vendor", "key"),
)
_WAITING = stands_at(inbox.c.state, InboxState.WAITING)
Index(
    "ix_inbox_waiting",
    inbox.c.workspace_id,
    inbox.c.vendor,
    inbox.c.seq,
    sqlite_where=_WAITING,
    postgresql_where=_WAITING,
)
_ASIDE = stands_at(inbox.c.state, InboxState.QUARANTINED)
Index(
    "ix_inbox_aside",
    inbox.c.workspace_id,
    inbox.c.vendor,
    inbox.c.error,
    inbox.c.seq,
    sqlite_where=_ASIDE,
    postgresql_where=_ASIDE,
)
_NAMES = ("id", "vendor", "key", "body", "received_at", "attempts")
_COLUMNS = [*(inbox.c[name] for name in _NAMES), inbox.c.seq]


class Inbox:
    """The deliveries to one workspace."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def receive(self, vendor: str, key: str, body: bytes, at: datetime) -> bool:
        """Store a delivery. False when the vendor sent it before."""
        return bool(await self.receive_many(vendor, [(key, body)], at))

    async def receive_many(self, vendor: str, deliveries: Sequence[tuple[str, bytes]], at: datetime) -> list[str]:
        """Store many deliveries, given as key and body. Answers the keys that are new."""
        rows = self._new(vendor, deliveries, at)
        if await self._tenant.fill(inbox, rows, once=True) == len(rows):
            return [row["key"] for row in rows]
        ids = [row["id"] for row in rows]
        stored = select(inbox.c.key).where(self._tenant.owns(inbox), among(inbox.c.id, ids))
        return await self._tenant.values(stored)

    async def hold_due(self, vendor: str, now: datetime, limit: int, most_bytes: int) -> list[ReceivedEvent]:
        """A vendor's waiting deliveries whose time has come and that nobody is applying, in the order they came;
        nobody else's until the transaction ends, by which time they are applied or set aside.

        most_bytes: of their bodies together; a longer one comes alone. PostgreSQL skips those another process has; on
        SQLite the transaction is the only writer.
        """
        columns = (inbox.c.seq, func.length(inbox.c.body))
        first = await self._tenant.first(self._due(vendor, now, 1, columns))
        if first is None:
            return []
        # Not more of them than will do: another process would find none that is free.
        enough = max(1, min(limit, most_bytes // max(1, first[1])))
        due = self._due(vendor, now, enough, columns).with_for_update(skip_locked=True, key_share=True)
        chosen = _first_of(await self._tenant.all(due), most_bytes)
        if not chosen:
            return []
        held = select(*_COLUMNS).where(self._tenant.owns(inbox), among(inbox.c.seq, chosen)).order_by(inbox.c.seq)
        return [_received(row) for row in await self._tenant.all(held)]

    async def claim_due(self, vendor: str, now: datetime, limit: int, lease: timedelta) -> list[ReceivedEvent]:
        """The same for whoever applies them in transactions of their own: held until the lease ends."""
        due = self._due(vendor, now, limit, _COLUMNS)
        return [_received(row) for row in await self._tenant.claim(inbox, due, until=now + lease)]

    async def applied(self, event_ids: Collection[str], at: datetime) -> int:
        """These are done. Answers how many were waiting: 0 means another process was first."""
        return await self._update(event_ids, state=InboxState.APPLIED, applied_at=at, error="")

    async def quarantine(self, event_id: str, error: str) -> None:
        """It cannot be applied: keep it aside with the reason."""
        await self._update([event_id], state=InboxState.QUARANTINED, error=error)

    async def retry(self, event_id: str, at: datetime, error: str) -> None:
        """Count a failed attempt and try again then."""
        await self._update([event_id], attempts=inbox.c.attempts + 1, next_try_at=at, error=error)

    async def set_aside(self, vendor: str) -> dict[str, int]:
        """How many of a vendor's deliveries wait for a person, by reason."""
        theirs = (self._tenant.owns(inbox), inbox.c.vendor == vendor, _ASIDE)
        counted = select(inbox.c.error, func.count().label("number")).where(*theirs).group_by(inbox.c.error)
        return {row.error: row.number for row in await self._tenant.all(counted)}

    async def aside_ids(self, vendor: str, why: str, limit: int, *, after: str = "") -> list[str]:
        """Deliveries set aside for this reason, newest first. after: the id the page before ended with."""
        theirs = (self._tenant.owns(inbox), inbox.c.vendor == vendor, _ASIDE, inbox.c.error == why)
        page = select(inbox.c.id).where(*theirs).order_by(inbox.c.seq.desc()).limit(limit)
        if after:
            last = select(inbox.c.seq).where(self._tenant.owns(inbox), inbox.c.id == after)
            page = page.where(inbox.c.seq < last.scalar_subquery())
        return list(await self._tenant.values(page))

    async def get(self, event_id: str) -> ReceivedEvent | None:
        """One delivery, whatever became of it."""
        row = await self._tenant.first(select(*_COLUMNS).where(self._tenant.owns(inbox), inbox.c.id == event_id))
        return _received(row) if row else None

    async def again(self, vendor: str, why: str, at: datetime) -> int:
        """Apply once more what was set aside for this reason; how many."""
        theirs = (self._tenant.owns(inbox), inbox.c.vendor == vendor, _ASIDE, inbox.c.error == why)
        values = {"state": InboxState.WAITING, "error": "", "next_try_at": at, "lease_until": None}
        return await self._tenant.change(update(inbox).where(*theirs).values(values))

    async def put_away(self, event_id: str, at: datetime) -> bool:
        """A person has looked at it: it is kept and no longer shown. False when it is not set aside."""
        one = (self._tenant.owns(inbox), inbox.c.id == event_id, _ASIDE)
        values = {"state": InboxState.APPLIED, "applied_at": at}
        return await self._tenant.change(update(inbox).where(*one).values(values)) > 0

    def _due(self, vendor: str, now: datetime, limit: int, columns: Sequence[ColumnElement[Any]]) -> Select[Any]:
        theirs = (self._tenant.owns(inbox), inbox.c.vendor == vendor)
        due = select(*columns).where(*theirs, _WAITING, inbox.c.next_try_at <= now, is_free(inbox, now))
        return due.order_by(inbox.c.seq).limit(limit)

    def _new(self, vendor: str, deliveries: Sequence[tuple[str, bytes]], at: datetime) -> list[dict[str, Any]]:
        fixed = {"vendor": vendor, "received_at": at, "attempts": 0, "state": InboxState.WAITING, "error": ""}
        return [self._tenant.row(id=new_id(), key=key, body=body, next_try_at=at, **fixed) for key, body in deliveries]

    async def _update(self, event_ids: Collection[str], **values: Any) -> int:
        these = (self._tenant.owns(inbox), among(inbox.c.id, event_ids), _WAITING)
        return await self._tenant.change(update(inbox).where(*these).values(lease_until=None, **values))


def _first_of(rows: Sequence[AnyRow], most: int) -> list[int]:
    """The first rows that are no longer than `most` together, or the very first."""
    ends = accumulate(length for _, length in rows)
    return [seq for at, ((seq, _), end) in enumerate(zip(rows, ends, strict=True)) if not at or end <= most]


def _received(row: AnyRow) -> ReceivedEvent:
    return ReceivedEvent(*row[: len(_NAMES)])
