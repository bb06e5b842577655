"""One delivery from Slack, as the handlers see it: who, where, what was chosen, and how to answer."""

import asyncio
import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import structlog
from aiohttp import ClientError
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.webhook.async_client import AsyncWebhookClient

from blocks.errors import too_late
from blocks.message import Message
from bot.outreach.access import Actor, Permission
from bot.outreach.events import permalink
from bot.outreach.members import Member
from bot.services.all import Services
from bot.services.members import unread
from handlers.house import House
from handlers.people import slack_person

log = structlog.get_logger()
Handler = Callable[["Call"], Awaitable[None]]


@dataclass
class Call:
    """A command, action, view submission, options request or event. `acked` is set when Slack has its answer."""

    house: House
    body: Mapping[str, Any]
    answer: Callable[..., Awaitable[Any]]
    acked: asyncio.Event = field(default_factory=asyncio.Event)
    _member: Member | None = None

    @property
    def services(self) -> Services:
        """The use cases."""
        return self.house.services

    @property
    def workspace_id(self) -> str:
        """The tenant."""
        return self.house.workspace.id

    async def ack(self, **answer: Any) -> None:
        """Answer Slack, once; within three seconds or the person sees an error. What comes later they are told."""
        if not self.acked.is_set():
            await self.answer(**answer)
            self.acked.set()
        elif message := too_late(answer):
            await self.tell(message)

    # Who and where

    @property
    def user_id(self) -> str:
        """Who did it; empty for events nobody did."""
        user = self.body.get("user") or {}
        event = self.body.get("event") or {}
        return str(
            self.body.get("user_id") or (user.get("id") if isinstance(user, dict) else user) or event.get("user") or ""
        )

    @property
    def channel(self) -> str:
        """The channel it came from; empty for modals and Home."""
        channel = self.body.get("channel") or {}
        return str(self.body.get("channel_id") or (channel.get("id") if isinstance(channel, dict) else channel) or "")

    async def member(self) -> Member:
        """The person as Slack knows them, read again every quarter of an hour."""
        if self._member is None:
            known = await self.services.members.known(self.workspace_id, self.user_id)
            self._member = known or await self._read_member()
        return self._member

    async def actor(self) -> Actor:
        """The person as one who acts, from the message they clicked in."""
        actor = replace((await self.member()).actor, via=self._clicked_message())
        if actor.permissions.issuperset(Permission):
            return actor
        return replace(actor, colleagues=await self.services.members.colleagues(self.workspace_id))

    def _clicked_message(self) -> str:
        """The address of the message whose button was pressed; empty for commands, modals and what only one sees."""
        container = self.body.get("container") or {}
        if container.get("type") != "message" or container.get("is_ephemeral"):
            return ""
        return permalink(self.house.team_url, str(container["channel_id"]), str(container["message_ts"]))

    async def know(self, user_id: str) -> None:
        """Read somebody else whom nobody here has met."""
        if await self.services.members.last_known(self.workspace_id, user_id) is None:
            answer = await self.house.slack.users_info(user=user_id)
            await self.services.members.remember(self.workspace_id, slack_person(answer.get("user") or {}, user_id))

    async def _read_member(self) -> Member:
        try:
            answer = await self.house.slack.users_info(user=self.user_id)
        except (SlackApiError, SlackRequestError, ClientError, TimeoutError, OSError) as error:
            log.warning("member not read", error=type(error).__name__)
            known = await self.services.members.last_known(self.workspace_id, self.user_id)
            return known or unread(self.user_id, str(self.body.get("user_name") or self.user_id))
        person = slack_person(answer.get("user") or {}, self.user_id)
        return await self.services.members.remember(self.workspace_id, person)

    async def first_time(self) -> bool:
        """False for a repeated delivery of the same click, command or submission."""
        key = self.key
        return not key or await self.services.once.first(self.workspace_id, f"slack:{key}", self.user_id)

    @property
    def key(self) -> str:
        """What Slack keeps the same when it delivers again, and no other delivery shares; empty without a name."""
        once = self.body.get("event_id") or self.body.get("trigger_id")
        if not once:
            return ""
        parts = [
            once,
            self.body.get("command"),
            self.text,
            self.action.get("action_id"),
            self.action.get("action_ts"),
            self.value,
            self.view.get("id"),
            self.view.get("hash"),
        ]
        return hashlib.sha256("|".join(str(part or "") for part in parts).encode()).hexdigest()[:40]

    # What was chosen

    @property
    def text(self) -> str:
        """The words behind a command."""
        return re.sub(r"[\s\u00a0]+", " ", str(self.body.get("text") or "")).strip()

    @property
    def action(self) -> Mapping[str, Any]:
        """The element that was clicked."""
        actions: list[dict[str, Any]] = self.body.get("actions") or [{}]
        return actions[0]

    @property
    def value(self) -> str:
        """The value of the clicked button, chosen option or typed text."""
        action = self.action
        option = action.get("selected_option") or {}
        return str(action.get("value") or option.get("value") or "")

    @property
    def view(self) -> Mapping[str, Any]:
        """The modal or Home tab it came from; empty for messages."""
        return self.body.get("view") or {}

    @property
    def under(self) -> str:
        """The id of the modal beneath this one; empty when there is none."""
        return str(self.view.get("previous_view_id") or "")

    @property
    def metadata(self) -> str:
        """The view's `private_metadata`."""
        return str(self.view.get("private_metadata") or "")

    @property
    def kept(self) -> dict[str, Any]:
        """The same where it is a JSON object; empty for anything else."""
        try:
            kept = json.loads(self.metadata or "{}")
        except ValueError:
            return {}
        return kept if isinstance(kept, dict) else {}

    def chosen(self, action_id: str) -> str:
        """What one input of the view holds: text, an option's value, a time or a moment in seconds; empty if none."""
        element = self._element(action_id)
        chosen = element.get("value") or (element.get("selected_option") or {}).get("value")
        return str(chosen or element.get("selected_time") or element.get("selected_date_time") or "")

    def chosen_many(self, action_id: str) -> list[str]:
        """The chosen values of a multi-select."""
        return [str(option["value"]) for option in self._element(action_id).get("selected_options") or []]

    def option(self, action_id: str) -> Mapping[str, Any]:
        """The chosen option of a select, with its text."""
        return self._element(action_id).get("selected_option") or {}

    def files(self, action_id: str) -> list[Mapping[str, Any]]:
        """The files attached in a file input, as Slack describes them."""
        return list(self._element(action_id).get("files") or [])

    def shows(self, action_id: str) -> bool:
        """Whether the view has this input."""
        values = (self.view.get("state") or {}).get("values") or {}
        return any(action_id in elements for elements in values.values())

    def is_newest(self) -> bool:
        """Whether the person has done nothing else in this modal since."""
        return self.is_newest_in(str(self.view.get("id")))

    def is_newest_in(self, view_id: str) -> bool:
        """The same of a modal that this call opened."""
        return self.house.newest.is_it(view_id, str(self.action.get("action_ts") or ""))

    def _element(self, action_id: str) -> Mapping[str, Any]:
        values = (self.view.get("state") or self.body.get("state") or {}).get("values") or {}
        for elements in values.values():
            if action_id in elements:
                return elements[action_id] or {}
        return {}

    def field(self, block_id: str) -> str:
        """The text of the single input in a block of the view."""
        return str(self._input(block_id).get("value") or "")

    def picked(self, block_id: str) -> str:
        """The value of the option that the single input in a block holds; of a time picker its time."""
        held = self._input(block_id)
        return str((held.get("selected_option") or {}).get("value") or held.get("selected_time") or "")

    def ticked(self, block_id: str) -> list[str]:
        """The values of the options ticked in the single input in a block."""
        return [str(option["value"]) for option in self._input(block_id).get("selected_options") or []]

    def _input(self, block_id: str) -> Mapping[str, Any]:
        elements = ((self.view.get("state") or {}).get("values") or {}).get(block_id) or {}
        return next(iter(elements.values()), None) or {}

    # How to answer

    async def open(self, view: Mapping[str, Any]) -> str:
        """Open a modal, or push it on the one it was asked from; the new view's id."""
        on_top = self.view.get("type") == "modal"
        show = self.house.slack.views_push if on_top else self.house.slack.views_open
        answer = await show(trigger_id=str(self.body.get("trigger_id")), view=dict(view))
        view_shown: dict[str, Any] = answer.get("view") or {}
        return str(view_shown.get("id") or "")

    async def update(self, view: Mapping[str, Any], *, view_id: str = "", racing: bool = True) -> bool:
        """Redraw the modal. racing: not over something newer (hash conflict). False when it was not redrawn."""
        seen = str(self.view.get("hash") or "") if racing and not view_id else ""
        return await self.redraw(view, view_id or str(self.view.get("id")), seen) is not None

    async def redraw(self, view: Mapping[str, Any], view_id: str, seen: str = "") -> str | None:
        """Redraw a modal unless it changed since its hash was `seen`; its new hash, None when it was not redrawn."""
        extra = {"hash": seen} if seen else {}
        try:
            answer = await self.house.slack.views_update(view_id=view_id, view=dict(view), **extra)
        except SlackApiError as error:
            if error.response.get("error") not in {"hash_conflict", "not_found"}:
                raise
            log.debug("view moved on", error=error.response.get("error"))
            return None
        view_shown: dict[str, Any] = answer.get("view") or {}
        return str(view_shown.get("hash") or "")

    async def tell(self, message: Message) -> None:
        """Show a message only to the person: by the response URL, else ephemerally, else as a direct message."""
        url = str(self.body.get("response_url") or "")
        if url:
            answer = await AsyncWebhookClient(url).send(
                text=message.text, blocks=message.blocks, response_type="ephemeral", replace_original=False
            )
            if answer.status_code == 200:
                return
        await self.house.slack.chat_postMessage(channel=self.user_id, text=message.text, blocks=message.blocks)

    async def post_channel(self) -> str:
        """Where results of this call are posted: where it was made, else the default channel, else the person."""
        return self.channel or self.house.channel or self.user_id
