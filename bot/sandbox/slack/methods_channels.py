"""conversations.*"""

from collections.abc import Callable
from typing import Any

from bot.sandbox.slack.arguments import Arguments, paged
from bot.sandbox.slack.board import channel_json
from bot.sandbox.slack.hands import LocalSlack
from bot.sandbox.slack.refusals import SlackError
from bot.sandbox.slack.state import Channel, Message

Answer = dict[str, Any]

SCOPES = {
    "conversations.info": "channels:read",
    "conversations.list": "channels:read",
    "conversations.members": "channels:read",
    "conversations.history": "channels:history",
    "conversations.replies": "channels:history",
    "conversations.join": "channels:join",
    "conversations.open": "im:write",
}


def info(slack: LocalSlack, arguments: Arguments) -> Answer:
    channel = _channel(slack, arguments)
    shown = channel_json(channel, slack.workspace)
    if not arguments.flag("include_num_members"):
        shown.pop("num_members", None)
    return {"channel": shown}


def _channel(slack: LocalSlack, arguments: Arguments) -> Channel:
    channel = slack.workspace.channels.get(arguments.text("channel") or "")
    if channel is None:
        raise SlackError("channel_not_found")
    return channel


def list_channels(slack: LocalSlack, arguments: Arguments) -> Answer:
    types = set(arguments.listed("types") or ["public_channel"])
    hide_archived = arguments.flag("exclude_archived")
    fitting = [
        channel_json(channel, slack.workspace)
        for channel in slack.workspace.channels.values()
        if ("im" if channel.is_im else "public_channel") in types and not (channel.is_archived and hide_archived)
    ]
    page, metadata = paged(fitting, arguments, default=100, most=1_000)
    return {"channels": page, **metadata}


def history(slack: LocalSlack, arguments: Arguments) -> Answer:
    """The channel's own messages, newest first; replies only when they were sent to the channel too."""
    channel = _readable(slack, arguments)
    fitting = [
        message
        for message in reversed(slack.board.shown(channel.id))
        if (message.thread_ts in (None, message.ts) or message.broadcast) and _within(message, arguments)
    ]
    page, metadata = paged(fitting, arguments, default=100, most=999)
    return _messages(slack, page, arguments) | metadata | {"pin_count": 0}


def _readable(slack: LocalSlack, arguments: Arguments) -> Channel:
    channel = _channel(slack, arguments)
    if slack.workspace.bot_user_id not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def _within(message: Message, arguments: Arguments) -> bool:
    oldest, latest = arguments.text("oldest") or "0", arguments.text("latest")
    if arguments.flag("inclusive"):
        return _stamp(oldest) <= _stamp(message.ts) and (latest is None or _stamp(message.ts) <= _stamp(latest))
    return _stamp(oldest) < _stamp(message.ts) and (latest is None or _stamp(message.ts) < _stamp(latest))


def _stamp(ts: str) -> tuple[int, int]:
    """A ts as whole numbers: a float would lose its last digits."""
    seconds, _, rest = ts.partition(".")
    try:
        return int(seconds), int(rest.ljust(6, "0") or 0)
    except ValueError:
        raise SlackError("invalid_ts_oldest") from None


def _messages(slack: LocalSlack, page: list[Message], arguments: Arguments) -> Answer:
    metadata = arguments.flag("include_all_metadata")
    shown = [slack.board.as_json(message, metadata=metadata) for message in page]
    return {"messages": shown}


def replies(slack: LocalSlack, arguments: Arguments) -> Answer:
    """A thread, its parent first. The ts of a reply gives that reply alone."""
    channel, ts = _readable(slack, arguments), arguments.need("ts")
    parent = slack.board.find(channel.id, ts)
    if parent is None or parent.ephemeral_to:
        raise SlackError("thread_not_found")
    thread = [parent, *(reply for reply in slack.board.replies(parent) if _within(reply, arguments))]
    page, metadata = paged(thread, arguments, default=1_000, most=1_000)
    more = bool(metadata["response_metadata"]["next_cursor"])
    return _messages(slack, page, arguments) | metadata | {"has_more": more}


def members(slack: LocalSlack, arguments: Arguments) -> Answer:
    page, metadata = paged(sorted(_channel(slack, arguments).members), arguments, default=100, most=1_000)
    return {"members": page, **metadata}


def join(slack: LocalSlack, arguments: Arguments) -> Answer:
    channel = _channel(slack, arguments)
    if channel.is_im:
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackError("is_archived")
    channel.members.add(slack.workspace.bot_user_id)
    slack.workspace.changed()
    return {"channel": channel_json(channel, slack.workspace)}


def open_conversation(slack: LocalSlack, arguments: Arguments) -> Answer:
    """The direct message with one person; the local workspace has no group conversations."""
    users = arguments.listed("users")
    if arguments.text("channel"):
        return {"channel": channel_json(_channel(slack, arguments), slack.workspace)}
    if not users:
        raise SlackError("users_list_not_supplied")
    if len(users) > 1:
        raise SlackError("too_many_users")
    channel = slack.board.direct_message(users[0])
    return {"channel": channel_json(channel, slack.workspace) if arguments.flag("return_im") else {"id": channel.id}}


METHODS: dict[str, Callable[[LocalSlack, Arguments], Answer]] = {
    "conversations.info": info,
    "conversations.list": list_channels,
    "conversations.history": history,
    "conversations.replies": replies,
    "conversations.members": members,
    "conversations.join": join,
    "conversations.open": open_conversation,
}
