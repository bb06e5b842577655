"""Who may do what: roles from Slack, buttons that follow them, refusals that name the role needed."""

import pytest

from blocks import ids
from bot.outreach.access import Role
from bot.outreach.leads import LeadStatus
from bot.outreach.members import Member
from bot.sandbox.slack.server import ANA, BEN, CHLOE, DEV
from tests.blocks.reading import labels, words
from tests.scenarios.hands import menu, press_under, shown

pytestmark = pytest.mark.usefixtures("allowed")


async def becomes_viewer(world, user):
    """Until roles have their own commands, only our rows can say so."""
    async with world.database.begin(world.workspace_id) as uow:
        await uow.members.save(Member(user, "Chloe", Role.VIEWER, "UTC", world.clock()))


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

    await world.say(f"/leads show {lead.id}", user=CHLOE)

    view = shown(world, CHLOE)
    assert "changing it takes the role editor or higher" in words(view)
    assert not {"Remove from PlusVibe", "PlusVibe Writeback", "Push to PlusVibe"} & set(labels(view))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/push acme.example.com to Website audit letter", "To push leads you need the role editor or higher."),
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

    assert "you need the role editor or higher" in world.told(CHLOE)[-1]
    assert headline.text == "Push blocked (409): 1 ready, 3 not ready, nothing pushed"
    assert not world.desk.runs
    assert not world.plusvibe.leads


async def test_a_viewer_who_adds_a_lead_is_told_why_not(world):
    await becomes_viewer(world, CHLOE)
    await world.say("/leads add", user=CHLOE)

    await world.submit({"company_name": {"value": "Acme"}}, user=CHLOE)

    [said] = [message.text for message in world.posts(world.slack.board.direct_message(CHLOE).id)]
    assert said.startswith("To edit leads you need the role editor or higher.")
