"""SendGrid's v3 API: one mail to one address a call, and what its key may do. Its events: sendgrid_events.py."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from bot.gateways.http import PATIENT, Patience, secret_header, vendor_client
from bot.gateways.vendor import Answer, Vendor
from bot.outreach.errors import Invalid, Unavailable

LONGEST_MESSAGE_ID = 200
MAIL_ID_ARG = "outreach_mail_id"  # prefixed: SendGrid mixes custom arguments with its own keys in every event
_KEY = "SENDGRID_API_KEY"
# Stated with every mail, as what is left out follows the account's settings.
_TRACKING = {
    "click_tracking": {"enable": True, "enable_text": False},
    "open_tracking": {"enable": True},
    "subscription_tracking": {"enable": False},
    "ganalytics": {"enable": False},
}
_LISTED = re.compile(r"[\s,;]+")  # SendGrid takes no list separators in a recipient's name
_IN_PERSONALIZATION = re.compile(r"^personalizations\.\d+\.")


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """One mail to one address, finished: nothing is filled in by SendGrid.

    mail_id: ours, comes back with every event. text, html: an empty one is left out. headers: List-Unsubscribe,
    List-Unsubscribe-Post, In-Reply-To, References; never Message-ID, which SendGrid sets. reply_to: empty when
    replies go to from_email.
    """

    mail_id: str
    from_email: str
    from_name: str
    to_email: str
    to_name: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str]
    reply_to: str = ""


class SendGrid:
    """Sends mails. SendGrid knows no repeated call for what it is, so a call without an answer is not made again."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        client: httpx.AsyncClient | None = None,
        *,
        patience: Patience = PATIENT,
        connections: int = 100,
    ) -> None:
        """base_url: without a path, such as `https://api.sendgrid.com`."""
        headers = {"Authorization": f"Bearer {secret_header(api_key, _KEY)}"}
        self._vendor = Vendor(
            "SendGrid",
            client or vendor_client(base_url, headers, patience=patience, connections=connections),
            key_setting=_KEY,
            patience=patience,
            refusal=_refusal,
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._vendor.aclose()

    async def send(self, mail: OutgoingMail, last_look: Callable[[], None] | None = None) -> str:
        """Hand one mail over; returns `X-Message-Id`, empty when not told. Taken is not yet delivered.

        last_look: as in `Vendor.call`. Raises `Invalid` when SendGrid will never take this mail (`field` to_email or
        from_email when it is that), else `Unavailable`; when its `answered` is false, the mail may have been taken.
        """
        answer = await self._vendor.call(
            "POST", "/v3/mail/send", repeatable=False, body=_body(mail), last_look=last_look
        )
        if answer.status in (400, 413, 415):
            raise _invalid(answer)
        _expect(answer, 200, 202)
        message_id = answer.headers.get("x-message-id", "").strip()
        return message_id if len(message_id) <= LONGEST_MESSAGE_ID else ""

    async def check_key(self) -> str:
        """What keeps our key from sending mail, in words; empty for nothing. Raises `Unavailable` when not told."""
        try:
            answer = await self._vendor.call("GET", "/v3/scopes", repeatable=True)
        except Unavailable as error:
            if error.transient or not error.answered:
                raise
            return str(error)
        _expect(answer, 200)
        payload = answer.json()
        scopes = payload.get("scopes") if isinstance(payload, dict) else None
        if not isinstance(scopes, list):
            raise answer.unexpected()
        return "" if "mail.send" in scopes else f"{_KEY} may not send mail. Give the key the Mail Send permission."


def _body(mail: OutgoingMail) -> dict[str, Any]:
    parts = (("text/plain", mail.text), ("text/html", mail.html))  # SendGrid refuses another order
    body: dict[str, Any] = {
        "personalizations": [{"to": [_party(mail.to_email, _LISTED.sub(" ", mail.to_name).strip())]}],
        "from": _party(mail.from_email, mail.from_name),
        "subject": mail.subject,
        "content": [{"type": kind, "value": value} for kind, value in parts if value],
        "custom_args": {MAIL_ID_ARG: mail.mail_id},
        "tracking_settings": _TRACKING,
    }
    if mail.headers:
        body["headers"] = dict(mail.headers)
    if mail.reply_to:
        body["reply_to"] = {"email": mail.reply_to}
    return body


def _party(email: str, name: str) -> dict[str, str]:
    return {"email": email, "name": name} if name else {"email": email}


def _expect(answer: Answer, *statuses: int) -> None:
    """Raises `Unavailable` for other statuses. A 4xx certainly did nothing; another 2xx may have."""
    if answer.status >= 400:
        words = f"SendGrid does not answer as it should ({answer.status}). Check SENDGRID_API_URL."
        raise Unavailable(words, transient=False)
    if answer.status not in statuses:
        raise answer.unexpected()


def _invalid(answer: Answer) -> Invalid:
    """Worded by the field at fault: messages differ by SendGrid's editions and may hold addresses."""
    field, _ = _first_error(answer)
    match _IN_PERSONALIZATION.sub("", field).partition(".")[0]:
        case "to":
            return Invalid("SendGrid does not take the recipient's address.", field="to_email")
        case "from":
            return Invalid("SendGrid does not take the sender's address.", field="from_email")
    return Invalid("SendGrid refused the message.")


def _refusal(answer: Answer) -> str:
    """Used-up credits also come as 401 and a sender nobody verified as 403: no new key helps."""
    field, message = _first_error(answer)
    if "credits exceeded" in message:
        return "SendGrid refused: the plan's credits are used up."
    if answer.status == 403 and ("verified sender" in message or field.partition(".")[0] == "from"):
        return "SendGrid does not know the sender. Verify the sender's address or its domain in SendGrid."
    return ""


def _first_error(answer: Answer) -> tuple[str, str]:
    """The field and the message in small letters; empty when not told, or when the body is a proxy's HTML."""
    try:
        payload = json.loads(answer.body)
    except (ValueError, RecursionError):
        return "", ""
    errors = payload.get("errors") if isinstance(payload, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    if not isinstance(first, dict):
        return "", ""
    field, message = first.get("field"), first.get("message")
    return field if isinstance(field, str) else "", message.lower() if isinstance(message, str) else ""
