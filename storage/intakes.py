"""Intakes: everybody who matches on the way into a campaign; how far each is, and who carries it on."""

from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Index, Select, Table, UniqueConstraint, or_, select, update

from bot.outreach.companies import CompanyFilter, Intake, IntakeSource, IntakeState, Taken
from storage.tables import AnyRow, metadata, owned_columns, refers_to, stands_at
from storage.tenant import Tenant, is_free
from storage.types import Choice, CleanText, Int64, Json, KeyText, UtcDateTime

intakes = Table(
    "intakes",
    metadata,
    *owned_columns(),
    Column("key", KeyText, nullable=False),
    Column("campaign_id", KeyText, nullable=False),
    Column("source", Choice(IntakeSource), nullable=False),
    Column("filter", Json, nullable=False),
    Column("author", CleanText, nullable=False),
    Column("channel", CleanText, nullable=False),
    Column("state", Choice(IntakeState), nullable=False),
    Column("first", Int64, nullable=False),
    Column("last", Int64, nullable=False),
    Column("cursor", Int64, nullable=False),
    Column("total", Int64),
    Column("tally", Json, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("reported_at", UtcDateTime),
    Column("lease_until", UtcDateTime),
    refers_to("campaigns", "campaign_id"),
    UniqueConstraint("workspace_id", "key"),
)
_OPEN = or_(stands_at(intakes.c.state, IntakeState.RUNNING), intakes.c.reported_at.is_(None))
Index("ix_intakes_open", intakes.c.workspace_id, intakes.c.seq, sqlite_where=_OPEN, postgresql_where=_OPEN)
_NAMES = tuple(spec.name for spec in fields(Intake))
_COLUMNS = [intakes.c[name] for name in _NAMES]


class Intakes:
    """The intakes of one workspace."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def add(self, new: Intake, key: str) -> Intake:
        """Store it. The same key again gives the one that is there."""
        await self._tenant.add_once(intakes, key=key, **_values(new))
        row = await self._tenant.first(self._select().where(intakes.c.key == key))
        assert row is not None, "it was stored just now"
        return _intake(row)

    async def get(self, intake_id: str) -> Intake | None:
        """The intake with this id."""
        row = await self._tenant.first(self._select().where(intakes.c.id == intake_id))
        return _intake(row) if row else None

    async def claim_due(self, now: datetime, limit: int, lease: timedelta) -> list[Intake]:
        """Those that are not over, or over and not told of, and that nobody is at; held for the lease."""
        due = self._select().add_columns(intakes.c.seq).where(_OPEN, is_free(intakes, now))
        rows = await self._tenant.claim(intakes, due.order_by(intakes.c.seq).limit(limit), until=now + lease)
        return [_intake(row) for row in rows]

    async def advance(self, before: Intake, after: Intake, lease_until: datetime) -> bool:
        """Write how far it got. False when somebody else moved it meanwhile, or it was cancelled."""
        stands = (intakes.c.state == before.state, intakes.c.cursor == before.cursor)
        one = (self._tenant.owns(intakes), intakes.c.id == before.id, *stands)
        values = {name: _values(after)[name] for name in ("state", "cursor", "tally", "updated_at")}
        return await self._tenant.change(update(intakes).where(*one).values(**values, lease_until=lease_until)) > 0

    async def cancel(self, intake_id: str, at: datetime) -> bool:
        """Take nobody more. False when it is over. Whoever holds it finds out, and tells how it ended."""
        one = (self._tenant.owns(intakes), intakes.c.id == intake_id, intakes.c.state == IntakeState.RUNNING)
        ended = {"state": IntakeState.CANCELLED, "updated_at": at}
        return await self._tenant.change(update(intakes).where(*one).values(ended)) > 0

    async def release(self, intake_id: str) -> None:
        """Let go of it."""
        one = (self._tenant.owns(intakes), intakes.c.id == intake_id)
        await self._tenant.change(update(intakes).where(*one).values(lease_until=None))

    async def reported(self, intake_id: str, at: datetime) -> None:
        """Whoever asked has been told how it ended."""
        one = (self._tenant.owns(intakes), intakes.c.id == intake_id)
        await self._tenant.change(update(intakes).where(*one).values(reported_at=at, lease_until=None))

    def _select(self) -> Select[Any]:
        return select(*_COLUMNS).where(self._tenant.owns(intakes))


def _values(one: Intake) -> dict[str, Any]:
    told = {name: getattr(one, name) for name in _NAMES}
    tally = {taken.value: number for taken, number in one.tally.items()}
    return told | {"filter": one.filter.stored(), "tally": tally}


def _intake(row: AnyRow) -> Intake:
    values = {name: row._mapping[name] for name in _NAMES}
    tally = {Taken(name): number for name, number in values["tally"].items()}
    return Intake(**values | {"filter": CompanyFilter.of(values["filter"]), "tally": tally})
