"""files.*, and the addresses files are sent to and read from."""

import mimetypes
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse

from bot.sandbox.slack.arguments import Arguments
from bot.sandbox.slack.board import file_json
from bot.sandbox.slack.hands import LocalSlack
from bot.sandbox.slack.minting import new_id
from bot.sandbox.slack.refusals import SlackError
from bot.sandbox.slack.state import Channel, File

Answer = dict[str, Any]

SCOPES = {
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
    "files.info": "files:read",
}
MOST_CHANNELS = 100
SIGN_IN_PAGE = "<!DOCTYPE html><title>Sign in | Slack</title><p>You need to sign in to see this page."


def get_upload_url(slack: LocalSlack, arguments: Arguments) -> Answer:
    name, length = arguments.need("filename"), arguments.whole("length", 0)
    if length < 1:
        raise SlackError("invalid_arguments")
    mimetype = mimetypes.guess_type(name)[0] or "application/octet-stream"
    file = File(new_id("F"), name, name, mimetype, b"", slack.workspace.bot_user_id)
    slack.uploads[file.id] = file
    return {"upload_url": f"{slack.settings.base_url}/upload/{file.id}", "file_id": file.id}


def complete_upload(slack: LocalSlack, arguments: Arguments) -> Answer:
    """Keep uploaded files and share them in one message per channel. Works once per file."""
    asked = arguments.get("files")
    if not isinstance(asked, list) or not asked or not all(isinstance(item, dict) for item in asked):
        raise SlackError("invalid_arguments")
    if any(slack.uploads.get(str(item.get("id"))) is None for item in asked):
        raise SlackError("file_not_found")
    channels = _channels(slack, arguments)
    files = [slack.uploads.pop(str(item["id"])) for item in asked]
    for file, item in zip(files, asked, strict=True):
        file.title = str(item.get("title") or file.name)
        file.channels = [channel.id for channel in channels]
        slack.workspace.files[file.id] = file
    _share(slack, arguments, channels, files)
    return {"files": [file_json(file, slack.workspace, slack.settings.base_url) for file in files]}


def _channels(slack: LocalSlack, arguments: Arguments) -> list[Channel]:
    ids = [*arguments.listed("channel_id"), *arguments.listed("channels")]
    if len(ids) > MOST_CHANNELS or (arguments.text("thread_ts") and len(ids) != 1):
        raise SlackError("invalid_arguments")
    channels = [slack.board.writable(slack.board.channel(channel_id)) for channel_id in ids]
    for channel in channels:
        slack.board.thread_root(channel, arguments.text("thread_ts"))
    return channels


def _share(slack: LocalSlack, arguments: Arguments, channels: list[Channel], files: list[File]) -> None:
    said = {"text": arguments.text("initial_comment"), "thread_ts": arguments.text("thread_ts")}
    for channel in channels:
        slack.board.post(channel, said | {"file_ids": [file.id for file in files]})


def file_info(slack: LocalSlack, arguments: Arguments) -> Answer:
    file = slack.workspace.files.get(arguments.need("file"))
    if file is None or not _is_seen(slack, file):
        raise SlackError("file_not_found")
    if file.deleted:
        raise SlackError("file_deleted")
    return {"file": file_json(file, slack.workspace, slack.settings.base_url)}


def _is_seen(slack: LocalSlack, file: File) -> bool:
    """Whether the app may read it: not shared yet, as one chosen in its form is, or shared where it is a member."""
    bot, places = slack.workspace.bot_user_id, [slack.workspace.channels[channel] for channel in file.channels]
    return not places or any(bot in place.members for place in places)


METHODS: dict[str, Callable[[LocalSlack, Arguments], Answer]] = {
    "files.getUploadURLExternal": get_upload_url,
    "files.completeUploadExternal": complete_upload,
    "files.info": file_info,
}


def file_addresses(slack: LocalSlack) -> APIRouter:
    """Serves upload URLs, and `url_private`, which without the bot's token is a sign-in page with status 200."""
    router = APIRouter()

    async def upload(file_id: str, request: Request) -> Response:
        file = slack.uploads.get(file_id)
        if file is None:
            return PlainTextResponse("unknown upload", status_code=404)
        file.content = await request.body()
        return PlainTextResponse(f"OK - {len(file.content)}")

    async def download(file_id: str, name: str, request: Request) -> Response:
        file = slack.workspace.files.get(file_id)
        has_token = request.headers.get("authorization") == f"Bearer {slack.workspace.bot_token}"
        if not has_token or "files:read" not in slack.settings.scopes:
            return HTMLResponse(SIGN_IN_PAGE)
        if file is None or file.name != name or file.deleted or not _is_seen(slack, file):
            return PlainTextResponse("not found", status_code=404)
        return Response(file.content, media_type=file.mimetype)

    router.add_api_route("/upload/{file_id}", upload, methods=["POST"], include_in_schema=False)
    router.add_api_route("/files/{file_id}/{name}", download, methods=["GET"], include_in_schema=False)
    return router
