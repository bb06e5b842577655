"""The demo's link board: every column has pages, the counters are right, nobody on it exists."""

from datetime import timedelta

from bot.commands.sample_links import load_links
from bot.commands.sample_sending import load_sending
from bot.outreach.link_checks import Presence
from bot.outreach.opportunities import BoardColumn
from tests.services.test_direct_mails import ANA
from tests.world import World

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
