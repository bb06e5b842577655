"""The Web API's front door through slack_sdk's own client: tokens, scopes, lists, files, pace and faults."""

import asyncio

import httpx
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.client import WebClient
from small_app import modal, section

from bot.sandbox.slack.server import ANA, BEN, BOT, CHLOE, GENERAL, OUTREACH, SALES


def refused(error):
    return pytest.raises(SlackApiError, match=error)


@pytest.fixture(autouse=True)
def unpaced(slack):
    slack.settings.is_paced = False


async def test_auth_test_tells_who_the_bot_is(slack, client):
    answer = await client.auth_test()

    assert (answer["user_id"], answer["bot_id"], answer["team_id"]) == (BOT, "B0OUTREACH", "T0ACMEOUT")
    assert (answer["team"], answer["user"], answer["url"]) == (
        "Acme Outreach",
        "outreach",
        f"{slack.settings.base_url}/",
    )


@pytest.mark.parametrize(
    ("token", "error"),
    [
        pytest.param(None, "not_authed", id="no token"),
        pytest.param("xoxb-other", "invalid_auth", id="foreign token"),
        pytest.param("xapp-local-outreach", "not_allowed_token_type", id="app token"),
    ],
)
async def test_a_call_needs_the_bots_token(slack, token, error):
    client = AsyncWebClient(token=token, base_url=f"{slack.settings.base_url}/api/")

    with refused(error):
        await client.auth_test()


async def test_an_unknown_method_and_a_missing_scope_are_named(slack, client):
    with refused("unknown_method"):
        await client.api_call("chat.shout")
    slack.settings.scopes -= {"users:read"}
    with pytest.raises(SlackApiError) as caught:
        await client.users_info(user=ANA)

    assert caught.value.response["error"] == "missing_scope"
    assert caught.value.response["needed"] == "users:read"


async def test_query_form_and_json_are_all_understood(slack):
    url, token = f"{slack.settings.base_url}/api/chat.postMessage", slack.workspace.bot_token
    headers = {"Authorization": f"Bearer {token}"}
    blocks = '[{"type": "divider"}]'
    async with httpx.AsyncClient() as http:
        by_query = await http.get(url, params={"channel": OUTREACH, "text": "q", "blocks": blocks}, headers=headers)
        by_form = await http.post(url, data={"channel": OUTREACH, "text": "f", "blocks": blocks, "token": token})
        by_json = await http.post(url, json={"channel": OUTREACH, "text": "j"}, headers=headers)

    assert [answer.json()["ok"] for answer in (by_query, by_form, by_json)] == [True] * 3
    assert [message.text for message in slack.workspace.messages[OUTREACH]] == ["q", "f", "j"]
    assert slack.workspace.messages[OUTREACH][0].blocks[0]["type"] == "divider"


async def test_the_synchronous_client_works_too(slack):
    client = WebClient(token=slack.workspace.bot_token, base_url=f"{slack.settings.base_url}/api/")

    answer = await asyncio.to_thread(client.chat_postMessage, channel=OUTREACH, text="Hi", blocks=[section("Hi")])

    assert answer["ok"]


async def test_people_groups_and_channels_are_listed(client):
    ana = (await client.users_info(user=ANA))["user"]
    groups = (await client.usergroups_list(include_users=True))["usergroups"]
    everybody = (await client.users_list())["members"]
    channels = (await client.conversations_list(exclude_archived=True))["channels"]
    members = (await client.conversations_members(channel=SALES))["members"]

    assert (ana["is_owner"], ana["is_admin"], ana["tz"]) == (True, True, "Europe/Prague")
    assert (groups[0]["handle"], groups[0]["users"]) == ("sales-team", [BEN, CHLOE])
    assert (await client.usergroups_users_list(usergroup="S0SALES"))["users"] == [BEN, CHLOE]
    assert len(everybody) == 5
    assert [channel["name"] for channel in channels] == ["outreach", "sales", "general"]
    assert BOT in members
    assert (await client.conversations_info(channel=GENERAL))["channel"]["is_member"] is False
    assert (await client.team_info())["team"]["name"] == "Acme Outreach"
    assert (await client.bots_info(bot="B0OUTREACH"))["bot"]["user_id"] == BOT
    with refused("no_such_subteam"):
        await client.usergroups_users_list(usergroup="S0NOBODY")
    with refused("user_not_found"):
        await client.users_info(user="U0NOBODY")


