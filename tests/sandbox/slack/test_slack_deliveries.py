"""Commands, answers in time and late, response URLs, events and their retries, with a real Bolt app."""

import asyncio
from datetime import UTC, datetime, timedelta

from freezegun import freeze_time
from slack_sdk.webhook.async_client import AsyncWebhookClient
from small_app import actions, button, section, small_app

from bot.sandbox.serving import serving
from bot.sandbox.slack.server import ANA, BOT, CHLOE, OUTREACH, new_local_slack, served


async def opened(slack):
    """A modal that /leads opened for Ana."""
    await slack.run_command(ANA, OUTREACH, "/leads new")
    return slack.workspace.modals[ANA][-1]


async def test_an_app_on_a_port_of_its_own_is_reached_over_http():
    local = new_local_slack(app_url="", base_url="")
    async with served(local) as slack:
        app = small_app(slack)
        async with serving(app.web) as address:
            slack.settings.app_url = f"{address}/slack/events"
            view = await opened(slack)
            delivery = await slack.submit(ANA, view.id, {"name": {"name": "Acme"}})

    assert delivery.status == 200
    assert slack.modals.stack(ANA) == []


async def test_with_the_clock_stopped_everything_still_works(slack, app):
    with freeze_time("2026-03-01 09:00", real_asyncio=True):
        view = await opened(slack)
        delivery = await slack.submit(ANA, view.id, {"name": {"name": "Acme"}})

    assert delivery.ok
    assert slack.workspace.messages[OUTREACH][0].ts.startswith("1772355600.")


async def test_an_acknowledgement_may_speak_only_to_the_asker(slack, app):
    await slack.run_command(CHLOE, OUTREACH, "/leads say")

    line, answer = slack.workspace.messages[OUTREACH]
    assert (line.command, line.ephemeral_to) == ("/leads say", CHLOE)
    assert (answer.text, answer.ephemeral_to, answer.user) == ("only you see this", CHLOE, BOT)


async def test_a_response_url_answers_five_times_and_for_thirty_minutes(slack, app):
    now = datetime(2026, 1, 5, 9, tzinfo=UTC)
    slack.settings.clock = lambda: now
    slack.settings.is_paced = False
    await slack.run_command(ANA, OUTREACH, "/leads later")
    await slack.settled()
    assert slack.workspace.messages[OUTREACH][-1].ephemeral_to is None

    url = AsyncWebhookClient(app.heard[0]["response_url"])
    answers = [await url.send(text="again") for _ in range(5)]
    await slack.run_command(ANA, OUTREACH, "/leads later")
    now += timedelta(minutes=31)
    late = await AsyncWebhookClient(app.heard[-2]["response_url"]).send(text="late")

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 404]
    assert "used_url" in answers[-1].body
    assert "expired_url" in late.body


async def test_a_response_url_replaces_and_deletes_the_message_that_was_clicked(slack, app, client):
    sent = await client.chat_postEphemeral(
        channel=OUTREACH, user=ANA, text="Sure?", blocks=[actions(button("yes", "Yes"))]
    )
    where = (OUTREACH, sent["message_ts"])
    await slack.click(ANA, action_id="yes", message=where)
    heard = app.heard[-1]
    url = AsyncWebhookClient(heard["response_url"])
    message = slack.board.find(*where)

    await url.send(text="Done.", replace_original=True)
    assert (message.text, message.blocks, message.ephemeral_to) == ("Done.", [], ANA)
    refused = await url.send(text="x", blocks=[section("")])
    await url.send(delete_original=True)

    assert "message" not in heard
    assert heard["container"]["is_ephemeral"] is True
    assert refused.status_code == 400
    assert "invalid_blocks" in refused.body
    assert slack.board.find(*where) is None


async def test_an_acknowledgement_after_three_seconds_is_a_failure_the_person_sees(slack, app):
    slack.settings.ack_seconds = 0.05
    app.command_wait_seconds = 0.2

    delivery = await slack.run_command(ANA, OUTREACH, "/leads say")
    await slack.settled()

    assert (delivery.status, delivery.error) == (None, "operation_timeout")
    assert slack.workspace.notices[-1].text == '/leads failed with the error "operation_timeout"'
    assert [message.text for message in slack.workspace.messages[OUTREACH]] == ["/leads say"]


async def test_a_command_nobody_listens_to_fails_and_an_unknown_one_is_not_sent(slack, app):
    slack.settings.commands.append({"command": "/other"})

    unheard = await slack.run_command(ANA, OUTREACH, "/other")
    unknown = await slack.run_command(ANA, OUTREACH, "/nothing")

    assert (unheard.status, unheard.error) == (404, "dispatch_failed")
    assert unknown.error == "not_sent"


async def test_names_are_escaped_for_a_command_that_asks_for_it(slack, app):
    await slack.run_command(ANA, OUTREACH, "/leads give @ben in #sales")

    assert app.heard[-1]["text"] == "give <@U0BENCARTER|ben> in <#C0SALES|sales>"


async def test_a_wrong_signature_is_turned_away_by_bolt(slack, app):
    slack.workspace.signing_secret = "another"

    delivery = await slack.run_command(ANA, OUTREACH, "/leads say")

    assert delivery.status == 401


async def test_a_failed_event_is_retried_with_its_number_and_reason(slack, app):
    app.fail_events = 2

    first = await slack.open_home(ANA)
    await slack.settled()

    assert first.status == 500
    assert [heard["retry"] for heard in app.heard] == [None, "1", ["2"]]
    assert len({delivery.payload["event_id"] for delivery in slack.deliveries}) == 1


async def test_a_direct_message_and_a_thread_reply_reach_the_app(slack, app, client):
    direct = slack.board.direct_message(ANA)
    posted = await client.chat_postMessage(channel=OUTREACH, text="Report")

    await slack.type_message(ANA, direct.id, "hello")
    await slack.type_message(ANA, OUTREACH, "thanks", thread_ts=posted["ts"])
    await asyncio.sleep(0.05)

    first, second = (heard["event"] for heard in app.heard)
    assert (first["channel_type"], first["text"]) == ("im", "hello")
    assert (second["channel_type"], second["thread_ts"]) == ("channel", posted["ts"])


async def test_an_event_without_subscription_is_not_sent(slack, app):
    slack.settings.events = frozenset()

    assert await slack.open_home(ANA) is None


async def test_a_replayed_delivery_is_the_same_byte_for_byte(slack, app):
    delivery = await slack.run_command(ANA, OUTREACH, "/leads say")

    again = await slack.replay(delivery)

    assert again.status == 200
    assert app.heard[0] == app.heard[1]
