"""Enrolments: which lead went into which campaign, and what became of that."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Table, UniqueConstraint, select, update

from storage.tables import AnyRow, metadata, owner_column, refers_to, seq_column
from storage.tenant import Tenant
from storage.types import CleanText, KeyText, UtcDateTime

enrolments = Table(
    "enrolments",
    metadata,
    seq_column(),
    owner_column(),
    Column("lead_id", KeyText, nullable=False),
    Column("campaign_id", KeyText, nullable=False),
    Column("push_id", KeyText),
    Column("state", CleanText, nullable=False),
    Column("reason", CleanText, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    refers_to("leads", "lead_id"),
    refers_to("campaigns", "campaign_id"),
    UniqueConstraint("workspace_id", "lead_id", "campaign_id"),
)
_NAMES = ("lead_id", "campaign_id", "push_id", "state", "reason", "created_at", "updated_at")
_COLUMNS = [enrolments.c[name] for name in _NAMES]
QUEUED = "queued"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A lead in a campaign. state: `queued` at first, then what the vendor tells; `reason` says why it ended."""

    lead_id: str
    campaign_id: str
    push_id: str | None
    state: str
    reason: str
    created_at: datetime
    updated_at: datetime


class Enrolments:
    """The enrolments of one workspace; one per lead and campaign."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def enrol(self, lead_ids: Collection[str], campaign_id: str, push_id: str | None, at: datetime) -> None:
        """Enrol many leads; those enrolled in the campaign already stay as they are."""
        values = {"campaign_id": campaign_id, "push_id": push_id, "state": QUEUED, "reason": ""}
        times = {"created_at": at, "updated_at": at}
        rows = [self._tenant.row(lead_id=lead_id, **values, **times) for lead_id in lead_ids]
        await self._tenant.many(self._tenant.insert(enrolments).on_conflict_do_nothing(), rows)

    async def join(self, lead_ids: Collection[str], campaign_id: str, at: datetime) -> set[str]:
        """Put leads into the campaign that no push has taken there yet; those that are new in it."""
        values = {"campaign_id": campaign_id, "push_id": None, "state": QUEUED, "reason": ""}
        rows = [
            self._tenant.row(lead_id=lead_id, **values, created_at=at, updated_at=at) for lead_id in sorted(lead_ids)
        ]
        insert = self._tenant.insert(enrolments).on_conflict_do_nothing().returning(enrolments.c.lead_id)
        return set(await self._tenant.added(insert, rows)) if rows else set()

    async def of_lead(self, lead_id: str) -> list[Enrolment]:
        """The lead's enrolments, oldest first."""
        statement = select(*_COLUMNS).where(self._tenant.owns(enrolments), enrolments.c.lead_id == lead_id)
        return [_enrolment(row) for row in await self._tenant.all(statement.order_by(enrolments.c.seq))]

    async def mark(self, lead_id: str, campaign_id: str, state: str, reason: str, at: datetime) -> bool:
        """Record what became of an enrolment. False when there is none."""
        one = (enrolments.c.lead_id == lead_id) & (enrolments.c.campaign_id == campaign_id)
        statement = update(enrolments).where(self._tenant.owns(enrolments), one)
        return await self._tenant.change(statement.values(state=state, reason=reason, updated_at=at)) > 0


def _enrolment(row: AnyRow) -> Enrolment:
    return Enrolment(*row)
