"""Members: Slack's users as last read, with their role here."""

from collections.abc import Collection, Mapping

from sqlalchemy import Column, Index, Table, bindparam, select, tuple_, update

from bot.outreach.access import Permission, Role
from bot.outreach.members import Member
from bot.outreach.roles import Account
from storage.tables import AnyRow, among, incoming, metadata, owner_column
from storage.tenant import Tenant
from storage.types import Choice, CleanText, Int64, Json, KeyText, UtcDateTime

members = Table(
    "members",
    metadata,
    owner_column(primary_key=True),
    Column("user_id", KeyText, primary_key=True),
    Column("name", CleanText, nullable=False),
    Column("role", Int64, nullable=False),
    Column("timezone", CleanText, nullable=False),
    Column("refreshed_at", UtcDateTime),
    Column("account", Choice(Account), nullable=False),
    Column("set_role", Int64),
    Column("grants", Json, nullable=False),
    Index(None, "workspace_id", "role"),
)
_NAMES = ("user_id", "name", "role", "timezone", "refreshed_at", "account", "set_role", "grants")
_COLUMNS = [members.c[name] for name in _NAMES]
_IS_THERE = members.c.account != Account.GONE


class Members:
    """The members of one workspace."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def get(self, user_id: str) -> Member | None:
        """The member with this Slack id."""
        statement = select(*_COLUMNS).where(self._tenant.owns(members), members.c.user_id == user_id)
        row = await self._tenant.first(statement)
        return _member(row) if row else None

    async def get_many(self, user_ids: Collection[str]) -> list[Member]:
        """Those of them that are known."""
        statement = select(*_COLUMNS).where(self._tenant.owns(members), among(members.c.user_id, user_ids))
        return [_member(row) for row in await self._tenant.all(statement)]

    async def named(self, user_ids: Collection[str]) -> dict[str, str]:
        """The names of those that are known, by id."""
        statement = select(members.c.user_id, members.c.name)
        statement = statement.where(self._tenant.owns(members), among(members.c.user_id, user_ids))
        return {row.user_id: row.name for row in await self._tenant.all(statement)}

    async def save(self, *many: Member) -> None:
        """Add the members, or take over what is known now."""
        rows = [self._tenant.row(**_values(member)) for member in many]
        insert = self._tenant.insert(members)
        key = ["workspace_id", "user_id"]
        await self._tenant.many(insert.on_conflict_do_update(index_elements=key, set_=incoming(*_NAMES[1:])), rows)

    async def set_roles(self, roles: Mapping[str, Role]) -> None:
        """What these members' roles come to, by their ids."""
        one = update(members).where(self._tenant.owns(members), members.c.user_id == bindparam("_user_id"))
        rows = [{"_user_id": user_id, "_role": int(role)} for user_id, role in sorted(roles.items())]
        await self._tenant.many(one.values(role=bindparam("_role")), rows)

    async def admins(self) -> list[Member]:
        """Everyone who may do what admins may, the highest role first."""
        above = select(*_COLUMNS).where(self._tenant.owns(members), members.c.role >= int(Role.ADMIN))
        rows = await self._tenant.all(above.order_by(members.c.role.desc(), members.c.user_id))
        return [_member(row) for row in rows]

    async def has_owner(self) -> bool:
        """Whether anybody is an owner."""
        owner = select(members.c.user_id).where(self._tenant.owns(members), members.c.role == int(Role.OWNER))
        return await self._tenant.value(owner.limit(1)) is not None

    async def by_default(self) -> list[str]:
        """The ids of those whose role may follow the workspace's default."""
        mine = (self._tenant.owns(members), members.c.account == Account.MEMBER, members.c.set_role.is_(None))
        return await self._tenant.values(select(members.c.user_id).where(*mine))

    async def page(self, limit: int, after: str = "") -> list[Member]:
        """Those whom Slack has not deactivated, the highest role first, then by name. after: whom the page follows."""
        order = (-members.c.role, members.c.name, members.c.user_id)
        statement = select(*_COLUMNS).where(self._tenant.owns(members), _IS_THERE)
        if after:
            last = select(*order).where(self._tenant.owns(members), members.c.user_id == after)
            row = await self._tenant.first(last)
            statement = statement.where(tuple_(*order) > tuple_(*row)) if row else statement
        return [_member(row) for row in await self._tenant.all(statement.order_by(*order).limit(limit))]


def _values(member: Member) -> dict[str, object]:
    values = {name: getattr(member, name) for name in _NAMES}
    by_hand = None if member.set_role is None else int(member.set_role)
    return values | {"role": int(member.role), "set_role": by_hand, "grants": list(member.grants)}


def _member(row: AnyRow) -> Member:
    user_id, name, role, timezone, refreshed_at, account, set_role, grants = row
    by_hand = None if set_role is None else Role(set_role)
    return Member(user_id, name, Role(role), timezone, refreshed_at, account, by_hand, _known(grants))


def _known(grants: list[str]) -> tuple[Permission, ...]:
    """A permission that there was once may stand in an old row; it allows nothing."""
    return tuple(permission for permission in Permission if permission.value in grants)
