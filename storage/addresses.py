"""The address ledger: what speaks against writing to an address, and what took it back."""

from collections.abc import Collection, Sequence
from itertools import groupby

from sqlalchemy import Column, Index, Table, insert, select

from bot.outreach.reachability import AddressFact, AddressRecord, standing_fact
from storage.tables import AnyRow, among, metadata, owner_column, seq_column
from storage.tenant import Tenant
from storage.types import Choice, CleanText, KeyText, UtcDateTime

addresses = Table(
    "addresses",
    metadata,
    seq_column(),
    owner_column(),
    Column("address_key", KeyText, nullable=False),
    Column("fact", Choice(AddressFact), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("source", CleanText, nullable=False),
    Column("actor", CleanText, nullable=False),
    Column("note", CleanText, nullable=False),
    Index(None, "workspace_id", "address_key", "seq"),
)
_COLUMNS = [addresses.c[name] for name in ("address_key", "fact", "at", "source", "actor", "note")]


class Addresses:
    """Records are added and never changed."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def add(self, record: AddressRecord) -> None:
        """Add one line to the ledger."""
        await self.add_many([record])

    async def add_many(self, records: Sequence[AddressRecord]) -> None:
        """Add many lines, in their order."""
        rows = [{column.name: getattr(record, column.name) for column in _COLUMNS} for record in records]
        await self._tenant.many(insert(addresses), [self._tenant.row(**values) for values in rows])

    async def standing(self, keys: Collection[str]) -> dict[str, AddressFact]:
        """What still holds against each of these addresses; those with nothing against them are absent."""
        records = await self._records(keys)
        facts = {key: standing_fact(list(group)) for key, group in groupby(records, lambda record: record.address_key)}
        return {key: fact for key, fact in facts.items() if fact is not None}

    async def history(self, key: str) -> list[AddressRecord]:
        """Everything recorded of one address, oldest first."""
        return await self._records([key])

    async def _records(self, keys: Collection[str]) -> list[AddressRecord]:
        if not keys:
            return []
        statement = select(*_COLUMNS).where(self._tenant.owns(addresses), among(addresses.c.address_key, keys))
        rows = await self._tenant.all(statement.order_by(addresses.c.address_key, addresses.c.seq))
        return [_record(row) for row in rows]


def _record(row: AnyRow) -> AddressRecord:
    return AddressRecord(*row)
