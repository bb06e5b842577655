"""The address ledger: what speaks against writing to an address, and what took it back."""

from collections.abc import Collection, Sequence
from datetime import datetime
from hashlib import blake2b
from itertools import groupby
from typing import Any

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table, and_, bindparam, insert, or_, select

from bot.outreach.reachability import AddressFact, AddressRecord, standing_fact
from storage.tables import among, metadata, owner_column, seq_column
from storage.tenant import Tenant
from storage.types import Choice, CleanText, Ids, KeyText, UtcDateTime

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
erased_addresses = Table(
    "erased_addresses",
    metadata,
    owner_column(),
    Column("hash", KeyText, nullable=False),
    Column("fact", Choice(AddressFact), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("workspace_id", "hash"),
)
_FEW = 1_000  # so many erased addresses are read at once
_HASH_BYTES = 20
ERASED = "erased"  # the source of what is known of an address by its hash
_COLUMNS = [addresses.c[name] for name in ("address_key", "fact", "at", "source", "actor", "note")]
# Made once: an import asks these for every batch, and everybody else waits meanwhile.
_OF_KEYS = (
    select(*_COLUMNS)
    .where(
        addresses.c.workspace_id == bindparam("owner"), among(addresses.c.address_key, bindparam("keys", type_=Ids()))
    )
    .order_by(addresses.c.address_key, addresses.c.seq)
)
_ERASED = select(erased_addresses.c.hash, erased_addresses.c.fact, erased_addresses.c.at)
_FIRST_ERASED = _ERASED.where(erased_addresses.c.workspace_id == bindparam("owner")).limit(_FEW + 1)


class Addresses:
    """Records are added and never changed. Of an erased address a keyed hash stays, and what stands against it.

    hash_keys: newest first, so that a hash made before a key was replaced is found. changed: gathers the keys of those
    added.
    """

    def __init__(self, tenant: Tenant, hash_keys: Sequence[bytes], changed: set[str]) -> None:
        self._tenant = tenant
        self._hash_keys = hash_keys or (b"",)
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
        facts = {key: standing_fact(records) for key, records in (await self.of_keys(keys)).items()}
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

    async def of_keys(self, keys: Collection[str]) -> dict[str, list[AddressRecord]]:
        """Everything recorded of each of these addresses, oldest first; those without any are absent."""
        records = await self._records(keys)
        found = {key: list(group) for key, group in groupby(records, lambda record: record.address_key)}
        for key, record in (await self.erased(keys)).items():
            found[key] = [record, *found.get(key, ())]
        return found

    async def history(self, key: str) -> list[AddressRecord]:
        """Everything recorded of one address, oldest first."""
        return (await self.of_keys([key])).get(key, [])

    async def keep_erased(self, keys: Collection[str], at: datetime) -> None:
        """Before their records go: nobody is to write to these any more, and nobody can read who they were."""
        standing = await self.standing(keys)
        for key in keys:
            fact = standing.get(key, AddressFact.SUPPRESSED)
            values = self._tenant.row(hash=self._hash(key, self._hash_keys[0]), fact=fact, at=at)
            insert = self._tenant.insert(erased_addresses).values(values)
            newer = {"fact": fact, "at": at}
            await self._tenant.change(insert.on_conflict_do_update(index_elements=["workspace_id", "hash"], set_=newer))

    async def erased(self, keys: Collection[str]) -> dict[str, AddressRecord]:
        """What stays of those of these addresses that were erased. Where nobody was, that is all that is asked."""
        rows = await self._tenant.all(_FIRST_ERASED.params(owner=self._tenant.workspace_id)) if keys else ()
        if not rows:
            return {}
        by_hash = {self._hash(key, secret): key for secret in self._hash_keys for key in keys}
        if len(rows) > _FEW:
            mine = (self._tenant.owns(erased_addresses), among(erased_addresses.c.hash, by_hash))
            rows = await self._tenant.all(_ERASED.where(*mine))
        known = [(by_hash[hash], fact, at) for hash, fact, at in rows if hash in by_hash]
        return {key: AddressRecord(key, fact, at, ERASED) for key, fact, at in known}

    async def erased_page(
        self, limit: int, fact: AddressFact | None = None, after: str = ""
    ) -> tuple[list[AddressRecord], str]:
        """What stays of erased people, without an address, newest first, and where the next page begins, if any."""
        found = select(erased_addresses.c.fact, erased_addresses.c.at, erased_addresses.c.hash)
        found = found.where(self._tenant.owns(erased_addresses))
        if fact is not None:
            found = found.where(erased_addresses.c.fact == fact)
        if after:
            moment, _, last = after.partition("|")
            at = datetime.fromisoformat(moment)
            later = and_(erased_addresses.c.at == at, erased_addresses.c.hash > last)
            found = found.where(or_(erased_addresses.c.at < at, later))
        newest = found.order_by(erased_addresses.c.at.desc(), erased_addresses.c.hash).limit(limit + 1)
        rows = await self._tenant.all(newest)
        end = f"{rows[limit - 1].at.isoformat()}|{rows[limit - 1].hash}" if len(rows) > limit else ""
        return [AddressRecord("", row.fact, row.at, ERASED) for row in rows[:limit]], end

    def _hash(self, key: str, secret: bytes) -> str:
        text = f"{self._tenant.workspace_id}\0{key}".encode()
        return blake2b(text, key=secret, digest_size=_HASH_BYTES).hexdigest()

    async def _records(self, keys: Collection[str]) -> list[AddressRecord]:
        if not keys:
            return []
        rows = await self._tenant.all(_OF_KEYS.params(owner=self._tenant.workspace_id, keys=keys))
        return [_record(row) for row in rows]


def _record(row: Sequence[Any]) -> AddressRecord:
    return AddressRecord(*row)
