"""Limits of block elements: buttons, selects, pickers and inputs, and the blocks each may sit in."""

import re
from collections.abc import Callable
from typing import Any

from bot.sandbox.slack.limits_text import MOST_OPTIONS, Check

Element = dict[str, Any]

SELECTS = frozenset({"static_select", "external_select", "users_select", "conversations_select", "channels_select"})
MULTI_SELECTS = frozenset(f"multi_{name}" for name in SELECTS)
_CHOICES = SELECTS | MULTI_SELECTS | {"checkboxes", "radio_buttons", "datepicker", "timepicker"}
_TYPED = frozenset({"plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input"})

ALLOWED_IN: dict[str, frozenset[str]] = {
    "section": _CHOICES | {"button", "image", "overflow", "workflow_button"},
    "actions": _CHOICES | {"button", "overflow", "datetimepicker", "workflow_button"},
    "input": _CHOICES | _TYPED | {"datetimepicker", "file_input"},
    "context": frozenset({"image", "plain_text", "mrkdwn"}),
    "context_actions": frozenset({"feedback_buttons", "icon_button"}),
    "card": frozenset({"button"}),
}
_PICKER = ("placeholder", "confirm", "focus_on_load")
_TYPING = ("placeholder", "initial_value", "dispatch_action_config", "focus_on_load")
# Per element type: the keys it needs, then the further keys it may have besides `type` and `action_id`.
KEYS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "button": (
        ("text",),
        (
            "url",
            "value",
            "style",
            "confirm",
            "accessibility_label",
            "agent_prompt",
            "agent_prompt_display",
            "visible_to_user_ids",
        ),
    ),
    "workflow_button": (("text", "workflow"), ("style", "accessibility_label")),
    "icon_button": (("icon", "text"), ("accessibility_label", "value", "visible_to_user_ids", "confirm")),
    "feedback_buttons": (("positive_button", "negative_button"), ()),
    "image": (("alt_text",), ("image_url", "slack_file")),
    "overflow": (("options",), ("confirm",)),
    "checkboxes": (("options",), ("initial_options", "confirm", "focus_on_load")),
    "radio_buttons": (("options",), ("initial_option", "confirm", "focus_on_load")),
    "datepicker": ((), ("initial_date", *_PICKER)),
    "timepicker": ((), ("initial_time", "timezone", *_PICKER)),
    "datetimepicker": ((), ("initial_date_time", "confirm", "focus_on_load")),
    "static_select": ((), ("options", "option_groups", "initial_option", *_PICKER)),
    "external_select": ((), ("initial_option", "min_query_length", *_PICKER)),
    "users_select": ((), ("initial_user", *_PICKER)),
    "conversations_select": (
        (),
        ("initial_conversation", "default_to_current_conversation", "filter", "response_url_enabled", *_PICKER),
    ),
    "channels_select": ((), ("initial_channel", "response_url_enabled", *_PICKER)),
    "multi_static_select": ((), ("options", "option_groups", "initial_options", "max_selected_items", *_PICKER)),
    "multi_external_select": ((), ("initial_options", "min_query_length", "max_selected_items", *_PICKER)),
    "multi_users_select": ((), ("initial_users", "max_selected_items", *_PICKER)),
    "multi_conversations_select": (
        (),
        ("initial_conversations", "default_to_current_conversation", "filter", "max_selected_items", *_PICKER),
    ),
    "multi_channels_select": ((), ("initial_channels", "max_selected_items", *_PICKER)),
    "plain_text_input": ((), ("multiline", "min_length", "max_length", *_TYPING)),
    "email_text_input": ((), _TYPING),
    "url_text_input": ((), _TYPING),
    "number_input": (("is_decimal_allowed",), ("min_value", "max_value", *_TYPING)),
    "rich_text_input": ((), ("min_lines", "max_lines", *_TYPING)),
    "file_input": ((), ("filetypes", "max_files")),
}


def check_element(check: Check, element: object, pointer: str, *, within: str) -> None:
    """Check one element of a block; `within` is a key of `ALLOWED_IN`."""
    if not check.is_object(element, pointer):
        return
    kind = str(element.get("type"))
    if kind not in ALLOWED_IN[within]:
        check.refuse(f"{pointer}/type", f"unsupported type: {kind}")
        return
    if kind in {"plain_text", "mrkdwn"}:
        check.text(element, pointer, 3_000)
        return
    needed, allowed = KEYS[kind]
    ids = () if kind == "image" else ("action_id",)
    check.keys(element, pointer, needed=("type", *needed), allowed=(*ids, *allowed))
    _common(check, element, pointer)
    CHECKS.get(kind, _nothing_more)(check, element, pointer)


def check_image(check: Check, image: Element, pointer: str) -> None:
    """One of `image_url` and `slack_file`, with an alternative text: the same for the element and the block."""
    if (image.get("image_url") is None) == (image.get("slack_file") is None):
        check.refuse(pointer, "exactly one of image_url and slack_file is required")
    check.strings(image, pointer, image_url=3_000)
    check.string(image.get("alt_text"), f"{pointer}/alt_text", 2_000)


