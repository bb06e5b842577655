"""A post: a message we want in a channel, as a row. What is shown there follows the row, however often it changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

EDIT_EVERY = timedelta(seconds=2)


class PostKind(StrEnum):
    """A message with blocks, or a file shared into a thread."""

    MESSAGE = "message"
    FILE = "file"


class PostState(StrEnum):
    """`due`: what is shown differs from what is wanted. `lost`: given up, `error` says why."""

    DUE = "due"
    SHOWN = "shown"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class WantedPost:
    """What should stand in a channel under `key`. The key is the post's identity: wanting it twice posts once.

    parent_key: the key of the post in whose thread it goes. body: `{"text": str, "blocks": [...]}` for a message,
    `{"filename": str, "title": str, "content": str}` for a file.
    """

    key: str
    channel: str
    body: Mapping[str, Any] = field(default_factory=dict)
    parent_key: str | None = None
    kind: PostKind = PostKind.MESSAGE


@dataclass(frozen=True, slots=True)
class Post:
    """A post as stored. `ts` is Slack's once it stands there. `revision` counts what was wanted.

    unclear_since: an earlier attempt to post it has no recorded outcome: look before posting again.
    """

    id: str
    wanted: WantedPost
    state: PostState
    revision: int
    ts: str | None
    parent_ts: str | None
    attempts: int
    unclear_since: datetime | None = None
    error: str = ""
