"""User groups that give a role, and the people last read in each."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table, delete, func, select, update

from bot.outreach.access import Role
from bot.outreach.roles import RoleGroup
from storage.tables import AnyRow, among, incoming, metadata, owner_column, refers_to
from storage.tenant import Tenant
from storage.types import CleanText, Int64, KeyText, UtcDateTime

role_groups = Table(
    "role_groups",
    metadata,
    owner_column(primary_key=True),
    Column("id", KeyText, primary_key=True),
    Column("handle", CleanText, nullable=False),
    Column("name", CleanText, nullable=False),
    Column("role", Int64, nullable=False),
    Column("read_at", UtcDateTime),
    Column("problem", CleanText, nullable=False),
)
role_group_people = Table(
    "role_group_people",
    metadata,
    owner_column(),
    Column("group_id", KeyText, nullable=False),
    Column("user_id", KeyText, nullable=False),
    PrimaryKeyConstraint("workspace_id", "group_id", "user_id"),
    refers_to("role_groups", "group_id"),
    Index(None, "workspace_id", "user_id"),
)
_NAMES = ("id", "handle", "name", "role", "read_at", "problem")
_COLUMNS = [role_groups.c[name] for name in _NAMES]


class RoleGroups:
    """The groups of one workspace."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def all(self) -> list[RoleGroup]:
        """Every group, the highest role first."""
        statement = select(*_COLUMNS).where(self._tenant.owns(role_groups))
        ordered = statement.order_by(role_groups.c.role.desc(), role_groups.c.name, role_groups.c.id)
        return [_group(row) for row in await self._tenant.all(ordered)]

    async def put(self, group: RoleGroup) -> None:
        """Add the group, or give it this role."""
        values = {name: getattr(group, name) for name in _NAMES} | {"role": int(group.role)}
        insert = self._tenant.insert(role_groups).values(self._tenant.row(**values))
        fresh = incoming(*_NAMES[1:])
        await self._tenant.change(insert.on_conflict_do_update(index_elements=["workspace_id", "id"], set_=fresh))

    async def drop(self, group_id: str) -> bool:
        """The group gives no role any more. False when it gave none."""
        people = delete(role_group_people).where(self._tenant.owns(role_group_people))
        await self._tenant.change(people.where(role_group_people.c.group_id == group_id))
        group = delete(role_groups).where(self._tenant.owns(role_groups), role_groups.c.id == group_id)
        return await self._tenant.change(group) > 0

    async def read(self, group_id: str, at: datetime | None, problem: str) -> None:
        """How the newest reading went. at: None leaves the time of the last good one."""
        one = update(role_groups).where(self._tenant.owns(role_groups), role_groups.c.id == group_id)
        values = {"problem": problem, **({"read_at": at} if at else {})}
        await self._tenant.change(one.values(**values))

    async def people(self, group_id: str) -> set[str]:
        """The Slack ids of the people last read in it."""
        mine = (self._tenant.owns(role_group_people), role_group_people.c.group_id == group_id)
        return set(await self._tenant.values(select(role_group_people.c.user_id).where(*mine)))

    async def numbers(self) -> dict[str, int]:
        """How many people each group has, by its id."""
        number = func.count().label("number")
        statement = select(role_group_people.c.group_id, number).where(self._tenant.owns(role_group_people))
        rows = await self._tenant.all(statement.group_by(role_group_people.c.group_id))
        return {row.group_id: row.number for row in rows}

    async def set_people(self, group_id: str, user_ids: Collection[str]) -> set[str]:
        """The people in it now. Answers whoever came or went."""
        before, after = await self.people(group_id), set(user_ids)
        mine = delete(role_group_people).where(
            self._tenant.owns(role_group_people), role_group_people.c.group_id == group_id
        )
        await self._tenant.change(mine.where(among(role_group_people.c.user_id, sorted(before - after))))
        rows = [self._tenant.row(group_id=group_id, user_id=user_id) for user_id in sorted(after - before)]
        await self._tenant.many(self._tenant.insert(role_group_people).on_conflict_do_nothing(), rows)
        return before ^ after

    async def of_people(self, user_ids: Collection[str]) -> dict[str, list[RoleGroup]]:
        """The groups these people are in, by their Slack ids."""
        joined = (role_groups.c.workspace_id == role_group_people.c.workspace_id) & (
            role_groups.c.id == role_group_people.c.group_id
        )
        statement = select(role_group_people.c.user_id, *_COLUMNS).join_from(role_group_people, role_groups, joined)
        mine = (self._tenant.owns(role_group_people), among(role_group_people.c.user_id, user_ids))
        found: dict[str, list[RoleGroup]] = {}
        for user_id, *row in await self._tenant.all(statement.where(*mine)):
            found.setdefault(user_id, []).append(_group(row))
        return found


def _group(row: AnyRow | list[object]) -> RoleGroup:
    group_id, handle, name, role, read_at, problem = row
    return RoleGroup(group_id, handle, name, Role(role), read_at, problem)  # type: ignore[arg-type]
