"""Roles: read by everybody, changed by owners, followed in Slack by the clock."""

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.outreach.access import CLOCK, Actor, Permission, Role, require
from bot.outreach.errors import Conflict, Invalid, LimitReached, NotFound
from bot.outreach.members import Member
from bot.outreach.role_board import Ranked, RoleBoard
from bot.outreach.roles import DEFAULTS, MOST_GROUPS, Account, LastOwner, RoleGroup, Standing, checked_grants
from bot.services.members import MemberService
from bot.services.standing import default_role, hold_roles, ranked, set_default_role, settle, tell_changes
from storage.database import Database
from storage.unit_of_work import UnitOfWork

PAGE_PEOPLE = 20
GROUPS, PEOPLE = "groups", "people"
AGAIN = timedelta(minutes=5)
_EVERY = {GROUPS: timedelta(minutes=5), PEOPLE: timedelta(hours=1)}


class RoleService:
    """The roles of a workspace."""

    def __init__(self, database: Database, clock: Clock, members: MemberService) -> None:
        self._database = database
        self._clock = clock
        self._members = members

    async def board(self, workspace_id: str, actor: Actor, after: str = "") -> RoleBoard:
        """A page of people with their roles, the groups and the default. after: whom the page follows."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            found = await uow.members.page(PAGE_PEOPLE + 1, after)
            page = await ranked(uow, found[:PAGE_PEOPLE])
            you = await ranked(uow, await uow.members.get_many([actor.id]))
            return RoleBoard(
                you[0] if you else None,
                tuple(page),
                tuple(await uow.role_groups.all()),
                await uow.role_groups.numbers(),
                await default_role(uow),
                found[PAGE_PEOPLE - 1].user_id if len(found) > PAGE_PEOPLE else "",
                not after,
            )

    async def of(self, workspace_id: str, actor: Actor, user_id: str) -> tuple[Ranked, Standing]:
        """One person to be changed, and what they would be without a role by hand. Raises `NotFound`, `Conflict`."""
        require(actor, Permission.MANAGE_ROLES)
        async with self._database.read(workspace_id) as uow:
            member = await _changeable(uow, user_id)
            now, otherwise = await ranked(uow, [member, replace(member, set_role=None)])
            return now, otherwise.standing

    async def default(self, workspace_id: str, actor: Actor) -> Role:
        """The default role, to be changed."""
        require(actor, Permission.MANAGE_ROLES)
        async with self._database.read(workspace_id) as uow:
            return await default_role(uow)

    async def set_role(self, workspace_id: str, actor: Actor, user_id: str, role: Role | None) -> str:
        """Set somebody's role by hand; None leaves it to groups and Slack again. What came of it, in words.

        Raises `LastOwner`, `Conflict`.
        """
        async with self._changing(workspace_id, actor) as (uow, changes):
            member = await _changeable(uow, user_id)
            if member.account is Account.PRIMARY:
                raise Conflict(f"{member.name} is the primary owner of the Slack workspace and stays an owner here.")
            await uow.members.save(replace(member, set_role=role))
            moved = await settle(uow, [user_id])
            if member.set_role is not role:
                changes += moved or [f"{member.name}: {_words(role)}"]
            now = await _somebody(uow, user_id)
        return f"{now.name} is {now.role.name.lower()} now."

    async def set_grants(self, workspace_id: str, actor: Actor, user_id: str, grants: Iterable[Permission]) -> str:
        """What somebody may on top of their role, in place of what it was. Raises `Invalid`, `Conflict`."""
        chosen = checked_grants(grants)
        async with self._changing(workspace_id, actor) as (uow, changes):
            member = await _changeable(uow, user_id)
            given, taken = set(chosen) - set(member.grants), set(member.grants) - set(chosen)
            changes += [f"{member.name} may {permission.value}" for permission in sorted(given)]
            changes += [f"{member.name} no longer granted: {permission.value}" for permission in sorted(taken)]
            await uow.members.save(replace(member, grants=chosen))
        return f"{member.name} may also {', '.join(chosen)}." if chosen else f"{member.name} has no grants now."

    async def set_default(self, workspace_id: str, actor: Actor, role: Role) -> str:
        """What everybody is whom nothing else makes anything."""
        async with self._changing(workspace_id, actor) as (uow, changes):
            if role not in DEFAULTS:
                raise Invalid("Everybody cannot be an owner. Choose viewer, editor or admin.", field="role")
            if await default_role(uow) is not role:
                changes.append(f"by default: {role.name.lower()}")
            await set_default_role(uow, role)
            await settle(uow, await uow.members.by_default())
        return f"Everybody else is {role.name.lower()} now."

    async def put_group(self, workspace_id: str, actor: Actor, group: RoleGroup, people: Collection[str]) -> str:
        """Let a group of Slack give its people a role. people: their Slack ids, read just now."""
        async with self._changing(workspace_id, actor) as (uow, changes):
            known = {each.id: each for each in await uow.role_groups.all()}
            if group.id not in known and len(known) >= MOST_GROUPS:
                raise LimitReached(f"At most {MOST_GROUPS} groups give roles. Remove one first.")
            await uow.role_groups.put(replace(group, read_at=self._clock(), problem=""))
            touched = await uow.role_groups.set_people(group.id, people)
            changes.append(f"group {group.name}: {group.role.name.lower()}")
            changes += await settle(uow, touched | set(people))
            await _turn_now(uow, PEOPLE)
        return f"{group.name} makes its people {group.role.name.lower()} now."

    async def remove_group(self, workspace_id: str, actor: Actor, group_id: str) -> str:
        """A group gives no role any more. Removing it twice is harmless."""
        async with self._changing(workspace_id, actor) as (uow, changes):
            known = {each.id: each for each in await uow.role_groups.all()}
            if group_id not in known:
                return "This group gives no role any more."
            people = await uow.role_groups.people(group_id)
            await uow.role_groups.drop(group_id)
            changes.append(f"group {known[group_id].name}: none")
            changes += await settle(uow, people)
        return f"{known[group_id].name} gives no role any more."

    @asynccontextmanager
    async def _changing(self, workspace_id: str, actor: Actor) -> AsyncIterator[tuple[UnitOfWork, list[str]]]:
        """One change at a time, by somebody who is an owner at that very moment, that leaves an owner."""
        require(actor, Permission.MANAGE_ROLES)
        async with self._database.begin(workspace_id) as uow:
            await hold_roles(uow)
            if now := await uow.members.get(actor.id):
                require(replace(now.actor, colleagues=actor.colleagues), Permission.MANAGE_ROLES)
            had_owner, changes = await uow.members.has_owner(), list[str]()
            yield uow, changes
            if had_owner and not await uow.members.has_owner():
                raise LastOwner
            await tell_changes(uow, actor, self._clock(), changes)
        self._members.forget_colleagues(workspace_id)

    # What the clock asks

    async def turn(self, workspace_id: str, what: str) -> bool:
        """Whether it is time to read this from Slack, and nobody else does; a try that fails is repeated soon."""
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            due = await uow.settings.hold(_turn_key(what))
            if isinstance(due, str) and datetime.fromisoformat(due) > now:
                return False
            await uow.settings.put(_turn_key(what), (now + AGAIN).isoformat())
            return True

    async def turn_taken(self, workspace_id: str, what: str) -> None:
        """It was read; the next time is in a while."""
        async with self._database.begin(workspace_id) as uow:
            await uow.settings.put(_turn_key(what), (self._clock() + _EVERY[what]).isoformat())

    async def groups(self, workspace_id: str) -> Sequence[RoleGroup]:
        """The groups whose people are to be read."""
        async with self._database.read(workspace_id) as uow:
            return await uow.role_groups.all()

    async def group_read(self, workspace_id: str, group_id: str, people: Collection[str]) -> None:
        """The people in a group now. Those known before stay when nobody would be left as an owner."""
        try:
            async with self._database.begin(workspace_id) as uow:
                await hold_roles(uow)
                if group_id not in {each.id for each in await uow.role_groups.all()}:
                    return
                had_owner = await uow.members.has_owner()
                changes = await settle(uow, await uow.role_groups.set_people(group_id, people))
                if had_owner and not await uow.members.has_owner():
                    raise LastOwner
                await uow.role_groups.read(group_id, self._clock(), "")
                await tell_changes(uow, CLOCK, self._clock(), changes)
        except LastOwner:
            await self.group_unread(workspace_id, group_id, "nobody would be left as an owner")
        self._members.forget_colleagues(workspace_id)

    async def group_unread(self, workspace_id: str, group_id: str, problem: str) -> None:
        """The people in a group could not be read: those known before keep their role."""
        async with self._database.begin(workspace_id) as uow:
            await uow.role_groups.read(group_id, None, problem)


async def _somebody(uow: UnitOfWork, user_id: str) -> Member:
    member = await uow.members.get(user_id)
    if member is None:
        raise NotFound("This person is not known here. Choose them in `/outreach roles` again.")
    return member


async def _changeable(uow: UnitOfWork, user_id: str) -> Member:
    member = await _somebody(uow, user_id)
    if member.account is Account.GONE:
        raise Conflict(f"{member.name} was deactivated in Slack and may do nothing here.")
    return member


async def _turn_now(uow: UnitOfWork, what: str) -> None:
    await uow.settings.put(_turn_key(what), None)


def _turn_key(what: str) -> str:
    return f"next reading of {what}"


def _words(role: Role | None) -> str:
    return f"{role.name.lower()}, set by hand" if role is not None else "as Slack says"
