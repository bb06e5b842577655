"""Saved views: filters of the list that people keep by name, each for themselves."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Table, UniqueConstraint, delete, select

from bot.outreach.criteria import Criteria, rules_of
from bot.outreach.leads import LeadSort, LeadStatus
from bot.outreach.views import SavedView
from storage.lead_tables import folded
from storage.tables import AnyRow, metadata, owned_columns
from storage.tenant import Tenant
from storage.types import Choice, CleanText, Int64, Json, KeyText, UtcDateTime

saved_views = Table(
    "saved_views",
    metadata,
    *owned_columns(),
    Column("user_id", KeyText, nullable=False),
    Column("name", CleanText, nullable=False),
    Column("name_key", KeyText, nullable=False),
    Column("text", CleanText, nullable=False),
    Column("status", Choice(LeadStatus)),
    Column("sort", Choice(LeadSort), nullable=False),
    Column("descending", Int64),
    Column("segment_id", KeyText),
    Column("created_at", UtcDateTime, nullable=False),
    Column("filters", Json, nullable=False),
    UniqueConstraint("workspace_id", "user_id", "name_key"),
)
_NAMES = ("id", "user_id", "name", "text", "status", "sort", "segment_id", "created_at")
_COLUMNS = [saved_views.c[name] for name in (*_NAMES, "descending", "filters")]


class Views:
    """The saved views of one workspace."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def of(self, user_id: str) -> list[SavedView]:
        """This person's, by name."""
        mine = select(*_COLUMNS).where(self._tenant.owns(saved_views), saved_views.c.user_id == user_id)
        rows = await self._tenant.all(mine.order_by(saved_views.c.name_key))
        return [_view(row) for row in rows]

    async def save(self, view: SavedView) -> None:
        """Store it, in place of the person's own one of this name."""
        values = {name: getattr(view, name) for name in _NAMES}
        descending = None if view.descending is None else int(view.descending)
        values |= {"name_key": folded(view.name), "filters": Criteria(view.filters).stored(), "descending": descending}
        insert = self._tenant.insert(saved_views).values(self._tenant.row(**values))
        fresh = {name: value for name, value in values.items() if name not in {"id", "user_id", "name_key"}}
        key = ["workspace_id", "user_id", "name_key"]
        await self._tenant.change(insert.on_conflict_do_update(index_elements=key, set_=fresh))

    async def remove(self, user_id: str, view_id: str) -> bool:
        """False when this person has no such view."""
        mine = (self._tenant.owns(saved_views), saved_views.c.user_id == user_id, saved_views.c.id == view_id)
        return await self._tenant.change(delete(saved_views).where(*mine)) > 0


def _view(row: AnyRow | Sequence[Any]) -> SavedView:
    *_, descending, filters = row
    own = dict(zip(_NAMES, row, strict=False))
    is_descending = None if descending is None else bool(descending)
    return SavedView(**own, descending=is_descending, filters=rules_of(filters))
