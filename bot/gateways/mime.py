"""Mails as bytes, read into what the house knows of a mail. Strangers write them, so nothing in them is an error.

The standard library's parser keeps every line as an object and nests generators by depth: a mail made for it costs
minutes and gigabytes. Parts are found here by their delimiters instead, so the work is bounded by the mail's size.
"""

import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.gateways.mime_values import (
    LONGEST_ID,
    decoded,
    from_base64,
    header_text,
    message_ids,
    moment,
    parameters,
    parties,
    unflowed,
)
from bot.outreach.inbound import LONGEST_TEXT, MOST_REFERENCES, InboundMail

LONGEST_SUBJECT = 1_000
LONGEST_NAME = 200
MOST_ADDRESSES = 100
MOST_ATTACHMENTS = 50
MOST_PARTS = 500
DEEPEST = 20
_HEAD_BYTES, _PART_HEAD_BYTES = 256_000, 8_000
_ENCODED_BYTES = 16 * LONGEST_TEXT  # more than the longest text takes, however it is encoded
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)\n?")
_MBOX_LINE = re.compile(rb"\n*(?:>?From [^\n]*\n)?")
_NAMING = (b"to", b"cc", b"delivered-to", b"x-original-to", b"envelope-to")
_DAEMONS = ("mailer-daemon", "postmaster", "mail-daemon")
_PRECEDENCES = frozenset({"auto_reply", "bulk", "junk"})  # not `list`: people write through groups, too
Head = Mapping[bytes, list[bytes]]  # values as they stand, by name in small letters


@dataclass
class _Content:
    """What is read of the parts, and how many may still be looked at."""

    texts: dict[str, list[str]] = field(default_factory=lambda: {"text/plain": [], "text/html": []})
    attachments: list[str] = field(default_factory=list)
    parts_left: int = MOST_PARTS

    def text(self, kind: str) -> str:
        """Every text of the kind."""
        return "\n".join(self.texts[kind])[:LONGEST_TEXT]


def parse_mime(raw: bytes) -> InboundMail:
    """The mail in these bytes, as far as it can be read; never raises, and takes a bounded time.

    Texts have `\\n` line breaks. Texts of several parts follow each other. An attached mail is an attachment, and an
    attachment without a name is told by its type. sent_at may lie in the future.
    """
    raw = raw.replace(b"\r\n", b"\n")
    start = _MBOX_LINE.match(raw)
    head, body = _head(raw, start.end() if start else 0, len(raw), _HEAD_BYTES)
    content = _Content()
    _walk(raw, head, body, len(raw), content, DEEPEST, "text/plain")
    senders = parties(_first(head, b"from"))
    name, address = senders[0] if senders else ("", "")
    automatic, is_report = _by_machine(head, address)
    return InboundMail(
        from_email=address,
        from_name=name[:LONGEST_NAME],
        to=_named(head),
        subject=header_text(_first(head, b"subject"), LONGEST_SUBJECT),
        text=content.text("text/plain"),
        html=content.text("text/html"),
        message_id=_id(_first(head, b"message-id")),
        in_reply_to=next(iter(message_ids(_first(head, b"in-reply-to"))), ""),
        references=_references(head),
        sent_at=moment(_first(head, b"date")),
        is_automatic=automatic,
        is_report=is_report,
        attachments=tuple(content.attachments[:MOST_ATTACHMENTS]),
    )


def _head(raw: bytes, start: int, end: int, most_bytes: int) -> tuple[Head, int]:
    """The header fields that begin there, and where the body does. A line that is no field begins the body."""
    found: dict[bytes, list[bytes]] = {}
    stop, at = min(end, start + most_bytes), start
    while (line := _FIELD.match(raw, at, stop)) is not None:
        found.setdefault(line[1].lower(), []).append(line[2])
        at = line.end()
    if at < stop or at == end:
        return found, at + 1 if raw[at : min(at + 1, end)] == b"\n" else at
    blank = raw.find(b"\n\n", max(at - 1, start), end)
    return found, end if blank < 0 else blank + 2


def _walk(raw: bytes, head: Head, start: int, end: int, content: _Content, deepest: int, default: str) -> None:
    """Read the part between start and end. default: its type when it tells none."""
    kind, told = parameters(_first(head, b"content-type"))
    kind = kind if "/" in kind else default
    if kind.startswith("multipart/"):
        if not deepest or content.parts_left <= 0:
            return
        default = "message/rfc822" if kind == "multipart/digest" else "text/plain"
        inside = _between(raw, told.get("boundary", "").encode(), start, end, content)
        for part_start, part_end in inside:
            part, body = _head(raw, part_start, part_end, _PART_HEAD_BYTES)
            _walk(raw, part, body, part_end, content, deepest - 1, default)
        if inside:
            return
        kind = "text/plain"  # nothing divides it, so it is read as it stands
    _leaf(raw[start : min(end, start + _ENCODED_BYTES)], head, kind, told, content)


