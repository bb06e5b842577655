"""A click, worked out without the app: which element it meets, what that now holds, what Slack tells the app."""

from dataclasses import dataclass
from typing import Any

from bot.sandbox.slack import elements, payloads
from bot.sandbox.slack.board import file_json
from bot.sandbox.slack.refusals import NotPossible
from bot.sandbox.slack.state import Block, Channel, Message, User, Values, View, Workspace

Payload = dict[str, Any]


@dataclass
class Surface:
    """Where an element sits: a message as one user sees it, or a view. `values` is the live state."""

    user: User
    blocks: list[Block]
    values: Values
    message: Message | None = None
    view: View | None = None

    def where(self, workspace: Workspace) -> Payload:
        """`container`, and for a message `channel` and `state`, as block_actions carries them."""
        if self.view is not None:
            return {"container": {"type": "view", "view_id": self.view.id}}
        assert self.message is not None
        container: Payload = {
            "type": "message",
            "message_ts": self.message.ts,
            "channel_id": self.message.channel,
            "is_ephemeral": self.message.ephemeral_to is not None,
        }
        if self.message.thread_ts:
            container["thread_ts"] = self.message.thread_ts
        channel = payloads.channel_stub(workspace.channels[self.message.channel])
        return {"container": container, "channel": channel, "state": {"values": self.values}}


def on_message(message: Message, channel: Channel, user: User) -> Surface:
    """A message as this user sees it. Raises NotPossible for somebody else's ephemeral or direct one."""
    if message.ephemeral_to not in (None, user.id) or (channel.is_im and channel.user != user.id):
        raise NotPossible(f"{user.name} does not see this message.")
    values = message.values.get(user.id) or elements.initial_values(message.blocks)
    message.values[user.id] = values
    return Surface(user, message.blocks, values, message=message)


def on_view(view: View, user: User) -> Surface:
    if view.user != user.id:
        raise NotPossible(f"{user.name} does not see this view.")
    return Surface(user, view.payload["blocks"], view.values, view=view)


def offered_to(workspace: Workspace, remembered: dict[str, Any], base_url: str) -> dict[str, Any]:
    """What a value may stand for besides the element's own options: options it was sent, and files."""
    files = {file.id: file_json(file, workspace, base_url) for file in workspace.files.values()}
    return {**files, **remembered}


def sends_action(block: Block) -> bool:
    """Whether Slack tells the app at once; an element in an input block waits for the submission."""
    return block["type"] != "input" or bool(block.get("dispatch_action"))


def action(block: Block, element: Payload, state: Payload, *, ts: str) -> Payload:
    """One entry of `actions`. `state` is what a select or an input now holds, or the option of an overflow menu."""
    told = {"action_id": element["action_id"], "block_id": block["block_id"], "type": element["type"], "action_ts": ts}
    for name in ("text", "value", "style", "placeholder", "url"):
        if element.get(name) is not None:
            told[name] = element[name]
    return told | state
