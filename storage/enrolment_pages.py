"""One page of a campaign's leads by keyset, the latest activity first; and what of them has which badge."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, and_, bindparam, func, literal, select, tuple_, union_all

from bot.outreach.enrolments import MOST_COUNTED, PAGE_ENROLMENTS, Badge, CampaignLead, EnrolmentQuery
from storage.enrolments import COLUMNS, LISTED, enrolment_of, enrolments
from storage.lead_pages import FEW_HITS
from storage.lead_search import first_seqs, holds_all, trigram_match, words_in
from storage.lead_tables import FIELDS, LIVE, SELECT_LEAD, lead_of, leads, leads_search
from storage.tables import AnyRow, among, stands_at
from storage.tenant import Tenant
from storage.thread_cursors import Place, read, written
from storage.types import Int64, UtcDateTime
from storage.verdicts import verdicts

_WALKED = 5_000
_ORDER = (enrolments.c.updated_at, enrolments.c.seq)
# Made once: taking in so many columns costs more than running the statement.
_JOINED = select(
    *SELECT_LEAD.selected_columns, *COLUMNS, enrolments.c.updated_at.label("at"), enrolments.c.seq.label("at_seq")
).join_from(
    enrolments, leads, and_(leads.c.workspace_id == enrolments.c.workspace_id, leads.c.id == enrolments.c.lead_id)
)


def _counted(badge: Badge) -> Select[str, int]:
    of_it = (enrolments.c.workspace_id == bindparam("owner"), enrolments.c.campaign_id == bindparam("campaign"))
    some = select(enrolments.c.seq).where(*of_it, LISTED, stands_at(enrolments.c.badge, badge))
    some = some.limit(bindparam("most", type_=Int64()))
    return select(literal(badge.value).label("badge"), func.count().label("number")).select_from(some.subquery())


_COUNTS = union_all(*map(_counted, Badge))


class EnrolmentPages:
    """Answers `EnrolmentQuery`."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def page(
        self, query: EnrolmentQuery, cursor: str | None = None, *, limit: int = PAGE_ENROLMENTS
    ) -> tuple[list[CampaignLead], str | None, str | None]:
        """A page, and the cursors of the next and the previous one. Raises `Invalid` for a cursor of nobody's."""
        place = read(cursor)
        back = place is not None and place.back
        rows = list(await self._found(query, place, limit + 1))
        more, rows = len(rows) > limit, rows[:limit]
        if back:
            rows.reverse()
        if not rows:
            return [], None, None
        first, last = (Place(rows[at].at, rows[at].at_seq) for at in (0, -1))
        has_next, has_previous = back or more, more if back else place is not None
        return (
            [_line(row) for row in rows],
            written(last) if has_next else None,
            written(Place(first.at, first.seq, back=True)) if has_previous else None,
        )

    async def lead_ids(self, query: EnrolmentQuery, limit: int) -> list[str]:
        """The leads that answer the question, the latest activity first."""
        rows = await self._found(query, None, limit)
        return [row[0] for row in rows]

    async def counts(self, campaign_id: str, most: int = MOST_COUNTED) -> dict[Badge, int]:
        """How many have each badge, none counted beyond `most`: a stretch of an index each. Empty ones are absent."""
        asked = {"owner": self._tenant.workspace_id, "campaign": campaign_id, "most": most}
        found = await self._tenant.all(_COUNTS.params(asked))
        return {Badge(row.badge): row.number for row in found if row.number}

    async def unchecked(self, campaign_id: str, now: datetime, most: int) -> tuple[int, int]:
        """Of those at PlusVibe who may still be written to: how many addresses have no verdict that holds, of how many.

        Looks at the first `most` only.
        """
        going = enrolments.c.badge.in_([Badge.PENDING, Badge.CONTACTED])
        of_it = (self._tenant.owns(enrolments), enrolments.c.campaign_id == campaign_id, LISTED, going)
        some = select(enrolments.c.workspace_id, enrolments.c.lead_id).where(*of_it, enrolments.c.push_id.is_not(None))
        first = some.limit(most).subquery()
        of_lead = and_(leads.c.workspace_id == first.c.workspace_id, leads.c.id == first.c.lead_id)
        of_key = and_(
            verdicts.c.workspace_id == leads.c.workspace_id,
            verdicts.c.address_key == leads.c.email_key,
            verdicts.c.verdict.is_not(None),
            verdicts.c.valid_until > now,
        )
        found = select(func.count(verdicts.c.seq), func.count()).select_from(first).join(leads, of_lead)
        row = await self._tenant.first(found.outerjoin(verdicts, of_key).where(leads.c.email_key.is_not(None)))
        return (row[1] - row[0], row[1]) if row else (0, 0)

    async def _found(self, query: EnrolmentQuery, place: Place | None, limit: int) -> Sequence[AnyRow]:
        """Where words narrow it: among their few hits, else along the order for a while, else among all of them."""
        words = words_in(query.text)
        if not words:
            return await self._tenant.all(self._ordered(self._rows(query, place), place).limit(limit))
        match = trigram_match(words)
        holds = holds_all(words, is_sqlite=self._tenant.is_sqlite)
        if match is not None:
            hits = select(leads_search.c.rowid).where(match) if self._tenant.is_sqlite else self._seqs(holds)
            row = await self._tenant.first(first_seqs(hits, FEW_HITS + 1, is_sqlite=self._tenant.is_sqlite))
            if row and row[0] <= FEW_HITS:
                few = self._seqs([*holds, among(leads.c.seq, row[1])])
                return await self._among(few, query, place, limit) if row[0] else []
        walked = await self._walked(query, place, holds, limit)
        if len(walked) == limit:
            return walked
        every = self._seqs(holds)
        if match is not None and self._tenant.is_sqlite:
            every = every.where(leads.c.seq.in_(select(leads_search.c.rowid).where(match)))
        return await self._among(every, query, place, limit)

    async def _walked(
        self, query: EnrolmentQuery, place: Place | None, holds: list[ColumnElement[bool]], limit: int
    ) -> Sequence[AnyRow]:
        stretch = select(enrolments.c.seq).where(*self._conditions(query, place))
        near = self._ordered(stretch, place).limit(_WALKED).cte("near").prefix_with("MATERIALIZED")
        rows = _JOINED.join(near, near.c.seq == enrolments.c.seq).where(*holds)
        return await self._tenant.all(self._ordered(rows, place).limit(limit))

    async def _among(
        self, hits: Select[Any], query: EnrolmentQuery, place: Place | None, limit: int
    ) -> Sequence[AnyRow]:
        """Materialised: no planner may walk the whole order for the hits instead."""
        found: CTE = hits.with_only_columns(leads.c.id).cte("hits").prefix_with("MATERIALIZED")
        rows = self._rows(query, place).join(found, found.c.id == enrolments.c.lead_id)
        return await self._tenant.all(self._ordered(rows, place).limit(limit))

    def _rows(self, query: EnrolmentQuery, place: Place | None) -> Select[Any]:
        return _JOINED.where(*self._conditions(query, place))

    def _conditions(self, query: EnrolmentQuery, place: Place | None) -> list[ColumnElement[bool]]:
        of_it = [self._tenant.owns(enrolments), enrolments.c.campaign_id == query.campaign_id, LISTED]
        if query.badge is not None:
            of_it.append(enrolments.c.badge == query.badge)
        if place is not None:
            here = tuple_(*_ORDER)
            there = tuple_(bindparam("place_at", place.at, UtcDateTime), bindparam("place_seq", place.seq))
            of_it.append(here > there if place.back else here < there)
        return of_it

    def _ordered(self, statement: Select[Any], place: Place | None) -> Select[Any]:
        back = place is not None and place.back
        return statement.order_by(*(column if back else column.desc() for column in _ORDER))

    def _seqs(self, holds: Sequence[ColumnElement[bool]]) -> Select[Any]:
        return select(leads.c.seq).where(self._tenant.owns(leads), LIVE, *holds)


def _line(row: AnyRow) -> CampaignLead:
    return CampaignLead(enrolment_of(row[len(FIELDS) :]), lead_of(row))
