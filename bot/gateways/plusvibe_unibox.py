"""PlusVibe's Unibox: messages in tiny pages, the connected mailboxes, replying, marking read."""

import re
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any

from bot.gateways.plusvibe_wire import complaint_in, moment, rows_in, text
from bot.gateways.vendor import Answer, Vendor
from bot.outreach.addresses import address_key, is_address
from bot.outreach.errors import Invalid, NotFound
from bot.outreach.quoting import html_to_text
from bot.outreach.unibox import Direction, InboundReply, Mail, mail_key

LONGEST_TEXT = 100_000
PAGE_ACCOUNTS = 100
_ADDRESS = re.compile(r"<([^<>\s]+@[^<>\s]+)>")
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class PlusVibeUnibox:
    """The Unibox of one workspace, over the same paced connection as everything else at PlusVibe."""

    def __init__(self, vendor: Vendor, workspace_id: str) -> None:
        self._vendor = vendor
        self._workspace_id = workspace_id

    async def mails(self, *, lead: str = "", email_type: str = "all") -> AsyncIterator[list[Mail]]:
        """Messages page by page, newest first. lead: only this person's. email_type: all, received or sent.

        A `lead` that PlusVibe does not know is silently ignored, so everybody's mail comes: whatever is not theirs is
        dropped, and a page with nothing of theirs is the last.
        """
        asked = {"lead": lead} if lead else {}
        trails: set[str] = set()
        trail = ""
        while True:
            cursor = {"page_trail": trail} if trail else {}
            payload = await self._get("/unibox/emails", email_type=email_type, **asked, **cursor)
            rows = rows_in(payload.get("data") or []) or []
            mails = [mail for row in rows if (mail := mail_in(row)) and _is_theirs(mail, lead)]
            if mails:
                yield mails
            trails.add(trail)
            trail = text(payload.get("page_trail"))
            if not trail or trail in trails or not rows or (lead and not mails):
                return

    async def campaign_mails(self, lead: str) -> list[Mail]:
        """What the campaigns sent this lead, newest first as told. These are not among `mails`."""
        payload = await self._get("/unibox/campaign-emails", lead=lead)
        rows = rows_in(payload.get("data") or []) or []
        mails = [mail for row in rows if (mail := _campaign_mail_in(row))]
        return [mail for mail in mails if _is_theirs(mail, lead)]

    async def mailboxes(self) -> list[str]:
        """The addresses of the connected mailboxes."""
        found: dict[str, str] = {}
        for page in count():
            payload = await self._get("/account/list", skip=page * PAGE_ACCOUNTS, limit=PAGE_ACCOUNTS)
            rows = rows_in(payload.get("accounts") or []) or []
            fresh = {address_key(text(row.get("email"))): text(row.get("email")) for row in rows if _is_active(row)}
            if fresh.keys() <= found.keys():
                return [mailbox for mailbox in found.values() if mailbox]
            found |= fresh
        return []

    async def reply(
        self,
        *,
        reply_to: str,
        mailbox: str,
        to_email: str,
        subject: str,
        html: str,
        last_look: Callable[[], None] | None = None,
    ) -> str:
        """Send a reply, never twice; the provider's id of it. last_look: called right before the request leaves.

        Raises `Invalid` when it was refused, `Unavailable` else; with `answered` false it may have gone out.
        """
        body = {"reply_to_id": reply_to, "from": mailbox, "to": to_email, "subject": subject, "body": html}
        answer = await self._vendor.call(
            "POST",
            "/unibox/emails/reply",
            repeatable=False,
            params={"workspace_id": self._workspace_id},
            body=body,
            last_look=last_look,
        )
        return text(_told(_accepted(answer)).get("id"))

    async def mark_read(self, thread_id: str) -> None:
        """Mark every message of a thread. Raises `NotFound`."""
        path = f"/unibox/threads/{_safe(thread_id)}/mark-as-read"
        body = {"workspace_id": self._workspace_id}
        _told(_accepted(await self._vendor.call("POST", path, repeatable=True, body=body)))

    async def _get(self, path: str, **params: str | int) -> Mapping[str, Any]:
        params = {"workspace_id": self._workspace_id, **params}
        answer = _accepted(await self._vendor.call("GET", path, repeatable=True, params=params))
        payload = answer.json()
        if not isinstance(payload, dict):
            raise answer.unexpected()
        return payload


