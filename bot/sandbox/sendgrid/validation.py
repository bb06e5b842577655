"""Whether SendGrid would take a `mail/send` body: its rules, with the field and the words of its refusals.

Source: reference/sendgrid.md, sections 1 and 2.3.
"""

import binascii
import re
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

MOST_RECIPIENTS = 1000
MOST_CUSTOM_BYTES = 10_000
LONGEST_ADDRESS = 320
FURTHEST = timedelta(hours=72)
_HELP = "http://sendgrid.com/docs/API_Reference/Web_API_v3/Mail/errors.html#"
_ADDRESS = re.compile(r"[^@\s\x00-\x1f\x7f\"\\()\[\]<>,:;]{1,64}@[\w-]+(?:\.[\w-]+)+")
_RESERVED = frozenset(
    {
        "x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding", "to", "from",
        "subject", "reply-to", "cc", "bcc",
    }
)  # fmt: skip


class WrongType(Exception):
    """Some value has another JSON type than the API knows: the bare `Bad Request`."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One rule the body breaks. anchor: in the help page, empty: none."""

    field: str
    message: str
    anchor: str = ""

    def as_json(self) -> dict[str, Any]:
        """As it stands in `errors`."""
        return {"message": self.message, "field": self.field, "help": f"{_HELP}{self.anchor}" if self.anchor else None}


def problems_of(body: Mapping[str, Any], now: datetime) -> list[Problem]:
    """Everything wrong with the body, in no order to rely on. Raises `WrongType`."""
    blocks = [_mapping(block) for block in _items(body, "personalizations")]
    checks = (
        _personalizations(blocks), _sender(body, blocks), _reply_to(body), _subject(body, blocks), _content(body),
        _custom_args(body, blocks), _headers(body, blocks), _attachments(body), _timing(body, now), _settings(body),
    )  # fmt: skip
    return [problem for check in checks for problem in check]


def is_sandboxed(body: Mapping[str, Any]) -> bool:
    """Whether the mail is only to be checked."""
    return _mapping(_mapping(body.get("mail_settings")).get("sandbox_mode")).get("enable") is True


