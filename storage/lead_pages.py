"""One page of leads by keyset: the cost of a page does not grow with its depth.

With a filter that no single index serves together with the order, the page is looked for where it is cheapest: among
the filter's few hits, else along the order until enough rows pass the filter, else (the hits are many, yet none near
this end of the order) among all hits.
"""

from typing import Any, NamedTuple

from sqlalchemy import CTE, ColumnElement, Select, Subquery, literal, select, tuple_
from sqlalchemy.sql.util import ClauseAdapter

from bot.outreach.leads import LeadPage, LeadQuery, LeadSort
from storage.criteria import condition
from storage.lead_counters import LeadCounters
from storage.lead_cursors import END, START, Position, read, written
from storage.lead_search import first_seqs, holds_all, trigram_match, words_in
from storage.lead_tables import (
    LIVE,
    SELECT_LEAD,
    SORT_COLUMNS,
    lead_of,
    leads,
    leads_search,
    owned_by_no_index,
    status_rank,
)
from storage.segments import member_seqs, membership
from storage.tables import AnyRow, among
from storage.tenant import Tenant

LONGEST_PAGE = 1_000
# Reading and sorting this many hits costs about as much as walking a million leads' order past one hit in 250.
FEW_HITS = 4_000
_WALKED_LEADS = 20_000
_NEAR_LEADS = 1_000


class _Ask(NamedTuple):
    """A query as asked of the database: what is wanted, from where, how many rows."""

    query: LeadQuery
    position: Position
    words: tuple[str, ...]
    limit: int

    @property
    def ascends(self) -> bool:
        return self.query.is_descending == self.position.back

    @property
    def sort(self) -> Any:
        return SORT_COLUMNS[self.query.sort]

    @property
    def is_ruled(self) -> bool:
        """Whether rules narrow it that no index answers."""
        return self.query.criteria is not None or self.query.segment is not None

    def ordered(self, source: Any = leads) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
        """The order by sort column and `seq`, both the same way, so that one index serves both directions."""
        columns = (source.c[self.sort.name], source.c.seq)
        return (columns[0].asc(), columns[1].asc()) if self.ascends else (columns[0].desc(), columns[1].desc())

    def beyond(self) -> list[ColumnElement[bool]]:
        """The condition that a row lies beyond the position."""
        if self.position.row is None:
            return []
        value, seq = self.position.row
        edge = tuple_(literal(value, self.sort.type), literal(seq, leads.c.seq.type))
        place = tuple_(self.sort, leads.c.seq)
        return [place > edge if self.ascends else place < edge]


