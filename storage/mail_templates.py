"""Mail templates that people write."""

from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Table, UniqueConstraint, delete, select, update

from bot.outreach.mail_templates import MailTemplate
from storage.tables import AnyRow, metadata, owned_columns
from storage.tenant import Tenant
from storage.types import CleanText, Int64, KeyText, UtcDateTime

mail_templates = Table(
    "mail_templates",
    metadata,
    *owned_columns(),
    Column("name", KeyText, nullable=False),
    Column("subject", CleanText, nullable=False),
    Column("body", CleanText, nullable=False),
    Column("revision", Int64, nullable=False),
    Column("author", CleanText, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    UniqueConstraint("workspace_id", "name"),
)
_NAMES = tuple(field.name for field in fields(MailTemplate))


class MailTemplates:
    """The templates of one workspace."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def all(self) -> list[MailTemplate]:
        """Every template, by name."""
        return [_template(row) for row in await self._tenant.all(self._select().order_by(mail_templates.c.name))]

    async def get(self, template_id: str) -> MailTemplate | None:
        """The template with this id."""
        row = await self._tenant.first(self._select().where(mail_templates.c.id == template_id))
        return _template(row) if row else None

    async def named(self, name: str) -> MailTemplate | None:
        """The template with exactly this name."""
        row = await self._tenant.first(self._select().where(mail_templates.c.name == name))
        return _template(row) if row else None

    async def add(self, template: MailTemplate) -> bool:
        """False when another one has this name."""
        return await self._tenant.add_once(mail_templates, **{name: getattr(template, name) for name in _NAMES})

    async def change(self, template: MailTemplate, seen: int, at: datetime) -> bool:
        """Store it as the revision after `seen`. False when that is not the one that stands, or it is gone."""
        mine = (mail_templates.c.id == template.id, mail_templates.c.revision == seen)
        values = {name: getattr(template, name) for name in ("name", "subject", "body", "author")}
        one = update(mail_templates).where(self._tenant.owns(mail_templates), *mine)
        return await self._tenant.change(one.values(**values, revision=seen + 1, updated_at=at)) > 0

    async def remove(self, template_id: str) -> bool:
        """False when it is gone already."""
        one = delete(mail_templates).where(self._tenant.owns(mail_templates), mail_templates.c.id == template_id)
        return await self._tenant.change(one) > 0

    def _select(self) -> Any:
        return select(*(mail_templates.c[name] for name in _NAMES)).where(self._tenant.owns(mail_templates))


def _template(row: AnyRow) -> MailTemplate:
    return MailTemplate(*row)
