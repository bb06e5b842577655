"""What the local workspace remembers: users, channels, messages, modal stacks, Home tabs, files. Memory only."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Block = dict[str, Any]
Values = dict[str, dict[str, dict[str, Any]]]  # block_id -> action_id -> what Slack keeps of that element

_DRAWINGS = 5


def _drawings() -> deque[list[Block]]:
    return deque(maxlen=_DRAWINGS)


@dataclass
class User:
    """A person of the workspace, or the bot's own user (`is_bot`)."""

    id: str
    name: str
    real_name: str
    tz: str = "Europe/Prague"
    is_owner: bool = False
    is_admin: bool = False
    is_primary_owner: bool = False
    is_restricted: bool = False
    deleted: bool = False
    is_bot: bool = False
    colour: str = "#4a154b"


@dataclass
class Channel:
    """A channel, or a direct message with the bot (`is_im`, then `user` is the human's id)."""

    id: str
    name: str
    topic: str = ""
    is_im: bool = False
    user: str | None = None
    is_archived: bool = False
    members: set[str] = field(default_factory=set)


@dataclass
class Message:
    """One message. `ts` is unique within its channel and, with the channel's id, names the message."""

    channel: str
    ts: str
    user: str
    text: str = ""
    blocks: list[Block] = field(default_factory=list)
    thread_ts: str | None = None
    metadata: dict[str, Any] | None = None
    file_ids: list[str] = field(default_factory=list)
    ephemeral_to: str | None = None  # only this user sees it
    edited: bool = False
    command: str | None = None  # set on the grey line that shows a slash command somebody ran
    deleted: bool = False  # a deleted parent stays as a placeholder above its replies
    broadcast: bool = False  # a reply that the channel shows too
    attachments: list[dict[str, Any]] = field(default_factory=list)
    unfurls: dict[str, Any] = field(default_factory=dict)
    reactions: dict[str, list[str]] = field(default_factory=dict)  # name -> user ids
    values: dict[str, Values] = field(default_factory=dict)  # by user id: selects and inputs as that user left them
    earlier: deque[list[Block]] = field(default_factory=_drawings)  # the blocks it had before, newest last


@dataclass
class View:
    """A modal of one user, or a Home tab. `payload` is the view as the app sent it, ids filled in."""

    id: str
    kind: str  # "modal" | "home"
    user: str
    payload: dict[str, Any]
    hash: str
    root_id: str
    previous_id: str | None = None
    external_id: str | None = None
    errors: dict[str, str] = field(default_factory=dict)  # block_id -> text, after response_action "errors"
    values: Values = field(default_factory=dict)  # as `view.state.values` will show them
    earlier: deque[list[Block]] = field(default_factory=_drawings)  # the blocks it had before, newest last


@dataclass
class File:
    """An uploaded file; `channels` is empty until it is shared. A deleted one is remembered without its content."""

    id: str
    name: str
    title: str
    mimetype: str
    content: bytes
    user: str
    channels: list[str] = field(default_factory=list)
    deleted: bool = False


@dataclass
class UserGroup:
    """A user group such as @sales."""

    id: str
    handle: str
    name: str
    users: list[str] = field(default_factory=list)


@dataclass
class Notice:
    """What the page shows one user as a toast: an ack after 3 s, a refused click, an unknown command."""

    user: str
    text: str
    at: datetime


@dataclass
class Workspace:
    """The whole local workspace. Every change calls `changed()`, which wakes the pages that watch."""

    team_id: str
    team_name: str
    team_domain: str
    bot_user_id: str
    bot_id: str
    app_id: str
    bot_token: str
    app_token: str
    signing_secret: str
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    messages: dict[str, list[Message]] = field(default_factory=dict)  # by channel id, oldest first
    modals: dict[str, list[View]] = field(default_factory=dict)  # by user id, root first
    homes: dict[str, View] = field(default_factory=dict)  # by user id
    files: dict[str, File] = field(default_factory=dict)
    usergroups: dict[str, UserGroup] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)  # every Web API call: method, arguments, answer
    version: int = 0
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def changed(self) -> None:
        """Count a change and wake whoever waits for one."""
        self.version += 1
        wake, self._wake = self._wake, asyncio.Event()
        wake.set()

    async def wait_for_change(self, since: int, timeout_seconds: float) -> int:
        """The version as soon as it is past `since`, or as it is when the time is over."""
        if self.version <= since:
            try:
                await asyncio.wait_for(self._wake.wait(), timeout_seconds)
            except TimeoutError:
                return self.version
        return self.version
