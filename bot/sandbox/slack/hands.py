"""A person's hands in the local workspace: running commands, clicking, typing, submitting, opening the Home tab."""

import re
from collections.abc import Sequence
from typing import Any

from bot.sandbox.slack import clicks, elements, payloads
from bot.sandbox.slack.answers import after_command, after_submit, offered_options
from bot.sandbox.slack.board import file_json
from bot.sandbox.slack.clicks import Surface
from bot.sandbox.slack.delivery import Delivery, not_sent
from bot.sandbox.slack.elements import Simple, SimpleValues
from bot.sandbox.slack.hands_files import FileHands
from bot.sandbox.slack.minting import new_id
from bot.sandbox.slack.refusals import NotPossible
from bot.sandbox.slack.state import Channel, Message, User, View


class LocalSlack(FileHands):
    """A strict local Slack with one app in it. Every method is one thing a person does in Slack's client.

    What the client itself would not allow raises `NotPossible`; what goes wrong with the app becomes a notice for
    that person and shows in the returned `Delivery`.
    """

    async def run_command(self, user_id: str, channel_id: str, text: str) -> Delivery:
        """Run a slash command, `text` being the whole line as typed: "/leads find acme"."""
        user, channel = self.person(user_id), self.place(channel_id)
        if channel.is_archived:
            raise NotPossible(f"#{channel.name} is archived.")
        name, _, rest = text.strip().partition(" ")
        self.board.post(channel, {"text": text, "command": text}, user=user_id, ephemeral_to=user_id)
        known = {command["command"]: command for command in self.commands}
        if known and name not in known:
            self.notify(user_id, f"{name} is not a valid command.")
            return not_sent("slash_commands", "unknown_command")
        if known.get(name, {}).get("should_escape"):
            rest = self._escaped(rest)
        payload = payloads.command(self.workspace, user, channel, name, rest.strip())
        payload["trigger_id"] = self.triggers.issue(user_id)
        payload["response_url"] = self.response_url(user, channel)
        delivery = await self.courier.deliver("slash_commands", payload)
        after_command(self, user, channel, name, delivery)
        return delivery

    def _escaped(self, text: str) -> str:
        """@name and #channel as `<@U…|name>` and `<#C…|channel>`, as `should_escape` asks for."""
        for user in self.workspace.users.values():
            text = re.sub(rf"@{re.escape(user.name)}\b", f"<@{user.id}|{user.name}>", text)
        for channel in self.workspace.channels.values():
            if not channel.is_im:
                text = re.sub(rf"#{re.escape(channel.name)}\b", f"<#{channel.id}|{channel.name}>", text)
        return text

    async def click(
        self,
        user_id: str,
        *,
        action_id: str,
        value: str | None = None,
        message: tuple[str, str] | None = None,
        view_id: str | None = None,
        block_id: str | None = None,
        selected: Simple = None,
        state: SimpleValues | None = None,
        late: bool = False,
    ) -> Delivery:
        """Press a button, choose in a select or a picker, tick boxes, or press Enter in an input.

        message: (channel id, ts), or else view_id of a modal or Home tab. value: picks one of several buttons with
        the same action_id. selected: the new value, None for none. state: other values typed before, as `set_values`.
        late: the person sees the surface a moment late, so what stood there just before may be clicked too.
        An element of an input block without `dispatch_action` only keeps its value: nothing is sent.
        """
        surface = self._surface(user_id, message, view_id)
        self._type_in(surface, state or {}, late=late)
        block, element = surface.find(action_id, block_id=block_id, value=value, late=late)
        held = self._held(surface, block, element, selected if selected is not None else value)
        self.workspace.changed()
        if not clicks.sends_action(block):
            return not_sent("interactive", "waits_for_submission")
        action = clicks.action(block, element, held, ts=self.stamps.next())
        return await self._send_action(surface, action)

    def _surface(self, user_id: str, message: tuple[str, str] | None, view_id: str | None) -> Surface:
        user = self.person(user_id)
        if view_id is not None:
            return clicks.on_view(self._view(view_id), user)
        if message is None:
            raise NotPossible("Say where to click: message=(channel, ts) or view_id=….")
        return clicks.on_message(self._message(*message), self.place(message[0]), user)

    def _view(self, view_id: str) -> View:
        if not self.modals.has(view_id):
            raise NotPossible(f"The view {view_id!r} is not open.")
        return self.modals.find(view_id=view_id)

    def _message(self, channel_id: str, ts: str) -> Message:
        found = self.board.find(channel_id, ts)
        if found is None:
            raise NotPossible(f"There is no message {ts!r} in {channel_id!r}.")
        return found

    def _held(self, surface: Surface, block: dict[str, Any], element: dict[str, Any], simple: Simple) -> dict[str, Any]:
        """What the element holds after the click; kept in the surface's state when it is one that keeps something."""
        if element["type"] == "overflow":
            return {"selected_option": elements.option_of(element, str(simple), {})}
        if element["type"] not in elements.STATEFUL:
            return {"value": simple} if element["type"] == "feedback_buttons" else {}
        remembered = self.offered.get((surface.user.id, block["block_id"], element["action_id"]), {})
        offered = clicks.offered_to(self.workspace, remembered, self.settings.base_url)
        state = elements.state_of(element, simple, offered=offered)
        if surface.has(block["block_id"], element["action_id"]):
            surface.values.setdefault(block["block_id"], {})[element["action_id"]] = state
        return state

    def _type_in(self, surface: Surface, values: SimpleValues, *, late: bool) -> None:
        for block_id, actions in (surface.still_there(values) if late else values).items():
            for action_id, simple in actions.items():
                block, element = elements.find(surface.blocks, surface.user.id, action_id, block_id=block_id)
                self._held(surface, block, element, simple)

    async def _send_action(self, surface: Surface, action: dict[str, Any]) -> Delivery:
        more = surface.where(self.workspace) | {"actions": [action]}
        if surface.view is not None:
            more |= {"view": self.modals.as_json(surface.view)}
        else:
            assert surface.message is not None
            place = self.place(surface.message.channel)
            more |= {"response_url": self.response_url(surface.user, place, surface.message)}
            if surface.message.ephemeral_to is None:
                more |= {"message": self.board.as_json(surface.message)}
        return await self._interact(surface.user, "block_actions", surface.view, **more)

    async def _interact(self, user: User, kind: str, view: View | None = None, /, **more: Any) -> Delivery:
        """Send an interaction with a fresh trigger; tell the person when the app fails it."""
        if kind not in {"view_closed", "block_suggestion"}:
            inside = view.id if view is not None and view.kind == "modal" else None
            more["trigger_id"] = self.triggers.issue(user.id, inside)
        payload = payloads.interaction(self.workspace, user, kind, **more)
        delivery = await self.courier.deliver("interactive", payload)
        if not delivery.ok and kind != "view_submission":
            self.notify(user.id, f"The app did not accept that ({delivery.error}). Try again.")
        return delivery

    async def set_values(self, view_id: str, values: SimpleValues, *, late: bool = False) -> None:
        """Type or choose in a view without telling the app. late: as in `click`."""
        view = self._view(view_id)
        self._type_in(clicks.on_view(view, self.person(view.user)), values, late=late)
        self.workspace.changed()

    async def options(
        self,
        user_id: str,
        *,
        action_id: str,
        block_id: str | None = None,
        value: str = "",
        view_id: str | None = None,
        message: tuple[str, str] | None = None,
    ) -> list[dict[str, Any]]:
        """The options an external select offers for what was typed so far, those of groups included.

        Below `min_query_length` (3 unless the element says otherwise) the app is not asked.
        """
        surface = self._surface(user_id, message, view_id)
        block, element = elements.find(surface.blocks, user_id, action_id, block_id=block_id)
        if len(value) < element.get("min_query_length", 3):
            return []
        more = {"action_id": action_id, "block_id": block["block_id"], "value": value}
        more |= surface.where(self.workspace)
        if surface.view is not None:
            more["view"] = self.modals.as_json(surface.view)
        delivery = await self._interact(surface.user, "block_suggestion", surface.view, **more)
        found = offered_options(self, surface.user, delivery)
        remembered = self.offered.setdefault((user_id, block["block_id"], action_id), {})
        remembered.update({option["value"]: option for option in found})
        return found

    async def submit(
        self, user_id: str, view_id: str, values: SimpleValues | None = None, *, late: bool = False
    ) -> Delivery:
        """Press a modal's submit button. Empty or malformed inputs are refused here, as Slack's client does."""
        view = self._top(user_id, view_id, late=late)
        if not view.payload.get("submit"):
            raise NotPossible("This modal has no submit button.")
        await self.set_values(view_id, values or {}, late=late)
        view.errors = elements.complaints(view.payload["blocks"], view.values)
        self.workspace.changed()
        if view.errors:
            return not_sent("interactive", "incomplete")
        user = self.person(user_id)
        more = {"view": self.modals.as_json(view), "response_urls": self._response_urls(user, view)}
        delivery = await self._interact(user, "view_submission", view, **more)
        after_submit(self, view, delivery)
        return delivery

    def _top(self, user_id: str, view_id: str, *, late: bool) -> View:
        """The modal on top; `late`: or one the app has put another on top of by now."""
        stack = self.modals.stack(user_id)
        for view in stack if late else stack[-1:]:
            if view.id == view_id:
                return view
        raise NotPossible(f"The view {view_id!r} is not on top of {user_id}'s screen.")

    def _response_urls(self, user: User, view: View) -> list[dict[str, str]]:
        """One response URL per channel or conversation select with `response_url_enabled`."""
        urls = []
        for block, element in elements.walk(view.payload["blocks"]):
            if block["type"] == "input" and element.get("response_url_enabled"):
                name = elements.STATEFUL[element["type"]][0]
                chosen = view.values[block["block_id"]][element["action_id"]][name]
                ids = {"block_id": block["block_id"], "action_id": element["action_id"], "channel_id": chosen}
                if chosen:
                    urls.append(ids | {"response_url": self.response_url(user, self.board.channel(chosen))})
        return urls

    async def close_view(
        self, user_id: str, view_id: str, cleared: bool = False, *, late: bool = False
    ) -> Delivery | None:
        """Cancel the top modal, or with `cleared` close the whole stack by its x. None when the app is not told."""
        top = self._top(user_id, view_id, late=late)
        is_cleared = cleared or bool(top.payload.get("clear_on_close"))
        told = self.modals.stack(user_id)[0] if is_cleared else top
        if is_cleared:
            self.modals.clear(user_id)
        else:
            self.modals.close(top)
        if not told.payload.get("notify_on_close"):
            return None
        more: dict[str, Any] = {"view": self.modals.as_json(told), "is_cleared": is_cleared}
        return await self._interact(self.person(user_id), "view_closed", **more)

    async def type_message(
        self, user_id: str, channel_id: str, text: str, thread_ts: str | None = None, *, files: Sequence[str] = ()
    ) -> Delivery | None:
        """Write a message, with uploaded files by their ids. None when the app is not told: not subscribed, or not in
        that channel.
        """
        user, channel = self.person(user_id), self.place(channel_id)
        if channel.is_archived or user_id not in channel.members:
            raise NotPossible(f"{user.name} cannot write in {channel.name}.")
        if thread_ts is not None and self._message(channel_id, thread_ts).thread_ts not in (None, thread_ts):
            raise NotPossible(f"The message {thread_ts!r} is a reply; it starts no thread of its own.")
        said = {"text": text, "thread_ts": thread_ts, "file_ids": self._shared(user_id, channel, files)}
        message = self.board.post(channel, said, user=user_id)
        event = self._message_event(channel, message)
        if self.workspace.bot_user_id not in channel.members:
            return None
        if f"<@{self.workspace.bot_user_id}>" in text:
            await self.send_event(event | {"type": "app_mention"})
        return await self.send_event(event)

    def _message_event(self, channel: Channel, message: Message) -> dict[str, Any]:
        kind = "im" if channel.is_im else "channel"
        more = {"channel": channel.id, "channel_type": kind, "event_ts": message.ts, "client_msg_id": new_id("M")}
        return self._with_files(message) | more | ({"subtype": "file_share"} if message.file_ids else {})

    def _with_files(self, message: Message) -> dict[str, Any]:
        """A message with its files whole, as payloads show them."""
        files = [self.workspace.files[file_id] for file_id in message.file_ids]
        whole = [file_json(file, self.workspace, self.settings.base_url) for file in files]
        return self.board.as_json(message) | ({"files": whole} if whole else {})

    async def send_event(self, event: dict[str, Any]) -> Delivery | None:
        """Send an event to the app, when it subscribed to it; a failed one is retried in the background."""
        kind = str(event["type"])
        name = f"message.{event.get('channel_type', 'channel')}".replace("message.channel", "message.channels")
        if (name if kind == "message" else kind) not in self.settings.events:
            return None
        event_time = int(self.settings.clock().timestamp())
        return await self.courier.deliver_event(payloads.event(self.workspace, event, event_time=event_time))

    async def open_home(self, user_id: str) -> Delivery | None:
        """Open the app's Home tab. None when the app did not subscribe to app_home_opened."""
        channel = self.board.direct_message(self.person(user_id).id)
        event: dict[str, Any] = {"type": "app_home_opened", "user": user_id, "channel": channel.id, "tab": "home"}
        event |= {"event_ts": self.stamps.next()}
        home = self.workspace.homes.get(user_id)
        return await self.send_event(event | ({"view": self.modals.as_json(home)} if home is not None else {}))

    async def shortcut(self, user_id: str, callback_id: str, *, message: tuple[str, str] | None = None) -> Delivery:
        """Run a global shortcut, or with `message` one from that message's menu."""
        user, ts = self.person(user_id), self.stamps.next()
        kind = "global" if message is None else "message"
        if self.settings.shortcuts and not any(
            (it["callback_id"], it["type"]) == (callback_id, kind) for it in self.settings.shortcuts
        ):
            raise NotPossible(f"The app has no {kind} shortcut {callback_id!r}.")
        if message is None:
            return await self._interact(user, "shortcut", callback_id=callback_id, action_ts=ts)
        found, channel = self._message(*message), self.place(message[0])
        more: dict[str, Any] = {"callback_id": callback_id, "action_ts": ts, "message_ts": found.ts}
        more |= {"message": self._with_files(found), "channel": payloads.channel_stub(channel)}
        more |= {"response_url": self.response_url(user, channel, found)}
        return await self._interact(user, "message_action", **more)

    async def replay(self, delivery: Delivery) -> Delivery:
        """Send a recorded delivery once more, byte for byte, freshly signed; its answer changes nothing here."""
        return await self.courier.deliver(delivery.kind, delivery.payload)