async def test_blocks_validate_lists_every_problem(client):
    fine = await client.blocks_validate(blocks=[section("x")])
    wrong = await client.blocks_validate(view=modal(section("")))

    assert fine["errors"] == []
    assert wrong["errors"][0]["pointer"] == "/view/blocks/0/text/text"
    with refused("invalid_arguments"):
        await client.blocks_validate()


async def test_a_view_of_the_wrong_shape_or_with_a_taken_external_id_is_refused(client):
    home = {"type": "home", "blocks": [section("x")], "external_id": "one"}
    await client.views_publish(user_id=ANA, view=home)

    with refused("duplicate_external_id"):
        await client.views_publish(user_id=BEN, view=home)
    with refused("invalid_arguments"):
        await client.views_publish(user_id=ANA, view=modal(section("x")))
    with refused("not_found"):
        await client.views_update(view_id="V0CLOSED", view=modal(section("x")))
    with refused("invalid_arguments"):
        await client.views_open(trigger_id="1.1", view=modal(section("")))


async def test_a_channel_takes_a_burst_and_then_one_post_a_second(slack, client):
    slack.settings.is_paced, slack.settings.burst = True, 2
    for _ in range(2):
        await client.chat_postMessage(channel=OUTREACH, text="x")

    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=OUTREACH, text="x")
    elsewhere = await client.chat_postMessage(channel=SALES, text="x")
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler())
    retried = await client.chat_postMessage(channel=OUTREACH, text="x")

    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "1"
    assert elsewhere["ok"]
    assert retried["ok"]


async def test_faults_come_in_the_order_they_were_asked_for(slack, client):
    slack.fail_next("chat.postMessage", "is_archived")
    slack.fail_next("chat.postMessage", status=429, retry_after=7)
    slack.fail_next("chat.postMessage", status=500, after_work=True)

    with refused("is_archived"):
        await client.chat_postMessage(channel=OUTREACH, text="x")
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=OUTREACH, text="x")
    with refused("internal_error"):
        await client.chat_postMessage(channel=OUTREACH, text="lost answer")
    await client.chat_postMessage(channel=OUTREACH, text="fine")

    assert caught.value.response.headers["Retry-After"] == "7"
    assert [message.text for message in slack.workspace.messages[OUTREACH]] == ["lost answer", "fine"]
    assert [call["status"] for call in slack.workspace.calls] == [200, 429, 500, 200]


async def test_a_held_call_hangs_until_it_is_released(slack, client):
    hold = slack.hold("chat.postMessage")
    posting = asyncio.create_task(client.chat_postMessage(channel=OUTREACH, text="x"))
    await hold.arrived.wait()
    assert OUTREACH not in slack.workspace.messages

    hold.release()

    assert (await posting)["ok"]


async def test_an_upload_is_shared_in_a_thread_and_read_back_with_the_token(slack, client):
    parent = (await client.chat_postMessage(channel=OUTREACH, text="Report"))["ts"]

    done = await client.files_upload_v2(
        channel=OUTREACH, thread_ts=parent, filename="leads.csv", content="email\n", initial_comment="All rows"
    )

    file = (await client.files_info(file=done["file"]["id"]))["file"]
    shared = slack.workspace.messages[OUTREACH][-1]
    assert (shared.text, shared.thread_ts, shared.file_ids) == ("All rows", parent, [file["id"]])
    assert file["shares"]["public"][OUTREACH][0]["ts"] == shared.ts
    async with httpx.AsyncClient() as http:
        bearer = {"Authorization": f"Bearer {slack.workspace.bot_token}"}
        assert (await http.get(file["url_private"], headers=bearer)).content == b"email\n"
        stranger = await http.get(file["url_private"])
    assert (stranger.status_code, stranger.headers["content-type"]) == (200, "text/html; charset=utf-8")


async def test_an_upload_is_completed_once_and_into_one_thread_only(client):
    asked = await client.files_getUploadURLExternal(filename="a.csv", length=1)
    files = [{"id": asked["file_id"], "title": "A"}]

    with refused("invalid_arguments"):
        await client.files_completeUploadExternal(files=files, channels=[OUTREACH, SALES], thread_ts="1.1")
    with refused("not_in_channel"):
        await client.files_completeUploadExternal(files=files, channel_id=GENERAL)
    await client.files_completeUploadExternal(files=files, channel_id=OUTREACH)
    with refused("file_not_found"):
        await client.files_completeUploadExternal(files=files, channel_id=OUTREACH)
