"""How replies are read, through the real doors: short cards, corrections, suppression, colleagues paused."""

from datetime import timedelta

import pytest

from blocks import ids
from bot.outreach.leads import LeadStatus
from bot.outreach.reachability import AddressFact
from bot.outreach.sequences import RunState
from bot.sandbox.plusvibe import happenings
from bot.sandbox.slack.server import BEN
from tests.blocks.reading import element, labels, words
from tests.scenarios.hands import press, press_under, shown
from tests.scenarios.unibox_given import heard_all, thread_of, written_to
from tests.services.test_direct_mails import a_site
from tests.services.test_sequence_runs import a_sequence, run_of, started

pytestmark = pytest.mark.usefixtures("allowed")


async def says(world, there, text):
    """They write, we hear of it, and channels are told."""
    await happenings.reply(world.plusvibe, there, text, label="", sentiment="NEUTRAL")
    await heard_all(world)
    await told(world)


async def told(world):
    for _ in range(3):
        await world.tick(seconds=6)


async def in_sequence(world, lead, name="Spring"):
    site, sequence = await a_site(world, name=name), await a_sequence(world, name=name)
    run = await started(world, lead, site, sequence)
    await world.tick()
    return run


async def test_an_absence_is_a_short_card_that_one_click_makes_a_reply(either_world):
    world = either_world
    lead, there = await written_to(world, email="deferred@acme.example.com")
    run = await in_sequence(world, lead)
    day = world.clock() + timedelta(days=30)
    status = (await world.lead(lead.id)).status

    await says(world, there, f"Thank you!\n\nI am out of the office until {day:%-d %B %Y}.\n\nBest regards\nJane")

    (card,) = world.posts()
    said = words(card.blocks)
    assert f"Acme is out of office until {day:%-d %b}" in said
    assert f"Out of office until {day:%-d %b}" in said and "rule: says “I am out of the office" in said
    assert "Thank you!" not in said and "Reply" not in labels(card.blocks)
    assert (await world.lead(lead.id)).status is status
    await world.say(f"/leads show {lead.email}")
    seen = words(shown(world))
    assert f"⏸️ paused until {day:%-d %b} (out of office)" in seen
    assert f"Newest reply: 🌴 Out of office until {day:%-d %b}" in seen
    await world.say("/unibox")
    assert "Nobody waits for an answer." in words(shown(world))
    await press(world, ids.UNIBOX_FILTER, selected="all")
    assert f"Out of office until {day:%-d %b}" in words(shown(world))

    chosen = element(card.blocks, ids.REPLY_CLASS)["options"][3]["value"]
    await press_under(world, card, ids.REPLY_CLASS, selected=chosen)
    await told(world)

    (card,) = world.posts()
    said = words(card.blocks)
    assert "❓ Question · set by Ana" in said and ", the rule read: says “I am out of the office" in said
    assert {"Reply", "Take"} <= set(labels(card.blocks))
    assert (await world.lead(lead.id)).status is LeadStatus.REPLIED
    assert (await run_of(world, run)).state is RunState.STOPPED


async def test_a_correction_to_an_absence_says_what_it_cannot_undo(world):
    lead, there = await written_to(world)
    await says(world, there, "Sounds good, let's talk.")
    (card,) = world.posts()
    assert "👍 Interested · rule: says “Sounds good”" in words(card.blocks)

    chosen = element(card.blocks, ids.REPLY_CLASS)["options"][0]["value"]
    await press_under(world, card, ids.REPLY_CLASS, selected=chosen)

    assert "What it did as a reply stays done" in world.told()[-1]
    assert (await world.lead(lead.id)).status is LeadStatus.REPLIED


async def test_an_opt_out_quotes_its_sentence_and_is_suppressed_once(either_world):
    world = either_world
    lead, there = await written_to(world)
    await says(world, there, "Hello Lena.\nWould you please remove me from your list? Thanks.")
    (card,) = world.posts()
    assert "They ask to be removed*: “Would you please remove me from your list?”" in words(card.blocks)
    assert element(card.blocks, ids.REPLY_SUPPRESS)["confirm"]["confirm"]["text"] == "Suppress"

    await press_under(world, card, ids.REPLY_SUPPRESS)
    await told(world)

    (card,) = world.posts()
    assert "Suppress" not in labels(card.blocks) and "Address is suppressed" in words(card.blocks)
    async with world.database.read(world.workspace_id) as uow:
        (record,) = await uow.addresses.history(lead.email)
    assert (record.fact, record.note) == (AddressFact.SUPPRESSED, "Would you please remove me from your list?")


async def test_in_the_conversation_the_rule_stands_below_the_message_and_can_be_corrected(world):
    lead, there = await written_to(world)
    await says(world, there, "What does it cost?")
    await world.say("/unibox")
    thread = await thread_of(world, lead)
    await press(world, ids.OPEN_THREAD, block_id=f"thread:{thread.id}")
    assert "❓ Question · rule: asks a question" in words(shown(world))

    chosen = element(shown(world), ids.REPLY_CLASS)["options"][1]["value"]
    await press(world, ids.REPLY_CLASS, selected=chosen)
    assert "They ask to be removed" in words(shown(world)) and "Suppress" in labels(shown(world))
    await press(world, ids.REPLY_SUPPRESS)

    assert "Suppress" not in labels(shown(world)) and "Address is suppressed" in words(shown(world))


async def test_colleagues_are_paused_and_the_channel_is_asked_once_in_the_replys_thread(either_world):
    world = either_world
    _, there = await written_to(world, email="deferred@acme.example.com")
    bob = await world.has_lead("Acme Two", email="deferred2@acme.example.com")
    run = await in_sequence(world, bob)

    await says(world, there, "Let's talk.")
    await says(world, there, "Are you there?")

    questions = [post for post in world.posts() if "in sequences" in post.text]
    (question,) = questions
    card = next(post for post in world.posts() if "Let's talk" in post.text)
    assert question.thread_ts == card.ts
    assert "1 other person at acme.example.com is in sequences; paused." in words(question.blocks)
    await world.say(f"/leads show {bob.email}")
    assert "⏸️ paused: Jane at acme.example.com replied" in words(shown(world))

    await press_under(world, question, ids.BRAKE_RESUME)
    await told(world)

    assert (await run_of(world, run)).state is RunState.ACTIVE
    (question,) = [post for post in world.posts() if "acme.example.com" in post.text and post.thread_ts]
    assert "resumed by Ana" in words(question.blocks) and labels(question.blocks) == []


async def test_a_second_decision_is_harmless_and_says_so(world):
    _, there = await written_to(world, email="deferred@acme.example.com")
    bob = await world.has_lead("Acme Two", email="deferred2@acme.example.com")
    run = await in_sequence(world, bob)
    await says(world, there, "Let's talk.")
    question = next(post for post in world.posts() if "in sequences" in post.text)

    await press_under(world, question, ids.BRAKE_KEEP)
    await press_under(world, question, ids.BRAKE_RESUME, user=BEN)
    await told(world)

    assert (await run_of(world, run)).state is RunState.PAUSED
    assert "That is decided already" in world.told(BEN)[-1]
    assert any("kept paused by Ana" in post.text for post in world.posts())
