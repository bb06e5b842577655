"""The consent ledger: what people allowed, entry by entry."""

from collections.abc import Collection, Sequence

from sqlalchemy import Column, Index, Table, insert, select

from bot.outreach.consents import Consent, ConsentValue
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
        values = {name: getattr(consent, name) for name in _NAMES}
        await self._tenant.change(insert(consents).values(self._tenant.row(**values)))

    async def of_keys(self, keys: Collection[str]) -> dict[str, list[Consent]]:
        """The entries of each of these addresses, oldest first; those without any are absent."""
        statement = select(*_COLUMNS).where(self._tenant.owns(consents), among(consents.c.address_key, keys))
        found: dict[str, list[Consent]] = {}
        for row in await self._tenant.all(statement.order_by(consents.c.seq)):
            found.setdefault(row.address_key, []).append(Consent(*row))
        return found

    async def history(self, key: str) -> Sequence[Consent]:
        """Every entry of one address, oldest first."""
        return (await self.of_keys([key])).get(key, [])
