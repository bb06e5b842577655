"""The only way out to Slack's channels: posts follow their rows, each channel at Slack's pace."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from aiohttp import ClientError
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from blocks.errors import not_shown, not_taken
from blocks.message import Message
from blocks.routes import route_paused
from bot.clock import Clock
from bot.outreach.posts import Post, PostKind, WantedPost
from bot.outreach.routes import Topic
from bot.services.posts import POST_LEASE, PostService

log = structlog.get_logger()

EVERY = timedelta(seconds=1)
EVENT_TYPE = "outreach_post"
LATER = timedelta(minutes=5)
LOOK_AGAIN = timedelta(seconds=30)
LOOK_BACK_SECONDS = 10
SHARE_SECONDS = 60
# Slack will never take it; anything not named here is tried again. First those where another place may do.
_NOT_HERE = frozenset({"channel_not_found", "is_archived", "not_in_channel", "restricted_action", "user_not_found"})
_AS_IT_IS = frozenset({"invalid_blocks", "invalid_arguments", "msg_too_long", "msg_blocks_too_long", "no_text"})
_TOO_LATE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "cannot_reply_to_message"})
_NEVER = _NOT_HERE | _AS_IT_IS | _TOO_LATE
_NEW_BLOCKS = frozenset({"container", "data_visualization"})  # of 2026, and rolled out workspace by workspace
# Slack may have done it all the same, see https://docs.slack.dev/reference/methods/chat.postMessage#errors
_PERHAPS = frozenset({"internal_error", "fatal_error", "request_timeout", "service_unavailable", "unknown"})


def wanted(key: str, channel: str, message: Message, *, parent_key: str | None = None, tell: str = "") -> WantedPost:
    """A message to stand in a channel. tell: who hears of it directly when the channel does not take it."""
    body: dict[str, Any] = dict(message.body())
    if tell:
        body["tell"] = tell
    return WantedPost(key, channel, body, parent_key)


def wanted_file(key: str, channel: str, filename: str, content: str, *, parent_key: str | None = None) -> WantedPost:
    """A file to stand in a channel, or in a post's thread."""
    return WantedPost(key, channel, {"filename": filename, "content": content}, parent_key, PostKind.FILE)


def wanted_rejects(key: str, channel: str, name: str, import_id: str, *, parent_key: str) -> WantedPost:
    """The rows that an import of this file left out, as a file; it is made when it is sent, and kept nowhere else."""
    stem = name.rpartition(".")[0] or name
    body = {"filename": f"{stem[:100]}-left-out.csv", "import_id": import_id}
    return WantedPost(key, channel, body, parent_key, PostKind.FILE)


class _TooLate(Exception):
    """The lease runs out: whoever takes the post up next looks for it first."""


class _Unclear(Exception):
    """Whether the post stands cannot be found out now."""


