"""Who is who: Slack people with the role their Slack account gives them."""

from collections.abc import Iterable
from datetime import timedelta

from bot.clock import Clock
from bot.outreach.access import Role
from bot.outreach.members import Member
from storage.database import Database

FRESH_FOR = timedelta(minutes=15)
SOMEBODY = "somebody"


class MemberService:
    """Remembers members so that a click needs no call to Slack."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._known: dict[tuple[str, str], Member] = {}

    async def known(self, workspace_id: str, user_id: str) -> Member | None:
        """The member as last read from Slack, or None when never read or no longer fresh."""
        member = self._known.get((workspace_id, user_id))
        if member is None:
            async with self._database.read(workspace_id) as uow:
                member = await uow.members.get(user_id)
        if member is None or member.refreshed_at is None or self._clock() - member.refreshed_at > FRESH_FOR:
            return None
        self._known[workspace_id, user_id] = member
        return member

    async def names(self, workspace_id: str, actor_ids: Iterable[str]) -> dict[str, str]:
        """What to call these actors, by id: a person by the name last read, else `somebody`; the rest by their id."""
        ids = {actor_id for actor_id in actor_ids if actor_id}
        people = sorted(actor_id for actor_id in ids if actor_id.startswith(("U", "W")))
        if not people:
            return {actor_id: actor_id for actor_id in ids}
        async with self._database.read(workspace_id) as uow:
            known = await uow.members.named(people)
        return {actor_id: known.get(actor_id, SOMEBODY if actor_id in people else actor_id) for actor_id in ids}

    async def remember(
        self, workspace_id: str, user_id: str, name: str, *, is_admin: bool, is_owner: bool, timezone: str
    ) -> Member:
        """Keep what Slack said: owners and admins there are owners and admins here, everyone else is an editor."""
        role = Role.OWNER if is_owner else Role.ADMIN if is_admin else Role.EDITOR
        member = Member(user_id, name, role, timezone, self._clock())
        async with self._database.begin(workspace_id) as uow:
            await uow.members.save(member)
        self._known[workspace_id, user_id] = member
        return member
