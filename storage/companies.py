"""The company directory: its rows, how many match, and which values there are."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Index, Table, UniqueConstraint, func, select

from bot.outreach.companies import Company, CompanyFilter, Trait, folded_trait
from storage.lead_search import contains
from storage.tables import AnyRow, among, metadata, owner_column, seq_column
from storage.tenant import Tenant
from storage.types import CleanText, Json, KeyText, UtcDateTime, clean_text

_TEXTS = ("company_name", "domain", "website", "phone", "city", "country", "industry", "company_size", "revenue")
companies = Table(
    "companies",
    metadata,
    seq_column(),
    owner_column(),
    Column("key", KeyText, nullable=False),
    *(Column(name, CleanText, nullable=False) for name in _TEXTS),
    Column("emails", Json, nullable=False),
    *(Column(f"{trait.value}_key", KeyText, nullable=False) for trait in Trait),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("workspace_id", "key"),
    Index("ix_companies_traits", "workspace_id", *(f"{trait.value}_key" for trait in Trait), "seq"),
)
KEYS: dict[Trait, Column[Any]] = {trait: companies.c[f"{trait.value}_key"] for trait in Trait}
_NAMES = ("company_name", "emails", "domain", "website", "phone", "city", "country", "industry", "company_size")
_COLUMNS = [companies.c[name] for name in (*_NAMES, "revenue")]


class Companies:
    """The companies of one workspace."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def add_many(self, new: Sequence[Company], at: datetime) -> set[str]:
        """Add those that are not here; the keys of those added. Nobody else adds any until the transaction ends."""
        by_key = {clean_text(company.key[:200]): company for company in reversed(new)}  # the first counts
        await self._tenant.keep_writers_out(companies)
        known = select(companies.c.key).where(self._tenant.owns(companies), among(companies.c.key, by_key))
        fresh = sorted(by_key.keys() - set(await self._tenant.values(known)))
        await self._tenant.fill(companies, [self._row(key, by_key[key], at) for key in fresh])
        return set(fresh)

    async def how_many(self, wanted: CompanyFilter) -> int:
        """How many match, from one index."""
        return int(await self._tenant.value(select(func.count()).select_from(companies).where(*self._where(wanted))))

    async def values(self, trait: Trait, typed: str, others: CompanyFilter, limit: int) -> list[tuple[str, int]]:
        """The values of a trait that hold what was typed, with how many companies have each, the most first; each as
        the first company writes it.

        others: what else is asked for; what it says of the trait itself is left out.
        """
        key, shown = KEYS[trait], companies.c[trait.value]
        where = [*self._where(others, but=trait), key != ""]
        number, first = func.count().label("number"), func.min(companies.c.seq).label("first")
        found = select(key, number, first).where(*where).group_by(key)
        if folded := folded_trait(typed):  # of each value once
            found = found.having(contains(key, folded, is_sqlite=self._tenant.is_sqlite))
        rows = await self._tenant.all(found.order_by(number.desc(), key).limit(limit))
        spelled = select(companies.c.seq, shown).where(among(companies.c.seq, [row.first for row in rows]))
        names = {row[0]: row[1] for row in await self._tenant.all(spelled)} if rows else {}
        return [(names[row.first], row.number) for row in rows]

    async def ends(self) -> tuple[int, int]:
        """The first and the last place in the directory; 0 and 0 when it is empty."""
        row = await self._tenant.first(
            select(func.min(companies.c.seq), func.max(companies.c.seq)).where(self._tenant.owns(companies))
        )
        return (row[0], row[1]) if row and row[0] is not None else (0, 0)

    async def matching(self, wanted: CompanyFilter, after: int, last: int, limit: int) -> list[tuple[int, Company]]:
        """The next ones with their places, in the order they came."""
        between = (companies.c.seq > after, companies.c.seq <= last)
        statement = select(companies.c.seq, *_COLUMNS).where(*self._where(wanted), *between)
        rows = await self._tenant.all(statement.order_by(companies.c.seq).limit(limit))
        return [(row.seq, _company(row)) for row in rows]

    def _where(self, wanted: CompanyFilter, but: Trait | None = None) -> list[ColumnElement[bool]]:
        asked = [KEYS[trait] == folded_trait(text) for trait, text in wanted.given.items() if trait is not but]
        return [self._tenant.owns(companies), *asked]

    def _row(self, key: str, company: Company, at: datetime) -> dict[str, Any]:
        texts = {name: getattr(company, name) for name in _TEXTS}
        keys = {column.name: folded_trait(clean_text(texts[trait.value])) for trait, column in KEYS.items()}
        return self._tenant.row(key=key, **texts, **keys, emails=list(company.emails), created_at=at)


def _company(row: AnyRow) -> Company:
    values = row._asdict()
    del values["seq"]
    return Company(**values | {"emails": tuple(values["emails"])})
