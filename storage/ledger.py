"""The ledger: everything that must happen once has a key, and the first to claim it wins."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Table, select, update

from storage.tables import metadata, owner_column
from storage.tenant import Tenant
from storage.types import CleanText, Json, KeyText, UtcDateTime

ledger = Table(
    "ledger",
    metadata,
    owner_column(primary_key=True),
    Column("key", KeyText, primary_key=True),
    Column("actor", CleanText, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("outcome", Json),
)


class Ledger:
    """The keys claimed in one workspace."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def claim(self, key: str, actor: str, at: datetime) -> bool:
        """Whether this is the first claim of the key. On PostgreSQL a rival's open transaction is waited for."""
        return await self._tenant.add_once(ledger, key=key, actor=actor, at=at)

    async def claim_many(self, keys: Collection[str], actor: str, at: datetime) -> set[str]:
        """The keys among these that nobody had claimed. In one order, so that two rivals cannot wait for each other."""
        if not keys:
            return set()
        rows = [self._tenant.row(key=key, actor=actor, at=at) for key in sorted(keys)]
        insert = self._tenant.insert(ledger).on_conflict_do_nothing()
        return set(await self._tenant.added(insert.returning(ledger.c.key), rows))

    async def outcome(self, key: str) -> tuple[str, datetime, dict[str, Any] | None] | None:
        """Who claimed the key, when, and what came of it, if that is known; None when nobody did."""
        columns = (ledger.c.actor, ledger.c.at, ledger.c.outcome)
        row = await self._tenant.first(select(*columns).where(self._tenant.owns(ledger), ledger.c.key == key))
        return (row.actor, row.at, row.outcome) if row else None

    async def settle(self, key: str, outcome: Mapping[str, Any]) -> None:
        """Record what came of the claim."""
        one = (self._tenant.owns(ledger), ledger.c.key == key)
        await self._tenant.change(update(ledger).where(*one).values(outcome=outcome))
