"""What roles come to, inside somebody else's transaction."""

from collections.abc import Collection, Sequence
from datetime import datetime

from bot.outreach.access import Actor, Role
from bot.outreach.events import EventKind, by
from bot.outreach.members import Member
from bot.outreach.role_board import Ranked
from bot.outreach.roles import default_of, standing
from storage.unit_of_work import UnitOfWork

_KEY = "default role"
_MOST_TOLD = 20


async def hold_roles(uow: UnitOfWork) -> None:
    """Nobody else changes anybody's role until the transaction ends: who is the last owner is then a plain question."""
    await uow.settings.hold(_KEY)


async def default_role(uow: UnitOfWork) -> Role:
    """What somebody is whom nothing else makes anything."""
    return default_of(await uow.settings.get(_KEY))


async def set_default_role(uow: UnitOfWork, role: Role) -> None:
    """From now on, for everybody it concerns; `settle` comes after."""
    await uow.settings.put(_KEY, int(role))


async def ranked(uow: UnitOfWork, people: Sequence[Member]) -> list[Ranked]:
    """Where these members' roles come from, as things stand now."""
    default = await default_role(uow)
    groups = await uow.role_groups.of_people([member.user_id for member in people])
    return [
        Ranked(member, standing(member.account, member.set_role, groups.get(member.user_id, ()), default))
        for member in people
    ]


async def settle(uow: UnitOfWork, user_ids: Collection[str]) -> list[str]:
    """Give these members the role that all of it comes to now; who became what, in words for the log."""
    moved = [
        each
        for each in await ranked(uow, await uow.members.get_many(user_ids))
        if each.member.role is not each.standing.role
    ]
    await uow.members.set_roles({each.member.user_id: each.standing.role for each in moved})
    return [
        f"{each.member.name}: {each.member.role.name.lower()} → {each.standing.role.name.lower()}" for each in moved
    ]


async def tell_changes(uow: UnitOfWork, actor: Actor, at: datetime, changes: Sequence[str]) -> None:
    """Leave them in the log, the first of many by name."""
    more = len(changes) - _MOST_TOLD
    told = [*changes[:_MOST_TOLD], *([f"{more:,} more"] if more > 0 else [])]
    if told:
        await uow.events.add(by(actor, EventKind.ROLES_SET, at, None, {"changes": told}))
