"""The consent ledger: what people allowed, entry by entry."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Index, Table, and_, exists, insert, or_, select

from bot.outreach.consents import LEFT, PERMITTING, Consent, ConsentValue
from storage.addresses import addresses
from storage.tables import among, metadata, owner_column, seq_column
from storage.tenant import Tenant
from storage.types import Choice, CleanText, KeyText, UtcDateTime

consents = Table(
    "consents",
    metadata,
    seq_column(),
    owner_column(),
    Column("address_key", KeyText, nullable=False),
    Column("value", Choice(ConsentValue), nullable=False),
    Column("captured_at", UtcDateTime, nullable=False),
    Column("source", CleanText, nullable=False),
    Column("note", CleanText, nullable=False),
    Column("actor", CleanText, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "workspace_id", "address_key", "seq"),
)
_NAMES = ("address_key", "value", "captured_at", "source", "note", "actor", "at")
_COLUMNS = [consents.c[name] for name in _NAMES]


class Consents:
    """Entries are added and never changed."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def add(self, consent: Consent) -> None:
        """Add one entry."""
        await self.add_many([consent])

    async def add_many(self, new: Sequence[Consent]) -> None:
        """Add many, in their order."""
        rows = [self._tenant.row(**{name: getattr(entry, name) for name in _NAMES}) for entry in new]
        await self._tenant.many(insert(consents), rows)

    async def of_keys(self, keys: Collection[str]) -> dict[str, list[Consent]]:
        """The entries of each of these addresses, oldest first; those without any are absent."""
        statement = select(*_COLUMNS).where(self._tenant.owns(consents), among(consents.c.address_key, keys))
        found: dict[str, list[Consent]] = {}
        for row in await self._tenant.all(statement.order_by(consents.c.seq)):
            found.setdefault(row.address_key, []).append(Consent(*row))
        return found

    async def permitting(self, keys: Collection[str]) -> set[str]:
        """Those of these addresses whose last word permits outreach, as `standing_consent` and `permits` say it."""
        later, left = consents.alias(), addresses.alias()
        same_moment = and_(later.c.captured_at == consents.c.captured_at, _outweighs(later))
        taken_back = and_(
            later.c.workspace_id == consents.c.workspace_id,
            later.c.address_key == consents.c.address_key,
            or_(later.c.captured_at > consents.c.captured_at, same_moment),
        )
        gone = and_(
            left.c.workspace_id == consents.c.workspace_id,
            left.c.address_key == consents.c.address_key,
            left.c.fact.in_(LEFT),
            left.c.at >= consents.c.captured_at,
        )
        mine = (self._tenant.owns(consents), among(consents.c.address_key, keys), consents.c.value.in_(PERMITTING))
        statement = select(consents.c.address_key).where(*mine, ~exists().where(taken_back), ~exists().where(gone))
        return set(await self._tenant.values(statement))

    async def history(self, key: str) -> Sequence[Consent]:
        """Every entry of one address, oldest first."""
        return (await self.of_keys([key])).get(key, [])


def _outweighs(later: Any) -> ColumnElement[bool]:
    """Of one moment: leaving us, else what was written down last."""
    return or_(later.c.value == ConsentValue.UNSUBSCRIBED, later.c.at > consents.c.at)
