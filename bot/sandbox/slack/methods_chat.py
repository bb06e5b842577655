"""chat.*, reactions.* and blocks.validate."""

from collections.abc import Callable
from typing import Any

from bot.sandbox.slack.arguments import Arguments
from bot.sandbox.slack.hands import LocalSlack
from bot.sandbox.slack.limits import message_errors, view_errors
from bot.sandbox.slack.refusals import SlackError, refuse_if
from bot.sandbox.slack.state import Channel

Answer = dict[str, Any]

SCOPES = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "chat.delete": "chat:write",
    "chat.postEphemeral": "chat:write",
    "chat.unfurl": "links:write",
    "reactions.add": "reactions:write",
}


def post_message(slack: LocalSlack, arguments: Arguments) -> Answer:
    channel = slack.board.writable(_named(slack, arguments), public="chat:write.public" in slack.settings.scopes)
    refuse_if(message_errors(arguments))
    slack.board.thread_root(channel, arguments.text("thread_ts"))
    slack.pace.count_post(channel.id)
    message = slack.board.post(channel, arguments)
    return {"channel": channel.id, "ts": message.ts, "message": slack.board.as_json(message)}


def _named(slack: LocalSlack, arguments: Arguments) -> Channel:
    """The channel by id, by the id of a person, or by name, which only chat.postMessage still takes."""
    given = arguments.text("channel")
    if given is None:
        raise SlackError("channel_not_found")
    for channel in slack.workspace.channels.values():
        if not channel.is_im and given.removeprefix("#") == channel.name:
            return channel
    return slack.board.channel(given)


def update(slack: LocalSlack, arguments: Arguments) -> Answer:
    channel = _by_id(slack, arguments)
    message = slack.board.own(channel.id, arguments.need("ts"), refusal="cant_update_message")
    slack.board.writable(channel, public=True)
    refuse_if([problem for problem in message_errors(arguments, update=True) if problem.error != "no_text"])
    if not any(name in arguments for name in ("text", "blocks", "attachments", "markdown_text", "metadata")):
        raise SlackError("no_text")
    slack.board.rewrite(message, arguments)
    answer = {"channel": channel.id, "ts": message.ts, "text": message.text}
    return answer | {"message": slack.board.as_json(message)}


def _by_id(slack: LocalSlack, arguments: Arguments) -> Channel:
    """The channel by its id alone: a person's id or a channel's name is refused."""
    channel = slack.workspace.channels.get(arguments.text("channel") or "")
    if channel is None:
        raise SlackError("channel_not_found")
    return channel


def delete(slack: LocalSlack, arguments: Arguments) -> Answer:
    channel = _by_id(slack, arguments)
    message = slack.board.own(channel.id, arguments.need("ts"), refusal="cant_delete_message")
    slack.board.remove(message)
    return {"channel": channel.id, "ts": message.ts}


def post_ephemeral(slack: LocalSlack, arguments: Arguments) -> Answer:
    channel = slack.board.writable(_by_id(slack, arguments))
    user = arguments.need("user")
    if user not in channel.members:
        raise SlackError("user_not_in_channel")
    refuse_if(message_errors(arguments))
    return {"message_ts": slack.board.post(channel, arguments, ephemeral_to=user).ts}


def get_permalink(slack: LocalSlack, arguments: Arguments) -> Answer:
    channel, ts = _by_id(slack, arguments), arguments.need("message_ts")
    message = slack.board.find(channel.id, ts)
    if message is None or message.ephemeral_to:
        raise SlackError("message_not_found")
    permalink = f"{slack.settings.base_url}/archives/{channel.id}/p{ts.replace('.', '')}"
    if message.thread_ts and message.thread_ts != ts:
        permalink += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": permalink}


def unfurl(slack: LocalSlack, arguments: Arguments) -> Answer:
    channel, unfurls = _by_id(slack, arguments), arguments.object("unfurls")
    message = slack.board.find(channel.id, arguments.need("ts"))
    if message is None:
        raise SlackError("message_not_found")
    for content in unfurls.values():
        if isinstance(content, dict) and "blocks" in content:
            refuse_if(message_errors({"text": "-", "blocks": content["blocks"]}))
    message.unfurls |= unfurls
    slack.workspace.changed()
    return {}


def add_reaction(slack: LocalSlack, arguments: Arguments) -> Answer:
    channel, name = slack.board.writable(_by_id(slack, arguments)), arguments.need("name").strip(":")
    message = slack.board.find(channel.id, arguments.need("timestamp"))
    if message is None or message.ephemeral_to:
        raise SlackError("message_not_found")
    users = message.reactions.setdefault(name, [])
    if slack.workspace.bot_user_id in users:
        raise SlackError("already_reacted")
    users.append(slack.workspace.bot_user_id)
    slack.workspace.changed()
    return {}


def validate(slack: LocalSlack, arguments: Arguments) -> Answer:
    """Checks exactly one of `blocks`, `message` and `view`; the answer lists what is wrong."""
    given = [name for name in ("blocks", "message", "view") if arguments.get(name) is not None]
    if len(given) != 1:
        raise SlackError("invalid_arguments")
    checked = {"text": "-", "blocks": arguments["blocks"]} if given == ["blocks"] else arguments.object(given[0])
    problems = view_errors(checked) if given == ["view"] else message_errors(checked)
    return {"errors": [{"pointer": p.pointer, "code": p.error, "message": p.message} for p in problems]}


METHODS: dict[str, Callable[[LocalSlack, Arguments], Answer]] = {
    "chat.postMessage": post_message,
    "chat.update": update,
    "chat.delete": delete,
    "chat.postEphemeral": post_ephemeral,
    "chat.getPermalink": get_permalink,
    "chat.unfurl": unfurl,
    "reactions.add": add_reaction,
    "blocks.validate": validate,
}