def mail_in(row: Mapping[str, Any]) -> Mail | None:
    """A row of the Unibox; None without an id or a lead. Fields come as text, list or object."""
    direction = Direction.OUT if text(row.get("direction")).upper() == "OUT" else Direction.IN
    sender = _address(row.get("from_address_email")) or _address(row.get("from_address_json"))
    to_email = _address(row.get("to_address_email_list")) or _address(row.get("to_address_json"))
    them, us = (sender, to_email) if direction is Direction.IN else (to_email, sender)
    lead = _address(row.get("lead")) or them
    email_id = text(row.get("id"))
    if not email_id or not lead:
        return None
    plain, html = _body(row.get("body"))
    subject, message_id = text(row.get("subject")), text(row.get("message_id"))
    plain = plain or (html_to_text(html) if html else text(row.get("content_preview")))
    told = InboundReply(
        key=mail_key(message_id, email_id, sender, subject, plain),
        lead_email=lead,
        from_email=sender,
        at=moment(row.get("timestamp_created")) or moment(row.get("source_modified_at")) or _LONG_AGO,
        subject=subject,
        text=plain[:LONGEST_TEXT],
        html=html[:LONGEST_TEXT],
        label=text(row.get("label")),
        mailbox=_address(row.get("eaccount")) or us,
        email_id=email_id,
        thread_id=text(row.get("thread_id")),
        message_id=message_id,
        campaign_provider_id=text(row.get("campaign_id")),
    )
    return Mail(direction, told, to_email, _flag(row.get("is_unread")))


def _campaign_mail_in(row: Mapping[str, Any]) -> Mail | None:
    lead, email_id = _address(row.get("lead")), text(row.get("id"))
    body = text(row.get("body"))
    plain = body if row.get("is_text") in (1, "1", True) else html_to_text(body)
    at, message_id = moment(row.get("sent_on")), text(row.get("message_id"))
    if not lead or not email_id or at is None:
        return None
    mailbox, subject = _address(row.get("eaccount")), text(row.get("subject"))
    told = InboundReply(
        key=mail_key(message_id, email_id, mailbox, subject, plain),
        lead_email=lead,
        from_email=mailbox,
        at=at,
        subject=subject,
        text=plain[:LONGEST_TEXT],
        mailbox=mailbox,
        email_id=email_id,
        message_id=message_id,
        campaign_provider_id=text(row.get("campaign_id")),
    )
    return Mail(Direction.OUT, told, lead)


def _is_theirs(mail: Mail, lead: str) -> bool:
    wanted = address_key(lead)
    return not lead or wanted in (address_key(mail.told.lead_email), address_key(mail.told.from_email))


def _address(value: Any) -> str:
    """The first address in a text such as `Name <a@b>`, a list of those, or objects."""
    if isinstance(value, list):
        return next((found for item in value if (found := _address(item))), "")
    if isinstance(value, dict):
        return next((found for name in ("email", "address", "val") if (found := _address(value.get(name)))), "")
    said = text(value)
    marked = _ADDRESS.search(said)
    said = marked[1] if marked else said.partition(",")[0].strip()
    return said if is_address(said) else ""


def _body(value: Any) -> tuple[str, str]:
    """The plain text and the HTML; a bare text is HTML."""
    if isinstance(value, dict):
        return text(value.get("text")), text(value.get("html"))
    return "", text(value)


def _flag(value: Any) -> bool | None:
    return None if value is None else text(value) in {"1", "true"} or value is True


def _is_active(row: Mapping[str, Any]) -> bool:
    return bool(text(row.get("email"))) and text(row.get("status")).upper() in {"", "ACTIVE"}


def _safe(thread_id: str) -> str:
    if not re.fullmatch(r"[\w.@+=-]{1,300}", thread_id):
        raise Invalid("PlusVibe gave this thread an id that cannot be used.")
    return thread_id


def _accepted(answer: Answer) -> Answer:
    if answer.status < 300:
        return answer
    if answer.status == 404:
        raise NotFound("PlusVibe does not know this message or thread (any more).")
    if "account has been deleted" in complaint_in(answer.json()).lower():
        raise Invalid("PlusVibe no longer has this mailbox. Choose another one.", field="mailbox")
    raise Invalid(f"PlusVibe refused the request ({answer.status}).")


def _told(answer: Answer) -> Mapping[str, Any]:
    payload = answer.json()
    if not isinstance(payload, dict) or text(payload.get("status")).lower() != "success":
        raise answer.unexpected()
    return payload
