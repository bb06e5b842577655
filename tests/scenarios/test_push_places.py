"""Where the result of a push is told, and our own rows after it."""

import pytest
from sqlalchemy import create_engine, text

from blocks import ids
from bot.outreach.leads import LeadStatus
from bot.sandbox.slack.server import ANA, GENERAL, OUTREACH
from storage.engines import database_url
from tests.blocks.reading import labels, words
from tests.scenarios.hands import has_leads, press, press_under

pytestmark = pytest.mark.usefixtures("allowed")
LINE = "/push {} to Website audit letter"


def batches(world):
    return [len(call.body["leads"]) for call in world.plusvibe.calls if call.path == "/lead/add"]


# Our own rows


async def test_a_status_update_that_fails_is_a_warning_and_never_a_failure(world):
    lead = await world.has_lead("Acme", ready=True)
    engine = create_engine(database_url(world.demo.app.settings.database_url, is_async=False))
    with engine.begin() as connection:
        trigger = "CREATE TRIGGER broken BEFORE INSERT ON enrolments BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        connection.execute(text(trigger))

    await world.say(LINE.format("acme.example.com"))

    warned = world.posts()[0]
    assert warned.text.startswith("Pushed, but status update failed for 1")
    assert "/integrations" in warned.text
    assert "failed lead" not in str(labels(warned.blocks))
    assert labels(warned.blocks) == ["Retry status update"]
    assert (await world.lead(lead.id)).campaign_id is None

    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER broken"))
    world.clock.move(seconds=3)
    await press_under(world, warned, ids.RETRY_STATUS)

    assert warned.text == "Pushed 1 to Website audit letter"
    assert (await world.lead(lead.id)).campaign_id == (await world.campaign()).id
    assert batches(world) == [1]
    engine.dispose()


async def test_after_a_push_the_status_waits_for_the_first_send(world):
    lead = await world.has_lead("Acme", ready=True)

    await world.say(LINE.format("acme.example.com"))

    after = await world.lead(lead.id)
    assert after.status is LeadStatus.EMAIL_GENERATED
    assert after.campaign_id == (await world.campaign()).id
    await world.say(f"/leads show {lead.id}")
    assert "Pushed to *Website audit letter* by Ana Novak" in words(world.modal().payload)


async def test_plusvibe_not_connected_shows_no_campaign_select(world):
    world.house.services.campaigns._plusvibe = None
    await world.has_lead("Acme", ready=True)

    await world.say("/push")
    form = world.modal().payload

    assert "PlusVibe is not connected" in words(form)
    assert form.get("submit") is None
    assert ids.PUSH_CAMPAIGN not in str(form)

    await world.say("/leads")

    assert "PlusVibe is not connected" in words(world.modal().payload)
    assert ids.CAMPAIGN not in str(world.modal().payload)
    await press(world, ids.SORT, selected="company:asc")


# Places


async def test_a_channel_without_the_bot_hands_report_and_result_to_the_person(world, allowed):
    allowed.add("not_in_channel")
    world.slack.settings.scopes -= {"chat:write.public"}
    await world.has_lead("Good", ready=True)
    await world.has_lead("Acme")

    await world.say(LINE.format("good.example.com acme.example.com"), channel=GENERAL)

    home = world.slack.board.direct_message(ANA).id
    note, headline, report = world.posts(home)
    assert "so this is here for you:" in note.text
    assert headline.text == "Push blocked (409): 1 ready, 1 not ready, nothing pushed"
    assert report.thread_ts == headline.ts

    await press_under(world, report, ids.PUSH_READY)

    assert world.posts(home)[-1].text == "Pushed 1 to Website audit letter"
    assert not world.posts(GENERAL)


async def test_a_channel_archived_during_a_push_hands_the_result_to_the_person(world, allowed):
    allowed.add("is_archived")
    campaign = await world.campaign()
    await has_leads(world, 3, ready=True)
    await world.say("/push")
    world.slack.workspace.channels[OUTREACH].is_archived = True

    status = {"status": {ids.PUSH_STATUS: "email_generated"}}
    await world.submit({"campaign": {ids.PUSH_CAMPAIGN: campaign.id}, **status})

    said = [post.text for post in world.posts(world.slack.board.direct_message(ANA).id)]
    assert said[-1] == "Pushed 3 to Website audit letter"
    assert len(world.plusvibe.leads) == 3
