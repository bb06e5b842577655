"""Enrolments: which lead went into which campaign, and what became of that."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, ColumnElement, Index, Table, UniqueConstraint, and_, delete, select, update

from storage.lead_tables import leads
from storage.tables import AnyRow, among, metadata, owner_column, refers_to, seq_column
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
    Column("import_id", KeyText),
)
_IMPORTED = enrolments.c.import_id.is_not(None)
_by_import = (enrolments.c[name] for name in ("workspace_id", "import_id", "seq"))
Index(None, *_by_import, sqlite_where=_IMPORTED, postgresql_where=_IMPORTED)
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

    async def join(
        self, lead_ids: Collection[str], campaign_id: str, at: datetime, import_id: str | None = None
    ) -> set[str]:
        """Put leads into the campaign that no push has taken there yet; those that are new in it.

        import_id: of the import that brings them there, if one does.
        """
        values = {"campaign_id": campaign_id, "push_id": None, "state": QUEUED, "reason": "", "import_id": import_id}
        rows = [
            self._tenant.row(lead_id=lead_id, **values, created_at=at, updated_at=at) for lead_id in sorted(lead_ids)
        ]
        insert = self._tenant.insert(enrolments).on_conflict_do_nothing().returning(enrolments.c.lead_id)
        return set(await self._tenant.added(insert, rows)) if rows else set()

    async def inside(self, lead_ids: Collection[str], campaign_id: str) -> dict[str, str | None]:
        """Those among these leads that are in the campaign, each with the import that brought them there."""
        mine = (self._tenant.owns(enrolments), enrolments.c.campaign_id == campaign_id)
        statement = select(enrolments.c.lead_id, enrolments.c.import_id)
        rows = await self._tenant.all(statement.where(*mine, among(enrolments.c.lead_id, lead_ids)))
        return {row.lead_id: row.import_id for row in rows}

    async def withdraw(self, import_id: str, lead_ids: Collection[str]) -> None:
        """Take these leads, which the import added, out of the campaign again."""
        mine = (self._by(import_id), among(enrolments.c.lead_id, lead_ids))
        await self._tenant.change(delete(enrolments).where(*mine))

    async def withdraw_joined(self, import_id: str, limit: int) -> int:
        """Take leads that were here before the import out of its campaign, where nothing happened to them since.

        How many were; less than the limit when there are no more.
        """
        added = select(leads.c.seq).where(
            leads.c.workspace_id == enrolments.c.workspace_id,
            leads.c.id == enrolments.c.lead_id,
            leads.c.import_id == import_id,
        )
        joined = select(enrolments.c.seq).where(self._by(import_id), ~added.exists())
        some = await self._tenant.values(joined.order_by(enrolments.c.seq).limit(limit).with_for_update())
        return await self._tenant.change(delete(enrolments).where(among(enrolments.c.seq, some)))

    def _by(self, import_id: str) -> ColumnElement[bool]:
        """What an import made and nobody touched since."""
        return and_(
            self._tenant.owns(enrolments),
            enrolments.c.import_id == import_id,
            enrolments.c.push_id.is_(None),
            enrolments.c.updated_at == enrolments.c.created_at,
        )

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
