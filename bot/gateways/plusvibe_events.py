"""PlusVibe's webhooks: whose they are, and what they say. Field names differ by event and by age; both are read."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.gateways.plusvibe_wire import moment, number, text
from bot.gateways.strict_json import strict_json
from bot.outreach.quoting import html_to_text
from bot.outreach.unibox import InboundReply, mail_key

# The first is the one seen on live deliveries; integrators also look for the others.
SIGNATURE_HEADERS = ("signature", "x-webhook-signature", "x-plusvibe-signature", "x-signature")
_LABELLED = "LEAD_MARKED_AS_"
_REPLIES = frozenset({"FIRST_EMAIL_REPLIES", "ALL_EMAIL_REPLIES", "ALL_POSITIVE_REPLIES"})
LONGEST_TEXT = 100_000
MOST_STEPS = 1_000
_SENTIMENTS = frozenset({"positive", "neutral", "negative"})
_TIMES = ("replied_date", "sent_on", "date", "modified_at", "created_at")


@dataclass(frozen=True, slots=True)
class PlusVibeEvent:
    """One delivery. Texts are empty when not told.

    event: upper case, such as `EMAIL_SENT`. key: the same for the same news delivered again. email: the lead's, not
    the replier's. step: of its campaign, from 1; 0 when not told. sentiment: positive, neutral, negative or empty.
    is_sample: what PlusVibe sends to a new hook. raw: the whole payload.
    """

    event: str
    key: str
    email: str
    campaign_provider_id: str = ""
    message_id: str = ""
    label: str = ""
    sentiment: str = ""
    subject: str = ""
    bounce_message: str = ""
    step: int = 0
    occurred_at: datetime | None = None
    is_sample: bool = False
    raw: Mapping[str, Any] = field(default_factory=dict)


def verify_signature(secret: str, raw_body: bytes, headers: Mapping[str, str]) -> bool:
    """Whether any signature header holds the hex HMAC-SHA256 of the body, with or without `sha256=`."""
    if not secret:
        return False
    wanted = hmac.new(secret.encode(), raw_body, hashlib.sha256).hexdigest().encode()
    given = {name.lower(): value for name, value in headers.items()}
    return any(hmac.compare_digest(_hex(given[name]), wanted) for name in SIGNATURE_HEADERS if name in given)


def parse_event(raw: bytes) -> PlusVibeEvent | None:
    """The event in a body; None for what is not a JSON object or could not be stored (NaN, too deep, too long)."""
    try:
        payload = strict_json(raw)
    except (ValueError, RecursionError):
        return None
    if not isinstance(payload, dict):
        return None
    event = text(payload.get("webhook_event")).upper()
    email = _first(payload, "email", "lead_email") or _first(payload, _spoken_for(event))
    campaign = _first(payload, "campaign_id", "camp_id")
    message_id = _first(payload, "message_id", "source_message_id")
    sentiment = text(payload.get("sentiment")).lower()
    return PlusVibeEvent(
        event=event,
        key=_key(raw, event, message_id, campaign, email),
        email=email,
        campaign_provider_id=campaign,
        message_id=message_id,
        label=text(payload.get("label")) or (event.removeprefix(_LABELLED) if event.startswith(_LABELLED) else ""),
        sentiment=sentiment if sentiment in _SENTIMENTS else "",
        subject=_first(payload, "subject", "latest_subject", "last_lead_reply_subject"),
        bounce_message=text(payload.get("msg")) if event == "BOUNCED_EMAIL" else "",
        step=min(max(number(payload.get("step")), 0), MOST_STEPS),
        occurred_at=next((at for name in _TIMES if (at := moment(payload.get(name)))), None),
        is_sample=_is_sample(payload, email),
        raw=payload,
    )


def reply_in(event: PlusVibeEvent, received_at: datetime) -> InboundReply | None:
    """The prospect's answer an event tells of; None for other events. Several events tell of the same one.

    Who wrote (`from_email`) may be somebody else than the lead: a colleague the mail was passed to.
    """
    if event.event not in _REPLIES or not event.email:
        return None
    told = event.raw
    sender = _first(told, "from_email") or event.email
    html = _first(told, "body", "last_lead_reply", "latest_message")[:LONGEST_TEXT]
    words = _first(told, "text_body")[:LONGEST_TEXT] or html_to_text(html) or _first(told, "snippet")
    email_id = _first(told, "last_email_id")
    return InboundReply(
        key=mail_key(event.message_id, email_id, sender, event.subject, words),
        lead_email=event.email,
        from_email=sender,
        at=min(event.occurred_at or received_at, received_at),
        subject=event.subject,
        text=words,
        html=html,
        label=event.label,
        sentiment=event.sentiment,
        mailbox=_first(told, "email_account_name", "to_email", "to"),
        email_id=email_id,
        thread_id=_first(told, "last_thread_id", "thread_id", "source_thread_id"),
        message_id=event.message_id,
        campaign_provider_id=event.campaign_provider_id,
    )


def _hex(signature: str) -> bytes:
    return signature.strip().lower().removeprefix("sha256=").encode()


def _spoken_for(event: str) -> str:
    """Where the lead's address may stand when it has no field of its own: `to_email` of a reply is our mailbox."""
    return "to_email" if event == "EMAIL_SENT" else "from_email"


def _key(raw: bytes, event: str, message_id: str, campaign: str, email: str) -> str:
    """Labels can be set back and forth under one message id, so theirs, like any event's without id, is the body's."""
    if message_id and not event.startswith(_LABELLED):
        raw = "\0".join((event, message_id, campaign, email.lower())).encode()
    return hashlib.sha256(raw).hexdigest()


def _is_sample(payload: Mapping[str, Any], email: str) -> bool:
    return (
        email.lower().endswith("@nonexistent-domain.com")
        or text(payload.get("workspace_name")) == "John Doe Workspace"
        or _first(payload, "email_account_name", "sender_email").lower().endswith("@yourcompany.com")
    )


def _first(payload: Mapping[str, Any], *names: str) -> str:
    return next((told for name in names if (told := text(payload.get(name)))), "")
