"""Who is who: Slack people with their role here."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.outreach.access import CLOCK, Holder, Role
from bot.outreach.members import Member
from bot.outreach.roles import Account, SlackPerson
from bot.services.standing import default_role, hold_roles, settle, tell_changes
from storage.database import Database
from storage.unit_of_work import UnitOfWork

FRESH_FOR = timedelta(minutes=15)
NAMED_FOR = timedelta(seconds=30)
MOST_HOLDERS = 1_000
SOMEBODY = "somebody"
_SHOWN_UNASKED = {Account.PRIMARY, Account.OWNER, Account.ADMIN}


class MemberService:
    """Remembers members so that a click needs no call to Slack."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._holders: dict[str, tuple[datetime, tuple[Holder, ...]]] = {}

    async def known(self, workspace_id: str, user_id: str) -> Member | None:
        """The member as last read from Slack, or None when never read or no longer fresh.

        Read from the rows each time: a role that was taken away is gone at once, in every process.
        """
        member = await self.last_known(workspace_id, user_id)
        if member is None or member.refreshed_at is None or self._clock() - member.refreshed_at > FRESH_FOR:
            return None
        return member

    async def last_known(self, workspace_id: str, user_id: str) -> Member | None:
        """The member as last read, however long ago."""
        async with self._database.read(workspace_id) as uow:
            return await uow.members.get(user_id)

    async def names(self, workspace_id: str, actor_ids: Iterable[str]) -> dict[str, str]:
        """What to call these actors, by id: a person by the name last read, else `somebody`; the rest by their id."""
        ids = {actor_id for actor_id in actor_ids if actor_id}
        people = sorted(actor_id for actor_id in ids if actor_id.startswith(("U", "W")))
        if not people:
            return {actor_id: actor_id for actor_id in ids}
        async with self._database.read(workspace_id) as uow:
            known = await uow.members.named(people)
        return {actor_id: known.get(actor_id, SOMEBODY if actor_id in people else actor_id) for actor_id in ids}

    async def colleagues(self, workspace_id: str) -> tuple[Holder, ...]:
        """Whom a refusal may name, those with the lowest role that may in front; at most half a minute old."""
        now = self._clock()
        kept = self._holders.get(workspace_id)
        if kept is None or not timedelta(0) <= now - kept[0] <= NAMED_FOR:
            async with self._database.read(workspace_id) as uow:
                people = await uow.members.page(MOST_HOLDERS)
            people.sort(key=lambda member: member.role)
            kept = (now, tuple(Holder(member.name, member.actor.permissions) for member in people))
            self._holders[workspace_id] = kept
        return kept[1]

    def forget_colleagues(self, workspace_id: str) -> None:
        """Somebody's role changed."""
        self._holders.pop(workspace_id, None)

    async def remember(self, workspace_id: str, person: SlackPerson) -> Member:
        """Keep what Slack said of somebody, and give them the role it comes to."""
        async with self._database.begin(workspace_id) as uow:
            await hold_roles(uow)
            await self._keep(uow, [person])
            member = await uow.members.get(person.user_id)
        assert member is not None
        self.forget_colleagues(workspace_id)
        return member

    async def remember_those_that_matter(self, workspace_id: str, people: Sequence[SlackPerson]) -> None:
        """The same for many: those known here, those in a group with a role, and whoever refusals should name."""
        async with self._database.begin(workspace_id) as uow:
            await hold_roles(uow)
            ids = [person.user_id for person in people]
            kept = {member.user_id for member in await uow.members.get_many(ids)}
            kept |= (await uow.role_groups.of_people(ids)).keys()
            await self._keep(uow, [each for each in people if each.user_id in kept or each.account in _SHOWN_UNASKED])
        self.forget_colleagues(workspace_id)

    async def _keep(self, uow: UnitOfWork, people: Sequence[SlackPerson]) -> None:
        """Roles follow Slack; of whoever was known before, the log says so."""
        now, default = self._clock(), await default_role(uow)
        known = {member.user_id: member for member in await uow.members.get_many([each.user_id for each in people])}
        fresh = [Member(each.user_id, each.name, default) for each in people if each.user_id not in known]
        heard = {each.user_id: each for each in people}
        await uow.members.save(*(_as_heard(member, heard, now) for member in (*known.values(), *fresh)))
        await settle(uow, [member.user_id for member in fresh])
        await tell_changes(uow, CLOCK, now, await settle(uow, known))


def _as_heard(member: Member, heard: dict[str, SlackPerson], now: datetime) -> Member:
    person = heard[member.user_id]
    return replace(member, name=person.name, account=person.account, timezone=person.timezone, refreshed_at=now)


def unread(user_id: str, name: str) -> Member:
    """Somebody Slack tells nothing of: they may look."""
    return Member(user_id, name, Role.VIEWER)
