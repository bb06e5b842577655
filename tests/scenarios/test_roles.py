"""Who may do what: roles from Slack, buttons that follow them, refusals that name the role needed."""

import pytest

from blocks import ids
from bot.outreach.access import Role
from bot.outreach.leads import LeadStatus
from bot.outreach.members import Member
from bot.sandbox.slack.server import ANA, BEN, CHLOE, DEV
from handlers.user_groups import follow_slack
from tests.blocks.reading import labels, words
from tests.scenarios.hands import menu, press, press_under, shown

pytestmark = pytest.mark.usefixtures("allowed")


async def becomes_viewer(world, user):
    """Set by hand."""
    async with world.database.begin(world.workspace_id) as uow:
        await uow.members.save(Member(user, "Chloe", Role.VIEWER, "UTC", world.clock(), set_role=Role.VIEWER))


async def role_of(world, user):
    async with world.database.read(world.workspace_id) as uow:
        return (await uow.members.get(user)).role


@pytest.mark.parametrize(
    ("user", "role"),
    [(ANA, Role.OWNER), (BEN, Role.ADMIN), (DEV, Role.EDITOR)],
    ids=["workspace owner", "workspace admin", "everyone else"],
)
async def test_slack_says_who_is_who(world, user, role):
    await world.say("/outreach log", user=user)

    assert await role_of(world, user) is role


async def test_a_role_changed_in_slack_is_noticed_within_a_quarter_of_an_hour(world):
    await world.say("/outreach log", user=DEV)
    world.slack.workspace.users[DEV].is_admin = True

    world.clock.move(minutes=16)
    await world.say("/outreach log", user=DEV)

    assert await role_of(world, DEV) is Role.ADMIN


async def test_people_are_not_read_from_slack_for_every_click(world):
    for _ in range(5):
        await world.say("/leads")

    assert len([call for call in world.slack.workspace.calls if call["method"] == "users.info"]) == 1


async def test_a_viewer_sees_the_list_without_what_changes_things(world):
    await world.has_lead("Acme", ready=True)
    await becomes_viewer(world, CHLOE)

    await world.say("/leads", user=CHLOE)

    view = shown(world, CHLOE)
    assert menu(view, "Acme") == ["View details", "View audit"]
    assert not {"Add lead", "Import leads", "Sync now", "Mark completed", "Select all on page"} & set(labels(view))
    assert (view.get("submit") or {"text": "Search"})["text"] == "Search"


async def test_a_viewer_sees_a_card_to_read(world):
    lead = await world.has_lead("Acme", ready=True, campaign_id=(await world.campaign()).id)
    await becomes_viewer(world, CHLOE)
    await world.say("/leads")

    await world.say(f"/leads show {lead.id}", user=CHLOE)

    view = shown(world, CHLOE)
    assert "To edit leads you need the role editor or higher. Ana Novak may." in words(view)
    assert not {"Remove from PlusVibe", "PlusVibe Writeback", "Push to PlusVibe"} & set(labels(view))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/push acme.example.com to Website audit letter", "To push leads you need the role admin or higher."),
        ("/outreach sync", "To sync leads you need the role editor or higher."),
    ],
)
async def test_a_viewer_is_refused_in_words_that_name_the_role(world, line, said):
    await world.has_lead("Acme", ready=True)
    await becomes_viewer(world, CHLOE)

    await world.say(line, user=CHLOE)

    assert world.told(CHLOE)[-1].startswith(said)
    assert not world.plusvibe.leads


@pytest.mark.parametrize(
    "button", [ids.PUSH_READY, ids.ARM_PUSH, ids.REPORT_AUDIT, ids.REPORT_REMOVE, ids.REPORT_NORMALISE]
)
async def test_a_viewer_cannot_press_the_buttons_of_a_report(world, button):
    await world.has_lead("Good", ready=True)
    for company, status in (("New", LeadStatus.NEW), ("Gone", LeadStatus.BOUNCED), ("Old", LeadStatus.SENT)):
        await world.has_lead(company, status=status)
    await world.say("/push good.example.com new.example.com gone.example.com old.example.com to Website audit letter")
    headline, report = world.posts()
    await becomes_viewer(world, CHLOE)
    block = next(block for block in report.blocks if button in str(block))

    await press_under(world, report, button, user=CHLOE, block_id=block["block_id"])

    assert "you need the role " in world.told(CHLOE)[-1]
    assert headline.text == "Push blocked (409): 1 ready, 3 not ready, nothing pushed"
    assert not world.desk.runs
    assert not world.plusvibe.leads


async def test_a_viewer_who_adds_a_lead_is_told_why_not(world):
    await becomes_viewer(world, CHLOE)
    await world.say("/leads add", user=CHLOE)

    await world.submit({"company_name": {"value": "Acme"}}, user=CHLOE)

    [said] = [message.text for message in world.posts(world.slack.board.direct_message(CHLOE).id)]
    assert said.startswith("To edit leads you need the role editor or higher.")


# The screen


def read(view):
    """The words of a view without their stars."""
    return words(view).replace("*", "")


async def opened(world, user=ANA):
    await world.say("/outreach roles", user=user)
    return shown(world, user)


async def press_of(world, button, person, *, user=ANA):
    """A button in somebody's row."""
    await press(world, button, user=user, block_id=f"role:{person}")


@pytest.fixture
async def team(world):
    """Everybody has been here once, so that they are listed."""
    await follow_slack(world.house)
    for user in (CHLOE, DEV):
        await world.say("/outreach log", user=user)


