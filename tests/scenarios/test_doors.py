"""The permission table: every permission through its real doors as every role, and the README's copy of it."""

from dataclasses import asdict
from pathlib import Path

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from bot.outreach.access import SCOPES, Permission, Role
from bot.outreach.members import Member
from bot.sandbox.slack.server import ANA, BEN, CHLOE, DEV
from handlers.user_groups import follow_slack
from tests.handlers.api_given import bearing
from tests.scenarios.doors import BY_SHELL, DOORS, JSON, Things
from tests.scenarios.draft_given import drafted
from tests.world import built

README = Path(__file__).parents[2] / "README.md"
PEOPLE = {Role.VIEWER: DEV, Role.EDITOR: CHLOE, Role.ADMIN: BEN, Role.OWNER: ANA}
CELLS = [(permission, role) for permission in Permission for role in Role]
IN_ONE_WORLD = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(sqlite_template, tmp_path_factory):
    """One world for all cells: an owner, an admin, an editor and a viewer, a lead and its draft."""
    file = tmp_path_factory.mktemp("doors") / "outreach.db"
    file.write_bytes(sqlite_template.read_bytes())
    async with built(f"sqlite:///{file}") as world:
        viewer = Member(DEV, "Dev Patel", Role.VIEWER, "UTC", world.clock(), set_role=Role.VIEWER)
        async with world.database.begin(world.workspace_id) as uow:
            await uow.members.save(viewer)
        await follow_slack(world.house)
        lead, draft = await drafted(world)
        yield world, Things(lead.id, draft.id)


@IN_ONE_WORLD
@pytest.mark.parametrize(("permission", "role"), CELLS, ids=[f"{what.value}-{who.name.lower()}" for what, who in CELLS])
async def test_a_door_opens_for_the_roles_that_may_and_names_the_role_to_the_others(house, permission, role):
    world, things = house

    for door in DOORS[permission]:
        with capture_logs():
            answer = await door.open(world, PEOPLE[role], things)

        refused = f"To {permission.value} you need the role {permission.role.name.lower()}" in answer
        assert refused is (role < permission.role), door
        if refused:
            assert "Ana Novak" in answer and " may." in answer, door


@IN_ONE_WORLD
@pytest.mark.parametrize("scope", SCOPES)
async def test_a_json_door_opens_for_the_scopes_that_may(house, scope):
    world, things = house
    headers = await bearing(world, scope)

    for permission, (method, path, body) in JSON.items():
        answer = await world.api.request(method, path.format(**asdict(things)), json=body, headers=headers)

        assert (answer.status_code == 403) is (permission not in SCOPES[scope]), (permission, answer.text)


def test_every_permission_has_a_door():
    in_slack = {permission for permission, doors in DOORS.items() if doors}

    assert in_slack | set(JSON) | BY_SHELL == set(DOORS) == set(Permission)


def test_the_readme_shows_the_table_as_it_is():
    assert table() in README.read_text(encoding="utf-8"), f"The README's table should read:\n\n{table()}"


def table() -> str:
    """The permissions and roles as the README has them."""
    roles = [role.name.lower() for role in Role]
    lines = [f"| may | {' | '.join(roles)} |", f"|---|{'---|' * len(roles)}"]
    for permission in sorted(Permission, key=lambda permission: permission.role):
        cells = " | ".join("✓" if role >= permission.role else "" for role in Role)
        lines.append(f"| {permission.value} | {cells} |")
    return "\n".join(lines)
