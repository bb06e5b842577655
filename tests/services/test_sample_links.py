"""The demo's link board: every column has pages, the counters are right, nobody on it exists."""

from datetime import timedelta

from bot.commands.sample_links import load_links
from bot.commands.sample_sending import load_sending
from bot.outreach.link_checks import Presence, unfollowing
from bot.outreach.opportunities import BoardColumn
from bot.sandbox.sites.linking import linking_pages
from bot.sandbox.sites.web import SampleSites
from tests.services.test_direct_mails import ANA
from tests.world import World, built

NEW, QUEUED, REACHED, WON = BoardColumn


async def test_the_samples_stand_in_every_column_with_what_was_sent_for_them(world: World) -> None:
    now = world.clock()
    async with world.database.begin(world.workspace_id) as uow:
        leads = await load_links(uow, await load_sending(uow, now), now)

    board = await world.house.services.opportunities.board(world.workspace_id, ANA)
    async with world.database.read(world.workspace_id) as uow:
        assert board.counts == await uow.opportunities.recount() == {NEW: 4, QUEUED: 2, REACHED: 5, WON: 3}
        assert all((lead.draft.email or lead.draft.domain).endswith(".example") for lead in leads)
    running = [card for card in board.cards[REACHED] if card.run]
    assert [(card.steps, card.run.next_at) for card in running if card.run] == [(2, now + timedelta(days=2))]
    assert {card.opportunity.link.state for card in board.cards[WON]} == {Presence.LIVE}


async def test_the_metrics_of_the_samples_are_what_their_cards_say(world: World) -> None:
    now = world.clock()
    async with world.database.begin(world.workspace_id) as uow:
        await load_links(uow, await load_sending(uow, now), now)

    metrics = (await world.house.services.metrics.view(world.workspace_id, ANA)).metrics

    assert (metrics.sent, metrics.delivered, metrics.bounced, metrics.wins) == (8, 7, 1, 3)
    assert (metrics.opened, metrics.clicked, metrics.replied) == (5, 3, 1)


async def test_what_waits_leaves_and_the_sequence_goes_on(world: World) -> None:
    now = world.clock()
    async with world.database.begin(world.workspace_id) as uow:
        await load_links(uow, await load_sending(uow, now), now)

    await world.tick(seconds=23 * 3600)
    await world.tick(seconds=26 * 3600)
    await world.tick(seconds=90)

    board = await world.house.services.opportunities.board(world.workspace_id, ANA)
    assert board.counts == {NEW: 4, REACHED: 7, WON: 3}
    assert len(world.demo.sendgrid.mails) == 3


async def test_the_checker_finds_the_sample_links_as_they_are(sqlite_url: str) -> None:
    async with built(sqlite_url, sites=SampleSites(pause=timedelta(0), pages=linking_pages())) as world:
        now = world.clock()
        async with world.database.begin(world.workspace_id) as uow:
            await load_links(uow, await load_sending(uow, now), now)

        await world.tick()

        board = await world.house.services.opportunities.board(world.workspace_id, ANA)
    reached, won = ([card.opportunity for card in board.cards[column]] for column in (REACHED, WON))
    assert {(each.domain, unfollowing(each.link.rel) == []) for each in won} == {
        ("agencynotebook.example", True),
        ("craftledger.example", False),
    }
    assert [each.domain for each in reached if each.lost_at] == ["localbiz.example"]
    assert {each.domain: each.link.trouble for each in reached if each.link.trouble} == {
        "shopkeepers.example": "the page answers with an error (503)"
    }
    assert all(each.link.checked_at and each.link.checked_at >= now for each in reached + won)
