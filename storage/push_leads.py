"""The leads within a push: each waits, is attempted and gets one outcome."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Index, Table, bindparam, func, insert, select, update

from bot.outreach.pushes import PushedLead, PushedLeadState
from storage.tables import among, metadata, owner_column, refers_to
from storage.tenant import Tenant
from storage.types import Choice, CleanText, Int64, KeyText, UtcDateTime

push_leads = Table(
    "push_leads",
    metadata,
    owner_column(primary_key=True),
    Column("push_id", KeyText, primary_key=True),
    Column("lead_id", KeyText, primary_key=True),
    Column("position", Int64, nullable=False),
    Column("batch", Int64, nullable=False),
    Column("state", Choice(PushedLeadState), nullable=False),
    Column("reason", CleanText, nullable=False),
    Column("attempted_at", UtcDateTime),
    refers_to("pushes", "push_id"),
    refers_to("leads", "lead_id"),
    Index(None, "workspace_id", "push_id", "batch", "position"),
    Index(None, "workspace_id", "lead_id"),
)
_COLUMNS = [push_leads.c[name] for name in ("lead_id", "batch", "state", "reason", "attempted_at")]
_WAITING = push_leads.c.state == PushedLeadState.WAITING
_ATTEMPTING = push_leads.c.state == PushedLeadState.ATTEMPTING


class PushLeads:
    """The part of `Pushes` that is about single leads."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def leads(self, push_id: str) -> list[PushedLead]:
        """Every lead of the push, in its order."""
        return await self._leads(push_id)

    async def unclear(self, push_id: str) -> list[PushedLead]:
        """Leads whose attempt has no recorded outcome."""
        return await self._leads(push_id, _ATTEMPTING)

    async def waiting_batch(self, push_id: str) -> list[str]:
        """The leads still waiting in the first batch that has any; empty when none waits."""
        waiting = self._of(push_id) & _WAITING
        first = select(func.min(push_leads.c.batch)).where(waiting).scalar_subquery()
        statement = select(push_leads.c.lead_id).where(waiting, push_leads.c.batch == first)
        return await self._tenant.values(statement.order_by(push_leads.c.position))

    async def attempt(self, push_id: str, lead_ids: Collection[str], at: datetime) -> int:
        """Say before the call which waiting leads it carries. Answers how many there were."""
        carried = self._of(push_id) & _WAITING & among(push_leads.c.lead_id, lead_ids)
        values = {"state": PushedLeadState.ATTEMPTING, "attempted_at": at}
        return await self._tenant.change(update(push_leads).where(carried).values(values))

    async def settle(self, push_id: str, outcomes: Sequence[tuple[str, PushedLeadState, str]]) -> None:
        """Record each lead's state and reason. A lead that has an outcome keeps it."""
        one = self._of(push_id) & (push_leads.c.lead_id == bindparam("settled_id")) & (_WAITING | _ATTEMPTING)
        statement = update(push_leads).where(one)
        names = ("settled_id", "state", "reason")
        await self._tenant.many(statement, [dict(zip(names, outcome, strict=True)) for outcome in outcomes])

    async def _add_leads(self, push_id: str, leads: Sequence[PushedLead]) -> None:
        names = [column.name for column in _COLUMNS]
        rows = [
            self._tenant.row(push_id=push_id, position=position, **{name: getattr(lead, name) for name in names})
            for position, lead in enumerate(leads)
        ]
        await self._tenant.many(insert(push_leads), rows)

    async def _leads(self, push_id: str, *conditions: ColumnElement[bool]) -> list[PushedLead]:
        statement = select(*_COLUMNS).where(self._of(push_id), *conditions)
        rows: Sequence[Any] = await self._tenant.all(statement.order_by(push_leads.c.batch, push_leads.c.position))
        return [PushedLead(*row) for row in rows]

    def _of(self, push_id: str) -> ColumnElement[bool]:
        return self._tenant.owns(push_leads) & (push_leads.c.push_id == push_id)