def recipients_of(block: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Everybody a personalization writes to: to, then cc, then bcc."""
    return [_mapping(each) for kind in ("to", "cc", "bcc") for each in _items(block, kind)]


def _personalizations(blocks: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    anchor = "message.personalizations"
    if not blocks:
        words = "The personalizations field is required and must have at least one personalization."
        yield Problem("personalizations", words, "-Personalizations-Errors")
    if len(blocks) > MOST_RECIPIENTS:
        words = "The personalization block is limited to 1000 personalizations per API request."
        yield Problem("personalizations", f"{words} You have provided {len(blocks)} personalizations.", anchor)
    elif sum(len(recipients_of(block)) for block in blocks) > MOST_RECIPIENTS:
        words = "There is a limit of 1000 total recipients (to + cc + bcc) per request."
        yield Problem("personalizations", words, anchor)
    for index, block in enumerate(blocks):
        yield from _recipients(f"personalizations.{index}", block)


def _recipients(path: str, block: Mapping[str, Any]) -> Iterator[Problem]:
    anchor = "message.personalizations.to"
    if not _items(block, "to"):
        yield Problem(f"{path}.to", "The to parameter is required for all personalization objects.", anchor)
    for kind in ("to", "cc", "bcc"):
        for index, person in enumerate(_items(block, kind)):
            if not _is_address(_address(person)):
                yield Problem(f"{path}.{kind}.{index}.email", "Does not contain a valid address.", anchor)
            if re.search("[,;]", _text(_mapping(person).get("name"))):
                yield Problem(f"{path}.{kind}.{index}.name", "The name must not contain a comma or a semicolon.")
    times = Counter(_address(person).lower() for person in recipients_of(block))
    twice = [address for address, count in times.items() if count > 1]
    if twice:
        words = "Each unique email address in the personalizations array should only be included once."
        yield Problem("personalizations", f"{words} You have included [{twice[0]}] more than once.", anchor)


def _sender(body: Mapping[str, Any], blocks: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    if not body.get("from"):
        words = "The from object must be provided for every email send. It is an object that requires the email key."
        yield Problem("from.email", words, "message.from")
    for sender in [holder["from"] for holder in (body, *blocks) if holder.get("from")]:
        address = _address(sender)
        if not address.isascii() or not _is_address(address):
            yield Problem("from.email", "The from email does not contain a valid address.", "message.from")


def _reply_to(body: Mapping[str, Any]) -> Iterator[Problem]:
    if body.get("reply_to") and body.get("reply_to_list"):
        yield Problem("reply_to", "Only one of reply_to and reply_to_list may be given.", "message.reply_to")
    given = [body["reply_to"]] if body.get("reply_to") else _items(body, "reply_to_list")
    if not all(_is_address(_address(person)) for person in given):
        yield Problem("reply_to.email", "The reply_to email does not contain a valid address.", "message.reply_to")


def _subject(body: Mapping[str, Any], blocks: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    subjects = [_text(block.get("subject")) for block in blocks]
    everywhere = bool(subjects) and all(subjects)
    if not (_text(body.get("subject")) or everywhere or body.get("template_id")):
        words = (
            "The subject is required. You can get around this requirement if you use a template with a subject "
            "defined or if every personalization has a subject defined."
        )
        yield Problem("subject", words, "message.subject")


def _content(body: Mapping[str, Any]) -> Iterator[Problem]:
    parts = [_mapping(part) for part in _items(body, "content")]
    if not parts and not body.get("template_id"):
        words = "Unless a valid template_id is provided, the content parameter is required."
        yield Problem("content", f"{words} There must be at least one defined content block.", "message.content")
    for index, part in enumerate(parts):
        if not _text(part.get("type")):
            yield Problem(f"content.{index}.type", "The content type must be a string.", "message.content.type")
        if not _text(part.get("value")):
            words = "The content value must be a string at least one character in length."
            yield Problem(f"content.{index}.value", words, "message.content.value")
    order = {"text/plain": 0, "text/html": 1}
    ranks = [order.get(_text(part.get("type")), 2) for part in parts]
    if ranks != sorted(ranks):
        words = "If present, text/plain must be first, then text/html, then any other type (RFC 1341, section 7.2)."
        yield Problem("content", words, "message.content")


def _custom_args(body: Mapping[str, Any], blocks: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    common = _mapping(body.get("custom_args"))
    paths = [("custom_args", common)]
    paths += [
        (f"personalizations.{at}.custom_args", _mapping(each.get("custom_args"))) for at, each in enumerate(blocks)
    ]
    for path, given in paths:
        if not all(isinstance(value, str) for value in given.values()):
            yield Problem(path, "All values of custom arguments object must be strings", "message.custom_args")
        if sum(len(f"{key}{value}".encode()) for key, value in (common | given).items()) > MOST_CUSTOM_BYTES:
            yield Problem(path, "The combined size of custom arguments exceeds 10000 bytes.", "message.custom_args")


def _headers(body: Mapping[str, Any], blocks: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    paths = [("headers", _mapping(body.get("headers")))]
    paths += [(f"personalizations.{at}.headers", _mapping(each.get("headers"))) for at, each in enumerate(blocks)]
    for path, given in paths:
        for name, value in given.items():
            if not isinstance(value, str):
                raise WrongType
            if name.lower() in _RESERVED:
                yield Problem(f"{path}.{name}", "Header cannot be one of the reserved keys.", "message.headers")
            elif not name or not name.isascii() or re.search(r"\s", name):
                yield Problem(f"{path}.{name}", "Header names are ASCII without spaces.", "message.headers")


def _attachments(body: Mapping[str, Any]) -> Iterator[Problem]:
    for index, each in enumerate(_items(body, "attachments")):
        try:
            b64decode(_text(_mapping(each).get("content")), validate=True)
        except (binascii.Error, ValueError):
            words = "The attachment content must be base64 encoded."
            yield Problem(f"attachments.{index}.content", words, "message.attachments.content")


def _timing(body: Mapping[str, Any], now: datetime) -> Iterator[Problem]:
    send_at = body.get("send_at")
    if send_at is None:
        return
    if not isinstance(send_at, int) or isinstance(send_at, bool):
        yield Problem("send_at", "The send_at parameter must be a Unix timestamp as an integer.", "message.send_at")
    elif send_at > (now + FURTHEST).timestamp():
        yield Problem("send_at", "Scheduling more than 72 hours in advance is forbidden.", "message.send_at")


def _settings(body: Mapping[str, Any]) -> Iterator[Problem]:
    for group in ("mail_settings", "tracking_settings"):
        for name, setting in _mapping(body.get(group)).items():
            if not isinstance(_mapping(setting).get("enable", False), bool):
                words = f"The {name.replace('_', ' ')} enable param should be a boolean value."
                yield Problem(f"{group}.{name}.enable", words, f"message.{group}.{name}")


def _address(person: Any) -> str:
    """The address of somebody whose name is text too."""
    _text(_mapping(person).get("name"))
    return _text(_mapping(person).get("email"))


def _is_address(text: str) -> bool:
    return len(text) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(text) is not None


def _mapping(value: Any) -> dict[str, Any]:
    """An object, or an empty one for nothing."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise WrongType
    return value


def _items(holder: Mapping[str, Any], key: str) -> list[Any]:
    value = holder.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise WrongType
    return value


def _text(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise WrongType
    return value
