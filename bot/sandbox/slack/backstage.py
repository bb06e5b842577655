"""What the Web API and a person's hands both work with: the parts of the local workspace, put together once."""

from collections import deque
from typing import Any

import httpx

from bot.sandbox.slack.board import Board
from bot.sandbox.slack.delivery import Courier, Delivery
from bot.sandbox.slack.faults import Fault, Faults, Hold, Pace
from bot.sandbox.slack.limits import message_errors
from bot.sandbox.slack.minting import Stamps
from bot.sandbox.slack.modals import Modals
from bot.sandbox.slack.refusals import NotPossible, SlackError, refuse_if
from bot.sandbox.slack.settings import Settings
from bot.sandbox.slack.socket_mode import Sockets
from bot.sandbox.slack.state import Channel, File, Message, Notice, User, Workspace
from bot.sandbox.slack.tickets import ResponseUrl, ResponseUrls, Triggers

MOST_NOTICES = 200


class Backstage:
    """The parts of one local workspace. `LocalSlack` adds what people do."""

    def __init__(
        self, workspace: Workspace, settings: Settings, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.workspace = workspace
        self.settings = settings
        self.faults = Faults()
        self.pace = Pace(settings)
        self.stamps = Stamps(settings)
        self.triggers = Triggers(settings)
        self.response_urls = ResponseUrls(settings)
        self.board = Board(workspace, self.stamps)
        self.modals = Modals(workspace, self.triggers, self.stamps)
        self.sockets = Sockets(workspace.app_id)
        self.courier = Courier(settings, workspace, self.sockets, transport)
        self.uploads: dict[str, File] = {}  # by id, until files.completeUploadExternal
        self.offered: dict[tuple[str, str, str], dict[str, Any]] = {}  # by user, block_id, action_id: options by value

    @property
    def commands(self) -> list[dict[str, Any]]:
        """The commands a person can complete: `command`, `description`, `usage_hint`."""
        return self.settings.commands

    @property
    def deliveries(self) -> deque[Delivery]:
        """The last thousand requests to the app, oldest first, with their answers."""
        return self.courier.deliveries

    def fail_next(
        self,
        method: str,
        error: str | None = None,
        *,
        status: int | None = None,
        retry_after: int | None = None,
        times: int = 1,
        after_work: bool = False,
    ) -> Fault:
        """Make the next calls of a Web API method fail; "response_url" and "*" are methods too.

        after_work: the method does its work and only its answer is lost.
        """
        fault = Fault(method, error, status, retry_after, times, after_work)
        self.faults.script.append(fault)
        return fault

    def hold(self, method: str) -> Hold:
        """Let calls of a method hang from now on, until `release()` of the answer."""
        hold = Hold(method)
        self.faults.holds.append(hold)
        return hold

    def notify(self, user: str, text: str) -> None:
        """Show one person a passing note, as Slack's client does."""
        self.workspace.notices.append(Notice(user, text, self.settings.clock()))
        del self.workspace.notices[:-MOST_NOTICES]
        self.workspace.changed()

    def person(self, user_id: str) -> User:
        user = self.workspace.users.get(user_id)
        if user is None or user.is_bot:
            raise NotPossible(f"There is no person {user_id!r} in this workspace.")
        return user

    def place(self, channel_id: str) -> Channel:
        channel = self.workspace.channels.get(channel_id)
        if channel is None:
            raise NotPossible(f"There is no channel {channel_id!r} in this workspace.")
        return channel

    def response_url(self, user: User, channel: Channel, original: Message | None = None) -> str:
        """A new response URL for one interaction."""
        thread_ts = original.thread_ts if original else None
        ts = original.ts if original else None
        url = self.response_urls.issue(user=user.id, channel=channel.id, original=ts, thread_ts=thread_ts)
        return f"{self.settings.base_url}/response/{url.token}"

    def answer(self, user: str, channel: Channel, payload: dict[str, Any]) -> Message:
        """Post the app's answer to an interaction: only to that user, or to all with `response_type` in_channel."""
        in_channel = payload.get("response_type") == "in_channel"
        if in_channel:
            self.pace.count_post(channel.id)
        return self.board.post(channel, payload, ephemeral_to=None if in_channel else user)

    def use_response_url(self, token: str, payload: dict[str, Any]) -> None:
        """What an app's POST to a response URL does. Raises `SlackError`."""
        url = self.response_urls.take(token)
        original = self.board.find(url.channel, url.original) if url.original else None
        if payload.get("delete_original"):
            self._delete_original(original, payload)
            return
        refuse_if(message_errors(payload))
        if payload.get("replace_original") and original is not None:
            self._replace_original(original, payload)
        else:
            self.answer(url.user, self.board.channel(url.channel), _in_thread(url, payload))

    def _delete_original(self, original: Message | None, payload: dict[str, Any]) -> None:
        if set(payload) != {"delete_original"}:
            raise SlackError("invalid_payload", status=400)
        if original is not None and original.user == self.workspace.bot_user_id:
            self.board.remove(original)

    def _replace_original(self, original: Message, payload: dict[str, Any]) -> None:
        if original.user != self.workspace.bot_user_id:
            raise SlackError("cant_update_message", status=400)
        self.board.rewrite(original, payload)

    async def settled(self) -> None:
        """Wait until every retry and every late answer of the app is through."""
        await self.courier.settled()

    async def aclose(self) -> None:
        """Close sockets and connections, and let go of every held call."""
        for hold in self.faults.holds:
            hold.release()
        await self.sockets.aclose()
        await self.courier.aclose()


def _in_thread(url: ResponseUrl, payload: dict[str, Any]) -> dict[str, Any]:
    """An ephemeral answer to a click in a thread is shown in that thread; a public one says its thread itself."""
    if url.thread_ts and payload.get("response_type") != "in_channel":
        return {"thread_ts": url.thread_ts, **payload}
    return payload
