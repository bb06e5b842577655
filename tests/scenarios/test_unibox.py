"""The Unibox through the real doors: a prospect answers, somebody reads it, takes it and writes back."""

import pytest

from blocks import ids
from bot.outreach.events import EventKind
from bot.outreach.leads import LeadStatus
from bot.outreach.unibox import AnswerState
from bot.sandbox.plusvibe import happenings
from bot.sandbox.slack.server import ANA, BEN, OUTREACH
from tests.blocks.reading import element, labels, words
from tests.scenarios.hands import press, press_under, shown
from tests.scenarios.unibox_given import (
    MAILBOX,
    answered_by,
    answers_in,
    composer,
    heard_all,
    posted_card,
    replies_asked,
    sent_there,
    thread_of,
    typed,
    written_to,
)

pytestmark = pytest.mark.usefixtures("allowed")


async def test_a_prospect_answers_somebody_replies_and_it_goes_out_once(either_world):
    world = either_world
    lead, there = await written_to(world)
    await answered_by(world, there)
    thread = await thread_of(world, lead)

    await composer(world, thread)
    assert f"Goes to *{lead.email}* from *{MAILBOX}*" in words(shown(world))
    await typed(world, "Hi Jane,\n\nhow about Tuesday at ten?")
    await world.submit()
    await world.tick()

    assert f"Sent to {lead.email} from {MAILBOX}" in words(shown(world))
    (row,) = sent_there(world)
    assert row["body"]["html"] == "<p>Hi Jane,</p><p>how about Tuesday at ten?</p>"
    assert row["subject"].startswith("Re: ") and not row["subject"].startswith("Re: Re:")
    assert (row["from_address_email"], row["to_address_email_list"]) == (MAILBOX, lead.email)
    assert [answer.state for answer in await answers_in(world, thread)] == [AnswerState.SENT]
    assert (await thread_of(world, lead)).waiting_since is None
    assert (await world.lead(lead.id)).status is LeadStatus.REPLIED
    async with world.database.read(world.workspace_id) as uow:
        kinds = [event.kind for event in await uow.events.of_lead(lead.id)]
    assert kinds.count(EventKind.REPLY_SENT) == kinds.count(EventKind.REPLIED) == 1


async def test_a_second_submit_of_the_same_composer_sends_nothing_more(world):
    lead, there = await written_to(world)
    await answered_by(world, there)
    await composer(world, await thread_of(world, lead))
    await typed(world, "Tuesday at ten?")

    delivery = await world.submit()
    await world.slack.replay(delivery)
    await world.idle()
    await world.tick(seconds=5)

    assert replies_asked(world) == 1
    assert len(sent_there(world)) == 1


async def test_the_lists_filters_and_the_conversation_with_its_history_folded(world):
    _, there = await written_to(world)
    await answered_by(world, there, which=1)

    await world.say("/unibox")
    listed = words(shown(world))
    assert "Acme" in listed and "waiting for an answer" in listed and "unread" in listed
    assert "wrote:" not in listed
    await press(world, ids.OPEN_THREAD)

    text = words(shown(world))
    assert "what would fixing the first point cost us" in text
    assert "of quoted history folded" in text
    assert "From: Lena" not in text
    await press(world, ids.BACK_TO_UNIBOX)
    assert "Acme" in words(shown(world))


async def test_read_marks_the_thread_at_plusvibe_and_goes_away(world):
    lead, there = await written_to(world)
    await answered_by(world, there)
    await world.say(f"/unibox {lead.email}")
    await press(world, ids.OPEN_THREAD)
    assert "Read" in labels(shown(world))

    await press(world, ids.MARK_READ)

    assert "Read" not in labels(shown(world))
    assert [row["is_unread"] for row in world.plusvibe.messages] == [0]


async def test_a_lead_without_messages_gets_the_exact_words_and_the_hint(world):
    await world.has_lead("Acme")

    await world.say("/unibox jane@acme.example.com")

    said = words(shown(world))
    assert "No Unibox messages for this lead." in said
    assert "once at least one message, in or out, is indexed for jane@acme.example.com" in said


async def test_the_card_offers_the_unibox_only_with_an_address(world):
    await world.has_lead("Acme")
    await world.has_lead("Beta", email=None)

    await world.say("/leads show acme.example.com")
    assert "Unibox" in labels(shown(world))
    await press(world, ids.CARD_UNIBOX)
    assert "No Unibox messages for this lead." in words(shown(world))

    await world.slack.close_view(ANA, world.modal().id, cleared=True)
    await world.say("/leads show beta.example.com")
    assert "Unibox" not in labels(shown(world))


