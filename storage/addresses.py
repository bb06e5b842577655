"""The address ledger: what speaks against writing to an address, and what took it back."""

from collections.abc import Collection, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Column, Index, Table, insert, select

from bot.outreach.reachability import AddressFact, AddressRecord, standing_fact
from storage.tables import among, metadata, owner_column, seq_column
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
    """Records are added and never changed. changed: gathers the keys of those added."""

    def __init__(self, tenant: Tenant, changed: set[str]) -> None:
        self._tenant = tenant
        self._changed = changed

    async def add(self, record: AddressRecord) -> None:
        """Add one line to the ledger."""
        await self.add_many([record])

    async def add_many(self, records: Sequence[AddressRecord]) -> None:
        """Add many lines, in their order."""
        self._changed.update(record.address_key for record in records)
        rows = [{column.name: getattr(record, column.name) for column in _COLUMNS} for record in records]
        await self._tenant.many(insert(addresses), [self._tenant.row(**values) for values in rows])

    async def standing(self, keys: Collection[str]) -> dict[str, AddressFact]:
        """What still holds against each of these addresses; those with nothing against them are absent."""
        records = await self._records(keys)
        facts = {key: standing_fact(list(group)) for key, group in groupby(records, lambda record: record.address_key)}
        return {key: fact for key, fact in facts.items() if fact is not None}

    async def standing_page(
        self, limit: int, fact: AddressFact | None = None, before: int | None = None
    ) -> tuple[list[AddressRecord], int | None]:
        """What holds against addresses, newest first, and the place of the next page.

        fact: only this one. An address's newest record is the one that holds, unless it is `cleared`.
        """
        later = addresses.alias()
        newer = (
            later.c.workspace_id == addresses.c.workspace_id,
            later.c.address_key == addresses.c.address_key,
            later.c.seq > addresses.c.seq,
        )
        wanted = addresses.c.fact == fact if fact else addresses.c.fact != AddressFact.CLEARED
        newest = select(*_COLUMNS, addresses.c.seq).where(self._tenant.owns(addresses), wanted)
        newest = newest.where(~select(later.c.seq).where(*newer).exists())
        if before is not None:
            newest = newest.where(addresses.c.seq < before)
        rows = await self._tenant.all(newest.order_by(addresses.c.seq.desc()).limit(limit + 1))
        more = rows[limit - 1].seq if len(rows) > limit else None
        standing = await self.standing(
            [row.address_key for row in rows]
        )  # a late one may be older than what cleared it
        return [_record(row[: len(_COLUMNS)]) for row in rows[:limit] if row.address_key in standing], more

    async def history(self, key: str) -> list[AddressRecord]:
        """Everything recorded of one address, oldest first."""
        return await self._records([key])

    async def _records(self, keys: Collection[str]) -> list[AddressRecord]:
        if not keys:
            return []
        statement = select(*_COLUMNS).where(self._tenant.owns(addresses), among(addresses.c.address_key, keys))
        rows = await self._tenant.all(statement.order_by(addresses.c.address_key, addresses.c.seq))
        return [_record(row) for row in rows]


def _record(row: Sequence[Any]) -> AddressRecord:
    return AddressRecord(*row)
