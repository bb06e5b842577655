"""Runs: each lead's way through a sequence, at most one of a lead open at a time."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Index,
    Select,
    Table,
    and_,
    false,
    func,
    or_,
    select,
    update,
)

from bot.outreach.sequences import Mode, Run, RunState
from storage.lead_tables import leads
from storage.tables import AnyRow, among, metadata, owned_columns, refers_to, stands_at
from storage.tenant import Tenant
from storage.types import Choice, CleanText, Int64, KeyText, UtcDateTime

runs = Table(
    "runs",
    metadata,
    *owned_columns(),
    Column("sequence_id", KeyText, nullable=False),
    Column("lead_id", KeyText, nullable=False),
    Column("site_id", KeyText, nullable=False),
    Column("mode", Choice(Mode), nullable=False),
    Column("author", CleanText, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("had_replied", Boolean, nullable=False),
    Column("step", Int64, nullable=False),
    Column("state", Choice(RunState), nullable=False),
    Column("next_at", UtcDateTime),
    Column("mail_id", KeyText, nullable=False),
    Column("why", CleanText, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("resume_at", UtcDateTime),
    Column("held_by", KeyText, nullable=False),
    Column("opportunity_id", KeyText),
    refers_to("leads", "lead_id"),
    refers_to("sites", "site_id"),
    Index(None, "workspace_id", "lead_id", "seq"),
)
_OPEN = runs.c.ended_at.is_(None)
_ACTIVE = stands_at(runs.c.state, RunState.ACTIVE)
_FOR_LINK = runs.c.opportunity_id.is_not(None)
Index("uq_runs_open", runs.c.workspace_id, runs.c.lead_id, unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN)
Index(
    "ix_runs_due",
    *(runs.c[name] for name in ("workspace_id", "next_at", "seq")),
    sqlite_where=_ACTIVE,
    postgresql_where=_ACTIVE,
)
_RESUMING = runs.c.resume_at.is_not(None)
Index(
    "ix_runs_resuming",
    runs.c.workspace_id,
    runs.c.resume_at,
    sqlite_where=_RESUMING,
    postgresql_where=_RESUMING,
)
_WAITING = stands_at(runs.c.state, RunState.WAITING)
Index(
    "ix_runs_waiting",
    *(runs.c[name] for name in ("workspace_id", "next_at", "seq")),
    sqlite_where=_WAITING,
    postgresql_where=_WAITING,
)
Index(
    "ix_runs_opportunity",
    runs.c.workspace_id,
    runs.c.opportunity_id,
    sqlite_where=_FOR_LINK,
    postgresql_where=_FOR_LINK,
)
_NAMES = tuple(field.name for field in fields(Run))
# Made once: taking in so many columns costs more than running the statement.
_SELECT = select(*(runs.c[name] for name in _NAMES))
_CHANGING = ("step", "state", "next_at", "mail_id", "why", "ended_at", "resume_at", "held_by")


class Runs:
    """The runs of one workspace."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def add(self, run: Run) -> bool:
        """False when its lead has an open run already."""
        return await self._tenant.add_once(runs, **{name: getattr(run, name) for name in _NAMES})

    async def add_many(self, new: Sequence[Run]) -> set[str]:
        """Store those whose lead is in no other open one; the ids really stored."""
        rows = [self._tenant.row(**{name: getattr(run, name) for name in _NAMES}) for run in new]
        return await self._tenant.add_new(runs, rows) if rows else set()

    async def get(self, run_id: str) -> Run | None:
        """The run with this id."""
        return (await self.get_many([run_id])).get(run_id)

    async def get_many(self, run_ids: Collection[str], *, locked: bool = False) -> dict[str, Run]:
        """The runs with these ids, by id. locked: nobody else moves them until the transaction ends."""
        found = self._select(among(runs.c.id, run_ids)).order_by(runs.c.seq)
        rows = await self._tenant.all(found.with_for_update(key_share=True) if locked else found)
        return {run.id: run for run in map(_run, rows)}

    async def newest_of(self, lead_id: str) -> Run | None:
        """The lead's run that began last, open or over."""
        newest = self._select(runs.c.lead_id == lead_id).order_by(runs.c.seq.desc()).limit(1)
        row = await self._tenant.first(newest)
        return _run(row) if row else None

    async def open_of(self, lead_ids: Collection[str]) -> list[Run]:
        """The open runs of these leads."""
        found = self._select(among(runs.c.lead_id, lead_ids), _OPEN).order_by(runs.c.seq)
        return [_run(row) for row in await self._tenant.all(found)]

    async def open_at(self, domains: Collection[str]) -> list[tuple[Run, str]]:
        """The open runs of leads with an address at these domains, each with the address's key."""
        at = or_(false(), *(leads.c.email_key.endswith(f"@{domain}", autoescape=True) for domain in domains))
        theirs = and_(leads.c.workspace_id == runs.c.workspace_id, leads.c.id == runs.c.lead_id, at)
        found = self._select(_OPEN).add_columns(leads.c.email_key).join(leads, theirs).order_by(runs.c.seq)
        return [(_run(row[:-1]), row.email_key) for row in await self._tenant.all(found)] if domains else []

    async def held_by(self, reply_ids: Collection[str]) -> list[Run]:
        """The runs that these replies pause."""
        found = self._select(_OPEN, among(runs.c.held_by, reply_ids)).order_by(runs.c.seq)
        return [_run(row) for row in await self._tenant.all(found)]

    async def due_back(self, now: datetime, limit: int) -> list[Run]:
        """Paused runs whose day has come, unless something else holds them."""
        due = (_RESUMING, runs.c.resume_at <= now, runs.c.held_by == "")
        found = self._select(*due, stands_at(runs.c.state, RunState.PAUSED)).order_by(runs.c.resume_at, runs.c.seq)
        return [_run(row) for row in await self._tenant.all(found.limit(limit))]

    async def open_for(self, opportunity_ids: Collection[str]) -> list[Run]:
        """The open runs for these opportunities."""
        found = self._select(among(runs.c.opportunity_id, opportunity_ids), _OPEN).order_by(runs.c.seq)
        return [_run(row) for row in await self._tenant.all(found)]

    async def open_with(self, sequence_id: str) -> int:
        """How many runs of this sequence are open."""
        mine = (self._tenant.owns(runs), runs.c.sequence_id == sequence_id, _OPEN)
        return int(await self._tenant.value(select(func.count()).select_from(runs).where(*mine)))

    async def waiting(self, limit: int) -> list[Run]:
        """Those that wait for a person, the longest first."""
        waits = self._select(_WAITING).order_by(runs.c.next_at, runs.c.seq).limit(limit)
        return [_run(row) for row in await self._tenant.all(waits)]

    async def waits(self, most: int) -> tuple[int, int]:
        """How many wait for a person, counted up to `most`, and the newest of their order numbers, 0 for none."""
        few = select(runs.c.seq).where(self._tenant.owns(runs), _WAITING).limit(most).subquery()
        row = await self._tenant.first(select(func.count(), func.coalesce(func.max(few.c.seq), 0)).select_from(few))
        return (row[0], row[1]) if row else (0, 0)

    async def hold_due(self, now: datetime, limit: int) -> list[Run]:
        """Runs whose next step is due, the longest first, nobody else's until the transaction ends.

        PostgreSQL skips those another process has; on SQLite the transaction is the only writer.
        """
        due = self._select(_ACTIVE, runs.c.next_at <= now).order_by(runs.c.next_at, runs.c.seq).limit(limit)
        return [_run(row) for row in await self._tenant.all(due.with_for_update(skip_locked=True, key_share=True))]

    async def move(self, seen: Run, run: Run) -> bool:
        """Store where it stands now. False when it does not stand where it was seen: somebody was first."""
        unmoved = (
            runs.c.state == seen.state,
            runs.c.step == seen.step,
            runs.c.held_by == seen.held_by,
            runs.c.resume_at.is_not_distinct_from(seen.resume_at),
        )
        one = update(runs).where(self._tenant.owns(runs), runs.c.id == run.id, *unmoved)
        values = {name: getattr(run, name) for name in _CHANGING}
        return await self._tenant.change(one.values(**values)) > 0

    async def move_held(self, runs_after: Collection[Run]) -> None:
        """Store where these stand now. The caller holds them."""
        rows = [{name: getattr(run, name) for name in ("id", *_CHANGING)} for run in runs_after]
        await self._tenant.revise(runs, "id", rows)

    async def made(self, run_ids: Collection[str], step: int) -> None:
        """The mails of the step before this one are made: they wait for them to leave. The caller holds them."""
        mine = (self._tenant.owns(runs), among(runs.c.id, run_ids))
        waits = {"step": step, "state": RunState.ACTIVE, "next_at": None, "why": ""}
        await self._tenant.change(update(runs).where(*mine).values(waits))

    async def stop(self, run_id: str, why: str, at: datetime) -> bool:
        """Over, wherever it stands. False when it was over before."""
        one = update(runs).where(self._tenant.owns(runs), runs.c.id == run_id, _OPEN)
        values = {
            "state": RunState.STOPPED,
            "why": why,
            "next_at": None,
            "ended_at": at,
            "resume_at": None,
            "held_by": "",
        }
        return await self._tenant.change(one.values(**values)) > 0

    def _select(self, *conditions: ColumnElement[bool]) -> Select[Any]:
        return _SELECT.where(self._tenant.owns(runs), *conditions)


def _run(row: AnyRow | Sequence[Any]) -> Run:
    return Run(*row)
