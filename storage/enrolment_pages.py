"""One page of a campaign's leads by keyset, the latest activity first; and what of them has which badge."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, and_, bindparam, func, literal, select, tuple_, union_all

from bot.outreach.enrolments import MOST_COUNTED, PAGE_ENROLMENTS, Badge, CampaignLead, EnrolmentQuery
from storage.enrolments import COLUMNS, LISTED, enrolment_of, enrolments
from storage.lead_pages import FEW_HITS
from storage.lead_search import first_seqs, holds_all, trigram_match, words_in
from storage.lead_tables import FIELDS, LIVE, SELECT_LEAD, lead_of, leads, leads_search
from storage.segments import member_seqs, membership
from storage.tables import AnyRow, among, stands_at
from storage.tenant import Tenant
from storage.thread_cursors import Place, read, written
from storage.types import Int64, UtcDateTime
from storage.verdicts import verdicts

_WALKED = 5_000
_NEAR, _LOOKED_AT = 1_000, 5_000  # rows that a page within a segment looks at
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
        found, reached = await self._found(query, place, limit + 1)
        rows, back = list(found[:limit]), place is not None and place.back
        ahead = Place(rows[-1].at, rows[-1].at_seq) if len(found) > limit else reached
        behind = Place(rows[0].at, rows[0].at_seq) if rows and place else None
        if place and not rows and query.segment:  # the way back begins with the row at the place itself
            behind = Place(place.at, place.seq + (1 if back else -1))
        if back:
            rows.reverse()
        return (
            [_line(row) for row in rows],
            _cursor(behind if back else ahead, back=False),
            _cursor(ahead if back else behind, back=True),
        )

    async def lead_ids(self, query: EnrolmentQuery, limit: int) -> list[str]:
        """The leads that answer the question, the latest activity first."""
        rows, reached = await self._found(query, None, limit)
        ids = [row[0] for row in rows]
        while reached is not None and len(ids) < limit:
            rows, reached = await self._found(query, reached, limit - len(ids))
            ids += [row[0] for row in rows]
        return ids

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

    async def _found(
        self, query: EnrolmentQuery, place: Place | None, limit: int
    ) -> tuple[Sequence[AnyRow], Place | None]:
        """The rows beyond the place, and where it gave up looking for more of them; None when that is all.

        Where something of the leads narrows it: among its few hits, else along the order for a while; and then words
        look among all of their hits, while a segment alone leaves the rest to the next page.
        """
        words, rules = words_in(query.text), self._within(query)
        if not words and not rules:
            return await self._tenant.all(self._ordered(self._rows(query, place), place).limit(limit)), None
        match = trigram_match(words)
        holds = [*holds_all(words, is_sqlite=self._tenant.is_sqlite), *rules]
        for hits in self._probes(query, words):
            row = await self._tenant.first(first_seqs(hits, FEW_HITS + 1, is_sqlite=self._tenant.is_sqlite))
            if row and row[0] <= FEW_HITS:
                few = self._seqs([*holds, among(leads.c.seq, row[1])])
                return (await self._among(few, query, place, limit) if row[0] else []), None
        for stretch in (_WALKED,) if words else (_NEAR, _LOOKED_AT):
            walked = await self._walked(query, place, holds, limit, stretch)
            if len(walked) == limit:
                return walked, None
        if not words:
            return walked, await self._end_of(query, place, _LOOKED_AT)
        every = self._seqs(holds)
        if match is not None and self._tenant.is_sqlite:
            every = every.where(leads.c.seq.in_(select(leads_search.c.rowid).where(match)))
        return await self._among(every, query, place, limit), None

    def _probes(self, query: EnrolmentQuery, words: tuple[str, ...]) -> list[Select[Any]]:
        """What selects the `seq` of each filter's hits from an index, where there is one."""
        match = trigram_match(words)
        probes: list[Select[Any]] = []
        if match is not None and self._tenant.is_sqlite:
            probes.append(select(leads_search.c.rowid).where(match))
        elif match is not None:
            probes.append(self._seqs(holds_all(words, is_sqlite=False)))
        if query.segment is not None and not query.segment.is_dynamic:
            probes.append(member_seqs(self._tenant, query.segment))
        return probes

    def _within(self, query: EnrolmentQuery) -> list[ColumnElement[bool]]:
        if query.segment is None:
            return []
        assert query.asked_at is not None, "rules about days count from it"
        return [membership(query.segment, query.asked_at, is_sqlite=self._tenant.is_sqlite)]

    async def _walked(
        self,
        query: EnrolmentQuery,
        place: Place | None,
        holds: list[ColumnElement[bool]],
        limit: int,
        stretch_rows: int,
    ) -> Sequence[AnyRow]:
        stretch = select(enrolments.c.seq).where(*self._conditions(query, place))
        near = self._ordered(stretch, place).limit(stretch_rows).cte("near").prefix_with("MATERIALIZED")
        rows = _JOINED.join(near, near.c.seq == enrolments.c.seq).where(*holds)
        return await self._tenant.all(self._ordered(rows, place).limit(limit))

    async def _end_of(self, query: EnrolmentQuery, place: Place | None, stretch_rows: int) -> Place | None:
        """The last row of such a stretch; None when there are no rows behind it."""
        stretch = select(*_ORDER).where(*self._conditions(query, place))
        walked = self._ordered(stretch, place).limit(stretch_rows + 1).subquery()
        columns, is_back = (walked.c.updated_at, walked.c.seq), place is not None and place.back
        last = select(*columns, func.count().over().label("number"))
        last = last.order_by(*(column.desc() if is_back else column for column in columns)).limit(2)
        rows = await self._tenant.all(last)
        if not rows or rows[0].number <= stretch_rows:
            return None
        return Place(rows[1].updated_at, rows[1].seq, back=is_back)

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


def _cursor(place: Place | None, *, back: bool) -> str | None:
    return written(replace(place, back=back)) if place else None


def _line(row: AnyRow) -> CampaignLead:
    return CampaignLead(enrolment_of(row[len(FIELDS) :]), lead_of(row))
