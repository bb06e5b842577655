"""Modals with a real Bolt app: opening, submitting, stacks, hashes, triggers, closing."""

from datetime import UTC, datetime, timedelta

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook.async_client import AsyncWebhookClient
from small_app import asking, lead_modal, modal, option, section

from bot.sandbox.slack.refusals import NotPossible
from bot.sandbox.slack.server import ANA, OUTREACH, SALES


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


async def test_what_an_answer_pushes_onto_a_modal_closed_meanwhile_is_not_shown(slack, app):
    view = await opened(slack)
    app.meanwhile = lambda: slack.modals.close(view)

    await slack.submit(ANA, view.id, {"name": {"name": "deeper"}})

    assert slack.modals.stack(ANA) == []


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
    slack.settings.trigger_life = timedelta(seconds=3)
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


async def test_a_file_input_takes_an_attached_file(slack, app, client):
    view = await opened(slack)
    await client.views_update(
        view_id=view.id, view=lead_modal(asking("csv", {"type": "file_input", "action_id": "csv"}))
    )
    file = await slack.attach(ANA, "leads.csv", b"email\n")

    await slack.submit(ANA, view.id, {"name": {"name": "Acme"}, "csv": {"csv": [file.id]}})

    (sent,) = app.heard[-1]["view"]["state"]["values"]["csv"]["csv"]["files"]
    assert (sent["name"], sent["size"], sent["filetype"]) == ("leads.csv", 6, "csv")
