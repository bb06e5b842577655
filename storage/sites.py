"""Sites, and what each has sent on each of its days."""

from collections.abc import Collection, Mapping
from dataclasses import fields
from datetime import date, time
from typing import Any

from sqlalchemy import Column, PrimaryKeyConstraint, Table, UniqueConstraint, bindparam, select, tuple_, update

from bot.outreach.sites import Site
from storage.tables import AnyRow, among, metadata, owned_columns, owner_column, refers_to
from storage.tenant import Tenant
from storage.types import CleanText, Int64, KeyText

sites = Table(
    "sites",
    metadata,
    *owned_columns(),
    Column("name", KeyText, nullable=False),
    Column("from_email", CleanText, nullable=False),
    Column("from_name", CleanText, nullable=False),
    Column("address", CleanText, nullable=False),
    Column("timezone", CleanText, nullable=False),
    Column("daily_cap", Int64, nullable=False),
    Column("quiet_from", Int64, nullable=False),
    Column("quiet_to", Int64, nullable=False),
    Column("stopped", CleanText, nullable=False),
    Column("reply_domain", CleanText, nullable=False),
    UniqueConstraint("workspace_id", "name"),
)
site_days = Table(
    "site_days",
    metadata,
    owner_column(),
    Column("site_id", KeyText, nullable=False),
    Column("day", KeyText, nullable=False),
    Column("used", Int64, nullable=False),
    PrimaryKeyConstraint("workspace_id", "site_id", "day"),
    refers_to("sites", "site_id"),
)
_NAMES = tuple(field.name for field in fields(Site))
_TIMES = ("quiet_from", "quiet_to")
SiteDay = tuple[str, date]  # a site's id and its local date


class Sites:
    """The sites of one workspace."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def all(self) -> list[Site]:
        """Every site, by name."""
        return [_site(row) for row in await self._tenant.all(self._select().order_by(sites.c.name))]

    async def get_many(self, site_ids: Collection[str]) -> dict[str, Site]:
        """The sites with these ids, by id."""
        rows = await self._tenant.all(self._select().where(among(sites.c.id, site_ids)))
        return {site.id: site for site in map(_site, rows)}

    async def add(self, site: Site) -> bool:
        """False when another site has this name."""
        return await self._tenant.add_once(sites, **_values(site))

    async def change(self, site: Site) -> bool:
        """False when it is gone."""
        values = {name: value for name, value in _values(site).items() if name != "id"}
        one = update(sites).where(self._tenant.owns(sites), sites.c.id == site.id)
        return await self._tenant.change(one.values(**values)) > 0

    async def stop_all(self, why: str) -> int:
        """Nothing leaves from any site until somebody lets it; empty lets it. Answers how many there are."""
        return await self._tenant.change(update(sites).where(self._tenant.owns(sites)).values(stopped=why))

    async def used(self, days: Collection[SiteDay], *, locked: bool = False) -> dict[SiteDay, int]:
        """How much left on these days. locked: nobody else counts on them until the transaction ends."""
        if not days:
            return {}
        keys = sorted((site_id, day.isoformat()) for site_id, day in days)
        if locked:
            site_ids, dates = zip(*keys, strict=True)
            missing = {"site_id": site_ids, "day": dates}
            await self._tenant.add_missing(site_days, self._tenant.row(used=0), missing)
        where = (self._tenant.owns(site_days), tuple_(site_days.c.site_id, site_days.c.day).in_(keys))
        chosen = select(site_days.c.site_id, site_days.c.day, site_days.c.used).where(*where)
        chosen = chosen.order_by(site_days.c.site_id, site_days.c.day)
        found = await self._tenant.all(chosen.with_for_update() if locked else chosen)
        return {(row.site_id, date.fromisoformat(row.day)): row.used for row in found}

    async def count(self, more: Mapping[SiteDay, int]) -> None:
        """So many more left on these days; negative gives slots back. The days' rows are there: `used` locked them."""
        rows = [
            {"_site_id": site_id, "_day": day.isoformat(), "_more": number}
            for (site_id, day), number in sorted(more.items())
        ]
        where = (site_days.c.site_id == bindparam("_site_id"), site_days.c.day == bindparam("_day"))
        one = update(site_days).where(self._tenant.owns(site_days), *where)
        await self._tenant.many(one.values(used=site_days.c.used + bindparam("_more")), rows)

    def _select(self) -> Any:
        return select(*(sites.c[name] for name in _NAMES)).where(self._tenant.owns(sites))


def _values(site: Site) -> dict[str, Any]:
    values = {name: getattr(site, name) for name in _NAMES}
    return values | {name: values[name].hour * 60 + values[name].minute for name in _TIMES}


def _site(row: AnyRow) -> Site:
    values = dict(zip(_NAMES, row, strict=True))
    return Site(**(values | {name: time(values[name] // 60, values[name] % 60) for name in _TIMES}))
