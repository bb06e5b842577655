"""Segments and the members of static ones; who is in a segment, counted and listed."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    PrimaryKeyConstraint,
    Select,
    Table,
    UniqueConstraint,
    delete,
    func,
    literal,
    select,
    update,
)

from bot.outreach.criteria import Criteria, Match, rules_of
from bot.outreach.leads import Lead
from bot.outreach.segments import Segment, SegmentKind, SegmentState
from storage.criteria import condition
from storage.lead_tables import LIVE, SELECT_LEAD, folded, lead_of, leads, owned_by_no_index
from storage.tables import AnyRow, among, metadata, owned_columns, owner_column, refers_to
from storage.tenant import Tenant
from storage.types import Choice, CleanText, Int64, Json, KeyText, UtcDateTime

segments = Table(
    "segments",
    metadata,
    *owned_columns(),
    Column("name", CleanText, nullable=False),
    Column("name_key", KeyText, nullable=False),
    Column("kind", Choice(SegmentKind), nullable=False),
    Column("state", Choice(SegmentState), nullable=False),
    Column("match", Choice(Match), nullable=False),
    Column("rules", Json, nullable=False),
    Column("revision", Int64, nullable=False),
    Column("author", CleanText, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    UniqueConstraint("workspace_id", "name_key"),
)
# By the lead's order number: a third of the room of its id, and what a page of the list looks for.
segment_members = Table(
    "segment_members",
    metadata,
    owner_column(),
    Column("segment_id", KeyText, nullable=False),
    Column("lead_seq", Int64, nullable=False),
    PrimaryKeyConstraint("workspace_id", "segment_id", "lead_seq"),
    refers_to("segments", "segment_id"),
)
_NAMES = ("id", "name", "kind", "state", "revision", "author", "created_at", "updated_at", "match", "rules")
_COLUMNS = [segments.c[name] for name in _NAMES]


class Segments:
    """The segments of one workspace."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def all(self) -> list[Segment]:
        """Every segment, by name."""
        rows = await self._tenant.all(self._select().order_by(segments.c.name_key, segments.c.seq))
        return [_segment(row) for row in rows]

    async def get(self, segment_id: str, *, locked: bool = False) -> Segment | None:
        """The segment with this id. locked: nobody else changes it until the transaction ends."""
        one = self._select(segments.c.id == segment_id)
        row = await self._tenant.first(one.with_for_update(key_share=True) if locked else one)
        return _segment(row) if row else None

    async def named(self, name: str) -> Segment | None:
        """The segment of this name, whatever the case."""
        row = await self._tenant.first(self._select(segments.c.name_key == folded(name)))
        return _segment(row) if row else None

    async def add(self, segment: Segment) -> bool:
        """False when another one has this name."""
        return await self._tenant.add_once(segments, **_values(segment))

    async def change(self, segment: Segment, at: datetime) -> bool:
        """Store it as the next revision. False when somebody changed it meanwhile, or it is gone."""
        one = (self._tenant.owns(segments), segments.c.id == segment.id, segments.c.revision == segment.revision)
        values = _values(segment) | {"revision": segment.revision + 1, "updated_at": at}
        return await self._tenant.change(update(segments).where(*one).values(values)) > 0

    async def remove(self, segment_id: str) -> bool:
        """With its members. False when it is gone already."""
        members = (self._tenant.owns(segment_members), segment_members.c.segment_id == segment_id)
        await self._tenant.change(delete(segment_members).where(*members))
        one = delete(segments).where(self._tenant.owns(segments), segments.c.id == segment_id)
        return await self._tenant.change(one) > 0

    async def add_members(self, segment_id: str, lead_ids: Collection[str]) -> int:
        """Put leads into a static segment; how many were not in it. Unknown leads are left out."""
        owner = literal(self._tenant.workspace_id, segments.c.workspace_id.type)
        one = literal(segment_id, segments.c.id.type)
        mine = (self._tenant.owns(leads), LIVE, among(leads.c.id, lead_ids))
        found = select(owner, one, leads.c.seq).where(*mine).order_by(leads.c.seq)
        insert = self._tenant.insert(segment_members)
        names = ["workspace_id", "segment_id", "lead_seq"]
        return await self._tenant.change(
            insert.from_select(names, found).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
        )

    async def remove_members(self, segment_id: str, lead_ids: Collection[str]) -> int:
        """Take leads out of a static segment; how many were in it."""
        seqs = select(leads.c.seq).where(self._tenant.owns(leads), among(leads.c.id, lead_ids))
        mine = (self._tenant.owns(segment_members), segment_members.c.segment_id == segment_id)
        one = delete(segment_members).where(*mine, segment_members.c.lead_seq.in_(seqs))
        return await self._tenant.change(one)

    async def found(
        self, segment: Segment, now: datetime, few: int, stretch: tuple[int, int] | None = None
    ) -> tuple[int, list[int]]:
        """How many leads are in it, and the order numbers of the few of them that changed last.

        stretch: looks only at leads behind the first of these order numbers, up to the second.
        """
        some = self._within(segment, now, leads.c.seq, func.count().over().label("number"), indexed=stretch is None)
        if stretch:
            some = some.where(leads.c.seq > stretch[0], leads.c.seq <= stretch[1])
        rows = await self._tenant.all(some.order_by(leads.c.updated_at.desc(), leads.c.seq.desc()).limit(few))
        return (rows[0].number if rows else 0), [row.seq for row in rows]

    async def leads_at(self, seqs: Collection[int], limit: int) -> list[Lead]:
        """Of the leads with these order numbers those that changed last."""
        some = SELECT_LEAD.where(owned_by_no_index(self._tenant), LIVE, among(leads.c.seq, seqs))
        rows = await self._tenant.all(some.order_by(leads.c.updated_at.desc(), leads.c.seq.desc()).limit(limit))
        return [lead_of(row) for row in rows]

    async def lead_ids(self, segment: Segment, now: datetime, limit: int) -> list[str]:
        """The ids of the first leads in it, oldest first."""
        some = self._within(segment, now, leads.c.id).order_by(leads.c.seq).limit(limit)
        return await self._tenant.values(some)

    async def leads_after(self, segment: Segment, now: datetime, after: int, limit: int) -> list[tuple[int, Lead]]:
        """The next leads in it beyond an order number, oldest first, each with its own."""
        some = self._within(segment, now, *SELECT_LEAD.selected_columns, leads.c.seq).where(leads.c.seq > after)
        rows = await self._tenant.all(some.order_by(leads.c.seq).limit(limit))
        return [(row.seq, lead_of(row)) for row in rows]

    async def among(self, segment: Segment, lead_ids: Iterable[str], now: datetime) -> set[str]:
        """Which of these leads are in it."""
        found = self._within(segment, now, leads.c.id).where(among(leads.c.id, lead_ids))
        return set(await self._tenant.values(found))

    def _within(self, segment: Segment, now: datetime, *columns: Any, indexed: bool = False) -> Select[Any]:
        """indexed: an index may find the workspace's leads, else they are read in the table's order."""
        mine = select(*columns).select_from(leads).where(LIVE)
        if segment.is_dynamic:
            found = condition(segment.criteria, now, is_sqlite=self._tenant.is_sqlite)
            owned = self._tenant.owns(leads) if indexed else owned_by_no_index(self._tenant)
            return mine.where(owned, found)
        theirs = (self._tenant.owns(segment_members), segment_members.c.segment_id == segment.id)
        joined = mine.join(segment_members, segment_members.c.lead_seq == leads.c.seq)
        return joined.where(self._tenant.owns(leads), *theirs)

    def _select(self, *conditions: ColumnElement[bool]) -> Select[Any]:
        return select(*_COLUMNS).where(self._tenant.owns(segments), *conditions)


