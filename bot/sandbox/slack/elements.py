"""Elements as a person uses them: finding one on a surface, and turning a simple value into Slack's state object.

Simple values are what a page or a test writes: a string, a list of strings, or None for empty. Selects take the
option's value, dates "YYYY-MM-DD", times "HH:MM", files their ids.
"""

import re
from collections.abc import Iterator
from typing import Any

from bot.sandbox.slack.limits_blocks import children_of, elements_of
from bot.sandbox.slack.limits_elements import all_options
from bot.sandbox.slack.refusals import NotPossible
from bot.sandbox.slack.state import Block, Values

Element = dict[str, Any]
State = dict[str, Any]
Simple = str | list[str] | None
SimpleValues = dict[str, dict[str, Simple]]  # block_id -> action_id -> value

# Per element type: the key of its state object, and the key of its initial value.
STATEFUL: dict[str, tuple[str, str]] = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "file_input": ("files", "initial_files"),
}
_MANY = frozenset({kind for kind in STATEFUL if kind.startswith("multi_")} | {"checkboxes", "file_input"})


def walk(blocks: list[Block]) -> Iterator[tuple[Block, Element]]:
    """Every element that may carry an action_id, with its block; cards and containers are looked into."""
    for block in blocks:
        yield from walk(children_of(block))
        yield from ((block, element) for element in elements_of(block))


def find(
    blocks: list[Block], user: str, action_id: str, *, block_id: str | None = None, value: str | None = None
) -> tuple[Block, Element]:
    """The one element with this action_id that `user` can see. `value` tells buttons of several rows apart.

    Raises NotPossible when there is none, or when several fit and neither block_id nor value picks one.
    """
    fitting = [
        (block, element)
        for block, element in walk(blocks)
        if element.get("action_id") == action_id and block_id in (None, block.get("block_id"))
    ]
    if not fitting:
        shown = sorted({str(element.get("action_id")) for _, element in walk(blocks) if element.get("action_id")})
        raise NotPossible(f"There is no element {action_id!r} here. There are: {', '.join(shown) or 'none'}.")
    seen = [pair for pair in fitting if user in (pair[1].get("visible_to_user_ids") or [user])]
    if not seen:
        raise NotPossible(f"{user} does not see the element {action_id!r}.")
    if value is not None and seen[0][1].get("type") in {"button", "icon_button"}:
        seen = [pair for pair in seen if pair[1].get("value") == value]
    if len(seen) != 1:
        raise NotPossible(f"{len(seen)} elements are called {action_id!r} with value {value!r}: give a block_id.")
    return seen[0]


def initial_values(blocks: list[Block]) -> Values:
    """`state.values` of a surface nobody touched yet."""
    values: Values = {}
    for block, element in walk(blocks):
        if element.get("type") in STATEFUL:
            values.setdefault(block["block_id"], {})[element["action_id"]] = _initial_state(element)
    return values


def _initial_state(element: Element) -> State:
    kind = element["type"]
    name, initial = STATEFUL[kind]
    return {"type": kind, name: element.get(initial) or ([] if kind in _MANY else None)}


def carried_over(old: Values, blocks: list[Block]) -> Values:
    """`state.values` after an update: an element that kept its block_id, action_id and type keeps what was typed."""
    values = initial_values(blocks)
    for block_id, actions in values.items():
        for action_id, state in actions.items():
            before = old.get(block_id, {}).get(action_id)
            if before is not None and before["type"] == state["type"]:
                actions[action_id] = before
    return values


def state_of(element: Element, simple: Simple, *, offered: dict[str, Any]) -> State:
    """Slack's state object for a simple value.

    offered: option objects by value that an external select was given, and file objects by id.
    Raises NotPossible for an option the element does not have.
    """
    kind = str(element["type"])
    name, _ = STATEFUL[kind]
    chosen = _as_list(simple)
    if not chosen:
        return {"type": kind, name: [] if kind in _MANY else None}
    if kind in _MANY:
        most = element.get("max_selected_items") or element.get("max_files") or len(chosen)
        if len(chosen) > most:
            raise NotPossible(f"{element['action_id']!r} takes at most {most}, not {len(chosen)}.")
        return {"type": kind, name: [_one(element, name, value, offered) for value in chosen]}
    return {"type": kind, name: _one(element, name, chosen[0], offered)}


def _as_list(simple: Simple) -> list[str]:
    if simple is None or simple == "":
        return []
    return [str(value) for value in simple] if isinstance(simple, list | tuple | set) else [str(simple)]


def _one(element: Element, name: str, value: str, offered: dict[str, Any]) -> Any:
    if name in {"selected_option", "selected_options", "files"}:
        return option_of(element, value, offered)
    if name == "selected_date_time":
        return int(value)
    if name == "rich_text_value":
        section = {"type": "rich_text_section", "elements": [{"type": "text", "text": value}]}
        return {"type": "rich_text", "elements": [section]}
    return value


def option_of(element: Element, value: str, offered: dict[str, Any]) -> Any:
    """The option object with this value, from the element itself or from what it was offered."""
    own = [*all_options(element), *(element.get("initial_options") or []), element.get("initial_option")]
    for option in own:
        if option is not None and option["value"] == value:
            return option
    if value in offered:
        return offered[value]
    raise NotPossible(f"{element.get('action_id')!r} has no option {value!r}.")


def complaints(blocks: list[Block], values: Values) -> dict[str, str]:
    """What Slack's client says under each input block instead of submitting; empty when it would submit."""
    found = {}
    for block, element in walk(blocks):
        if block.get("type") == "input":
            state = values.get(block["block_id"], {}).get(element["action_id"], {})
            complaint = _complaint(block, element, state.get(STATEFUL[element["type"]][0]))
            if complaint:
                found[block["block_id"]] = complaint
    return found


def _complaint(block: Block, element: Element, value: Any) -> str | None:
    if not value:
        return None if block.get("optional") else "Please complete this required field."
    kind = element["type"]
    if kind == "email_text_input" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
        return "Please enter a valid email address."
    if kind == "url_text_input" and not re.match(r"https?://\S+\.\S+", value):
        return "Please enter a valid URL."
    if kind == "number_input":
        return _number_complaint(element, value)
    if kind == "plain_text_input":
        return _length_complaint(element, value)
    return None


def _length_complaint(element: Element, value: str) -> str | None:
    least, most = element.get("min_length") or 0, element.get("max_length") or 3_000
    if len(value) < least:
        return f"Please enter at least {least} characters."
    return f"Please enter at most {most} characters." if len(value) > most else None


def _number_complaint(element: Element, value: str) -> str | None:
    pattern = r"-?\d+(\.\d+)?" if element.get("is_decimal_allowed") else r"-?\d+"
    if not re.fullmatch(pattern, value):
        return "Please enter a valid number."
    if element.get("min_value") is not None and float(value) < float(element["min_value"]):
        return f"Please enter a number that is {element['min_value']} or more."
    if element.get("max_value") is not None and float(value) > float(element["max_value"]):
        return f"Please enter a number that is {element['max_value']} or less."
    return None
