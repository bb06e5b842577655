"""Enrolments: which lead went into which campaign, and what became of that.

What is heard of them meanwhile is gathered and written at the end of the transaction, with the badge each then has:
one lock of the rows in one order, and everything that decides about a badge is read once they are held.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Index,
    Table,
    UniqueConstraint,
    and_,
    bindparam,
    delete,
    func,
    select,
    update,
)

from bot.outreach.enrolments import Badge, Enrolment, EnrolmentState, HeardOf, after, badge_of
from bot.outreach.reachability import AddressFact
from storage.addresses import Addresses
from storage.lead_tables import leads
from storage.tables import AnyRow, among, incoming, metadata, owner_column, refers_to, seq_column
from storage.tenant import Tenant
from storage.types import Choice, CleanText, Int64, KeyText, UtcDateTime

enrolments = Table(
    "enrolments",
    metadata,
    seq_column(),
    owner_column(),
    Column("lead_id", KeyText, nullable=False),
    Column("campaign_id", KeyText, nullable=False),
    Column("push_id", KeyText),
    Column("state", Choice(EnrolmentState), nullable=False),
    Column("reason", CleanText, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("step", Int64, nullable=False, server_default="0"),
    Column("replied_at", UtcDateTime),
    Column("badge", Choice(Badge)),
    refers_to("leads", "lead_id"),
    refers_to("campaigns", "campaign_id"),
    UniqueConstraint("workspace_id", "lead_id", "campaign_id"),
    Column("import_id", KeyText),
)
LISTED = enrolments.c.badge.is_not(None)
for _name, _columns in (("listed", ("updated_at", "seq")), ("badges", ("badge", "updated_at", "seq"))):
    _indexed = (enrolments.c[name] for name in ("workspace_id", "campaign_id", *_columns))
    Index(f"ix_enrolments_{_name}", *_indexed, sqlite_where=LISTED, postgresql_where=LISTED)
NAMES = tuple(spec.name for spec in fields(Enrolment))
COLUMNS = [enrolments.c[name] for name in NAMES]
_FOLLOWING = ("push_id", "state", "reason", "updated_at", "step", "replied_at", "badge")
BY_NONE_OF_OURS = ""  # in place of a push: it is at PlusVibe, and no push of ours took it there
_IMPORTED = enrolments.c.import_id.is_not(None)
_by_import = (enrolments.c[name] for name in ("workspace_id", "import_id", "seq"))
Index(None, *_by_import, sqlite_where=_IMPORTED, postgresql_where=_IMPORTED)


@dataclass(slots=True)
class Followed:
    """Leads and address keys that changed in a transaction, so that enrolments may have another badge."""

    lead_ids: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)


class Enrolments:
    """The enrolments of one workspace; one per lead and campaign."""

    def __init__(self, tenant: Tenant, followed: Followed, addresses: Addresses) -> None:
        self._tenant = tenant
        self._followed = followed
        self._addresses = addresses
        self._heard: dict[str, list[HeardOf]] = defaultdict(list)

    async def enrol(self, lead_ids: Collection[str], campaign_id: str, push_id: str, at: datetime) -> None:
        """These leads are in the campaign at PlusVibe now. Those that were there before stay as they are."""
        insert = self._tenant.insert(enrolments)
        fresh = incoming(*_FOLLOWING)
        is_new_there = enrolments.c.push_id.is_(None) | (enrolments.c.state == EnrolmentState.REMOVED)
        key = ["workspace_id", "lead_id", "campaign_id"]
        statement = insert.on_conflict_do_update(index_elements=key, set_=fresh, where=is_new_there)
        await self._tenant.many(statement, self._rows(lead_ids, campaign_id, push_id, at))
        self._followed.lead_ids.update(lead_ids)

    async def join(
        self, lead_ids: Collection[str], campaign_id: str, at: datetime, import_id: str | None = None
    ) -> set[str]:
        """Put leads into the campaign that no push has taken there yet; those that are new in it.

        import_id: of the import that brings them there, if one does.
        """
        insert = self._tenant.insert(enrolments)
        fresh = incoming(*_FOLLOWING, "created_at", "import_id")
        key, is_out = ["workspace_id", "lead_id", "campaign_id"], enrolments.c.state == EnrolmentState.REMOVED
        statement = insert.on_conflict_do_update(index_elements=key, set_=fresh, where=is_out)
        rows = [row | {"import_id": import_id} for row in self._rows(lead_ids, campaign_id, None, at)]
        joined = set(await self._tenant.added(statement.returning(enrolments.c.lead_id), rows)) if rows else set()
        self._followed.lead_ids.update(joined)
        return joined

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
        statement = select(*COLUMNS).where(self._tenant.owns(enrolments), enrolments.c.lead_id == lead_id)
        return [enrolment_of(row) for row in await self._tenant.all(statement.order_by(enrolments.c.seq))]

    async def of_leads(
        self, lead_ids: Collection[str], campaign_id: str = "", *, locked: bool = False
    ) -> dict[tuple[str, str], Enrolment]:
        """The enrolments of these leads, in one campaign or in all, by lead and campaign.

        locked: nobody else changes them until the transaction ends.
        """
        statement = select(*COLUMNS).where(self._tenant.owns(enrolments), among(enrolments.c.lead_id, lead_ids))
        if campaign_id:
            statement = statement.where(enrolments.c.campaign_id == campaign_id)
        if locked:
            statement = statement.order_by(enrolments.c.seq).with_for_update(key_share=True)
        return {(row.lead_id, row.campaign_id): enrolment_of(row) for row in await self._tenant.all(statement)}

    async def change_many(self, changed: Sequence[Enrolment]) -> None:
        """Store what these became; the caller holds them locked."""
        await self._write(changed)
        self._followed.lead_ids.update(each.lead_id for each in changed)

    async def bounced(self, since: datetime) -> tuple[int, int]:
        """Of those with news since then: how many bounced, of how many that were written to."""
        sent = (enrolments.c.step > 0) | (enrolments.c.state == EnrolmentState.BOUNCED)
        bounced = func.count().filter(enrolments.c.state == EnrolmentState.BOUNCED)
        of_time = (self._tenant.owns(enrolments), enrolments.c.updated_at >= since)
        row = await self._tenant.first(select(bounced, func.count()).where(*of_time, sent))
        return (row[0], row[1]) if row else (0, 0)

    async def remove(self, lead_id: str, campaign_id: str, reason: str, at: datetime) -> bool:
        """Take a lead out of the campaign. False when it is not in it."""
        one = (enrolments.c.lead_id == lead_id) & (enrolments.c.campaign_id == campaign_id)
        gone = {"state": EnrolmentState.REMOVED, "reason": reason, "updated_at": at, "badge": None}
        statement = update(enrolments).where(self._tenant.owns(enrolments), one)
        return await self._tenant.change(statement.values(gone)) > 0

    def hear(self, news: Iterable[HeardOf]) -> None:
        """What was heard of enrolments. One that is not here yet begins with it."""
        for heard in news:
            self._heard[heard.lead_id].append(heard)

    async def follow(self) -> None:
        """Write what was heard and the badges that changed with it, or with leads and addresses."""
        heard = {lead_id: list(news) for lead_id, news in self._heard.items()}
        lead_ids = self._followed.lead_ids | heard.keys()
        keys = set(self._followed.keys)
        self._heard.clear()
        self._followed.lead_ids.clear()
        self._followed.keys.clear()
        if keys:
            of_keys = select(leads.c.id).where(self._tenant.owns(leads), among(leads.c.email_key, keys))
            lead_ids |= set(await self._tenant.values(of_keys))
        if not lead_ids:
            return
        found = await self.of_leads(lead_ids, locked=True)
        if new := [each for news in heard.values() for each in news if (each.lead_id, each.campaign_id) not in found]:
            await self._begin(new)
            found = await self.of_leads(lead_ids, locked=True)
        held = list(found.values())
        if not held:
            return
        told = [_told(each, heard.get(each.lead_id, ())) for each in held]
        told = await self._badged(told)
        await self._write([new for new, old in zip(told, held, strict=True) if new != old])

    async def _begin(self, news: Sequence[HeardOf]) -> None:
        """Rows for what is heard of for the first time."""
        first: dict[tuple[str, str], HeardOf] = {}
        for heard in news:
            first.setdefault((heard.lead_id, heard.campaign_id), heard)
        rows = [row for key in sorted(first) for row in self._rows([key[0]], key[1], BY_NONE_OF_OURS, first[key].at)]
        await self._tenant.many(self._tenant.insert(enrolments).on_conflict_do_nothing(), rows)

    async def _badged(self, told: Sequence[Enrolment]) -> list[Enrolment]:
        """With the badge each has, as leads and addresses stand now that the rows are held."""
        columns = (leads.c.id, leads.c.status, leads.c.campaign_id, leads.c.email_key, leads.c.removed_at)
        wanted = among(leads.c.id, {each.lead_id for each in told})
        found = {
            row.id: row for row in await self._tenant.all(select(*columns).where(self._tenant.owns(leads), wanted))
        }
        standing = await self._addresses.standing({row.email_key for row in found.values() if row.email_key})
        return [replace(each, badge=_badge(each, found[each.lead_id], standing)) for each in told]

    async def _write(self, changed: Sequence[Enrolment]) -> None:
        rows = [
            {"_lead": each.lead_id, "_campaign": each.campaign_id}
            | {f"_{name}": getattr(each, name) for name in _FOLLOWING}
            for each in changed
        ]
        one = (enrolments.c.lead_id == bindparam("_lead"), enrolments.c.campaign_id == bindparam("_campaign"))
        values: dict[str, Any] = {name: bindparam(f"_{name}", type_=enrolments.c[name].type) for name in _FOLLOWING}
        await self._tenant.many(update(enrolments).where(self._tenant.owns(enrolments), *one).values(values), rows)

    def _rows(self, lead_ids: Collection[str], campaign_id: str, push_id: str | None, at: datetime) -> list[Any]:
        same = {"campaign_id": campaign_id, "push_id": push_id, "state": EnrolmentState.QUEUED, "reason": ""}
        times = {"created_at": at, "updated_at": at, "badge": Badge.PENDING}
        return [self._tenant.row(lead_id=lead_id, **same, **times) for lead_id in sorted(lead_ids)]


def _told(enrolment: Enrolment, news: Iterable[HeardOf]) -> Enrolment:
    for heard in news:
        if heard.campaign_id == enrolment.campaign_id:
            enrolment = after(enrolment, heard)
    return enrolment


def _badge(enrolment: Enrolment, lead: AnyRow, standing: dict[str, AddressFact]) -> Badge | None:
    if lead.removed_at is not None:
        return None
    status = lead.status if lead.campaign_id == enrolment.campaign_id else None
    return badge_of(enrolment, status, standing.get(lead.email_key or ""))


def enrolment_of(row: Sequence[Any]) -> Enrolment:
    """The enrolment in a row that begins with its columns."""
    return Enrolment(*row[: len(NAMES)])
