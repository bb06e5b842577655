"""A click, worked out without the app: which element it meets, what that now holds, what Slack tells the app."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bot.sandbox.slack import elements, payloads
from bot.sandbox.slack.board import file_json
from bot.sandbox.slack.refusals import NotPossible
from bot.sandbox.slack.state import Block, Channel, Message, User, Values, View, Workspace

Payload = dict[str, Any]


@dataclass
class Surface:
    """Where an element sits: a message as one user sees it, or a view. `values` is the live state.

    earlier: the blocks that stood there before, oldest first.
    """

    user: User
    blocks: list[Block]
    values: Values
    earlier: Iterable[list[Block]]
    message: Message | None = None
    view: View | None = None

    def find(
        self, action_id: str, *, block_id: str | None, value: str | None, late: bool
    ) -> tuple[Block, elements.Element]:
        """The element, as `elements.find`; `late`: or the one that stood there until a moment ago."""
        try:
            return elements.find(self.blocks, self.user.id, action_id, block_id=block_id, value=value)
        except NotPossible:
            for blocks in reversed([*self.earlier]) if late else ():
                with suppress(NotPossible):
                    return elements.find(blocks, self.user.id, action_id, block_id=block_id, value=value)
            raise

    def has(self, block_id: str, action_id: str) -> bool:
        """Whether it shows this element now."""
        with suppress(NotPossible):
            return bool(elements.find(self.blocks, self.user.id, action_id, block_id=block_id))
        return False

    def still_there(self, values: elements.SimpleValues) -> elements.SimpleValues:
        """What was typed in elements it shows now."""
        return {
            block_id: {action_id: held for action_id, held in actions.items() if self.has(block_id, action_id)}
            for block_id, actions in values.items()
        }

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
    return Surface(user, message.blocks, values, message.earlier, message=message)


def on_view(view: View, user: User) -> Surface:
    if view.user != user.id:
        raise NotPossible(f"{user.name} does not see this view.")
    return Surface(user, view.payload["blocks"], view.values, view.earlier, view=view)


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