class LeadPages:
    """Answers `LeadQuery`."""

    def __init__(self, tenant: Tenant, counters: LeadCounters) -> None:
        self._tenant = tenant
        self._counters = counters

    async def page(self, query: LeadQuery, cursor: str | None) -> LeadPage:
        """A page beside the cursor. When its rows are gone meanwhile, the nearest end of the list instead."""
        position = read(query, cursor)
        rows, more = await self._rows(query, position)
        if position.back and not more and position != END:
            position = START
            rows, more = await self._rows(query, position)
        elif not rows and position != START:
            position = END
            rows, more = await self._rows(query, position)
        return self._page(query, position, rows, more=more, total=await self._total(query, rows))

    def _page(
        self, query: LeadQuery, position: Position, rows: list[AnyRow], *, more: bool, total: int | None
    ) -> LeadPage:
        after = more if not position.back else position != END
        before = more if position.back else position != START
        ends = [(row.at, row.seq) for row in (rows[:1] + rows[-1:])]
        return LeadPage(
            leads=tuple(map(lead_of, rows)),
            next_cursor=written(query, Position(ends[1])) if after and rows else None,
            previous_cursor=written(query, Position(ends[0], back=True)) if before and rows else None,
            total=total,
        )

    async def _total(self, query: LeadQuery, rows: list[AnyRow]) -> int | None:
        if words_in(query.text) or query.criteria is not None or query.segment is not None:
            return None
        if rows and "total" in rows[0]._fields:
            return int(rows[0].total) + self._counters.pending(query.status)
        counts = await self._counters.stored()
        return counts.get(query.status, 0) if query.status else sum(counts.values())

    async def _rows(self, query: LeadQuery, position: Position) -> tuple[list[AnyRow], bool]:
        """The page's rows in the list's order, and whether there are more in the direction of the position."""
        wanted = min(max(query.limit, 1), LONGEST_PAGE)
        ask = _Ask(query, position, words_in(query.text), wanted + 1)
        found = list(await self._found(ask))
        rows = found[:wanted]
        return rows[::-1] if position.back else rows, len(found) > wanted

    async def _found(self, ask: _Ask) -> list[AnyRow]:
        plain = not ask.words and not ask.is_ruled
        if plain and (not ask.query.status or ask.query.sort in {LeadSort.UPDATED, LeadSort.STATUS}):
            return await self._along_one_index(ask)
        # Rules have no index; and PostgreSQL's, asked for a common word, gathers all it has.
        if ask.is_ruled or not self._tenant.is_sqlite:
            near = await self._walked(ask, _NEAR_LEADS)
            if len(near) == ask.limit:
                return near
        for hits in self._probes(ask):
            row = await self._tenant.first(first_seqs(hits, FEW_HITS + 1, is_sqlite=self._tenant.is_sqlite))
            if row and row[0] <= FEW_HITS:
                few = self._hits(ask).where(among(leads.c.seq, row[1]))
                return await self._among_hits(ask, few) if row[0] else []
        walked = await self._walked(ask, _WALKED_LEADS)
        return walked if len(walked) == ask.limit else await self._among_hits(ask, self._all_hits(ask))

    async def _along_one_index(self, ask: _Ask) -> list[AnyRow]:
        total = self._counters.total(ask.query.status).label("total")
        statement = SELECT_LEAD.add_columns(ask.sort.label("at"), leads.c.seq, total).where(*self._conditions(ask))
        return list(await self._tenant.all(statement.order_by(*ask.ordered()).limit(ask.limit)))

    def _probes(self, ask: _Ask) -> list[Select[Any]]:
        """What selects the `seq` of each filter's hits from an index, or from everything when there is none."""
        match, status = trigram_match(ask.words), ask.query.status
        probes: list[Select[Any]] = []
        if self._tenant.is_sqlite and match is not None:
            probes.append(select(leads_search.c.rowid).where(match))
        elif not self._tenant.is_sqlite and match is not None:
            probes.append(self._seqs().where(*holds_all(ask.words, is_sqlite=False)))
        if status:
            probes.append(self._seqs().where(leads.c.status == status))
        if ask.query.segment is not None and not ask.query.segment.is_dynamic:
            probes.append(member_seqs(self._tenant, ask.query.segment))
        return probes

    async def _walked(self, ask: _Ask, stretch_leads: int) -> list[AnyRow]:
        """Enough rows that pass the filter, or as many as there are in the next stretch of the order."""
        if ask.is_ruled:
            return await self._walked_by_rules(ask, stretch_leads)
        columns = (leads.c.seq, leads.c.status, leads.c.status_rank, leads.c.search_text)
        sort = () if ask.query.sort is LeadSort.STATUS else (ask.sort,)
        stretch = select(*columns, *sort).where(self._tenant.owns(leads), LIVE, *ask.beyond())
        walked = stretch.order_by(*ask.ordered()).limit(stretch_leads).subquery()
        passing = select(walked.c[ask.sort.name], walked.c.seq).where(*_moved_to(walked, self._filters(ask)))
        return await self._leads_of(ask, passing.limit(ask.limit).cte("found"))

    async def _walked_by_rules(self, ask: _Ask, stretch_leads: int) -> list[AnyRow]:
        """The same for rules, which ask about any column: the stretch by its index, then its rows."""
        places = select(ask.sort.label("at"), leads.c.seq).where(self._tenant.owns(leads), LIVE, *ask.beyond())
        walked = places.order_by(*ask.ordered()).limit(stretch_leads).cte("walked").prefix_with("MATERIALIZED")
        joined = select(ask.sort, leads.c.seq).select_from(walked).join(leads, leads.c.seq == walked.c.seq)
        passing = joined.where(*self._filters(ask)).order_by(*ask.ordered()).limit(ask.limit)
        return await self._leads_of(ask, passing.cte("found"))

    async def _among_hits(self, ask: _Ask, hits: Select[Any]) -> list[AnyRow]:
        """The first of the hits in order. Materialised: no planner may walk the whole order for them instead."""
        gathered = hits.where(*self._filters(ask), *ask.beyond()).cte("hits").prefix_with("MATERIALIZED")
        first = select(gathered).order_by(*ask.ordered(gathered)).limit(ask.limit)
        return await self._leads_of(ask, first.cte("found"))

    async def _leads_of(self, ask: _Ask, found: CTE) -> list[AnyRow]:
        statement = SELECT_LEAD.add_columns(ask.sort.label("at"), leads.c.seq).join(found, found.c.seq == leads.c.seq)
        return list(await self._tenant.all(statement.order_by(*ask.ordered(found))))

    def _all_hits(self, ask: _Ask) -> Select[Any]:
        match = trigram_match(ask.words) if self._tenant.is_sqlite else None
        if match is None:
            return self._hits(ask)
        return self._hits(ask).join(leads_search, leads_search.c.rowid == leads.c.seq).where(match)

    def _hits(self, ask: _Ask) -> Select[Any]:
        """The plus keeps SQLite from reading the whole workspace by an index when the hits' `seq` are known."""
        return select(ask.sort, leads.c.seq).where(owned_by_no_index(self._tenant), LIVE)

    def _seqs(self) -> Select[Any]:
        return select(leads.c.seq).where(self._tenant.owns(leads), LIVE)

    def _filters(self, ask: _Ask) -> list[ColumnElement[bool]]:
        by_status = [leads.c.status == ask.query.status] if ask.query.status else []
        if ask.query.status and ask.query.sort is LeadSort.STATUS:  # or the way to this status would be walked
            by_status.append(leads.c.status_rank == status_rank(ask.query.status))
        return by_status + holds_all(ask.words, is_sqlite=self._tenant.is_sqlite) + self._ruled(ask.query)

    def _ruled(self, query: LeadQuery) -> list[ColumnElement[bool]]:
        if query.criteria is None and query.segment is None:
            return []
        assert query.asked_at is not None, "rules about days count from it"
        now, is_sqlite = query.asked_at, self._tenant.is_sqlite
        ruled = [condition(query.criteria, now, is_sqlite=is_sqlite)] if query.criteria else []
        return ruled + ([membership(query.segment, now, is_sqlite=is_sqlite)] if query.segment else [])

    def _conditions(self, ask: _Ask) -> list[ColumnElement[bool]]:
        return [self._tenant.owns(leads), LIVE, *self._filters(ask), *ask.beyond()]


def _moved_to(source: Subquery, conditions: list[ColumnElement[bool]]) -> list[ColumnElement[bool]]:
    """The same conditions about a subquery's columns."""
    return [ClauseAdapter(source).traverse(condition) for condition in conditions]
