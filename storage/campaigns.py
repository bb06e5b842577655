"""Campaigns: our copy of what the vendor has."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, Table, UniqueConstraint, select

from bot.outreach.campaigns import Campaign
from storage.lead_search import contains, words_in
from storage.lead_tables import folded
from storage.tables import AnyRow, among, incoming, metadata, owned_columns
from storage.tenant import Tenant
from storage.types import CleanText, Int64, Json, KeyText, UtcDateTime

campaigns = Table(
    "campaigns",
    metadata,
    *owned_columns(),
    Column("provider_id", KeyText, nullable=False),
    Column("name", CleanText, nullable=False),
    Column("status", CleanText, nullable=False),
    Column("steps", Int64, nullable=False),
    Column("merge_fields", Json, nullable=False),
    Column("lead_count", Int64, nullable=False),
    Column("synced_at", UtcDateTime),
    Column("name_key", CleanText, nullable=False),
    UniqueConstraint("workspace_id", "provider_id"),
)
_NAMES = ("id", "provider_id", "name", "status", "steps", "merge_fields", "lead_count", "synced_at")
_COLUMNS = [campaigns.c[name] for name in _NAMES]


class Campaigns:
    """The campaigns of one workspace."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def save_many(self, synced: Sequence[Campaign]) -> None:
        """Add or refresh by the provider's id; a campaign we know keeps our id."""
        insert = self._tenant.insert(campaigns)
        fresh = incoming(*_NAMES[2:], "name_key")
        statement = insert.on_conflict_do_update(index_elements=["workspace_id", "provider_id"], set_=fresh)
        await self._tenant.many(statement, [self._row(campaign) for campaign in synced])

    async def all(self) -> list[Campaign]:
        """Every campaign, by name."""
        return await self._campaigns(self._select())

    async def get(self, campaign_id: str) -> Campaign | None:
        """The campaign with our id."""
        return await self._one(campaigns.c.id == campaign_id)

    async def by_provider(self, provider_id: str) -> Campaign | None:
        """The campaign with the provider's id."""
        return await self._one(campaigns.c.provider_id == provider_id)

    async def ids_of(self, provider_ids: Collection[str]) -> dict[str, str]:
        """Our ids of these campaigns, by the provider's; unknown ones are absent."""
        these = select(campaigns.c.provider_id, campaigns.c.id).where(
            self._tenant.owns(campaigns), among(campaigns.c.provider_id, provider_ids)
        )
        return {row.provider_id: row.id for row in await self._tenant.all(these)}

    async def named(self, name: str) -> list[Campaign]:
        """The campaigns of exactly this name whatever the case, else those whose name holds it."""
        key = folded(name.strip())
        exact = await self._campaigns(self._select(campaigns.c.name_key == key))
        return exact or await self._campaigns(self._select(self._holds(key)))

    async def search(self, text: str, limit: int) -> list[Campaign]:
        """Campaigns whose name holds every word, by name."""
        holds_all = [self._holds(word) for word in words_in(text)]
        return await self._campaigns(self._select(*holds_all).limit(limit))

    def _holds(self, word: str) -> ColumnElement[bool]:
        return contains(campaigns.c.name_key, word, is_sqlite=self._tenant.is_sqlite)

    def _select(self, *conditions: ColumnElement[bool]) -> Select[Any]:
        statement = select(*_COLUMNS).where(self._tenant.owns(campaigns), *conditions)
        return statement.order_by(campaigns.c.name_key, campaigns.c.seq)

    async def _campaigns(self, statement: Select[Any]) -> list[Campaign]:
        return [_campaign(row) for row in await self._tenant.all(statement)]

    async def _one(self, condition: ColumnElement[bool]) -> Campaign | None:
        found = await self._campaigns(self._select(condition))
        return found[0] if found else None

    def _row(self, campaign: Campaign) -> dict[str, Any]:
        values = {name: getattr(campaign, name) for name in _NAMES}
        return self._tenant.row(**values, name_key=folded(campaign.name.strip()))


def _campaign(row: AnyRow) -> Campaign:
    values = row._asdict()
    return Campaign(**values | {"merge_fields": tuple(values["merge_fields"])})