def membership(segment: Segment, now: datetime, *, is_sqlite: bool) -> ColumnElement[bool]:
    """What holds for the rows of `leads` that are in it."""
    if segment.is_dynamic:
        return condition(segment.criteria, now, is_sqlite=is_sqlite)
    own = (segment_members.c.workspace_id == leads.c.workspace_id, segment_members.c.lead_seq == leads.c.seq)
    theirs = select(segment_members.c.lead_seq).where(*own, segment_members.c.segment_id == segment.id)
    return theirs.correlate(leads).exists()


def member_seqs(tenant: Tenant, segment: Segment) -> Select[Any]:
    """What selects the order numbers of a static one's members."""
    mine = (tenant.owns(segment_members), segment_members.c.segment_id == segment.id)
    return select(segment_members.c.lead_seq).where(*mine)


def _values(segment: Segment) -> dict[str, Any]:
    own = {name: getattr(segment, name) for name in _NAMES[:-2]}
    criteria = segment.criteria
    return own | {"name_key": folded(segment.name), "match": criteria.match, "rules": criteria.stored()}


def _segment(row: AnyRow | Sequence[Any]) -> Segment:
    *_, match, rules = row
    own = dict(zip(_NAMES[:-2], row, strict=False))
    return Segment(**own, criteria=Criteria(rules_of(rules), match))
