"""views.*"""

from collections.abc import Callable
from typing import Any

from bot.sandbox.slack.arguments import Arguments
from bot.sandbox.slack.hands import LocalSlack
from bot.sandbox.slack.state import View

Answer = dict[str, Any]


def open_view(slack: LocalSlack, arguments: Arguments) -> Answer:
    return _shown(slack, slack.modals.open(_trigger(arguments), arguments.object("view")))


def push(slack: LocalSlack, arguments: Arguments) -> Answer:
    return _shown(slack, slack.modals.push(_trigger(arguments), arguments.object("view")))


def _trigger(arguments: Arguments) -> str:
    return arguments.text("trigger_id") or arguments.need("interactivity_pointer")


def update(slack: LocalSlack, arguments: Arguments) -> Answer:
    view_id, external_id = arguments.text("view_id"), arguments.text("external_id")
    if view_id is None and external_id is None:
        arguments.need("view_id")
    payload, hash = arguments.object("view"), arguments.text("hash")
    return _shown(slack, slack.modals.update(payload, view_id=view_id, external_id=external_id, hash=hash))


def publish(slack: LocalSlack, arguments: Arguments) -> Answer:
    user, payload = arguments.need("user_id"), arguments.object("view")
    return _shown(slack, slack.modals.publish(user, payload, hash=arguments.text("hash")))


def _shown(slack: LocalSlack, view: View) -> Answer:
    return {"view": slack.modals.as_json(view)}


METHODS: dict[str, Callable[[LocalSlack, Arguments], Answer]] = {
    "views.open": open_view,
    "views.push": push,
    "views.update": update,
    "views.publish": publish,
}
