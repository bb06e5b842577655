"""Web forms, each known to pages by its key."""

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Column, Select, Table, UniqueConstraint, select, update

from bot.outreach.forms import WebForm
from storage.tables import AnyRow, among, metadata, owned_columns
from storage.tenant import Tenant
from storage.types import CleanText, Json, KeyText, UtcDateTime

forms = Table(
    "forms",
    metadata,
    *owned_columns(),
    Column("key", KeyText, nullable=False),
    Column("name", KeyText, nullable=False),
    Column("fields", Json, nullable=False),
    Column("wording", CleanText, nullable=False),
    Column("double_opt_in", Boolean, nullable=False),
    Column("site_id", KeyText, nullable=False),
    Column("origins", Json, nullable=False),
    Column("thank_you_url", CleanText, nullable=False),
    Column("author", CleanText, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("retired_at", UtcDateTime),
    UniqueConstraint("workspace_id", "key"),
    UniqueConstraint("workspace_id", "name"),
)
_NAMES = tuple(field.name for field in fields(WebForm))
_LISTS = ("fields", "origins")
_FIXED = frozenset({"id", "key", "author", "created_at", "retired_at"})


class Forms:
    """The forms of one workspace."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def all(self) -> list[WebForm]:
        """Every form, by name."""
        return [_form(row) for row in await self._tenant.all(self._select().order_by(forms.c.name))]

    async def get_many(self, form_ids: Collection[str]) -> dict[str, WebForm]:
        """The forms with these ids, by id."""
        rows = await self._tenant.all(self._select().where(among(forms.c.id, form_ids)))
        return {form.id: form for form in map(_form, rows)}

    async def keyed(self, key: str) -> WebForm | None:
        """The form a page knows by this key."""
        row = await self._tenant.first(self._select().where(forms.c.key == key))
        return _form(row) if row else None

    async def add(self, form: WebForm) -> bool:
        """False when another one has this name."""
        return await self._tenant.add_once(forms, **{name: getattr(form, name) for name in _NAMES})

    async def change(self, form: WebForm) -> bool:
        """Everything but its key and its history. False when it is gone."""
        values = {name: getattr(form, name) for name in _NAMES if name not in _FIXED}
        one = update(forms).where(self._tenant.owns(forms), forms.c.id == form.id)
        return await self._tenant.change(one.values(**values)) > 0

    async def retire(self, form_id: str, at: datetime | None) -> bool:
        """Take no more submissions; None takes them again. False when it stands so already, or is gone."""
        moves = forms.c.retired_at.is_(None) if at else forms.c.retired_at.is_not(None)
        one = update(forms).where(self._tenant.owns(forms), forms.c.id == form_id, moves)
        return await self._tenant.change(one.values(retired_at=at)) > 0

    def _select(self) -> Select[Any]:
        return select(*(forms.c[name] for name in _NAMES)).where(self._tenant.owns(forms))


def _form(row: AnyRow) -> WebForm:
    values = dict(zip(_NAMES, row, strict=True))
    return WebForm(**(values | {name: tuple(values[name]) for name in _LISTS}))