def _nothing_more(check: Check, element: Element, pointer: str) -> None: ...


def _common(check: Check, element: Element, pointer: str) -> None:
    check.string(element.get("action_id"), f"{pointer}/action_id", 255)
    check.text(element.get("placeholder"), f"{pointer}/placeholder", 150, plain=True)
    check.confirm(element.get("confirm"), f"{pointer}/confirm")
    check.number(element.get("max_selected_items"), f"{pointer}/max_selected_items", 1, MOST_OPTIONS)
    check.number(element.get("min_query_length"), f"{pointer}/min_query_length", 0, 100)


def _button(check: Check, button: Element, pointer: str) -> None:
    check.text(button.get("text"), f"{pointer}/text", 75, plain=True)
    check.strings(button, pointer, value=2_000, url=3_000, accessibility_label=75, agent_prompt=4_000)
    check.one_of(button.get("style"), f"{pointer}/style", "primary", "danger")
    check.items(button.get("visible_to_user_ids"), f"{pointer}/visible_to_user_ids", 10)


def _overflow(check: Check, menu: Element, pointer: str) -> None:
    check.options(menu.get("options"), f"{pointer}/options", 5, url=True)


def _ticks(check: Check, group: Element, pointer: str) -> None:
    check.options(group.get("options"), f"{pointer}/options", 10, rich=True)
    _initial_among(check, group, pointer)


def _static_select(check: Check, select: Element, pointer: str) -> None:
    if (select.get("options") is None) == (select.get("option_groups") is None):
        check.refuse(pointer, "exactly one of options and option_groups is required")
    check.options(select.get("options"), f"{pointer}/options")
    check.option_groups(select.get("option_groups"), f"{pointer}/option_groups")
    _initial_among(check, select, pointer)


def _external_select(check: Check, select: Element, pointer: str) -> None:
    if select.get("initial_option") is not None:
        check.option(select["initial_option"], f"{pointer}/initial_option")
    check.options(select.get("initial_options"), f"{pointer}/initial_options")


def _initial_among(check: Check, element: Element, pointer: str) -> None:
    """An initial option must equal one of the options in every field."""
    offered = all_options(element)
    if element.get("initial_option") is not None and element["initial_option"] not in offered:
        check.refuse(f"{pointer}/initial_option", "must match one of the options exactly")
    for index, option in enumerate(check.items(element.get("initial_options"), f"{pointer}/initial_options", 100)):
        if option not in offered:
            check.refuse(f"{pointer}/initial_options/{index}", "must match one of the options exactly")


def all_options(element: Element) -> list[Any]:
    """The options an element carries itself, those of its groups included."""
    groups = [group for group in _listed(element.get("option_groups")) if isinstance(group, dict)]
    return [*_listed(element.get("options")), *(o for group in groups for o in _listed(group.get("options")))]


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _plain_text_input(check: Check, box: Element, pointer: str) -> None:
    check.number(box.get("max_length"), f"{pointer}/max_length", 1, 3_000)
    check.number(box.get("min_length"), f"{pointer}/min_length", 0, 3_000)
    most = box.get("max_length") if isinstance(box.get("max_length"), int) else 3_000
    check.string(box.get("initial_value"), f"{pointer}/initial_value", min(most or 3_000, 3_000), least=0)


def _number_input(check: Check, box: Element, pointer: str) -> None:
    for name in ("initial_value", "min_value", "max_value"):
        value = box.get(name)
        if value is not None and not (isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value)):
            check.refuse(f"{pointer}/{name}", "must be a number written as a string")


def _file_input(check: Check, box: Element, pointer: str) -> None:
    check.number(box.get("max_files"), f"{pointer}/max_files", 1, 10)
    check.items(box.get("filetypes"), f"{pointer}/filetypes", 100)


def _shaped(name: str, pattern: str, example: str) -> Callable[[Check, Element, str], None]:
    def check_shape(check: Check, picker: Element, pointer: str) -> None:
        value = picker.get(name)
        if value is not None and not re.fullmatch(pattern, str(value)):
            check.refuse(f"{pointer}/{name}", f"must look like {example}")

    return check_shape


CHECKS: dict[str, Callable[[Check, Element, str], None]] = {
    "button": _button,
    "workflow_button": _button,
    "icon_button": _button,
    "image": check_image,
    "overflow": _overflow,
    "checkboxes": _ticks,
    "radio_buttons": _ticks,
    "static_select": _static_select,
    "multi_static_select": _static_select,
    "external_select": _external_select,
    "multi_external_select": _external_select,
    "plain_text_input": _plain_text_input,
    "number_input": _number_input,
    "file_input": _file_input,
    "datepicker": _shaped("initial_date", r"\d{4}-\d\d-\d\d", "2026-01-31"),
    "timepicker": _shaped("initial_time", r"([01]\d|2[0-3]):[0-5]\d", "09:30"),
    "datetimepicker": _shaped("initial_date_time", r"\d{10}", "1767225600"),
}
