"""Links through the real clock and the board: seen, won, lost, told in the channel, asked for by hand."""

from datetime import timedelta

import pytest

from blocks import ids, link_ids
from bot.outreach.access import Role
from bot.outreach.link_checks import LinkMatch
from bot.outreach.members import Member
from bot.outreach.opportunities import BoardColumn
from bot.sandbox.sites.web import SampleSites, SiteAnswer
from bot.sandbox.slack.server import BEN
from tests.blocks.reading import labels, words
from tests.scenarios.test_direct_sending import typed, view
from tests.scenarios.test_link_board import ANA, choose, has, now, shown
from tests.world import built

pytestmark = pytest.mark.usefixtures("allowed")
NEW, QUEUED, REACHED, WON = BoardColumn
AT = "blog.example.com/best-tools"
OURS = "https://ours.example.com/audit"
LINK = SiteAnswer(200, f'<a href="{OURS}" rel="nofollow">our &lt;!channel&gt; audit</a>')
BARE = SiteAnswer(200, "<p>rebuilt</p>")


@pytest.fixture
async def world(sqlite_url):
    """The application whose web is the sample sites."""
    async with built(sqlite_url, sites=SampleSites(pause=timedelta(0))) as made:
        yield made


@pytest.fixture(params=["sqlite", "postgres"])
async def either_world(request):
    """The same over both databases."""
    url = request.getfixturevalue(f"{request.param}_url")
    async with built(url, sites=SampleSites(pause=timedelta(0))) as made:
        yield made


async def reached(world, **given):
    """A page that was written to without us."""
    page = await has(world, f"https://{AT}", **{"target_url": OURS, "anchor_text": "our audit"} | given)
    await move(world, page, NEW, REACHED)
    return page


async def move(world, page, seen, column):
    return await world.house.services.opportunities.move(world.workspace_id, ANA, page.id, seen, column)


def told(world):
    """What the channel heard of links."""
    return [post.text for post in world.posts() if "link" in post.text.lower()]


async def test_from_not_there_to_won_to_lost_with_its_badge(either_world):
    world = either_world
    world.demo.sites.pages[AT] = BARE
    page = await reached(world)
    await world.tick()
    await world.say("/pipeline board")
    assert "🔗 Not there yet" in shown(world)

    world.demo.sites.pages[AT] = LINK
    await world.tick(seconds=24 * 3600)
    await world.tick(seconds=10)
    await world.say("/pipeline board")
    assert "🟢 *Won* · 1" in shown(world) and "🔗 Won: seen on the page" in shown(world)
    assert "🔗 Live · “our &lt;!channel&gt; audit” · nofollow" in shown(world)
    assert told(world) == [f"Link live: {AT}"]

    world.demo.sites.pages[AT] = BARE
    await world.tick(seconds=7 * 24 * 3600)
    assert (await now(world, page)).column is WON
    await world.tick(seconds=6 * 3600)
    await world.tick(seconds=10)
    await world.say("/pipeline board")
    assert "⚪ *New* · 1" in shown(world) and "💔 Lost Link" in shown(world) and "💔 Gone since" in shown(world)
    assert told(world) == [f"Link live: {AT}", f"Link lost: {AT}"]
    (lost,) = [post for post in world.posts() if post.text.startswith("Link lost")]
    assert "Open link board" in labels(lost.blocks) and "twice in a row" in str(lost.blocks)
    await world.say("/outreach log")
    assert "Link lost" in str(world.told()) and "Link seen on the page" in str(world.told())


async def test_a_page_that_cannot_be_read_stays_what_it_was(world):
    world.demo.sites.pages[AT] = LINK
    page = await reached(world)
    await world.tick()
    world.demo.sites.pages[AT] = SiteAnswer(503, "")
    for days in (7, 7, 7):
        await world.tick(seconds=days * 24 * 3600)

    stands = await now(world, page)
    await world.say("/pipeline board")
    assert (stands.column, stands.link.failed) == (WON, 3)
    assert "⚠️ The page could not be read: the page answers with an error (503)" in shown(world)
    assert "🔗 Live" in shown(world) and "Lost Link" not in shown(world)


async def history(world, page):
    """Its history, opened from the board."""
    await world.say("/pipeline board")
    await choose(world, "history", page)


