"""The webhook's events as objects: what every kind tells, reference/sendgrid.md, sections 5.2 to 5.5."""

from collections.abc import Mapping
from datetime import datetime
from secrets import token_urlsafe
from typing import Any

from bot.sandbox.sendgrid.mails import SentMail

PERSON = {"useragent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/128.0", "ip": "203.0.113.9"}
APPLE_PROXY = {"useragent": "Mozilla/5.0", "ip": "17.58.97.20", "sg_machine_open": True}
_NODE = {"ip": "149.72.1.1", "tls": 1}
_HARD = {
    "type": "bounce",
    "bounce_classification": "Invalid Address",
    "status": "5.1.1",
    "reason": "550 5.1.1 The email account that you tried to reach does not exist",
}
_BLOCKED = {
    "type": "blocked",
    "bounce_classification": "Mailbox Unavailable",
    "status": "5.2.2",
    "reason": "552 5.2.2 The recipient's mailbox is over quota",
}
_TOLD: dict[str, dict[str, Any]] = {
    "processed": {"send_at": 0},
    "dropped": {"reason": "Bounced Address", "status": "5.0.0"},
    "deferred": {"response": "451 4.7.1 Greylisted, try again later", "attempt": "0", "from": "", **_NODE},
    "delivered": {"response": "250 2.0.0 OK", **_NODE},
    "bounce": _NODE,
    "open": {**PERSON, "sg_content_type": "html"},
    "click": {**PERSON, "url_offset": {"index": 0, "type": "html"}},
    "unsubscribe": PERSON,
    "group_unsubscribe": PERSON,
    "group_resubscribe": PERSON,
}
_WITH_SMTP_ID = frozenset({"processed", "dropped", "deferred", "delivered", "bounce"})
_BY_ADDRESS = {"spamreport": "Spam Reporting Address", "unsubscribe": "Unsubscribed Address"}


def event_of(mail: SentMail, event: str, at: datetime, fields: Mapping[str, Any]) -> dict[str, Any]:
    """One event about a mail, its custom args at the top level and SendGrid's own keys over them.

    fields: over the usual ones; None leaves a key out, as an asynchronous bounce comes without its `sg_message_id`.
    An account's event is about no mail and tells nothing of one.
    """
    own = {"event": event, "timestamp": int(at.timestamp()), "sg_event_id": token_urlsafe(16)}
    if event == "account_status_change":
        return {**own, "type": "compliance_suspend", **fields}
    told = {"email": mail.to, **own, "sg_message_id": mail.sg_message_id, **_TOLD.get(event, {})}
    if event in _WITH_SMTP_ID:
        told["smtp-id"] = mail.smtp_id
    if event == "bounce":
        told |= _BLOCKED if fields.get("type") == "blocked" else _HARD
    if event == "deferred":
        told["domain"] = mail.to.rpartition("@")[2]
    everything = {**mail.custom_args, **told, **fields}
    return {key: value for key, value in everything.items() if value is not None}


def drop_reason_after(event: Mapping[str, Any]) -> str:
    """Why later mail to this event's address is dropped; empty when it is not (sections 5.4 and 5.5)."""
    if event["event"] == "bounce":
        return "Bounced Address" if event.get("type") == "bounce" else ""
    return _BY_ADDRESS.get(event["event"], "")
