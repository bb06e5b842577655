"""Links through the real clock and the board: seen, won, lost, told in the channel, asked for by hand."""

from datetime import timedelta

import pytest

from bot.outreach.opportunities import BoardColumn
from bot.sandbox.sites.web import SampleSites, SiteAnswer
from tests.blocks.reading import labels
from tests.scenarios.test_link_board import ANA, has, now, shown
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
    assert told(world) == ["1 link live"]

    world.demo.sites.pages[AT] = BARE
    await world.tick(seconds=7 * 24 * 3600)
    assert (await now(world, page)).column is WON
    await world.tick(seconds=6 * 3600)
    await world.tick(seconds=10)
    await world.say("/pipeline board")
    assert "⚪ *New* · 1" in shown(world) and "💔 Lost Link" in shown(world) and "💔 Gone since" in shown(world)
    assert told(world) == ["1 link live", "1 link lost"]
    (lost,) = [post for post in world.posts() if post.text == "1 link lost"]
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
    assert "⚠️ could not be read: the page answers with an error (503)" in shown(world)
    assert "🔗 Live" in shown(world) and "Lost Link" not in shown(world)
