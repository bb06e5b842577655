"""Closings: campaigns at the provider that a lead's reply ends, each one call that is tried until it is done."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Column, Index, Table, UniqueConstraint, select, update

from bot.outreach.enrolments import EnrolmentState
from storage.enrolments import enrolments
from storage.ids import new_id
from storage.tables import among, metadata, owned_columns, refers_to
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
_ENDED = (EnrolmentState.COMPLETED, EnrolmentState.CLOSED, EnrolmentState.REMOVED)


BY_HAND = "hand:"  # in place of a reply: a person ended it


class Closing(NamedTuple):
    """One campaign to end for one lead. reply_id: what ended it."""

    id: str
    lead_id: str
    campaign_id: str
    attempts: int
    reply_id: str

    @property
    def is_by_hand(self) -> bool:
        """Whether a person ended it, and no reply."""
        return self.reply_id.startswith(BY_HAND)

    @property
    def reason(self) -> str:
        """Why it ends, in words."""
        return "set by hand" if self.is_by_hand else "the lead replied"


class Closings:
    """The closings of one workspace."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def add_for(self, reply_of: dict[str, str], at: datetime) -> None:
        """End every campaign these leads are enrolled in. reply_of: the reply that ends them, by lead."""
        there = enrolments.c.push_id.is_not(None)
        going = (among(enrolments.c.lead_id, list(reply_of)), enrolments.c.state.not_in(_ENDED), there)
        columns = (enrolments.c.lead_id, enrolments.c.campaign_id)
        rows = await self._tenant.all(select(*columns).where(self._tenant.owns(enrolments), *going))
        await self._add([(row.lead_id, row.campaign_id, reply_of[row.lead_id]) for row in rows], at)

    async def add_by_hand(self, lead_ids: Collection[str], campaign_id: str, act: str, at: datetime) -> None:
        """End this campaign for these leads. act: names what a person did, so that doing it again is another act."""
        await self._add([(lead_id, campaign_id, f"{BY_HAND}{act}") for lead_id in sorted(lead_ids)], at)

    async def _add(self, ends: Collection[tuple[str, str, str]], at: datetime) -> None:
        names, same = ("lead_id", "campaign_id", "reply_id"), {"attempts": 0, "next_try_at": at, "error": ""}
        new = [self._tenant.row(id=new_id(), **dict(zip(names, end, strict=True)), **same) for end in ends]
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
