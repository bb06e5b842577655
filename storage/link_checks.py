"""Looks at pages for our links: the log of them, and which opportunities are due for the next."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime, timedelta

from sqlalchemy import Boolean, Column, Index, Select, Table, delete, select, update

from bot.outreach.link_checks import LinkCheck, Presence, Sight
from bot.outreach.opportunities import Opportunity
from storage.opportunity_tables import COLUMNS, LINK_DUE, LIVE, opportunities, opportunity_of
from storage.sites_read import looked_at, take_turns, visited
from storage.tables import AnyRow, among, metadata, owned_columns, refers_to
from storage.tenant import Tenant, is_free
from storage.types import Choice, CleanText, KeyText, UtcDateTime

link_checks = Table(
    "link_checks",
    metadata,
    *owned_columns(),
    Column("opportunity_id", KeyText, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", CleanText, nullable=False),
    Column("sight", Choice(Sight), nullable=False),
    Column("state", Choice(Presence), nullable=False),
    Column("is_turn", Boolean, nullable=False),
    *(Column(name, CleanText, nullable=False) for name in ("url", "anchor", "rel", "why")),
    refers_to("opportunities", "opportunity_id"),
    Index(None, "workspace_id", "opportunity_id", "seq"),
)
_NAMES = tuple(field.name for field in fields(LinkCheck))
_LOOKED_THROUGH = 4  # candidates for each one that is wanted: those that came together often share a site


class LinkChecks:
    """The looks of one workspace."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def add_many(self, checks: Sequence[LinkCheck]) -> None:
        """Log them."""
        rows = [self._tenant.row(**{name: getattr(check, name) for name in _NAMES}) for check in checks]
        await self._tenant.fill(link_checks, rows)

    async def of_opportunity(self, opportunity_id: str, limit: int) -> list[LinkCheck]:
        """The looks at one opportunity's page, newest first."""
        mine = self._select().where(link_checks.c.opportunity_id == opportunity_id)
        return [_check(row) for row in await self._tenant.all(mine.order_by(link_checks.c.seq.desc()).limit(limit))]

    async def get_many(self, check_ids: Collection[str]) -> list[LinkCheck]:
        """The looks with these ids, oldest first."""
        these = self._select().where(among(link_checks.c.id, check_ids)).order_by(link_checks.c.seq)
        return [_check(row) for row in await self._tenant.all(these)]

    async def forget(self, before: datetime, *, limit: int) -> int:
        """Take the looks from before then out of the log, the oldest first; how many were."""
        oldest = select(link_checks.c.seq, link_checks.c.at).where(self._tenant.owns(link_checks))
        rows = await self._tenant.all(oldest.order_by(link_checks.c.seq).limit(limit))
        gone = [row.seq for row in rows if row.at < before]
        if not gone:
            return 0
        these = (self._tenant.owns(link_checks), among(link_checks.c.seq, gone))
        return await self._tenant.change(delete(link_checks).where(*these))

    async def claim_due(self, now: datetime, *, limit: int, lease: timedelta, each: int) -> list[Opportunity]:
        """Opportunities to look at now, the longest waiting first, held for the lease.

        Of one domain no more than `each` are held, whoever claims: none holds up the others. A domain that is audited
        waits.
        """
        await take_turns(self._tenant)
        due = (self._tenant.owns(opportunities), LINK_DUE, opportunities.c.link_next_at <= now)
        busy = await looked_at(self._tenant, now)
        busy.update(dict.fromkeys(await visited(self._tenant, now), each))
        free = (*due, is_free(opportunities, now, "link_lease_until"))
        full = [domain for domain, number in busy.items() if number >= each]
        waiting = select(opportunities.c.seq, opportunities.c.domain).where(*free, ~among(opportunities.c.domain, full))
        waiting = waiting.order_by(opportunities.c.link_next_at, opportunities.c.seq).limit(limit * _LOOKED_THROUGH)
        chosen: list[int] = []
        for row in await self._tenant.all(waiting):
            if busy[row.domain] < each and len(chosen) < limit:
                busy[row.domain] += 1
                chosen.append(row.seq)
        if not chosen:
            return []
        mine = select(*COLUMNS, opportunities.c.seq).where(among(opportunities.c.seq, chosen), *free)
        return await self._claimed(mine.order_by(opportunities.c.seq), now + lease)

    async def claim(self, opportunity_id: str, now: datetime, lease: timedelta) -> Opportunity | None:
        """This one, whenever it is due; None while somebody looks at it, or its domain is audited."""
        await take_turns(self._tenant)
        free = (opportunities.c.id == opportunity_id, LIVE, is_free(opportunities, now, "link_lease_until"))
        elsewhere = ~among(opportunities.c.domain, await visited(self._tenant, now))
        mine = select(*COLUMNS, opportunities.c.seq).where(self._tenant.owns(opportunities), *free, elsewhere)
        found = await self._claimed(mine, now + lease)
        return found[0] if found else None

    async def let_go(self, opportunity_ids: Collection[str]) -> None:
        """Whoever held them stops here: they are free for the next."""
        held = (self._tenant.owns(opportunities), among(opportunities.c.id, opportunity_ids))
        await self._tenant.change(update(opportunities).where(*held).values(link_lease_until=None))

    async def _claimed(self, due: Select[tuple[object, ...]], until: datetime) -> list[Opportunity]:
        rows = await self._tenant.claim(opportunities, due, until=until, column="link_lease_until")
        return [opportunity_of(row) for row in rows]

    def _select(self) -> Select[tuple[object, ...]]:
        return select(*(link_checks.c[name] for name in _NAMES)).where(self._tenant.owns(link_checks))


def _check(row: AnyRow) -> LinkCheck:
    return LinkCheck(*row)
