"""A method's arguments, from wherever they came: strings in a query, real types in JSON."""

import base64
from collections.abc import Sequence
from typing import Any, TypeVar

from bot.sandbox.slack.refusals import SlackError

T = TypeVar("T")


class Arguments(dict[str, Any]):
    """The arguments of one call. The readers refuse with Slack's `invalid_arguments`."""

    def need(self, name: str) -> str:
        """A string that must be there."""
        value = self.get(name)
        if value is None or value == "":
            raise _invalid(f"missing required field: {name}", name)
        return str(value)

    def text(self, name: str) -> str | None:
        value = self.get(name)
        return None if value is None or value == "" else str(value)

    def flag(self, name: str) -> bool:
        return str(self.get(name, "")).lower() in {"1", "true"}

    def listed(self, name: str) -> list[str]:
        """A list, or a comma-joined string, as a list."""
        value = self.get(name) or []
        return [str(item).strip() for item in (value.split(",") if isinstance(value, str) else value)]

    def object(self, name: str) -> dict[str, Any]:
        value = self.get(name)
        if not isinstance(value, dict):
            raise _invalid("must be an object", name)
        return value

    def whole(self, name: str, default: int) -> int:
        try:
            return int(self.get(name) or default)
        except (TypeError, ValueError):
            raise _invalid("must be an integer", name) from None


def _invalid(message: str, name: str) -> SlackError:
    messages = [f"[ERROR] {message} [json-pointer:/{name}]"]
    return SlackError("invalid_arguments", response_metadata={"messages": messages})


def paged(items: Sequence[T], arguments: Arguments, *, default: int, most: int) -> tuple[list[T], dict[str, Any]]:
    """One page of the items and the `response_metadata` that names the next one."""
    limit = arguments.whole("limit", default)
    if not 1 <= limit <= most:
        raise SlackError("invalid_limit")
    start = _offset(arguments.text("cursor"))
    more = start + limit < len(items)
    cursor = base64.b64encode(f"next:{start + limit}".encode()).decode() if more else ""
    return list(items[start : start + limit]), {"response_metadata": {"next_cursor": cursor}}


def _offset(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        return int(base64.b64decode(cursor).decode().removeprefix("next:"))
    except ValueError:
        raise SlackError("invalid_cursor") from None
