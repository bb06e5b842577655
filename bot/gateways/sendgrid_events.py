"""SendGrid's event webhook: whose a delivery is, and what its events say."""

import base64
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bot.gateways.sendgrid import MAIL_ID_ARG
from bot.gateways.strict_json import LONGEST_NUMBER, strict_json

LONGEST_TEXT = 2_000
FRESH_FOR = timedelta(hours=24, minutes=10)  # SendGrid tries for a day, and may not sign anew what it tries again
CLOCKS_DIFFER = timedelta(minutes=10)
_ALGORITHM = ec.ECDSA(hashes.SHA256())
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
# Elsewhere a `type` is somebody's custom argument: delivered mails were seen with `"type": "email"`.
_TYPED = frozenset({"bounce", "account_status_change"})


@dataclass(frozen=True, slots=True)
class SendGridEvent:
    """One event. Texts are empty when not told, and cut at `LONGEST_TEXT`; raw is the whole event.

    event: in small letters. second_key: the same for the same event told again, even under a new id. mail_id: ours.
    message_id: the `X-Message-Id` of the call. smtp_id: with <>. type: of a bounce or an account's change. is_machine:
    opened by a mailbox's own proxy.
    """

    event: str
    second_key: str
    email: str
    mail_id: str
    message_id: str
    smtp_id: str
    at: datetime | None
    type: str
    reason: str
    status: str
    classification: str
    response: str
    url: str
    useragent: str
    ip: str
    is_machine: bool
    raw: Mapping[str, Any]

    @property
    def key(self) -> str:
        """The same for the same event delivered again."""
        return _key(self.raw)

    @property
    def body(self) -> bytes:
        """The event alone, as `split_batch` writes it."""
        return _compact(self.raw)


def _compact(told: Mapping[str, Any]) -> bytes:
    return json.dumps(told, separators=(",", ":")).encode()


def load_key(printed: str) -> ec.EllipticCurvePublicKey:
    """The key as SendGrid's page prints it: base64 of a DER SubjectPublicKeyInfo. Raises ValueError."""
    try:
        key = serialization.load_der_public_key(base64.b64decode("".join(printed.split()), validate=True))
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("This is no key of SendGrid's signed webhook. Copy it again, without BEGIN and END lines.")
    return key


def is_signed(key: ec.EllipticCurvePublicKey, body: bytes, *, signature: str, timestamp: str) -> bool:
    """Whether SendGrid signed this very body, down to its last line break, at this time. Both texts are headers."""
    if _moment(timestamp) is None:  # time and body are signed without a mark between: its digits could be moved over
        return False
    try:
        key.verify(base64.b64decode(signature, validate=True), timestamp.encode() + body, _ALGORITHM)
    except (InvalidSignature, ValueError):
        return False
    return True


def is_fresh(timestamp: str, now: datetime, within: timedelta = FRESH_FOR) -> bool:
    """Whether a signature's time, in Unix seconds, is at most `within` ago and no more than `CLOCKS_DIFFER` ahead."""
    at = _moment(timestamp)
    return at is not None and now - within <= at <= now + CLOCKS_DIFFER


def split_batch(raw: bytes) -> list[bytes] | None:
    """Each event of a delivery as compact JSON; what is no object is left out.

    None when the body is no JSON array, or one without any object in it. Odd bytes and numbers that cannot be kept
    cost their own event at most, never the batch: strangers write the user agents in it.
    """
    try:
        rows = _lenient.decode(raw.decode(json.detect_encoding(raw), "replace"))
        if not isinstance(rows, list):
            return None
        events = [_compact(row) for row in rows if isinstance(row, dict)]
    except (ValueError, RecursionError):
        return None
    return events if events or not rows else None


def parse_batch(raw: bytes) -> Sequence[SendGridEvent | bytes] | None:
    """Each event of a delivery; one that could not be stored as its bytes. None for what `split_batch` cannot split."""
    rows = _strictly(raw)
    if isinstance(rows, list) and any(isinstance(row, dict) for row in rows):
        return [_event(row) for row in rows if isinstance(row, dict)]
    events = split_batch(raw)
    return None if events is None else [parse_event(each) or each for each in events]


def parse_event(raw: bytes) -> SendGridEvent | None:
    """One event; None for what is not a JSON object or could not be stored (NaN, too deep, too long)."""
    told = _strictly(raw)
    return _event(told) if isinstance(told, dict) else None


def _strictly(raw: bytes) -> Any:
    try:
        return strict_json(raw)
    except (ValueError, RecursionError):
        return None


def _event(told: Mapping[str, Any]) -> SendGridEvent:
    event = _text(told, "event").lower()
    return SendGridEvent(
        event=event,
        second_key=_second_key(told, event),
        email=_text(told, "email"),
        mail_id=_text(told, MAIL_ID_ARG),
        message_id=_text(told, "sg_message_id").partition(".")[0],
        smtp_id=_bracketed(_text(told, "smtp-id")),
        at=_moment(_text(told, "timestamp")),
        type=_text(told, "type").lower() if event in _TYPED else "",
        reason=_text(told, "reason"),
        status=_text(told, "status"),
        classification=_text(told, "bounce_classification"),
        response=_text(told, "response"),
        url=_text(told, "url"),
        useragent=_text(told, "useragent"),
        ip=_text(told, "ip"),
        is_machine=told.get("sg_machine_open") is True,
        raw=told,
    )


def _key(told: Mapping[str, Any]) -> str:
    return _digest(_text(told, "sg_event_id") or json.dumps(told, sort_keys=True))


def _second_key(told: Mapping[str, Any], event: str) -> str:
    """The first key without a time: repetition could not be told from news."""
    at = _text(told, "timestamp")
    if not at:
        return _key(told)
    email = _text(told, "email").lower()
    which = _text(told, "url") or _text(told, "attempt")
    return _digest("\0".join((_text(told, "sg_message_id"), email, event, at, which)))


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name, "")
    if not isinstance(value, str):
        value = str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""
    return value.strip()[:LONGEST_TEXT]


def _bracketed(smtp_id: str) -> str:
    bare = smtp_id.strip("<> ")
    return f"<{bare}>" if bare else ""


def _moment(seconds: str) -> datetime | None:
    whole = seconds.removesuffix(".0")
    if not whole.isascii() or not whole.isdigit() or len(whole) > len("9999999999"):
        return None
    at = datetime.fromtimestamp(int(whole), UTC)
    return at if _EARLIEST <= at < _LATEST else None


def _int_or_nan(digits: str) -> float:
    """What is too long is written out again as NaN, which `parse_event` refuses."""
    return int(digits) if len(digits) <= LONGEST_NUMBER else math.nan


_lenient = json.JSONDecoder(parse_int=_int_or_nan, strict=False)
