"""Roles under way: changed by owners, followed in Slack, never without an owner; on both databases."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.outreach.access import Permission, Role
from bot.outreach.errors import Conflict, NotAllowed, NotFound
from bot.outreach.events import EventKind
from bot.outreach.roles import Account, LastOwner, RoleGroup, SlackPerson, Source
from bot.services.members import MemberService
from bot.services.roles import GROUPS, RoleService
from tests.storage.given import HERE

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SALES = RoleGroup("S1", "sales", "Sales", Role.ADMIN)


class Team:
    """The services over a clock that a test moves."""

    def __init__(self, database):
        self.now, self.database = NOON, database
        self.members = MemberService(database, lambda: self.now)
        self.roles = RoleService(database, lambda: self.now, self.members)

    async def has(self, name, account=Account.MEMBER):
        """Somebody, by their name; the one who acts as them."""
        return (await self.members.remember(HERE, SlackPerson(f"U{name}", name, account))).actor

    async def role(self, name):
        return (await self.members.last_known(HERE, f"U{name}")).role

    async def log(self):
        async with self.database.read(HERE) as uow:
            return [event.facts["changes"] for event in await uow.events.log(20) if event.kind is EventKind.ROLES_SET]


@pytest.fixture
def team(database):
    return Team(database)


async def test_a_role_by_hand_holds_at_once_and_until_it_is_taken_back(team):
    ana, _ = await team.has("Ana", Account.OWNER), await team.has("Dev")

    assert await team.roles.set_role(HERE, ana, "UDev", Role.VIEWER) == "Dev is viewer now."
    await team.has("Dev")  # read from Slack again
    assert await team.role("Dev") is Role.VIEWER
    await team.roles.set_role(HERE, ana, "UDev", None)

    assert await team.role("Dev") is Role.EDITOR
    assert await team.log() == [["Dev: viewer → editor"], ["Dev: editor → viewer"]]


async def test_a_group_gives_its_people_a_role_also_those_met_later(team):
    ana, _ = await team.has("Ana", Account.OWNER), await team.has("Dev")

    await team.roles.put_group(HERE, ana, SALES, ["UDev", "UEve"])
    await team.has("Eve")

    assert [await team.role("Dev"), await team.role("Eve")] == [Role.ADMIN, Role.ADMIN]
    each, otherwise = await team.roles.of(HERE, ana, "UEve")
    assert (each.standing.source, each.standing.group.name) == (Source.GROUP, "Sales")
    assert otherwise.role is Role.ADMIN
    await team.roles.group_read(HERE, "S1", ["UEve"])
    assert await team.role("Dev") is Role.EDITOR
    await team.roles.remove_group(HERE, ana, "S1")
    assert await team.role("Eve") is Role.EDITOR
    assert await team.roles.remove_group(HERE, ana, "S1") == "This group gives no role any more."


async def test_a_group_that_cannot_be_read_keeps_its_people(team):
    ana, _ = await team.has("Ana", Account.OWNER), await team.has("Dev")
    await team.roles.put_group(HERE, ana, SALES, ["UDev"])

    await team.roles.group_unread(HERE, "S1", "no_such_subteam")

    assert await team.role("Dev") is Role.ADMIN
    [group] = await team.roles.groups(HERE)
    assert (group.problem, group.read_at) == ("no_such_subteam", NOON)


async def test_the_default_role_holds_for_whom_nothing_else_makes_anything(team):
    ana = await team.has("Ana", Account.OWNER)
    for name, account in (("Dev", Account.MEMBER), ("Gus", Account.GUEST), ("Ada", Account.ADMIN)):
        await team.has(name, account)

    await team.roles.set_default(HERE, ana, Role.VIEWER)
    await team.has("New")

    roles = {name: await team.role(name) for name in ("Ana", "Dev", "Gus", "Ada", "New")}
    assert roles == {
        "Ana": Role.OWNER,
        "Dev": Role.VIEWER,
        "Gus": Role.VIEWER,
        "Ada": Role.ADMIN,
        "New": Role.VIEWER,
    }


async def test_a_grant_holds_whatever_the_role_and_ends_with_the_account(team):
    ana, dev = await team.has("Ana", Account.OWNER), await team.has("Dev")
    assert Permission.PUSH_LEADS not in dev.permissions

    await team.roles.set_grants(HERE, ana, "UDev", [Permission.PUSH_LEADS])
    await team.roles.set_role(HERE, ana, "UDev", Role.VIEWER)

    dev = (await team.members.last_known(HERE, "UDev")).actor
    assert Permission.PUSH_LEADS in dev.permissions and Permission.EDIT_LEADS not in dev.permissions
    assert "Dev" in [
        each.name for each in await team.members.colleagues(HERE) if Permission.PUSH_LEADS in each.permissions
    ]
    assert (await team.has("Dev", Account.GONE)).permissions == frozenset()
    assert "Dev" not in [each.name for each in await team.members.colleagues(HERE)]
    with pytest.raises(Conflict, match="Dev was deactivated in Slack"):
        await team.roles.set_role(HERE, ana, "UDev", Role.ADMIN)


async def test_only_owners_change_roles_even_when_the_role_was_lost_a_moment_ago(team):
    ana, ben = await team.has("Ana", Account.OWNER), await team.has("Ben", Account.OWNER)
    eve = await team.has("Eve", Account.ADMIN)

    with pytest.raises(NotAllowed, match="To manage roles you need the role owner"):
        await team.roles.set_role(HERE, eve, "UEve", Role.OWNER)
    await team.roles.set_role(HERE, ana, "UBen", Role.EDITOR)
    with pytest.raises(NotAllowed, match="To manage roles you need the role owner"):
        await team.roles.set_role(HERE, ben, "UAna", Role.VIEWER)

    assert await team.role("Ana") is Role.OWNER


async def test_the_last_owner_stays_one_by_hand_by_group_and_by_default(team):
    ana = await team.has("Ana", Account.OWNER)

    with pytest.raises(LastOwner):
        await team.roles.set_role(HERE, ana, "UAna", Role.ADMIN)
    with pytest.raises(LastOwner):
        await team.roles.put_group(HERE, ana, SALES, ["UAna"])

    assert await team.role("Ana") is Role.OWNER
    assert await team.log() == []


async def test_an_owner_by_group_is_kept_when_slack_would_leave_none(team):
    ana, _ = await team.has("Ana", Account.OWNER), await team.has("Ben")
    await team.roles.put_group(HERE, ana, RoleGroup("S2", "leads", "Leads", Role.OWNER), ["UBen"])
    ben = (await team.members.last_known(HERE, "UBen")).actor
    await team.roles.set_role(HERE, ben, "UAna", Role.EDITOR)

    await team.roles.group_read(HERE, "S2", [])

    assert await team.role("Ben") is Role.OWNER
    assert [group.problem for group in await team.roles.groups(HERE)] == ["nobody would be left as an owner"]


async def test_the_primary_owner_is_never_lowered(team):
    ben, _ = await team.has("Ben", Account.OWNER), await team.has("Ana", Account.PRIMARY)

    with pytest.raises(Conflict, match="Ana is the primary owner"):
        await team.roles.set_role(HERE, ben, "UAna", Role.VIEWER)
    await team.roles.put_group(HERE, ben, SALES, ["UAna"])

    assert await team.role("Ana") is Role.OWNER


async def test_owners_who_lower_each_other_at_once_leave_exactly_one(team):
    names = ["Ana", "Ben", "Cleo", "Dan"]
    actors = [await team.has(name, Account.OWNER) for name in names]
    rivals = [RoleService(team.database, lambda: NOON, team.members) for _ in names]

    done = await asyncio.gather(
        *(
            rival.set_role(HERE, actor, f"U{other}", Role.EDITOR)
            for rival, actor, name in zip(rivals, actors, names, strict=True)
            for other in names
            if other != name
        ),
        return_exceptions=True,
    )

    assert [await team.role(name) for name in names].count(Role.OWNER) >= 1
    assert {type(each) for each in done if not isinstance(each, str)} <= {NotAllowed, LastOwner}


async def test_two_last_owners_who_step_down_at_once_leave_one(team):
    ana, ben = await team.has("Ana", Account.OWNER), await team.has("Ben", Account.OWNER)

    done = await asyncio.gather(
        team.roles.set_role(HERE, ana, "UAna", Role.EDITOR),
        team.roles.set_role(HERE, ben, "UBen", Role.EDITOR),
        return_exceptions=True,
    )

    assert sorted(type(each).__name__ for each in done) == ["LastOwner", "str"]
    assert sorted([await team.role("Ana"), await team.role("Ben")]) == [Role.EDITOR, Role.OWNER]


async def test_many_are_taken_from_slack_only_when_they_matter(team):
    ana, _ = await team.has("Ana", Account.OWNER), await team.has("Dev")
    await team.roles.put_group(HERE, ana, SALES, ["UEve"])
    people = [
        SlackPerson("UAda", "Ada", Account.ADMIN),
        SlackPerson("UDev", "Dev", Account.GONE),
        SlackPerson("UEve", "Eve", Account.MEMBER),
        SlackPerson("UNew", "New", Account.MEMBER),
    ]

    await team.members.remember_those_that_matter(HERE, people)

    board = await team.roles.board(HERE, ana)
    assert [each.member.name for each in board.page] == ["Ana", "Ada", "Eve"]
    assert await team.members.last_known(HERE, "UNew") is None


async def test_people_are_paged_without_a_gap(team):
    ana = await team.has("Ana", Account.OWNER)
    people = [SlackPerson(f"UA{number:02}", f"Ada {number % 7}", Account.ADMIN) for number in range(45)]
    await team.members.remember_those_that_matter(HERE, people)

    seen, after = [], ""
    for _ in range(3):
        board = await team.roles.board(HERE, ana, after)
        seen += [each.member.user_id for each in board.page]
        after = board.next_after

    assert after == "" and len(seen) == len(set(seen)) == 46


async def test_slack_is_read_in_turns_by_one_process_at_a_time(team):
    rival = RoleService(team.database, lambda: team.now, team.members)

    first = await asyncio.gather(team.roles.turn(HERE, GROUPS), rival.turn(HERE, GROUPS))
    team.now += timedelta(minutes=6)

    assert sorted(first) == [False, True]
    assert await rival.turn(HERE, GROUPS)


async def test_somebody_unknown_is_said_to_be(team):
    ana = await team.has("Ana", Account.OWNER)

    with pytest.raises(NotFound, match="not known here"):
        await team.roles.set_role(HERE, ana, "UNobody", Role.ADMIN)
