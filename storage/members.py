"""Members: Slack's users as last read, with their role here."""

from collections.abc import Collection

from sqlalchemy import Column, Table, select

from bot.outreach.access import Role
from bot.outreach.members import Member
from storage.tables import AnyRow, among, metadata, owner_column
from storage.tenant import Tenant
from storage.types import CleanText, Int64, KeyText, UtcDateTime

members = Table(
    "members",
    metadata,
    owner_column(primary_key=True),
    Column("user_id", KeyText, primary_key=True),
    Column("name", CleanText, nullable=False),
    Column("role", Int64, nullable=False),
    Column("timezone", CleanText, nullable=False),
    Column("refreshed_at", UtcDateTime),
)
_NAMES = ("user_id", "name", "role", "timezone", "refreshed_at")
_COLUMNS = [members.c[name] for name in _NAMES]


class Members:
    """The members of one workspace."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def get(self, user_id: str) -> Member | None:
        """The member with this Slack id."""
        statement = select(*_COLUMNS).where(self._tenant.owns(members), members.c.user_id == user_id)
        row = await self._tenant.first(statement)
        return _member(row) if row else None

    async def named(self, user_ids: Collection[str]) -> dict[str, str]:
        """The names of those that are known, by id."""
        statement = select(members.c.user_id, members.c.name)
        statement = statement.where(self._tenant.owns(members), among(members.c.user_id, user_ids))
        return {row.user_id: row.name for row in await self._tenant.all(statement)}

    async def save(self, member: Member) -> None:
        """Add the member, or take over what was read now."""
        values = {name: getattr(member, name) for name in _NAMES} | {"role": int(member.role)}
        insert = self._tenant.insert(members).values(self._tenant.row(**values))
        fresh = {name: insert.excluded[name] for name in _NAMES[1:]}
        key = ["workspace_id", "user_id"]
        await self._tenant.change(insert.on_conflict_do_update(index_elements=key, set_=fresh))

    async def admins(self) -> list[Member]:
        """Everyone who may do what admins may, the highest role first."""
        above = select(*_COLUMNS).where(self._tenant.owns(members), members.c.role >= int(Role.ADMIN))
        rows = await self._tenant.all(above.order_by(members.c.role.desc(), members.c.user_id))
        return [_member(row) for row in rows]


def _member(row: AnyRow) -> Member:
    user_id, name, role, timezone, refreshed_at = row
    return Member(user_id, name, Role(role), timezone, refreshed_at)
