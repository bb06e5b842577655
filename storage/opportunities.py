"""Opportunities: by column, newest first, found by words, and following the mails that are sent for them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, bindparam, func, literal, select, tuple_, union_all, update

from bot.outreach.errors import Invalid
from bot.outreach.mails import MailState
from bot.outreach.opportunities import BoardColumn, Correspondence, Opportunity, followed
from storage.lead_search import holds_all, trigram_match, words_in
from storage.mail_tables import mails
from storage.opportunity_counters import OpportunityCounters
from storage.opportunity_tables import (
    COLUMNS,
    LIVE,
    NAMES,
    opportunities,
    opportunities_search,
    opportunity_of,
    searched,
    values_of,
)
from storage.tables import AnyRow, among
from storage.tenant import Tenant
from storage.types import from_micros, to_micros

_CHANGING = tuple(name for name in NAMES if name not in {"id", "source_url", "domain", "author", "created_at"})
_FOLLOWING = ("column", "by_hand", "set_by", "set_at", "waiting", "sent", "mail_id", "moved_at", "link_next_at")
_LOOKED = (
    *("column", "by_hand", "set_by", "set_at", "moved_at", "lost_at"),
    *(name for name in NAMES if name.startswith("link_") and name != "link_match"),
)
_WAITING = frozenset({MailState.HELD, MailState.SENDING, MailState.UNCLEAR})
_TAKEN_BACK = frozenset({MailState.CANCELLED, MailState.AGAIN})
_NEWEST = (opportunities.c.moved_at.desc(), opportunities.c.seq.desc())


class Opportunities:
    """The opportunities of one workspace that are not deleted. touched: those whose mails changed just now."""

    def __init__(self, tenant: Tenant, touched: set[str]) -> None:
        self._tenant = tenant
        self._touched = touched
        self._counters = OpportunityCounters(tenant)

    async def add(self, opportunity: Opportunity) -> bool:
        """False when there is one for the same page and target."""
        values = values_of(opportunity)
        found = {"link_key": opportunity.link_key, "search_text": searched(opportunity)}
        is_new = await self._tenant.add_once(opportunities, **values, **found)
        if is_new:
            self._counters.came(opportunity.column)
        return is_new

    async def get(self, opportunity_id: str, *, locked: bool = False) -> Opportunity | None:
        """The opportunity with this id. locked: nobody else changes it until the transaction ends."""
        return (await self.get_many([opportunity_id], locked=locked)).get(opportunity_id)

    async def get_many(self, opportunity_ids: Collection[str], *, locked: bool = False) -> dict[str, Opportunity]:
        """The opportunities with these ids, by id. locked: as above, always in one order."""
        found = self._select(among(opportunities.c.id, opportunity_ids)).order_by(opportunities.c.seq)
        rows = await self._tenant.all(found.with_for_update(key_share=True) if locked else found)
        return {row.id: opportunity_of(row) for row in rows}

    async def same(self, link_key: str) -> Opportunity | None:
        """The one for this page and target."""
        row = await self._tenant.first(self._select(opportunities.c.link_key == link_key))
        return opportunity_of(row) if row else None

    async def of_lead(self, lead_id: str, limit: int = 20) -> list[Opportunity]:
        """A lead's opportunities, the newest first."""
        newest = self._select(opportunities.c.lead_id == lead_id).order_by(opportunities.c.seq.desc()).limit(limit)
        return [opportunity_of(row) for row in await self._tenant.all(newest)]

    async def newest_of_each(self, each: int) -> dict[BoardColumn, list[Opportunity]]:
        """The ones that came to each column last, in one statement."""
        parts = [
            self._select(opportunities.c.column == column).order_by(*_NEWEST).limit(each).subquery()
            for column in BoardColumn
        ]
        return _by_column(await self._tenant.all(union_all(*(select(part) for part in parts))))

    async def found(self, text: str, each: int) -> tuple[dict[BoardColumn, list[Opportunity]], dict[BoardColumn, int]]:
        """The same of those that hold every word of the text, and how many of them each column has."""
        hits = self._hits(text)
        newest = (hits.c.moved_at.desc(), hits.c.seq.desc())
        place = func.row_number().over(partition_by=hits.c.column, order_by=newest).label("place")
        total = func.count().over(partition_by=hits.c.column).label("total")
        ranked = select(hits.c.seq, place, total).subquery()
        first = select(*COLUMNS, ranked.c.total).join(ranked, ranked.c.seq == opportunities.c.seq)
        rows = await self._tenant.all(first.where(ranked.c.place <= each).order_by(ranked.c.place))
        return _by_column(rows), {row.column: row.total for row in rows}

    async def page(
        self, column: BoardColumn, limit: int, *, text: str = "", cursor: str = ""
    ) -> tuple[list[Opportunity], str]:
        """One column's, newest first, and the next page's cursor, empty on the last. text: as `found`.

        Raises `Invalid` (field `cursor`) for one that is none of ours.
        """
        wanted = self._select(opportunities.c.column == column).add_columns(opportunities.c.seq)
        if words_in(text):
            wanted = wanted.where(opportunities.c.seq.in_(select(self._hits(text).c.seq)))
        if cursor:
            moved_at, seq = _place(cursor)
            edge = tuple_(literal(moved_at, opportunities.c.moved_at.type), literal(seq, opportunities.c.seq.type))
            wanted = wanted.where(tuple_(opportunities.c.moved_at, opportunities.c.seq) < edge)
        rows = await self._tenant.all(wanted.order_by(*_NEWEST).limit(limit + 1))
        last = rows[limit - 1] if len(rows) > limit else None
        following = f"{to_micros(last.moved_at)}.{last.seq}" if last else ""
        return [opportunity_of(row) for row in rows[:limit]], following

    def _hits(self, text: str) -> CTE:
        """What holds every word. Materialised: no planner may walk a column's order for them instead."""
        words = words_in(text)
        held = holds_all(words, is_sqlite=self._tenant.is_sqlite, column=opportunities.c.search_text)
        columns = (opportunities.c.seq, opportunities.c.column, opportunities.c.moved_at)
        hits = select(*columns).where(self._tenant.owns(opportunities), LIVE, *held)
        match = trigram_match(words, opportunities_search) if self._tenant.is_sqlite else None
        if match is not None:
            hits = hits.where(opportunities.c.seq.in_(select(opportunities_search.c.rowid).where(match)))
        return hits.cte("hits").prefix_with("MATERIALIZED")

    async def change(self, before: Opportunity, after: Opportunity) -> None:
        """Store what it became. The caller holds it locked as it was before."""
        known = values_of(after)
        values = {name: known[name] for name in _CHANGING}
        values |= {"search_text": searched(after), "link_key": after.link_key}
        one = update(opportunities).where(self._tenant.owns(opportunities), opportunities.c.id == before.id)
        if await self._tenant.change(one.values(**values)):
            self._moved(before, after)

    async def follow(self) -> None:
        """Let the opportunities whose mails changed follow them; before the counters, after everything else."""
        touched = sorted(self._touched)
        self._touched.clear()
        if not touched:
            return
        held = await self.get_many(touched, locked=True)
        told = await self._told(held)
        pairs = [(one, followed(one, told[one.id])) for one in held.values()]
        await self._become([(before, after) for before, after in pairs if before != after], _FOLLOWING)

    async def settle_looks(self, pairs: Sequence[tuple[Opportunity, Opportunity]]) -> None:
        """Store what looks at their pages made of them, and let go of them. The caller holds them as they were."""
        await self._become(pairs, _LOOKED, link_lease_until=None)

    async def _become(
        self, pairs: Sequence[tuple[Opportunity, Opportunity]], names: Sequence[str], **same: object
    ) -> None:
        known = [values_of(after) for _, after in pairs]
        rows = [{"_id": each["id"], **{f"_{name}": each[name] for name in names}} for each in known]
        mine = (self._tenant.owns(opportunities), opportunities.c.id == bindparam("_id"))
        values: dict[str, Any] = {name: bindparam(f"_{name}", type_=opportunities.c[name].type) for name in names}
        await self._tenant.many(update(opportunities).where(*mine).values(values | same), rows)
        for before, after in pairs:
            self._moved(before, after)

    async def _told(self, opportunity_ids: Collection[str]) -> dict[str, Correspondence]:
        """What the mails of each say now."""
        columns = (mails.c.opportunity_id, mails.c.id, mails.c.state, mails.c.created_at, mails.c.accepted_at)
        mine = (self._tenant.owns(mails), among(mails.c.opportunity_id, opportunity_ids))
        sent: dict[str, list[AnyRow]] = defaultdict(list)
        for row in await self._tenant.all(select(*columns).where(*mine).order_by(mails.c.seq)):
            sent[row.opportunity_id].append(row)
        return {each: _correspondence(sent[each]) for each in opportunity_ids}

    async def counts(self) -> dict[BoardColumn, int]:
        """How many stand in each column, from maintained counters; empty columns are absent."""
        return await self._counters.stored()

    async def recount(self) -> dict[BoardColumn, int]:
        """What `counts` must equal, by reading every opportunity."""
        return await self._counters.recounted()

    async def hold_still(self) -> None:
        """Nobody else changes an opportunity until the transaction ends."""
        await self._tenant.keep_writers_out(opportunities)

    async def repair(self) -> None:
        """Make `counts` what a recount says. Only after `hold_still`."""
        await self._counters.repair()

    async def flush(self) -> None:
        """Write the counters."""
        await self._counters.flush()

    def _moved(self, before: Opportunity, after: Opportunity) -> None:
        self._counters.left(before.column)
        if after.deleted_at is None:
            self._counters.came(after.column)

    def _select(self, *conditions: ColumnElement[bool]) -> Select[Any]:
        return select(*COLUMNS).where(self._tenant.owns(opportunities), LIVE, *conditions)


def _place(cursor: str) -> tuple[datetime, int]:
    """`moved_at` and `seq` of the last one of the page before."""
    micros, _, seq = cursor.partition(".")
    try:
        return from_micros(int(micros[:20])), int(seq[:20])
    except (ValueError, OverflowError) as error:
        raise Invalid("This page belongs to another list. Start again from the newest.", field="cursor") from error


def _by_column(rows: Sequence[AnyRow]) -> dict[BoardColumn, list[Opportunity]]:
    found: dict[BoardColumn, list[Opportunity]] = defaultdict(list)
    for row in rows:
        found[row.column].append(opportunity_of(row))
    return found


def _correspondence(rows: Sequence[AnyRow]) -> Correspondence:
    """rows: oldest first."""
    kept = [row for row in rows if row.state not in _TAKEN_BACK]
    return Correspondence(
        waiting=sum(row.state in _WAITING for row in rows),
        sent=sum(row.state is MailState.ACCEPTED for row in rows),
        mail_id=kept[-1].id if kept else "",
        at=max((row.accepted_at or row.created_at for row in kept), default=None),
    )
