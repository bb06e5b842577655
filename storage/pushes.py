"""Pushes: the stored intent, who drives it now, and how far it got."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Index, Table, insert, or_, select, update

from bot.outreach.pushes import Origin, Outcome, Push, PushedLead, PushedLeadState, PushResult, PushState
from storage.push_leads import PushLeads
from storage.tables import AnyRow, metadata, owned_columns, refers_to, stands_at
from storage.tenant import Tenant, is_free
from storage.types import Choice, CleanText, Int64, KeyText, UtcDateTime

pushes = Table(
    "pushes",
    metadata,
    *owned_columns(),
    Column("campaign_id", KeyText, nullable=False),
    Column("author", CleanText, nullable=False),
    Column("state", Choice(PushState), nullable=False),
    Column("channel", CleanText),
    Column("total", Int64, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("enrolled_at", UtcDateTime),
    Column("reported_at", UtcDateTime),
    Column("problem", CleanText, nullable=False),
    Column("lease_token", CleanText),
    Column("lease_until", UtcDateTime),
    refers_to("campaigns", "campaign_id"),
)
_SENDING = stands_at(pushes.c.state, PushState.SENDING)
_UNREPORTED = or_(_SENDING, pushes.c.enrolled_at.is_(None), pushes.c.reported_at.is_(None))
Index(
    "ix_pushes_unreported",
    pushes.c.workspace_id,
    pushes.c.seq,
    sqlite_where=_UNREPORTED,
    postgresql_where=_UNREPORTED,
)
_NAMES = ("id", "campaign_id", "author", "state", "channel", "total", "created_at", "enrolled_at", "problem")
_COLUMNS = [*(pushes.c[name] for name in _NAMES), pushes.c.seq]


class Pushes(PushLeads):
    """The pushes of one workspace and the leads in them."""

    def __init__(self, tenant: Tenant) -> None:
        super().__init__(tenant)

    async def add(self, push: Push, leads: Sequence[PushedLead]) -> None:
        """Store the intent with every lead's part in it."""
        values = {name: getattr(push, name) for name in _NAMES if name not in {"channel", "enrolled_at"}}
        values |= {"channel": push.origin.channel, "enrolled_at": push.created_at if push.enrolled else None}
        await self._tenant.change(insert(pushes).values(self._tenant.row(**values)))
        await self._add_leads(push.id, leads)

    async def get(self, push_id: str) -> Push | None:
        """The push with this id."""
        statement = select(*_COLUMNS).where(self._tenant.owns(pushes), pushes.c.id == push_id)
        row = await self._tenant.first(statement)
        return _push(row) if row else None

    async def result(self, push_id: str) -> PushResult | None:
        """What became of every lead so far, in the order of the push."""
        push = await self.get(push_id)
        if push is None:
            return None
        leads = await self.leads(push_id)
        return PushResult(
            push,
            pushed=tuple(lead.lead_id for lead in leads if lead.state is PushedLeadState.PUSHED),
            skipped=_outcomes(leads, PushedLeadState.SKIPPED),
            failed=_outcomes(leads, PushedLeadState.FAILED),
            waiting=sum(lead.state in {PushedLeadState.WAITING, PushedLeadState.ATTEMPTING} for lead in leads),
        )

    async def claim(self, push_id: str, now: datetime, lease: timedelta, token: str) -> bool:
        """Become the one who drives it. False while somebody else's lease runs."""
        free = or_(is_free(pushes, now), pushes.c.lease_token == token)
        return await self._update(push_id, free, lease_until=now + lease, lease_token=token)

    async def release(self, push_id: str, token: str) -> bool:
        """Let it go before the lease ends. False when it is not held under this token any more."""
        return await self._update(push_id, pushes.c.lease_token == token, lease_until=None, lease_token=None)

    async def stale(self, before: datetime, now: datetime, limit: int) -> list[Push]:
        """Pushes older than `before` that nobody drives and that are still sending, not enrolled or not reported.

        Oldest first.
        """
        stale = select(*_COLUMNS).where(self._tenant.owns(pushes), _UNREPORTED, is_free(pushes, now))
        due = stale.where(pushes.c.created_at <= before).order_by(pushes.c.seq).limit(limit)
        return [_push(row) for row in await self._tenant.all(due)]

    async def finish(self, push_id: str, at: datetime) -> bool:
        """Every lead has an outcome. False when that was said before."""
        sending = pushes.c.state == PushState.SENDING
        return await self._update(push_id, sending, state=PushState.DONE, finished_at=at)

    async def enrolled(self, push_id: str, at: datetime) -> bool:
        """Our own rows follow the outcome. False when that was said before."""
        return await self._update(push_id, pushes.c.enrolled_at.is_(None), enrolled_at=at)

    async def reported(self, push_id: str, at: datetime) -> bool:
        """The outcome is told. False when it was told before."""
        return await self._update(push_id, pushes.c.reported_at.is_(None), reported_at=at)

    async def note_problem(self, push_id: str, text: str) -> None:
        """What holds it up, in words; empty when nothing does."""
        await self._update(push_id, problem=text)

    async def _update(self, push_id: str, *conditions: ColumnElement[bool], **values: Any) -> bool:
        one = (self._tenant.owns(pushes), pushes.c.id == push_id, *conditions)
        return await self._tenant.change(update(pushes).where(*one).values(values)) > 0


def _push(row: AnyRow) -> Push:
    push_id, campaign_id, author, state, channel, total, created_at, enrolled_at, problem = row[:9]
    origin, enrolled = Origin(channel), enrolled_at is not None
    return Push(push_id, campaign_id, author, state, origin, total, created_at, enrolled=enrolled, problem=problem)


def _outcomes(leads: Sequence[PushedLead], state: PushedLeadState) -> tuple[Outcome, ...]:
    return tuple(Outcome(lead.lead_id, lead.reason) for lead in leads if lead.state is state)
