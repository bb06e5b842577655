"""A whole mail as it travels (RFC 5322), read to what we use of it."""

from contextlib import suppress
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime

from bot.outreach.inbound import LONGEST_TEXT, MOST_REFERENCES, InboundMail

_ROBOTS = frozenset({"auto_reply", "bulk", "junk", "list"})


def parse_mime(raw: bytes) -> InboundMail:
    """The mail in these bytes; of garbage whatever can be read."""
    try:
        message = message_from_bytes(raw, policy=policy.default)
        return _read(message)
    except Exception:  # the standard library's parser raises many kinds at what spammers write
        return InboundMail("", ())


def _read(message: EmailMessage) -> InboundMail:
    name, sender = next(iter(getaddresses([str(message.get("From", ""))])), ("", ""))
    named = [str(each) for field in ("To", "Cc", "Delivered-To") for each in message.get_all(field, [])]
    return InboundMail(
        from_email=sender,
        from_name=name,
        to=tuple(address for _, address in getaddresses(named) if address),
        subject=str(message.get("Subject", "")),
        text=_body(message, "plain"),
        html=_body(message, "html"),
        message_id=next(iter(_ids(message, "Message-ID")), ""),
        in_reply_to=next(iter(_ids(message, "In-Reply-To")), ""),
        references=tuple(_ids(message, "References")[-MOST_REFERENCES:]),
        sent_at=_date(message),
        is_automatic=_is_automatic(message),
        is_report=message.get_content_type() == "multipart/report",
        attachments=tuple(file for part in message.iter_attachments() if (file := part.get_filename())),
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content())[:LONGEST_TEXT] if part is not None else ""


def _ids(message: EmailMessage, field: str) -> list[str]:
    return [each.strip("<>,") for each in str(message.get(field, "")).replace("><", "> <").split()]


def _date(message: EmailMessage) -> datetime | None:
    with suppress(ValueError, TypeError, OverflowError):
        at = parsedate_to_datetime(str(message.get("Date", "")))
        return at if at.tzinfo else None
    return None


def _is_automatic(message: EmailMessage) -> bool:
    said = str(message.get("Auto-Submitted", "no")).partition(";")[0].strip().lower()
    robot = str(message.get("Precedence", "")).strip().lower() in _ROBOTS
    return said != "no" or robot or "X-Autoreply" in message or "X-Autorespond" in message or "List-Id" in message
