"""SendGrid's Inbound Parse: a form for each mail, with the whole mail in it or its parts (reference/sendgrid.md, 8)."""

import json
from collections.abc import Mapping
from dataclasses import replace

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from bot.gateways.mime import parse_mime
from bot.gateways.mime_values import decoded, parties
from bot.outreach.inbound import LONGEST_TEXT, InboundMail

_RAW = ("email", "rawEmail")
_DAEMON = "mailer-daemon@"
_HEAD = b"Content-Type: "
_BLANK = b"\r\n\r\n"
_MOST_PARTS = 200


def kept_whole(content_type: str, body: bytes) -> bytes:
    """A delivery as it is stored: its form, and above it what tells where each part ends."""
    return _HEAD + content_type.encode("latin-1", "replace") + _BLANK + body


def parse_inbound(kept: bytes) -> InboundMail | None:
    """The mail in a stored delivery; None for what is no such form or names no sender."""
    head, _, body = kept.partition(_BLANK)
    form = _form(head.removeprefix(_HEAD), body)
    raw = next((form[name] for name in _RAW if form.get(name)), None)
    if raw is None and "headers" not in form:
        return None
    mail = parse_mime(raw) if raw is not None else _of_parts(form)
    return _as_delivered(mail, form) if mail.from_email else None


def _form(content_type: bytes, body: bytes) -> dict[str, bytes]:
    """The form's parts by name, the first of each; empty for what is no form. Files are left out but for a mail."""
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        return {}
    reader = _Reader()
    try:
        parser = MultipartParser(boundary, reader.callbacks())  # type: ignore[arg-type]
        parser.write(body)
    except (MultipartParseError, ValueError):
        return {}
    return reader.parts


class _Reader:
    """Gathers the parts of a form."""

    def __init__(self) -> None:
        self.parts: dict[str, bytes] = {}
        self._field = self._value = b""
        self._headers: dict[bytes, bytes] = {}
        self._content = bytearray()

    def callbacks(self) -> Mapping[str, object]:
        """What the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._name,
            "on_header_value": self._said,
            "on_header_end": self._header,
            "on_part_data": self._more,
            "on_part_end": self._end,
        }

    def _begin(self) -> None:
        self._headers, self._content = {}, bytearray()

    def _name(self, chunk: bytes, start: int, end: int) -> None:
        self._field += chunk[start:end]

    def _said(self, chunk: bytes, start: int, end: int) -> None:
        self._value += chunk[start:end]

    def _header(self) -> None:
        self._headers[self._field.lower()] = self._value
        self._field = self._value = b""

    def _more(self, chunk: bytes, start: int, end: int) -> None:
        self._content += chunk[start:end]

    def _end(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        name = options.get(b"name", b"").decode("utf-8", "replace")
        if name and len(self.parts) < _MOST_PARTS:
            self.parts.setdefault(name, bytes(self._content))


def _of_parts(form: Mapping[str, bytes]) -> InboundMail:
    """A mail that came in parts: its header block is read as one, the bodies stand beside it."""
    charsets = _object(form.get("charsets"))
    told = parse_mime(form["headers"].strip() + _BLANK)
    name, sender = next(iter(parties(_text(form, "from", charsets).encode())), ("", ""))
    files = _object(form.get("attachment-info")).values()
    return replace(
        told,
        from_email=told.from_email or sender,
        from_name=told.from_name or name,
        subject=told.subject or _text(form, "subject", charsets),
        text=_text(form, "text", charsets)[:LONGEST_TEXT],
        html=_text(form, "html", charsets)[:LONGEST_TEXT],
        attachments=tuple(str(each.get("filename") or "file") for each in files if isinstance(each, dict)),
    )


def _as_delivered(mail: InboundMail, form: Mapping[str, bytes]) -> InboundMail:
    """With what only the delivery tells: whom it was for, whether a machine bounces it, what speaks for the sender."""
    envelope = _object(form.get("envelope"))
    to = envelope.get("to")
    delivered = [str(each) for each in to] if isinstance(to, list) else []
    return replace(
        mail,
        to=tuple(dict.fromkeys([*delivered, *mail.to])),
        is_automatic=mail.is_automatic or envelope.get("from") == "",
        is_report=mail.is_report or mail.from_email.lower().startswith(_DAEMON),
        spf=_text(form, "SPF", {})[:200],
        dkim=_text(form, "dkim", {})[:200],
    )


def _text(form: Mapping[str, bytes], name: str, charsets: Mapping[str, object]) -> str:
    """A part in its charset; an unknown one is guessed."""
    return decoded(form.get(name, b""), str(charsets.get(name) or ""))


def _object(content: bytes | None) -> Mapping[str, object]:
    try:
        told = json.loads(content or b"{}")
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
