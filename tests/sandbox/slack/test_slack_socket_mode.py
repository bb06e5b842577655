"""slack_bolt's own Socket Mode handler against the local Slack."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from small_app import option, small_app

from bot.sandbox.slack.server import ANA, OUTREACH


@contextlib.asynccontextmanager
async def connected(slack, app) -> AsyncIterator[AsyncSocketModeHandler]:
    web_client = AsyncWebClient(token=slack.workspace.app_token, base_url=f"{slack.settings.base_url}/api/")
    handler = AsyncSocketModeHandler(
        app.bolt, slack.workspace.app_token, web_client=web_client, ping_interval=0.1, logger=app.bolt.logger
    )
    before = len(slack.sockets.connections)
    await handler.connect_async()
    await slack.sockets.wait_until(lambda connections: len(connections) > before)
    try:
        yield handler
    finally:
        await handler.close_async()


@pytest.fixture
def app(slack):
    """The app without a web door: only its socket reaches it."""
    return small_app(slack)


async def test_a_whole_conversation_goes_over_the_socket(slack, app):
    async with connected(slack, app):
        command = await slack.run_command(ANA, OUTREACH, "/leads new")
        view = slack.workspace.modals[ANA][-1]
        found = await slack.options(ANA, action_id="company", value="Acme", view_id=view.id)
        refused = await slack.submit(ANA, view.id, {"name": {"name": "bad"}})
        shown = dict(view.errors)
        closed = await slack.submit(ANA, view.id, {"name": {"name": "Acme"}})
        said = await slack.run_command(ANA, OUTREACH, "/leads say")
        await slack.open_home(ANA)
        await asyncio.sleep(0.05)

    assert (command.status, closed.ok) == (200, True)
    assert found[0] == option("Acme Ltd")
    assert refused.body["response_action"] == "errors"
    assert shown == {"name": "Already taken."}
    assert slack.modals.stack(ANA) == []
    assert said.body == {"text": "only you see this"}
    assert app.heard[-1]["event"]["type"] == "app_home_opened"


async def test_what_the_app_does_not_acknowledge_times_out(slack, app):
    slack.settings.ack_seconds = 0.2
    slack.settings.commands.append({"command": "/other"})

    async with connected(slack, app):
        unheard = await slack.run_command(ANA, OUTREACH, "/other")

    assert (unheard.status, unheard.error) == (None, "operation_timeout")


async def test_each_payload_goes_to_one_of_two_connections(slack, app):
    async with connected(slack, app), connected(slack, app):
        for _ in range(4):
            await slack.run_command(ANA, OUTREACH, "/leads say")

        assert len(slack.sockets.connections) == 2
    assert len(app.heard) == 4


async def test_a_told_disconnect_is_followed_by_a_new_connection(slack, app):
    async with connected(slack, app):
        (first,) = slack.sockets.connections

        await slack.sockets.disconnect()
        await slack.sockets.wait_until(lambda connections: connections and connections != [first])

        assert (await slack.run_command(ANA, OUTREACH, "/leads say")).ok


async def test_without_a_connection_everything_goes_by_http_again(slack, app):
    async with connected(slack, app):
        pass
    await slack.sockets.wait_until(lambda connections: not connections)

    delivery = await slack.run_command(ANA, OUTREACH, "/leads say")

    assert (delivery.status, delivery.error) == (None, "dispatch_failed")


async def test_only_the_app_level_token_opens_a_connection(client):
    with pytest.raises(SlackApiError, match="not_allowed_token_type"):
        await client.apps_connections_open(app_token=client.token)