async def test_refresh_reads_what_no_webhook_told(world):
    lead, there = await written_to(world)
    world.plusvibe.hooks.clear()
    await happenings.reply(world.plusvibe, there, "Call me.")
    await world.say(f"/unibox {lead.email}")
    assert "No Unibox messages for this lead." in words(shown(world))

    await press(world, ids.UNIBOX_REFRESH)

    assert "Read again: 1 new." in words(shown(world))
    await press(world, ids.OPEN_THREAD)
    assert "Call me." in words(shown(world))
    assert "one thing to fix first" in words(shown(world)), "what the campaign sent stands above it"
    assert (await world.lead(lead.id)).status is LeadStatus.REPLIED


async def test_an_unknown_address_does_not_show_everybody_elses_mail(world):
    _, there = await written_to(world)
    await happenings.reply(world.plusvibe, there, "Private words.")
    other = await world.has_lead("Beta")
    await heard_all(world)

    await world.say(f"/unibox {other.email}")
    await press(world, ids.UNIBOX_REFRESH)

    assert "No Unibox messages for this lead." in words(shown(world))


async def test_the_preview_shows_the_words_and_keeps_what_was_typed(world):
    lead, there = await written_to(world)
    await answered_by(world, there)
    await composer(world, await thread_of(world, lead))
    await typed(world, "<p>Hello <b>Jane</b></p><script>alert(1)</script>")

    await press(world, ids.REPLY_PREVIEW)

    view = shown(world)
    assert "Hello Jane" in words(view["blocks"][-1])
    assert element(view, ids.REPLY_BODY)["initial_value"].startswith("<p>Hello")
    await world.submit()
    assert "script" not in sent_there(world)[0]["body"]["html"]


async def test_a_refused_reply_keeps_its_text_and_opens_the_composer_again_with_it(world):
    lead, there = await written_to(world)
    await answered_by(world, there)
    thread = await thread_of(world, lead)
    await composer(world, thread)
    await typed(world, "Tuesday at ten?")
    world.plusvibe.campaigns[there.campaign_id].sender = "gone@sunnyaudits.example"
    for campaign in world.plusvibe.campaigns.values():
        campaign.sender = "gone@sunnyaudits.example"

    await world.submit()

    assert "no longer has this mailbox" in words(shown(world))
    assert [answer.state for answer in await answers_in(world, thread)] == [AnswerState.FAILED]
    world.clock.move(hours=1)
    await press(world, ids.REPLY)
    assert element(shown(world), ids.REPLY_BODY)["initial_value"] == "Tuesday at ten?"


async def test_the_card_in_the_channel_follows_whoever_takes_and_answers(world):
    lead, there = await written_to(world)
    await answered_by(world, there)
    card = await posted_card(world, lead)
    assert {"Reply", "Take", "Mark read", "Open lead"} <= set(labels(card.blocks))
    assert "Notes typed in this thread stay here; only Reply writes to the prospect." in words(card.blocks)
    assert "Sentiment: positive" in words(card.blocks) and "Label: Interested" in words(card.blocks)

    await press_under(world, card, ids.TAKE_THREAD)
    await world.tick(seconds=3)
    taken = words(world.posts()[-1].blocks)
    await press_under(world, card, ids.REPLY)
    await typed(world, "Tuesday?")
    await world.submit()
    await world.tick(seconds=3)

    assert "Taken by Ana" in taken
    final = world.posts()[-1]
    assert "Answered by Ana" in words(final.blocks)
    assert "Reply" not in labels(final.blocks) and "Take" not in labels(final.blocks)


async def test_what_is_typed_in_a_slack_thread_never_reaches_the_prospect(world):
    lead, there = await written_to(world)
    await answered_by(world, there)
    card = await posted_card(world, lead)

    await world.slack.type_message(ANA, OUTREACH, "I would offer them ten percent.", thread_ts=card.ts)
    await world.idle()
    await world.tick(seconds=5)

    assert replies_asked(world) == 0
    assert sent_there(world) == []


async def test_a_colleague_who_answers_is_named_and_gets_the_reply(world):
    lead, there = await written_to(world)
    await answered_by(world, there, which=4)
    card = await posted_card(world, lead)
    assert "web@acme.example.com, not jane@acme.example.com whom we wrote to" in words(card.blocks)

    await press_under(world, card, ids.REPLY)
    await typed(world, "Thursday it is.")
    await world.submit()

    assert sent_there(world)[0]["to_address_email_list"] == "web@acme.example.com"


async def test_a_reply_that_crosses_another_one_is_refused_and_keeps_its_text(world):
    lead, there = await written_to(world)
    await answered_by(world, there)
    thread = await thread_of(world, lead)
    await composer(world, thread)
    await composer(world, thread, user=BEN)
    await typed(world, "From Ana.")
    await typed(world, "From Ben.", user=BEN)

    await world.submit()
    await world.submit(user=BEN)

    assert [row["body"]["html"] for row in sent_there(world)] == ["<p>From Ana.</p>"]
    assert shown(world, BEN)["callback_id"] == ids.COMPOSER
