"""The Web API through slack_sdk's own client: every method, every refusal under Slack's name, pace and faults."""

import asyncio

import httpx
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.client import WebClient
from small_app import actions, button, modal, section

from bot.sandbox.slack.server import ANA, ARCHIVED, BEN, BOT, CHLOE, GENERAL, OUTREACH, SALES


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


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        pytest.param("C0NOWHERE", "channel_not_found", id="unknown"),
        pytest.param(ARCHIVED, "is_archived", id="archived"),
        pytest.param(GENERAL, "not_in_channel", id="not a member"),
    ],
)
async def test_a_post_is_refused_where_the_bot_may_not_write(client, channel, error):
    with refused(error):
        await client.chat_postMessage(channel=channel, text="Hi")


async def test_a_post_reaches_a_person_by_id_a_channel_by_name_and_after_joining(client):
    direct = await client.conversations_open(users=ANA)

    assert (await client.chat_postMessage(channel=ANA, text="Hi"))["channel"] == direct["channel"]["id"]
    assert (await client.chat_postMessage(channel="#sales", text="Hi"))["channel"] == SALES
    await client.conversations_join(channel=GENERAL)
    assert (await client.chat_postMessage(channel=GENERAL, text="Hi"))["ok"]


async def test_refused_blocks_are_explained_line_by_line(client):
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=OUTREACH, text="x", blocks=[section(""), {"type": "header"}])

    assert caught.value.response["error"] == "invalid_blocks"
    assert caught.value.response["response_metadata"]["messages"] == [
        "[ERROR] must be more than 0 characters [json-pointer:/blocks/0/text/text]",
        "[ERROR] missing required field: text [json-pointer:/blocks/1]",
    ]


async def test_an_update_of_text_alone_removes_blocks_and_keeps_metadata(slack, client):
    metadata = {"event_type": "push", "event_payload": {"id": "7"}}
    posted = await client.chat_postMessage(
        channel=OUTREACH, text="Draft", blocks=[actions(button("ok"))], metadata=metadata
    )
    ts = posted["ts"]

    await client.chat_update(channel=OUTREACH, ts=ts, text="Approved")
    message = slack.board.find(OUTREACH, ts)
    assert (message.text, message.blocks, message.edited, message.metadata) == ("Approved", [], True, metadata)

    await client.chat_update(channel=OUTREACH, ts=ts, text="Done", blocks=[section("Done")], metadata={})
    assert (message.edited, message.metadata) == (False, None)


async def test_only_the_bots_own_lasting_messages_can_be_changed(slack, app, client):
    await slack.type_message(ANA, OUTREACH, "mine")
    theirs = slack.workspace.messages[OUTREACH][0].ts
    fleeting = await client.chat_postEphemeral(channel=OUTREACH, user=ANA, text="psst")

    with refused("cant_update_message"):
        await client.chat_update(channel=OUTREACH, ts=theirs, text="x")
    with refused("cant_delete_message"):
        await client.chat_delete(channel=OUTREACH, ts=theirs)
    with refused("message_not_found"):
        await client.chat_update(channel=OUTREACH, ts=fleeting["message_ts"], text="x")
    with refused("message_not_found"):
        await client.chat_update(channel=OUTREACH, ts="1.000001", text="x")
    own = await client.chat_postMessage(channel=OUTREACH, text="own")
    with refused("msg_too_long"):
        await client.chat_update(channel=OUTREACH, ts=own["ts"], text="x" * 4_001)
    with refused("channel_not_found"):
        await client.chat_update(channel=ANA, ts=own["ts"], text="x")


async def test_an_ephemeral_message_needs_a_member(slack, client):
    slack.workspace.channels[SALES].members.discard(CHLOE)

    with refused("user_not_in_channel"):
        await client.chat_postEphemeral(channel=SALES, user=CHLOE, text="psst")


async def test_a_thread_is_answered_by_its_parents_ts_only(client):
    parent = (await client.chat_postMessage(channel=OUTREACH, text="Report"))["ts"]
    reply = (await client.chat_postMessage(channel=OUTREACH, text="Row 1", thread_ts=parent))["ts"]
    await client.chat_postMessage(channel=OUTREACH, text="Row 2", thread_ts=parent)

    with refused("cannot_reply_to_message"):
        await client.chat_postMessage(channel=OUTREACH, text="x", thread_ts=reply)
    with refused("thread_not_found"):
        await client.chat_postMessage(channel=OUTREACH, text="x", thread_ts="1.000001")
    thread = await client.conversations_replies(channel=OUTREACH, ts=parent)
    history = await client.conversations_history(channel=OUTREACH)

    assert [message["text"] for message in thread["messages"]] == ["Report", "Row 1", "Row 2"]
    assert [message["text"] for message in history["messages"]] == ["Report"]
    assert history["messages"][0]["reply_count"] == 2


async def test_a_deleted_parent_stays_as_a_placeholder(client):
    parent = (await client.chat_postMessage(channel=OUTREACH, text="Report"))["ts"]
    await client.chat_postMessage(channel=OUTREACH, text="Row 1", thread_ts=parent)

    await client.chat_delete(channel=OUTREACH, ts=parent)

    thread = await client.conversations_replies(channel=OUTREACH, ts=parent)
    assert [message["text"] for message in thread["messages"]] == ["This message was deleted.", "Row 1"]
    assert thread["messages"][0]["subtype"] == "tombstone"


async def test_history_is_cut_by_time_and_read_page_by_page(client):
    metadata = {"event_type": "push", "event_payload": {}}
    stamps = [
        (await client.chat_postMessage(channel=OUTREACH, text=str(number), metadata=metadata))["ts"]
        for number in range(5)
    ]

    between = await client.conversations_history(channel=OUTREACH, oldest=stamps[0], latest=stamps[3])
    inclusive = await client.conversations_history(channel=OUTREACH, oldest=stamps[3], inclusive=True)
    first = await client.conversations_history(channel=OUTREACH, limit=3, include_all_metadata=True)
    cursor = first["response_metadata"]["next_cursor"]
    rest = await client.conversations_history(channel=OUTREACH, limit=3, cursor=cursor)

    assert [message["text"] for message in between["messages"]] == ["2", "1"]
    assert [message["text"] for message in inclusive["messages"]] == ["4", "3"]
    assert first["messages"][0]["metadata"] == metadata
    assert [message["text"] for message in rest["messages"]] == ["1", "0"]
    assert "metadata" not in rest["messages"][0]
    assert rest["response_metadata"]["next_cursor"] == ""


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


async def test_reactions_permalinks_and_unfurls(slack, client):
    ts = (await client.chat_postMessage(channel=OUTREACH, text="Report"))["ts"]

    await client.reactions_add(channel=OUTREACH, timestamp=ts, name="eyes")
    link = (await client.chat_getPermalink(channel=OUTREACH, message_ts=ts))["permalink"]
    await client.chat_unfurl(channel=OUTREACH, ts=ts, unfurls={"https://a.b": {"blocks": [section("A")]}})

    assert slack.board.find(OUTREACH, ts).reactions == {"eyes": [BOT]}
    assert link.endswith(f"/archives/{OUTREACH}/p{ts.replace('.', '')}")
    with refused("already_reacted"):
        await client.reactions_add(channel=OUTREACH, timestamp=ts, name="eyes")
    with refused("invalid_blocks"):
        await client.chat_unfurl(channel=OUTREACH, ts=ts, unfurls={"https://a.b": {"blocks": [section("")]}})


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
