"""Files people share: in a message, in its shortcut's payload, read with the bot's token, deleted."""

import httpx
import pytest
from slack_sdk.errors import SlackApiError

from bot.sandbox.slack.refusals import NotPossible
from bot.sandbox.slack.server import ANA, BEN, GENERAL, OUTREACH


async def has_dropped(slack, channel=OUTREACH, content=b"email\n", user=ANA):
    file = await slack.upload(user, "leads.csv", content)
    await slack.type_message(user, channel, "The fair's list", files=[file.id])
    return file, slack.workspace.messages[channel][-1]


async def read(slack, url, token=None):
    headers = {"Authorization": f"Bearer {token or slack.workspace.bot_token}"}
    async with httpx.AsyncClient() as http:
        return await http.get(url, headers=headers)


async def test_a_dropped_file_stands_in_the_message_the_event_and_the_shortcut(slack, app, client):
    file, message = await has_dropped(slack)
    await slack.shortcut(ANA, "grab", message=(OUTREACH, message.ts))

    event, shortcut = app.heard
    assert (event["event"]["subtype"], event["event"]["files"][0]["id"]) == ("file_share", file.id)
    (shown,) = shortcut["message"]["files"]
    assert shown == (await client.files_info(file=file.id))["file"]
    assert (await read(slack, shown["url_private_download"])).content == b"email\n"


async def test_the_app_reads_files_only_where_it_is_a_member_and_may(slack, client):
    far, _ = await has_dropped(slack, GENERAL)
    near, _ = await has_dropped(slack)
    url = (await client.files_info(file=near.id))["file"]["url_private"]

    with pytest.raises(SlackApiError, match="file_not_found"):
        await client.files_info(file=far.id)
    assert (await read(slack, url.replace(near.id, far.id))).status_code == 404
    slack.settings.scopes -= {"files:read"}
    with pytest.raises(SlackApiError, match="missing_scope"):
        await client.files_info(file=near.id)
    assert (await read(slack, url)).headers["content-type"].startswith("text/html")


async def test_a_deleted_file_leaves_a_tombstone(slack, app, client):
    file, message = await has_dropped(slack)
    url = (await client.files_info(file=file.id))["file"]["url_private"]

    await slack.delete_file(ANA, file.id)

    with pytest.raises(SlackApiError, match="file_deleted"):
        await client.files_info(file=file.id)
    assert (await read(slack, url)).status_code == 404
    await slack.shortcut(ANA, "grab", message=(OUTREACH, message.ts))
    assert app.heard[-1]["message"]["files"] == [{"id": file.id, "mode": "tombstone"}]


async def test_nobody_shares_or_deletes_somebody_elses_file(slack):
    file = await slack.upload(ANA, "leads.csv", b"email\n")

    with pytest.raises(NotPossible, match="has no file"):
        await slack.type_message(BEN, OUTREACH, "mine", files=[file.id])
    with pytest.raises(NotPossible, match="has no file"):
        await slack.delete_file(BEN, file.id)
    with pytest.raises(NotPossible, match="over 100 MB"):
        await slack.upload(ANA, "huge.csv", b"x" * 100_000_001)


async def test_only_the_shortcuts_of_the_manifest_can_be_used(slack, app):
    slack.settings.shortcuts = [{"name": "Grab", "type": "message", "callback_id": "grab", "description": ""}]
    _, message = await has_dropped(slack)

    await slack.shortcut(ANA, "grab", message=(OUTREACH, message.ts))

    with pytest.raises(NotPossible, match="no global shortcut"):
        await slack.shortcut(ANA, "grab")
