"""A local Slack on a real port, with a small real Bolt app reached in this process."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from slack_sdk.web.async_client import AsyncWebClient
from small_app import SmallApp, small_app

from bot.sandbox.slack.hands import LocalSlack
from bot.sandbox.slack.server import new_local_slack, served


class _Later(httpx.AsyncBaseTransport):
    """Reaches the app that is made after the workspace, as it needs the workspace's address."""

    inner: httpx.ASGITransport | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.inner is None:
            raise httpx.ConnectError("Nothing listens there.")
        return await self.inner.handle_async_request(request)


@pytest.fixture
def transport() -> _Later:
    return _Later()


@pytest.fixture
async def slack(transport: _Later) -> AsyncIterator[LocalSlack]:
    local = new_local_slack(
        app_url="http://app/slack/events",
        base_url="http://not-served-yet",
        commands=[{"command": "/leads", "description": "Leads", "usage_hint": "[find]", "should_escape": True}],
        transport=transport,
        events=frozenset({"app_home_opened", "message.im", "message.channels"}),
        retry_delays_seconds=(0.01, 0.01, 0.01),
    )
    local.settings.ack_seconds = 20  # the three seconds have tests of their own; a busy machine is no failure
    local.settings.trigger_life = timedelta(seconds=20)
    async with served(local) as running:
        yield running


@pytest.fixture
def app(slack: LocalSlack, transport: _Later) -> SmallApp:
    made = small_app(slack)
    transport.inner = httpx.ASGITransport(made.web)
    return made


@pytest.fixture
def client(slack: LocalSlack) -> AsyncWebClient:
    return AsyncWebClient(token=slack.workspace.bot_token, base_url=f"{slack.settings.base_url}/api/")
