"""What the app's answer to a delivery changes: a command's message, a submission's response_action, offered options."""

from typing import Any

from bot.sandbox.slack.backstage import Backstage
from bot.sandbox.slack.delivery import Delivery
from bot.sandbox.slack.limits import message_errors, view_errors
from bot.sandbox.slack.limits_text import Check
from bot.sandbox.slack.refusals import SlackError
from bot.sandbox.slack.state import Channel, User, View

TROUBLE = "We had some trouble connecting. Try again?"


def after_command(slack: Backstage, user: User, channel: Channel, name: str, delivery: Delivery) -> None:
    """Show what the app said in its acknowledgement, or that the command failed."""
    if not delivery.ok:
        slack.notify(user.id, f'{name} failed with the error "{delivery.error}"')
        return
    answer = delivery.body if isinstance(delivery.body, dict) else {"text": str(delivery.body)}
    if not answer or answer == {"text": ""}:
        return
    if message_errors(answer):
        slack.notify(user.id, f'{name} failed with the error "invalid_command_response": {message_errors(answer)[0]}')
        return
    try:
        slack.answer(user.id, channel, answer)
    except SlackError as refused:
        slack.notify(user.id, f'{name} failed with the error "{refused.error}"')


def after_submit(slack: Backstage, view: View, delivery: Delivery) -> None:
    """Do what the app's response_action says; an empty answer closes the view. Anything else leaves it open."""
    if not delivery.ok:
        slack.notify(view.user, TROUBLE)
    elif not delivery.body:
        slack.modals.close(view)
    elif not isinstance(delivery.body, dict):
        slack.notify(view.user, f"{TROUBLE} The body of an answer that closes the modal must be empty.")
    else:
        _respond(slack, view, delivery.body)


def _respond(slack: Backstage, view: View, answer: dict[str, Any]) -> None:
    action = answer.get("response_action")
    try:
        if action == "clear":
            slack.modals.clear(view.user)
        elif action == "errors":
            _show_errors(slack, view, answer.get("errors"))
        elif action in {"update", "push"}:
            _show_view(slack, view, answer.get("view"), push=action == "push")
        else:
            raise SlackError(f"unknown response_action {action!r}")
    except SlackError as refused:
        slack.notify(view.user, f"{TROUBLE} ({refused.error})")


def _show_errors(slack: Backstage, view: View, errors: object) -> None:
    inputs = {block["block_id"] for block in view.payload["blocks"] if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        raise SlackError(f"errors must name input blocks of this view, which are {sorted(inputs)}")
    view.errors = {block_id: str(text) for block_id, text in errors.items()}
    slack.workspace.changed()


def _show_view(slack: Backstage, view: View, payload: object, *, push: bool) -> None:
    if not isinstance(payload, dict):
        raise SlackError("a response_action of update or push needs a view")
    problems = view_errors(payload)
    if problems:
        raise SlackError(f"{problems[0].error}: {problems[0]}")
    if not slack.modals.has(view.id):
        return  # closed while the app was answering
    if push:
        slack.modals.push_onto(view.user, payload)
    else:
        slack.modals.replace(view, payload)


def offered_options(slack: Backstage, user: User, delivery: Delivery) -> list[dict[str, Any]]:
    """The options of a block_suggestion's answer, groups flattened; empty, with a notice, when Slack refuses them."""
    if not delivery.ok:
        return []
    answer = delivery.body if isinstance(delivery.body, dict) else {}
    check = Check("invalid_options")
    check.options(answer.get("options"), "/options", least=0)
    check.option_groups(answer.get("option_groups"), "/option_groups")
    if ("options" in answer) == ("option_groups" in answer):
        check.refuse("", "exactly one of options and option_groups is required")
    if check.problems:
        slack.notify(user.id, f"These options could not be shown: {check.problems[0]}")
        return []
    groups = answer.get("option_groups") or [{"options": answer.get("options") or []}]
    return [option for group in groups for option in group["options"]]
