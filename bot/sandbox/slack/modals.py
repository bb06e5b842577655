"""Modal stacks and Home tabs: opening, pushing, updating by hash, closing."""

import json
from typing import Any

from bot.sandbox.slack.elements import carried_over, initial_values
from bot.sandbox.slack.limits import view_errors, with_ids
from bot.sandbox.slack.minting import Stamps, new_hash, new_id
from bot.sandbox.slack.refusals import SlackError, refuse_if
from bot.sandbox.slack.state import View, Workspace
from bot.sandbox.slack.tickets import Triggers

MOST_STACKED = 3


class Modals:
    """The views of the workspace. Errors are `SlackError` under the names of the views.* methods."""

    def __init__(self, workspace: Workspace, triggers: Triggers, stamps: Stamps) -> None:
        self._workspace = workspace
        self._triggers = triggers
        self._stamps = stamps

    def open(self, trigger_id: str, payload: dict[str, Any]) -> View:
        """Open a modal. A trigger from inside an open modal puts it on top of that one, as views.push does."""
        refuse_if(view_errors(payload))
        _must_be(payload, "modal")
        trigger = self._triggers.take(trigger_id)
        if trigger.view_id in {view.id for view in self.stack(trigger.user)}:
            return self.push_onto(trigger.user, payload)
        self._workspace.modals[trigger.user] = []
        return self.push_onto(trigger.user, payload)

    def push(self, trigger_id: str, payload: dict[str, Any]) -> View:
        """Put a view on top of the modal the trigger came from."""
        refuse_if(view_errors(payload))
        _must_be(payload, "modal")
        trigger = self._triggers.take(trigger_id)
        if trigger.view_id not in {view.id for view in self.stack(trigger.user)}:
            raise SlackError("invalid_trigger_id")
        return self.push_onto(trigger.user, payload)

    def push_onto(self, user: str, payload: dict[str, Any]) -> View:
        """Put a checked view on top of a user's stack, which may be empty."""
        stack = self._workspace.modals.setdefault(user, [])
        if len(stack) >= MOST_STACKED:
            raise SlackError("push_limit_reached")
        self._refuse_taken(payload.get("external_id"), by=None)
        view = self._new_view("modal", user, payload)
        if stack:
            view.root_id, view.previous_id = stack[0].id, stack[-1].id
        stack.append(view)
        self._workspace.changed()
        return view

    def _new_view(self, kind: str, user: str, payload: dict[str, Any]) -> View:
        view_id = new_id("V")
        shown = payload | {"blocks": with_ids(payload["blocks"])}
        return View(
            view_id,
            kind,
            user,
            shown,
            new_hash(self._stamps.next()),
            root_id=view_id,
            external_id=payload.get("external_id") or None,
            values=initial_values(shown["blocks"]),
        )

    def _refuse_taken(self, external_id: str | None, *, by: View | None) -> None:
        if external_id and any(view.external_id == external_id and view is not by for view in self.everything()):
            raise SlackError("duplicate_external_id")

    def update(
        self, payload: dict[str, Any], *, view_id: str | None, external_id: str | None, hash: str | None
    ) -> View:
        """Replace what an open view shows. `hash` refuses the update when somebody newer won."""
        refuse_if(view_errors(payload))
        view = self.find(view_id=view_id, external_id=external_id)
        _must_be(payload, view.kind)
        if hash and hash != view.hash:
            raise SlackError("hash_conflict", view=self.as_json(view))
        return self.replace(view, payload)

    def replace(self, view: View, payload: dict[str, Any]) -> View:
        """Show a checked payload in place of what the view showed; what was typed stays where ids stayed."""
        self._refuse_taken(payload.get("external_id"), by=view)
        view.earlier.append(view.payload["blocks"])
        view.payload = payload | {"blocks": with_ids(payload["blocks"])}
        view.external_id = payload.get("external_id") or view.external_id
        view.hash = new_hash(self._stamps.next())
        view.values = carried_over(view.values, view.payload["blocks"])
        view.errors = {}
        self._workspace.changed()
        return view

    def publish(self, user: str, payload: dict[str, Any], *, hash: str | None) -> View:
        """Publish a Home tab for one user."""
        refuse_if(view_errors(payload))
        _must_be(payload, "home")
        if user not in self._workspace.users:
            raise SlackError("user_not_found")
        home = self._workspace.homes.get(user)
        if home is None:
            self._refuse_taken(payload.get("external_id"), by=None)
            self._workspace.homes[user] = home = self._new_view("home", user, payload)
            self._workspace.changed()
            return home
        if hash and hash != home.hash:
            raise SlackError("hash_conflict")
        return self.replace(home, payload)

    def stack(self, user: str) -> list[View]:
        return self._workspace.modals.get(user, [])

    def everything(self) -> list[View]:
        """Every open modal and every published Home tab."""
        return [view for stack in self._workspace.modals.values() for view in stack] + [*self._workspace.homes.values()]

    def has(self, view_id: str) -> bool:
        """Whether it is open still."""
        return any(view.id == view_id for view in self.everything())

    def find(self, *, view_id: str | None = None, external_id: str | None = None) -> View:
        for view in self.everything():
            if view.id == view_id or (external_id and view.external_id == external_id):
                return view
        raise SlackError("not_found")

    def close(self, view: View) -> None:
        """Close one modal; the one below it comes up. Closing a closed one changes nothing."""
        stack = self.stack(view.user)
        if view in stack:
            stack.remove(view)
            self._workspace.changed()

    def clear(self, user: str) -> None:
        """Close all modals of a user."""
        self._workspace.modals.pop(user, None)
        self._workspace.changed()

    def as_json(self, view: View) -> dict[str, Any]:
        """The view as payloads and answers carry it, a copy."""
        payload = {name: value for name, value in view.payload.items() if name != "external_id"}
        shown = {
            "id": view.id,
            "team_id": self._workspace.team_id,
            "app_id": self._workspace.app_id,
            "app_installed_team_id": self._workspace.team_id,
            "bot_id": self._workspace.bot_id,
            "hash": view.hash,
            "state": {"values": view.values},
            "root_view_id": view.root_id,
            "previous_view_id": view.previous_id,
            "external_id": view.external_id or "",
            "private_metadata": "",
            "callback_id": "",
            "title": None,
            "submit": None,
            "close": None,
            "clear_on_close": False,
            "notify_on_close": False,
            **payload,
        }
        copied: dict[str, Any] = json.loads(json.dumps(shown))
        return copied


def _must_be(payload: dict[str, Any], kind: str) -> None:
    if payload["type"] != kind:
        messages = [f"[ERROR] must be of type {kind} [json-pointer:/view/type]"]
        raise SlackError("invalid_arguments", response_metadata={"messages": messages})