class Poster:
    """Puts due posts up, edits those that changed, and looks before it posts again after a crash.

    rejects: of a workspace and an import, the rows it left out, as CSV.
    """

    def __init__(
        self,
        posts: PostService,
        slack: AsyncWebClient,
        clock: Clock,
        *,
        rejects: Callable[[str, str], Awaitable[str]],
        every: timedelta = EVERY,
    ) -> None:
        self._posts = posts
        self._rejects = rejects
        self._slack = slack
        self._clock = clock
        self.every_seconds = every.total_seconds()
        self._turns: dict[str, asyncio.Lock] = {}
        self._free_at: dict[str, float] = {}
        self._direct: dict[str, str] = {}

    async def show(self, workspace_id: str, posts: Sequence[WantedPost]) -> None:
        """Say what should stand, and put it up now; what cannot go up now stays due for the clock."""
        await self._posts.want(workspace_id, posts)
        await self.put_up(workspace_id, [post.key for post in posts])

    async def put_up(self, workspace_id: str, keys: Sequence[str]) -> None:
        """Put these wanted posts up now, parents first."""
        for key in keys:  # one by one: a reply is due only once its parent stands
            await self.deliver_due(workspace_id, keys=[key])

    async def deliver_due(self, workspace_id: str, *, keys: Collection[str] | None = None) -> int:
        """Put up or edit what is due; how many posts were taken up. Channels go side by side."""
        due = await self._posts.claim_due(workspace_id, keys=keys)
        by_channel: dict[str, list[Post]] = {}
        for post in due:
            by_channel.setdefault(post.wanted.channel, []).append(post)
        await asyncio.gather(*(self._deliver(workspace_id, posts) for posts in by_channel.values()))
        return len(due)

    async def share(self, person: str, filename: str, path: Path) -> None:
        """A file for one person, now or not at all: nothing of it is stored. Raises as Slack's client does."""
        channel = await self._channel(person)
        await self._turn(channel, asyncio.get_running_loop().time() + SHARE_SECONDS)
        await self._slack.files_upload_v2(channel=channel, filename=filename, file=str(path))

    async def _deliver(self, workspace_id: str, posts: Sequence[Post]) -> None:
        loop = asyncio.get_running_loop()
        stop_at = loop.time() + POST_LEASE.total_seconds() / 2
        for post in posts:
            if loop.time() > stop_at:  # Slack is slow; the rest is taken up again when the lease ends
                return
            try:
                ts = await self._put(workspace_id, post, stop_at)
            except _TooLate:
                return
            except SlackApiError as error:
                await self._refused(workspace_id, post, error)
            except (_Unclear, SlackRequestError, ClientError, TimeoutError, OSError) as error:
                await self._unclear(workspace_id, post, type(error).__name__)
            else:
                await self._posts.shown(workspace_id, post, ts)

    async def _unclear(self, workspace_id: str, post: Post, error: str) -> None:
        """Slack may have it: the attempt stays open, and whoever takes it up next looks for it first."""
        log.warning("post unclear", post=post.id, error=error)
        await self._posts.postpone(workspace_id, post, self._clock() + LOOK_AGAIN, error)

    async def _put(self, workspace_id: str, post: Post, stop_at: float) -> str:
        channel = await self._channel(post.wanted.channel)
        if post.ts is None and post.unclear_since is not None:
            found = await self._looked_for(post, channel, post.unclear_since)
            if found:
                return found
        if post.wanted.kind is PostKind.FILE:
            # Slack edits no files: it stands as first shared.
            return post.ts or await self._upload(workspace_id, post, channel, stop_at)
        await self._turn(channel, stop_at)
        content = {"text": post.wanted.body["text"], "blocks": post.wanted.body["blocks"]}
        if post.ts is not None:
            await self._slack.chat_update(channel=channel, ts=post.ts, **content)
            return post.ts
        metadata = {"event_type": EVENT_TYPE, "event_payload": {"key": post.wanted.key}}
        answer = await self._slack.chat_postMessage(
            channel=channel,
            thread_ts=post.parent_ts,
            metadata=metadata,
            unfurl_links=False,
            unfurl_media=False,
            **content,
        )
        return str(answer["ts"])

    async def _upload(self, workspace_id: str, post: Post, channel: str, stop_at: float) -> str:
        body = post.wanted.body
        content = body.get("content") or await self._rejects(workspace_id, body["import_id"])
        await self._turn(channel, stop_at)
        answer = await self._slack.files_upload_v2(
            channel=channel, thread_ts=post.parent_ts, filename=body["filename"], content=content
        )
        return str((answer.get("file") or {}).get("id") or "file")

    async def _looked_for(self, post: Post, channel: str, since: datetime) -> str | None:
        """`_find`, where a failure to look is no outcome of the post."""
        try:
            return await self._find(post, channel, since)
        except SlackApiError as error:
            if _code(error) in _NEVER:
                raise
            raise _Unclear(_code(error)) from error

    async def _find(self, post: Post, channel: str, since: datetime) -> str | None:
        """The ts of this post if an attempt that was cut off did put it up: its key is in the message's metadata."""
        oldest = f"{since.timestamp() - LOOK_BACK_SECONDS:.6f}"
        if post.parent_ts:
            answer = await self._slack.conversations_replies(
                channel=channel, ts=post.parent_ts, oldest=oldest, include_all_metadata=True, limit=200
            )
        else:
            answer = await self._slack.conversations_history(
                channel=channel, oldest=oldest, include_all_metadata=True, limit=200
            )
        async for page in answer:  # a busy channel takes several
            for message in page.get("messages") or []:
                payload = (message.get("metadata") or {}).get("event_payload") or {}
                names = {file.get("name") for file in message.get("files") or []}
                if payload.get("key") == post.wanted.key or post.wanted.body.get("filename") in names:
                    return str(message["ts"])
        return None

    async def _refused(self, workspace_id: str, post: Post, error: SlackApiError) -> None:
        code, status = _code(error), _status(error)
        now = self._clock()
        if code in _NEVER:
            await self._give_up(workspace_id, post, code)
        elif status == 429 or code == "ratelimited":
            seconds = int(error.response.headers.get("Retry-After", "5"))
            await self._posts.retry(workspace_id, post, now + timedelta(seconds=seconds), code)
        elif status >= 500 or code in _PERHAPS:
            await self._unclear(workspace_id, post, code)
        else:
            log.error("post refused", post=post.id, error=code)
            await self._posts.retry(workspace_id, post, now + LATER, code)

    async def _give_up(self, workspace_id: str, post: Post, code: str) -> None:
        """Slack will never take it: the person who caused it gets it directly, its thread with it."""
        key, person = post.wanted.key, str(post.wanted.body.get("tell") or "")
        log.warning("post not taken", post=post.id, channel=post.wanted.channel, error=code)
        if code == "invalid_blocks" and (plainer := _without_new_blocks(post.wanted)):
            await self._posts.lose(workspace_id, post, code, plainer)
        elif code in _NOT_HERE and post.ts is None and post.wanted.body.get("route") and post.wanted.channel != person:
            await self._pause(workspace_id, post, code)
        elif not person or post.ts is not None or (code in _NOT_HERE and post.wanted.channel == person):
            await self._posts.lose(workspace_id, post, code)
        elif code in _NOT_HERE:
            note = wanted(f"{key}:moved", person, not_taken(post.wanted.channel, code))
            await self._posts.move(workspace_id, post, person, note)
            await self.deliver_due(workspace_id, keys=[note.key])
            await self.deliver_due(workspace_id, keys=[key])
        else:
            instead = wanted(f"{key}:plain", person, not_shown(post.wanted.body["text"]))
            await self._posts.lose(workspace_id, post, code, instead)

    async def _pause(self, workspace_id: str, post: Post, code: str) -> None:
        """A channel that news and digests go to takes none: nothing more is tried there, and who set it hears so."""

        def note(person: str, topics: Sequence[Topic]) -> WantedPost:
            said = route_paused(post.wanted.channel, code, topics)
            return wanted(f"paused:{post.id}:{person}", person, said)

        notes = await self._posts.pause(workspace_id, post, code, note)
        for key in (*notes, post.wanted.key):
            await self.deliver_due(workspace_id, keys=[key])

    async def _channel(self, channel: str) -> str:
        """A person's id stands for the direct message with them, which edits need by its own id."""
        if not channel.startswith(("U", "W")):
            return channel
        if channel not in self._direct:
            try:
                answer = await self._slack.conversations_open(users=channel)
            except SlackApiError:
                return channel  # posting takes the person's id, too
            self._direct[channel] = str(answer["channel"]["id"])
        return self._direct[channel]

    async def _turn(self, channel: str, stop_at: float) -> None:
        """Wait for this channel's turn: at most one message a second.

        Raises `_TooLate` when that took, or this process stood still, so long that another may post it now.
        """
        loop = asyncio.get_running_loop()
        async with self._turns.setdefault(channel, asyncio.Lock()):
            wait_seconds = self._free_at.get(channel, 0.0) - loop.time()
            if wait_seconds > 0:
                await asyncio.sleep(wait_seconds)
            if loop.time() > stop_at:
                raise _TooLate
            self._free_at[channel] = loop.time() + self.every_seconds


def _without_new_blocks(post: WantedPost) -> WantedPost | None:
    """The post without the blocks that a workspace may not know yet; None when it has none. Its text says the same."""
    blocks = [block for block in post.body.get("blocks") or [] if block.get("type") not in _NEW_BLOCKS]
    if len(blocks) == len(post.body.get("blocks") or []):
        return None
    return replace(post, body={**post.body, "blocks": blocks})


def _code(error: SlackApiError) -> str:
    """Slack's name for the error; `unknown` when the answer was not Slack's."""
    answer = error.response
    return str(answer.get("error") or "unknown") if isinstance(answer, AsyncSlackResponse | dict) else "unknown"


def _status(error: SlackApiError) -> int:
    return int(getattr(error.response, "status_code", 0) or getattr(error.response, "status", 0))
