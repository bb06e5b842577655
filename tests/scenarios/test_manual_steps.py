"""A manual sequence's next step asks in the channel, once; whoever decides, wherever, the card tells."""

import pytest

from blocks import ids
from bot.outreach.leads import LeadStatus
from bot.outreach.sequences import REPLIED, RunState
from bot.sandbox.slack.server import ANA, BEN, OUTREACH
from handlers.home import refresh_homes
from tests.blocks.reading import element, labels, words
from tests.scenarios.given import PERSON
from tests.scenarios.test_home import home
from tests.scenarios.test_sequences_in_slack import run_of, start, with_sequence

pytestmark = pytest.mark.usefixtures("allowed")


async def due(world, *companies, mode="manual"):
    """Leads whose second step is due; the clock has told the channel."""
    leads = []
    await with_sequence(world, mode=mode)
    for company in companies:
        slug = company.lower().replace(" ", "")
        leads.append(await world.has_lead(company, email=f"deferred@{slug}.example.com"))
        await start(world, leads[-1])
        await world.submit()
    await world.tick()
    await world.tick(seconds=80 * 3600)
    await world.tick(seconds=3)
    return leads


def cards(world):
    return [post for post in world.posts() if post.text.startswith("Step ")]


async def pressed(world, action, *, user=ANA):
    (card,) = cards(world)
    await world.click(action, message=(OUTREACH, card.ts), user=user)
    await world.tick(seconds=3)
    return cards(world)[0]


async def test_the_next_step_asks_once_and_a_click_sends_it(world):
    (lead,) = await due(world, "Acme")
    for _ in range(3):
        await world.tick(seconds=60)
    (card,) = cards(world)
    assert card.text == "Step 2 of 2 for Jane Doe at Acme is due"
    assert labels(card.blocks) == ["Send next step", "Stop sequence", "Open lead"]
    assert "A question" in words(card.blocks) and "Hello Jane." in words(card.blocks)
    assert "Hello Jane." in str(element(card.blocks, ids.STEP_SEND)["confirm"])

    card = await pressed(world, ids.STEP_SEND)

    assert "✅ sent on by Ana" in card.text and labels(card.blocks) == ["Open lead"]
    assert len(world.demo.sendgrid.mails) == 2
    assert (await run_of(world, lead)).state is RunState.COMPLETED
    assert len(cards(world)) == 1


async def test_a_click_stops_the_sequence(world):
    (lead,) = await due(world, "Acme")

    card = await pressed(world, ids.STEP_STOP)

    assert "⏹️ stopped by Ana Novak" in card.text
    assert (await run_of(world, lead)).state is RunState.STOPPED
    assert len(world.demo.sendgrid.mails) == 1


async def test_a_decision_on_the_lead_card_shows_on_the_step_s_card(world):
    (lead,) = await due(world, "Acme")
    await world.say(f"/leads show {lead.email}")

    await world.click(ids.RUN_PAUSE, view_id=world.modal().id)
    await world.tick(seconds=3)
    assert "⏸️ paused by Ana" in cards(world)[0].text
    await world.click(ids.RUN_RESUME, view_id=world.modal().id)
    await world.tick(seconds=3)
    assert cards(world)[0].text.endswith("is due")
    await world.click(ids.RUN_NEXT, view_id=world.modal().id)
    await world.tick(seconds=3)
    assert "✅ sent on by Ana" in cards(world)[0].text


async def test_a_reply_meanwhile_ends_it_and_the_card_says_so(world):
    (lead,) = await due(world, "Acme")
    async with world.database.begin(world.workspace_id) as uow:
        await uow.leads.change(lead.id, {"status": LeadStatus.REPLIED}, at=world.clock())

    card = await pressed(world, ids.STEP_SEND)

    assert f"⏹️ stopped by Ana Novak: {REPLIED}" in card.text
    assert len(world.demo.sendgrid.mails) == 1


async def test_who_is_suppressed_meanwhile_leaves_no_card_that_still_asks(world):
    (lead,) = await due(world, "Acme")
    await world.house.services.opting_out.suppress(world.workspace_id, PERSON, lead.email, "asked on the phone")
    for _ in range(2):
        await world.tick(seconds=3)

    (card,) = cards(world)
    assert "⏹️ stopped" in card.text and "Address is suppressed" in card.text


async def test_two_people_at_once_send_it_once(world, allowed):
    await due(world, "Acme")
    (card,) = cards(world)
    await world.click(ids.STEP_SEND, message=(OUTREACH, card.ts))
    await world.click(ids.STEP_SEND, message=(OUTREACH, card.ts), user=BEN)
    await world.tick(seconds=3)

    assert len(world.demo.sendgrid.mails) == 2
    assert "has not left yet" in str(world.told(BEN)) or "sent already" in str(world.told(BEN))


async def test_a_value_that_went_missing_asks_too_and_says_which(world):
    lead = (await due(world, "Acme", mode="auto"))[0]
    assert cards(world) == []  # it went by itself
    other = await world.has_lead("Bolt", email="deferred@bolt.example.com")
    await start(world, other)
    await world.submit()
    await world.tick()
    async with world.database.begin(world.workspace_id) as uow:
        await uow.leads.change(other.id, {"first_name": ""}, at=world.clock())
    await world.tick(seconds=80 * 3600)
    await world.tick(seconds=3)

    (card,) = cards(world)
    assert "first_name" in words(card.blocks) and "Bolt" in card.text and lead.id != other.id


async def test_many_at_once_are_one_message(world):
    await due(world, *(f"Firm {number}" for number in range(6)))

    assert cards(world) == []
    (message,) = [post for post in world.posts() if "6 steps of sequences wait" in post.text]
    assert "Step 2 of 2 for Jane Doe at Firm 5" in words(message.blocks)


async def test_home_lists_the_steps_that_wait_and_follows(world):
    await due(world, "Acme")
    view = await home(world)
    assert "✋ *1 step* of sequences waits for a person" in words(view.payload)
    assert "Step 2 of 2 for Jane Doe at Acme" in words(view.payload)

    await pressed(world, ids.STEP_STOP)
    await refresh_homes(world.house)

    assert "of sequences" not in words(world.slack.workspace.homes[ANA].payload)