async def test_everybody_sees_who_is_what_and_only_owners_see_buttons(world, team):
    said = read(await opened(world, CHLOE))

    assert "You: editor, by default" in said
    assert "Ana Novak · owner" in said and "Ben Carter · admin" in said and "Dev Patel · editor" in said
    assert "To manage roles you need the role owner. Ana Novak may." in said
    assert "No user group gives a role." in said
    assert not {"Change role", "Grants", "Add group", "Default role"} & set(labels(shown(world, CHLOE)))


async def test_an_owner_makes_somebody_a_viewer_and_the_next_click_is_refused(world, team):
    await opened(world)
    await press_of(world, ids.ROLE_CHANGE, DEV)
    assert "As Slack says: editor, by default" in str(shown(world))

    await world.submit({"role": {ids.ROLE_CHOICE: "viewer"}})

    assert "Dev Patel is viewer now." in read(shown(world))
    assert "Dev Patel · viewer\nset by hand" in read(shown(world))
    await world.say("/outreach sync", user=DEV)
    assert world.told(DEV)[-1].startswith("To sync leads you need the role editor or higher. Chloe Martin, ")
    await world.say("/outreach log")
    assert "Roles changed: Dev Patel: editor → viewer" in world.told()[-1]


async def test_a_grant_opens_one_door_more(world, team):
    await world.has_lead("Acme", ready=True)
    line = "/push acme.example.com to Website audit letter"
    await world.say(line, user=CHLOE)
    assert "To push leads you need the role admin or higher. Ben Carter and Ana Novak may." in world.told(CHLOE)[-1]
    await opened(world)
    await press_of(world, ids.ROLE_GRANTS, CHLOE)

    await world.submit({"grants": {ids.GRANTS_CHOICE: ["push leads"]}})

    assert "may also push leads" in read(shown(world))
    await world.say(line, user=CHLOE)
    assert len(world.plusvibe.leads) == 1


async def test_a_user_group_gives_a_role_and_is_followed(world, team):
    await opened(world)
    await press(world, ids.ROLE_GROUP_ADD)
    [offered] = await world.slack.options(ANA, action_id=ids.ROLE_GROUP, view_id=world.modal().id, value="sales")
    await world.submit({"group": {ids.ROLE_GROUP: offered["value"]}, "role": {ids.ROLE_CHOICE: "admin"}})
    assert "Sales team @sales-team · admin" in read(shown(world)) and "2 people" in read(shown(world))
    assert await role_of(world, CHLOE) is Role.ADMIN

    world.slack.workspace.usergroups["S0SALES"].users = [DEV]
    await world.tick(seconds=301)

    assert (await role_of(world, CHLOE), await role_of(world, DEV)) == (Role.EDITOR, Role.ADMIN)
    await opened(world)
    await press(world, ids.ROLE_GROUP_REMOVE)
    assert await role_of(world, DEV) is Role.EDITOR


async def test_a_group_that_slack_does_not_tell_of_keeps_its_people_and_says_so(world, team, allowed):
    allowed.add("no_such_subteam")
    await opened(world)
    await press(world, ids.ROLE_GROUP_ADD)
    [offered] = await world.slack.options(ANA, action_id=ids.ROLE_GROUP, view_id=world.modal().id)
    await world.submit({"group": {ids.ROLE_GROUP: offered["value"]}, "role": {ids.ROLE_CHOICE: "admin"}})

    del world.slack.workspace.usergroups["S0SALES"]
    await world.tick(seconds=301)

    assert await role_of(world, CHLOE) is Role.ADMIN
    assert "Not read since: no_such_subteam. Its people keep their role meanwhile." in read(await opened(world))


async def test_somebody_never_seen_here_gets_a_role(world):
    await opened(world)

    await press(world, ids.ROLE_OF, selected=DEV)
    await world.submit({"role": {ids.ROLE_CHOICE: "admin"}})

    assert await role_of(world, DEV) is Role.ADMIN


async def test_the_default_role_is_chosen(world, team):
    await opened(world)
    await press(world, ids.ROLE_DEFAULT)

    await world.submit({"role": {ids.ROLE_CHOICE: "viewer"}})

    assert "Everybody else: viewer" in read(shown(world))
    assert (await role_of(world, DEV), await role_of(world, BEN)) == (Role.VIEWER, Role.ADMIN)


async def test_the_last_owner_who_steps_down_hears_why_not_beside_the_box(world, team):
    world.slack.workspace.users[ANA].is_primary_owner = False
    world.clock.move(minutes=16)
    await opened(world)
    await press_of(world, ids.ROLE_CHANGE, ANA)

    delivery = await world.submit({"role": {ids.ROLE_CHOICE: "editor"}})

    assert "Make somebody else an owner first" in delivery.body["errors"]["role"]
    assert await role_of(world, ANA) is Role.OWNER


async def test_whoever_slack_deactivated_may_do_nothing(world, team):
    world.slack.workspace.users[DEV].deleted = True
    await world.tick(seconds=3601)

    await world.say("/leads", user=DEV)

    assert "To read leads you need the role viewer or higher." in str(world.slack.workspace.messages)
    assert "Dev Patel" not in read(await opened(world))


async def test_a_guest_looks_on(world):
    world.slack.workspace.users[DEV].is_restricted = True

    await world.say("/outreach sync", user=DEV)

    assert world.told(DEV)[-1].startswith("To sync leads you need the role editor or higher.")
