"""Messages through slack_sdk's own client: where they may go, how they change, how they are read back."""

import pytest
from slack_sdk.errors import SlackApiError
from small_app import actions, button, section

from bot.sandbox.slack.server import ANA, ARCHIVED, BOT, CHLOE, GENERAL, OUTREACH, SALES


def refused(error):
    return pytest.raises(SlackApiError, match=error)


@pytest.fixture(autouse=True)
def unpaced(slack):
    slack.settings.is_paced = False


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
