"""Reading what was built: its buttons, its words, and whether Slack and its readers are safe with it."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from blocks.message import Message
from bot.sandbox.slack.limits import message_errors, view_errors

MOST_MESSAGE_TEXT = 12_000
_TOKENS = re.compile(
    r"<!date\^-?\d+\^\{date_short_pretty\} \{time\}\|\d{4}-\d\d-\d\d \d\d:\d\d [\w+:-]+>"
    r"|<@[UW][A-Z0-9]+>"
    r"|<#C[A-Z0-9]+>"
    r"|<https?://[^\s<>|]+\|[^<>|\n]+>"
)
_LOOSE = re.compile(r"[<>]|&(?!(?:amp|lt|gt);| )")  # an ampersand before a blank begins nothing
_UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066\u2067\ufeff]")


def walk(value: Any) -> Iterator[dict[str, Any]]:
    """Every object inside, outermost first."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from walk(item)


def elements(of: Any, kind: str = "") -> list[dict[str, Any]]:
    """Everything with an action id."""
    return [item for item in walk(of) if "action_id" in item and kind in ("", item["type"])]


def element(of: Any, action_id: str) -> dict[str, Any] | None:
    return next((item for item in elements(of) if item["action_id"] == action_id), None)


def labels(of: Any) -> list[str]:
    """The words on all buttons."""
    return [item["text"]["text"] for item in elements(of, "button")]


def words(of: Any) -> str:
    """All text, in the order it is read."""
    return "\n".join(item["text"] for item in walk(of) if isinstance(item.get("text"), str))


def offered(of: Any, action_id: str) -> list[str]:
    found = element(of, action_id)
    return [option["value"] for option in found["options"]] if found else []


def assert_fit_view(view: Mapping[str, Any]) -> None:
    """Slack takes it, readers are safe with it."""
    assert [str(problem) for problem in view_errors(dict(view))] == []
    assert len(view["blocks"]) <= 100
    assert len(view.get("private_metadata", "")) <= 3_000
    _assert_fit(view)


def assert_fit_message(message: Message) -> None:
    body = message.body()
    assert [str(problem) for problem in message_errors(body, update=True)] == []
    assert body["text"].strip()
    assert len(body["blocks"]) < 50
    assert len(words(body["blocks"])) <= MOST_MESSAGE_TEXT
    _assert_inert(body["text"])
    _assert_fit(body)


def _assert_fit(built: Mapping[str, Any]) -> None:
    json.dumps(built).encode()
    for item in walk(built):
        if item.get("type") == "mrkdwn":
            assert item["verbatim"] is True
            _assert_inert(item["text"])
        elif item.get("type") == "plain_text":
            assert not _LOOSE.search(item["text"]), item["text"]
            _assert_seen(item["text"])
        if "url" in item:
            assert item["url"].startswith(("https://", "http://"))


def _assert_inert(text: str) -> None:
    """No markup but our own tokens, no line that flips its neighbours."""
    assert not _LOOSE.search(_TOKENS.sub("", text)), text[:500]
    _assert_seen(text)


def _assert_seen(text: str) -> None:
    assert not _UNSEEN.search(text), ascii(text[:500])
    assert text.count("\u2068") == text.count("\u2069"), ascii(text[:500])
