"""Socket Mode: the whole conversation over the app's own connection, no address and no signing secret."""

import hashlib
import hmac
import signal

import httpx
import pytest

from blocks import ids
from blocks.push import LEADS_BLOCK
from bot.outreach.leads import LeadStatus
from bot.sandbox.slack.server import ANA
from tests.scenarios.given import times_added
from tests.scenarios.processes import outside

pytestmark = pytest.mark.slow
PUSHED = "Pushed 1 to Website audit letter"


@pytest.fixture
async def world(sqlite_url, tmp_path):
    """With a bot connected over Socket Mode."""
    async with outside(sqlite_url, tmp_path) as made:
        bot = made.start("run", SLACK_APP_TOKEN=made.slack.workspace.app_token, SLACK_SIGNING_SECRET="")
        await bot.ready()
        await made.slack.sockets.wait_until(bool)
        made.slack.settings.app_url = "http://127.0.0.1:1/nobody"
        yield made


async def test_commands_clicks_and_submissions_go_over_the_socket(world):
    lead = await world.has_lead("Acme", status=LeadStatus.AUDIT_QUEUED)
    ready = await world.has_lead("Ready Co", ready=True)

    command = await world.say("/push acme.example.com readyco.example.com to Website audit letter")
    await world.until(lambda: len(world.posts()) == 2)
    report = world.posts()[1]
    click = await world.click(ids.PUSH_READY, message=(report.channel, report.ts))
    await world.until(lambda: any(post.text.startswith(PUSHED) for post in world.posts()))
    await world.until(lambda: times_added(world, ready.email))  # the report says so as soon as it is decided

    assert command.ok
    assert click.ok
    assert [times_added(world, each.email) for each in (ready, lead)] == [1, 0]


async def test_a_form_is_searched_and_submitted_over_the_socket(world):
    lead = await world.has_lead("Ready Co", ready=True)

    await world.say("/push")
    await world.until(lambda: world.slack.workspace.modals.get(ANA))
    form = world.modal()
    (found,) = await world.slack.options(ANA, action_id=ids.PUSH_LEADS, value="ready", view_id=form.id)
    campaign = (await world.campaign()).id
    chosen = {LEADS_BLOCK: {ids.PUSH_LEADS: [found["value"]]}, "campaign": {ids.PUSH_CAMPAIGN: campaign}}
    submitted = await world.submit(chosen)
    await world.until(lambda: any(post.text.startswith(PUSHED) for post in world.posts()))

    assert submitted.ok
    assert times_added(world, lead.email) == 1


async def test_a_connection_told_to_go_is_followed_by_another(world):
    (first,) = world.slack.sockets.connections

    await world.slack.sockets.disconnect()
    await world.slack.sockets.wait_until(lambda connections: connections and connections != [first])
    delivery = await world.say("/outreach help")

    assert delivery.ok


async def test_what_slack_sends_twice_is_done_once(world):
    lead = await world.has_lead("Ready Co", ready=True)
    blocked = await world.has_lead("Acme", status=LeadStatus.AUDIT_QUEUED)

    command = await world.say("/push readyco.example.com acme.example.com to Website audit letter")
    await world.slack.replay(command)
    await world.until(lambda: len(world.posts()) == 2)
    report = world.posts()[1]
    click = await world.click(ids.PUSH_READY, message=(report.channel, report.ts))
    await world.slack.sockets.disconnect()
    await world.slack.sockets.wait_until(lambda connections: len(connections) == 1)
    await world.slack.replay(click)
    await world.until(lambda: len(world.posts()) == 3)
    await world.say("/outreach help")

    assert [post.text.startswith(PUSHED) for post in world.posts()].count(True) == 1
    assert len(world.posts()) == 3
    assert [times_added(world, each.email) for each in (lead, blocked)] == [1, 0]


@pytest.mark.parametrize("secret", ["", "socket-mode"])
async def test_without_a_signing_secret_the_http_door_takes_nothing(world, secret):
    body = f"command=/outreach&text=help&user_id={ANA}&trigger_id=1.2.3"
    stamp = str(int(world.clock().timestamp()))
    signature = "v0=" + hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature}

    async with httpx.AsyncClient(base_url=world.address, trust_env=False) as client:
        answer = await client.post("/slack/events", content=body, headers=headers)

    assert answer.status_code == 401


async def test_a_socket_bot_ends_in_order(world):
    (bot,) = world.bots

    bot.send(signal.SIGTERM)

    assert await bot.ended(20) == 0
    assert "Traceback" not in bot.output
