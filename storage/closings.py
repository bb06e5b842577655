"""Closings: campaigns at the provider that a lead's reply ends, each one call that is tried until it is done."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Column, Index, Table, UniqueConstraint, select, update

from storage.enrolments import enrolments
from storage.tables import among, metadata, new_id, owned_columns, refers_to
from storage.tenant import Tenant, is_free
from storage.types import CleanText, Int64, KeyText, UtcDateTime

closings = Table(
    "closings",
    metadata,
    *owned_columns(),
    Column("lead_id", KeyText, nullable=False),
    Column("campaign_id", KeyText, nullable=False),
    Column("reply_id", KeyText, nullable=False),
    Column("attempts", Int64, nullable=False),
    Column("next_try_at", UtcDateTime),
    Column("lease_until", UtcDateTime),
    Column("error", CleanText, nullable=False),
    refers_to("leads", "lead_id"),
    refers_to("campaigns", "campaign_id"),
    UniqueConstraint("workspace_id", "lead_id", "campaign_id", "reply_id"),
)
_OPEN = closings.c.next_try_at.is_not(None)
Index("ix_closings_open", closings.c.workspace_id, closings.c.next_try_at, sqlite_where=_OPEN, postgresql_where=_OPEN)
_ENDED = ("completed", "removed")


class Closing(NamedTuple):
    """One campaign to end for one lead."""

    id: str
    lead_id: str
    campaign_id: str
    attempts: int


class Closings:
    """The closings of one workspace."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def add_for(self, reply_of: dict[str, str], at: datetime) -> None:
        """End every campaign these leads are enrolled in. reply_of: the reply that ends them, by lead."""
        going = (among(enrolments.c.lead_id, list(reply_of)), enrolments.c.state.not_in(_ENDED))
        columns = (enrolments.c.lead_id, enrolments.c.campaign_id)
        rows = await self._tenant.all(select(*columns).where(self._tenant.owns(enrolments), *going))
        new = [
            self._tenant.row(
                id=new_id(),
                lead_id=row.lead_id,
                campaign_id=row.campaign_id,
                reply_id=reply_of[row.lead_id],
                attempts=0,
                next_try_at=at,
                error="",
            )
            for row in rows
        ]
        await self._tenant.many(self._tenant.insert(closings).on_conflict_do_nothing(), new)

    async def claim_due(self, now: datetime, limit: int, lease: timedelta) -> list[Closing]:
        """Those whose time has come and that nobody is at, held for the lease."""
        columns = [closings.c[name] for name in Closing._fields]
        due = select(*columns, closings.c.seq).where(self._tenant.owns(closings), closings.c.next_try_at <= now)
        due = due.where(is_free(closings, now)).order_by(closings.c.next_try_at).limit(limit)
        return [Closing(*row[:-1]) for row in await self._tenant.claim(closings, due, until=now + lease)]

    async def done(self, closing_ids: Collection[str], error: str = "") -> None:
        """Settled. error: why it never will be done."""
        await self._update(closing_ids, next_try_at=None, error=error)

    async def retry(self, closing_id: str, at: datetime, error: str) -> None:
        """Try again then."""
        await self._update([closing_id], next_try_at=at, attempts=closings.c.attempts + 1, error=error)

    async def _update(self, closing_ids: Collection[str], **values: Any) -> None:
        these = (self._tenant.owns(closings), among(closings.c.id, closing_ids))
        await self._tenant.change(update(closings).where(*these).values(lease_until=None, **values))