def _between(raw: bytes, boundary: bytes, start: int, end: int, content: _Content) -> list[tuple[int, int]]:
    """Where the parts lie; a last one without its closing delimiter goes to the end."""
    if not boundary:
        return []
    delimiter = re.compile(rb"\n--" + re.escape(boundary) + rb"(--)?[ \t]*(?=\n|\Z)")
    found: list[tuple[int, int]] = []
    begun: int | None = None
    for line in delimiter.finditer(raw, max(start - 1, 0), end):
        if begun is not None:
            found.append((begun, max(line.start(), begun)))
            content.parts_left -= 1
        begun = None if line[1] else min(line.end() + 1, end)
        if line[1] or content.parts_left <= 0:
            return found
    return found if begun is None else [*found, (begun, end)]


def _leaf(octets: bytes, head: Head, kind: str, told: Mapping[str, str], content: _Content) -> None:
    placing, disposition = parameters(_first(head, b"content-disposition"))
    name = disposition.get("filename") or told.get("name") or ""
    known = content.texts.get(kind)
    is_attached = placing == "attachment" or kind == "message/rfc822"
    if known is None or is_attached or (name and known):
        if name or is_attached:
            content.attachments.append(re.split(r"[\\/]", name)[-1][:LONGEST_NAME] or kind[:LONGEST_NAME])
    elif sum(map(len, known)) < LONGEST_TEXT:
        known.append(_text(octets, head, told))


def _text(octets: bytes, head: Head, told: Mapping[str, str]) -> str:
    text = decoded(_unencoded(octets, _first(head, b"content-transfer-encoding")), told.get("charset", ""))
    text = text.replace("\r\n", "\n").replace("\r", "\n")[:LONGEST_TEXT]
    if told.get("format", "").lower() != "flowed":
        return text
    return unflowed(text, is_delsp=told.get("delsp", "").lower() == "yes")


def _unencoded(octets: bytes, encoding: bytes) -> bytes:
    match encoding.strip().lower():
        case b"base64":
            return from_base64(octets)
        case b"quoted-printable":
            return binascii.a2b_qp(octets)
    return octets


def _by_machine(head: Head, sender: str) -> tuple[bool, bool]:
    """Whether no person wrote it, and whether it tells of another mail's delivery.

    Answers in somebody's absence have no return path either (RFC 3834), so that alone makes a report only of what
    does not call itself automatic.
    """
    said = parameters(_first(head, b"auto-submitted"))[0].partition("(")[0].strip()
    marks = [_word(head, name) for name in (b"x-autoreply", b"x-autorespond")]
    automatic = said not in {"", "no"} or any(mark not in {"", "no"} for mark in marks)
    automatic = automatic or _word(head, b"precedence") in _PRECEDENCES
    unreturnable = b"".join(_first(head, b"return-path").split()) == b"<>"
    is_daemon = sender.lower().partition("@")[0] in _DAEMONS
    kind = parameters(_first(head, b"content-type"))[0]
    is_report = kind == "multipart/report" or b"x-failed-recipients" in head
    is_report = is_report or (unreturnable and (is_daemon or not automatic))
    return automatic or unreturnable or is_report, is_report


def _named(head: Head) -> tuple[str, ...]:
    """Everybody it names or was delivered to, each once."""
    found: dict[str, str] = {}
    for name in _NAMING:
        for value in head.get(name, [])[:MOST_ADDRESSES]:
            for _, address in parties(value):
                found.setdefault(address.casefold(), address)
    return tuple(found.values())[:MOST_ADDRESSES]


def _references(head: Head) -> tuple[str, ...]:
    """Of a long thread the first and the newest."""
    found = tuple(dict.fromkeys(message_ids(b" ".join(head.get(b"references", [])))))
    return found if len(found) <= MOST_REFERENCES else (found[0], *found[1 - MOST_REFERENCES :])


def _id(octets: bytes) -> str:
    """Its own id; one without an @ counts as well, as it is only compared."""
    return next(iter(message_ids(octets)), "") or "".join(header_text(octets, LONGEST_ID).strip("<> ").split())


def _word(head: Head, name: bytes) -> str:
    return header_text(_first(head, name)).lower()


def _first(head: Head, name: bytes) -> bytes:
    return head.get(name, [b""])[0]
