"""A real Bolt app and the local Slack through their real doors: commands, modals, clicks, answers in time and late."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from freezegun import freeze_time
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook.async_client import AsyncWebhookClient
from small_app import actions, asking, button, lead_modal, modal, option, plain, section, small_app

from bot.sandbox.slack.refusals import NotPossible
from bot.sandbox.slack.server import ANA, BEN, BOT, CHLOE, OUTREACH, SALES, new_local_slack, served, serving


async def opened(slack):
    """A modal that /leads opened for Ana."""
    await slack.run_command(ANA, OUTREACH, "/leads new")
    return slack.workspace.modals[ANA][-1]


async def test_a_command_opens_a_modal_and_submitting_it_closes_it(slack, app):
    view = await opened(slack)

    delivery = await slack.submit(ANA, view.id, {"name": {"name": "Acme"}, "kind": {"kind": "shop"}})

    values = app.heard[-1]["view"]["state"]["values"]
    assert delivery.ok
    assert values["name"]["name"] == {"type": "plain_text_input", "value": "Acme"}
    assert values["kind"]["kind"] == {"type": "static_select", "selected_option": option("Shop")}
    assert values["company"]["company"] == {"type": "external_select", "selected_option": None}
    assert slack.modals.stack(ANA) == []


async def test_an_empty_required_input_is_refused_before_the_app_hears_of_it(slack, app):
    view = await opened(slack)

    delivery = await slack.submit(ANA, view.id)

    assert delivery.error == "not_sent"
    assert view.errors == {"name": "Please complete this required field."}
    assert len(app.heard) == 1


@pytest.mark.parametrize(
    ("element", "typed", "complaint"),
    [
        pytest.param({"type": "email_text_input"}, "ana@", "Please enter a valid email address.", id="email"),
        pytest.param({"type": "url_text_input"}, "acme", "Please enter a valid URL.", id="url"),
        pytest.param(
            {"type": "plain_text_input", "min_length": 3}, "ab", "Please enter at least 3 characters.", id="short"
        ),
        pytest.param(
            {"type": "plain_text_input", "max_length": 3}, "abcd", "Please enter at most 3 characters.", id="long"
        ),
        pytest.param(
            {"type": "number_input", "is_decimal_allowed": False}, "1.5", "Please enter a valid number.", id="decimal"
        ),
        pytest.param(
            {"type": "number_input", "is_decimal_allowed": True, "max_value": "9"},
            "9.5",
            "Please enter a number that is 9 or less.",
            id="too much",
        ),
    ],
)
async def test_what_the_client_checks_is_refused_in_its_words(slack, app, client, element, typed, complaint):
    view = await opened(slack)
    await client.views_update(view_id=view.id, view=lead_modal(asking("extra", element | {"action_id": "extra"})))

    await slack.submit(ANA, view.id, {"name": {"name": "Acme"}, "extra": {"extra": typed}})

    assert view.errors == {"extra": complaint}


async def test_errors_update_and_push_do_what_the_answer_says(slack, app):
    view = await opened(slack)

    await slack.submit(ANA, view.id, {"name": {"name": "bad"}})
    assert view.errors == {"name": "Already taken."}

    await slack.submit(ANA, view.id, {"name": {"name": "deeper"}})
    second = slack.modals.stack(ANA)[-1]
    assert (second.root_id, second.previous_id) == (view.id, view.id)

    await slack.submit(ANA, second.id, {"name": {"name": "next"}})
    assert second.payload["callback_id"] == "done"
    assert slack.modals.stack(ANA) == [view, second]


async def test_errors_for_a_block_that_is_no_input_are_trouble(slack, app):
    view = await opened(slack)

    await slack.submit(ANA, view.id, {"name": {"name": "wrong"}})

    assert slack.modals.stack(ANA) == [view]
    assert slack.workspace.notices[-1].text.startswith("We had some trouble connecting.")


async def test_a_fourth_view_does_not_fit_on_the_stack(slack, app, client):
    view = await opened(slack)
    for _ in range(2):
        await slack.submit(ANA, slack.modals.stack(ANA)[-1].id, {"name": {"name": "deeper"}})
    await slack.click(ANA, action_id="more", view_id=slack.modals.stack(ANA)[-1].id)

    with pytest.raises(SlackApiError, match="push_limit_reached"):
        await client.views_push(trigger_id=app.heard[-1]["trigger_id"], view=modal(section("x")))

    with pytest.raises(NotPossible):
        await slack.submit(ANA, view.id)


async def test_a_click_carries_the_view_and_an_outdated_hash_is_refused(slack, app, client):
    view = await opened(slack)
    await slack.click(ANA, action_id="more", view_id=view.id, state={"name": {"name": "typed"}})
    seen = app.heard[-1]

    await client.views_update(view_id=view.id, hash=seen["view"]["hash"], view=lead_modal(section("newer")))
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await client.views_update(view_id=view.id, hash=seen["view"]["hash"], view=lead_modal())

    assert seen["container"] == {"type": "view", "view_id": view.id}
    assert not {"channel", "message", "response_url"} & set(seen)
    assert seen["view"]["state"]["values"]["name"]["name"]["value"] == "typed"
    assert view.values["name"]["name"]["value"] == "typed"


async def test_a_trigger_works_once_and_only_for_three_seconds(slack, app, client):
    now = datetime(2026, 1, 5, 9, tzinfo=UTC)
    slack.settings.clock = lambda: now
    await slack.run_command(ANA, OUTREACH, "/leads say")
    trigger_id = app.heard[-1]["trigger_id"]
    await client.views_open(trigger_id=trigger_id, view=modal(section("x")))

    with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
        await client.views_open(trigger_id=trigger_id, view=modal(section("x")))
    now += timedelta(seconds=4)
    with pytest.raises(SlackApiError, match="expired_trigger_id"):
        await client.views_open(trigger_id=trigger_id, view=modal(section("x")))
    with pytest.raises(SlackApiError, match="invalid_trigger_id"):
        await client.views_open(trigger_id="made up", view=modal(section("x")))


async def test_an_external_select_offers_what_the_app_suggests_and_remembers_it(slack, app):
    view = await opened(slack)

    nothing = await slack.options(ANA, action_id="company", value="", view_id=view.id)
    found = await slack.options(ANA, action_id="company", value="Acme", view_id=view.id)
    values = {"name": {"name": "Acme"}, "company": {"company": "acme inc"}}
    await slack.submit(ANA, view.id, values)

    assert nothing == []
    assert [each["value"] for each in found] == ["acme ltd", "acme inc"]
    chosen = app.heard[-1]["view"]["state"]["values"]["company"]["company"]
    assert chosen["selected_option"] == option("Acme Inc")


async def test_an_input_tells_the_app_at_once_only_when_it_dispatches(slack, app, client):
    box = {"type": "plain_text_input", "action_id": "note"}
    view = await opened(slack)
    blocks = [asking("quiet", box), asking("loud", box, dispatch_action=True)]
    await client.views_update(view_id=view.id, view=modal(*blocks))

    quiet = await slack.click(ANA, action_id="note", block_id="quiet", view_id=view.id, selected="a")
    loud = await slack.click(ANA, action_id="note", block_id="loud", view_id=view.id, selected="b")

    assert (quiet.error, loud.ok) == ("not_sent", True)
    assert app.heard[-1]["actions"][0]["value"] == "b"
    assert app.heard[-1]["view"]["state"]["values"]["quiet"]["note"]["value"] == "a"


async def test_a_submission_brings_a_response_url_for_the_channel_that_was_chosen(slack, app, client):
    select = {"type": "conversations_select", "action_id": "where", "response_url_enabled": True}
    view = await opened(slack)
    await client.views_update(view_id=view.id, view=lead_modal(asking("where", select)))

    await slack.submit(ANA, view.id, {"name": {"name": "Acme"}, "where": {"where": SALES}})
    (url,) = app.heard[-1]["response_urls"]
    await AsyncWebhookClient(url["response_url"]).send(text="Pushed", response_type="in_channel")

    assert url["channel_id"] == SALES
    assert slack.workspace.messages[SALES][-1].text == "Pushed"


async def test_a_closed_view_can_neither_be_submitted_nor_updated(slack, app, client):
    first = await opened(slack)
    await slack.close_view(ANA, first.id)
    await opened(slack)

    with pytest.raises(NotPossible):
        await slack.submit(ANA, first.id)
    with pytest.raises(SlackApiError, match="not_found"):
        await client.views_update(view_id=first.id, view=lead_modal())


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


async def test_closing_tells_the_app_only_when_it_asked(slack, app, client):
    view = await opened(slack)
    assert await slack.close_view(ANA, view.id) is None

    view = await opened(slack)
    await client.views_update(view_id=view.id, view=lead_modal() | {"notify_on_close": True})
    await slack.submit(ANA, view.id, {"name": {"name": "deeper"}})
    await slack.close_view(ANA, slack.modals.stack(ANA)[-1].id, cleared=True)

    assert app.heard[-1]["type"] == "view_closed"
    assert app.heard[-1]["is_cleared"] is True
    assert app.heard[-1]["view"]["id"] == view.id
    assert slack.modals.stack(ANA) == []


async def test_a_button_in_a_message_carries_what_bolt_and_an_app_need(slack, app, client):
    row = actions(button("approve", value="7"), button("approve_all", value="8"))
    posted = await client.chat_postMessage(channel=OUTREACH, text="Draft", blocks=[row])

    await slack.click(BEN, action_id="approve", message=(OUTREACH, posted["ts"]))

    heard = app.heard[-1]
    assert heard["user"]["id"] == BEN
    assert heard["actions"][0] | {"action_ts": ""} == {
        "action_id": "approve",
        "block_id": "row",
        "type": "button",
        "text": plain("Press"),
        "value": "7",
        "action_ts": "",
    }
    assert heard["message"]["ts"] == heard["container"]["message_ts"] == posted["ts"]
    assert heard["container"]["is_ephemeral"] is False


async def test_every_kind_of_element_reports_what_was_chosen(slack, app, client):
    choices = [option("Agency"), option("Shop")]
    elements = [
        {"type": "static_select", "options": choices},
        {"type": "multi_static_select", "options": choices},
        {"type": "checkboxes", "options": choices},
        {"type": "radio_buttons", "options": choices},
        {"type": "overflow", "options": choices},
        {"type": "datepicker"},
        {"type": "timepicker"},
        {"type": "users_select"},
        {"type": "multi_users_select"},
    ]
    row = actions(*(element | {"action_id": element["type"]} for element in elements))
    posted = await client.chat_postMessage(channel=OUTREACH, text="Pick", blocks=[row])
    chosen = {
        "static_select": ("shop", {"selected_option": option("Shop")}),
        "multi_static_select": (["shop", "agency"], {"selected_options": [option("Shop"), option("Agency")]}),
        "checkboxes": (["agency"], {"selected_options": [option("Agency")]}),
        "radio_buttons": ("agency", {"selected_option": option("Agency")}),
        "overflow": ("agency", {"selected_option": option("Agency")}),
        "datepicker": ("2026-02-01", {"selected_date": "2026-02-01"}),
        "timepicker": ("09:30", {"selected_time": "09:30"}),
        "users_select": (BEN, {"selected_user": BEN}),
        "multi_users_select": ([BEN, ANA], {"selected_users": [BEN, ANA]}),
    }

    for kind, (selected, expected) in chosen.items():
        await slack.click(ANA, action_id=kind, message=(OUTREACH, posted["ts"]), selected=selected)
        assert expected.items() <= app.heard[-1]["actions"][0].items()

    kept = app.heard[-1]["state"]["values"]["row"]
    assert kept["static_select"]["selected_option"] == option("Shop")
    assert "overflow" not in kept


async def test_what_is_not_there_cannot_be_clicked(slack, app, client):
    row = actions(button("approve", value="1", visible_to_user_ids=[BEN]))
    posted = await client.chat_postMessage(channel=OUTREACH, text="Draft", blocks=[row])
    where = (OUTREACH, posted["ts"])

    with pytest.raises(NotPossible, match="no element 'reject' here"):
        await slack.click(BEN, action_id="reject", message=where)
    with pytest.raises(NotPossible, match="does not see"):
        await slack.click(ANA, action_id="approve", message=where)
    direct = await client.chat_postMessage(channel=ANA, text="Draft", blocks=[row])
    with pytest.raises(NotPossible, match="does not see this message"):
        await slack.click(BEN, action_id="approve", message=(direct["channel"], direct["ts"]))
    with pytest.raises(NotPossible, match="no message"):
        await slack.click(BEN, action_id="approve", message=(OUTREACH, "1.2"))
    assert (await slack.click(BEN, action_id="approve", message=where)).ok


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


async def test_the_home_tab_belongs_to_one_person_and_has_no_channel(slack, app, client):
    home = {"type": "home", "blocks": [actions(button("refresh"))]}
    await client.views_publish(user_id=ANA, view=home)

    view = slack.workspace.homes[ANA]
    await slack.click(ANA, action_id="refresh", view_id=view.id)

    assert app.heard[-1]["view"]["type"] == "home"
    assert "channel" not in app.heard[-1]
    with pytest.raises(NotPossible):
        await slack.click(BEN, action_id="refresh", view_id=view.id)
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await client.views_publish(user_id=ANA, view=home, hash="1.old")


async def test_a_replayed_delivery_is_the_same_byte_for_byte(slack, app):
    delivery = await slack.run_command(ANA, OUTREACH, "/leads say")

    again = await slack.replay(delivery)

    assert again.status == 200
    assert app.heard[0] == app.heard[1]


async def test_shortcuts_carry_a_trigger_and_a_message_only_where_there_is_one(slack, app, client):
    posted = await client.chat_postMessage(channel=OUTREACH, text="Report")

    await slack.shortcut(ANA, "grab")
    alone = app.heard[-1]
    await slack.shortcut(ANA, "grab", message=(OUTREACH, posted["ts"]))

    assert alone["type"] == "shortcut"
    assert "response_url" not in alone
    assert app.heard[-1]["type"] == "message_action"
    assert app.heard[-1]["message"]["text"] == "Report"


async def test_a_file_input_takes_an_attached_file(slack, app, client):
    view = await opened(slack)
    await client.views_update(
        view_id=view.id, view=lead_modal(asking("csv", {"type": "file_input", "action_id": "csv"}))
    )
    file = await slack.attach(ANA, "leads.csv", b"email\n")

    await slack.submit(ANA, view.id, {"name": {"name": "Acme"}, "csv": {"csv": [file.id]}})

    (sent,) = app.heard[-1]["view"]["state"]["values"]["csv"]["csv"]["files"]
    assert (sent["name"], sent["size"], sent["filetype"]) == ("leads.csv", 6, "csv")
