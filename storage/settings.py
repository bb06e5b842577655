"""Small facts a workspace remembers: where a sync stopped, when it last ran."""

from typing import Any

from sqlalchemy import Column, Table, select

from storage.tables import incoming, metadata, owner_column
from storage.tenant import Tenant
from storage.types import Json, KeyText

settings = Table(
    "settings",
    metadata,
    owner_column(primary_key=True),
    Column("key", KeyText, primary_key=True),
    Column("value", Json),
)


class Settings:
    """The facts of one workspace, each JSON under a key."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def get(self, key: str) -> Any:
        """The stored JSON, or None."""
        return await self._tenant.value(
            select(settings.c.value).where(self._tenant.owns(settings), settings.c.key == key)
        )

    async def hold(self, key: str) -> Any:
        """The stored JSON, or None; nobody else holds this key until the transaction ends."""
        await self._tenant.add_once(settings, key=key, value=None)
        held = select(settings.c.value).where(self._tenant.owns(settings), settings.c.key == key)
        return await self._tenant.value(held.with_for_update())

    async def put(self, key: str, value: Any) -> None:
        """Store it in place of what was there."""
        insert = self._tenant.insert(settings).values(self._tenant.row(key=key, value=value))
        place = ["workspace_id", "key"]
        await self._tenant.change(insert.on_conflict_do_update(index_elements=place, set_=incoming("value")))