async def test_a_click_looks_at_once_and_a_second_one_does_no_harm(world):
    world.demo.sites.pages[AT] = LINK
    page = await has(world, f"https://{AT}", target_url=OURS)
    await history(world, page)
    assert "The page is looked at once it stands in Reached or Won." in shown(world)
    await world.click(link_ids.LINK_CHECK, view_id=world.modal().id)

    assert "Looked just now: ✅ the link is there." in shown(world) and "🔗 Live" in shown(world)
    assert "There: “our &lt;!channel&gt; audit” · nofollow" in shown(world) and "asked by Ana" in shown(world)
    beneath = world.slack.workspace.modals[ANA.id][0]
    assert "🟢 *Won* · 1" in words(beneath.payload["blocks"])
    await world.click(link_ids.LINK_CHECK, view_id=world.modal().id)
    assert shown(world).count("✅ There") == 2
    world.demo.sites.pages[AT] = BARE
    await world.click(link_ids.LINK_CHECK, view_id=world.modal().id)
    assert "Looked just now: ❌ no link to it is there." in shown(world)
    world.demo.sites.pages[AT] = SiteAnswer(503, "")
    await world.click(link_ids.LINK_CHECK, view_id=world.modal().id)
    assert "⚠️ Looked just now: the page could not be read." in shown(world)
    async with world.database.begin(world.workspace_id) as uow:
        await uow.link_checks.claim(page.id, world.clock(), timedelta(minutes=5))
    await world.click(link_ids.LINK_CHECK, view_id=world.modal().id)
    assert "⚠️ Somebody looks at this page right now" in shown(world)
    assert {"Check now", "Edit link", "Notes"} <= set(labels(view(world)["blocks"]))


async def test_what_to_look_for_is_said_later_and_the_whole_domain_may_count(world):
    world.demo.sites.pages[AT] = SiteAnswer(200, '<a href="https://shop.ours.example.com/x">shop</a>')
    page = await reached(world, target_url="")
    await world.tick()
    await history(world, page)
    assert "Nothing to look for" in shown(world) and "Check now" not in labels(view(world)["blocks"])
    await world.click(link_ids.LINK_AIM, view_id=world.modal().id)
    await world.submit(typed(anchor_text="shop", target_url="not a page"))
    assert list(world.modal().errors) == ["target_url"]
    await world.submit(typed(anchor_text="shop", target_url="ours.example.com", match="domain"))
    assert view(world)["title"]["text"] == "Email History" and "✅ Saved." in shown(world)
    await world.tick()

    stands = await now(world, page)
    assert (stands.column, stands.link.anchor, stands.link.match) == (WON, "shop", LinkMatch.DOMAIN)
    await world.say("/outreach log")
    assert "Another link is wanted" in str(world.told())


async def test_another_opportunity_for_the_same_link_is_refused(world):
    page = await has(world, f"https://{AT}", target_url=OURS)
    await has(world, f"https://{AT}", target_url="https://ours.example.com/other")
    await history(world, page)
    await world.click(link_ids.LINK_AIM, view_id=world.modal().id)
    await world.submit(typed(target_url="http://www.ours.example.com/other/", match="exact"))

    assert "on the board already" in world.modal().errors["target_url"]


async def test_what_counts_is_chosen_when_a_page_is_added(world):
    await world.say("/pipeline board")
    await world.click(link_ids.LINK_ADD, view_id=world.modal().id)
    await world.submit(typed(source_url=AT, target_url=OURS, match="prefix"))

    (card,) = (await world.house.services.opportunities.column(world.workspace_id, ANA, NEW)).cards
    assert card.opportunity.link.match is LinkMatch.PREFIX


async def test_where_won_needs_a_verified_link_a_move_by_hand_is_refused(world):
    await world.say("/outreach settings")
    await world.submit({ids.VERIFIED_LINK: {ids.VERIFIED_LINK: "on"}})
    assert (await world.house.services.policies.get(world.workspace_id)).verified_link
    world.demo.sites.pages[AT] = LINK
    page = await has(world, f"https://{AT}", target_url=OURS)
    await world.say("/pipeline board")
    await choose(world, "move", page)
    await world.submit({"column": {"value": WON.value}})
    assert "press Check now" in world.modal().errors["column"] and (await now(world, page)).column is NEW

    await history(world, page)
    await world.click(link_ids.LINK_CHECK, view_id=world.modal().id)
    assert (await now(world, page)).column is WON
    await move(world, page, WON, REACHED)
    assert (await move(world, page, REACHED, WON)).column is WON


async def test_where_no_links_are_checked_the_history_says_so(sqlite_url):
    async with built(sqlite_url) as world:
        page = await reached(world)
        await world.tick()
        await history(world, page)

        assert "Links are not checked here" in shown(world) and "Check now" not in labels(view(world)["blocks"])
        assert (await now(world, page)).link.checked_at is None


async def test_a_viewer_sees_the_looks_and_has_no_buttons(world):
    page = await reached(world)
    async with world.database.begin(world.workspace_id) as uow:
        await uow.members.save(Member(BEN, "Ben", Role.VIEWER, "UTC", world.clock()))
    await world.say("/pipeline board", user=BEN)
    await choose(world, "history", page, user=BEN)

    assert "Looks at the page" in shown(world, BEN)
    assert not {"Check now", "Edit link"} & set(labels(view(world, BEN)["blocks"]))
