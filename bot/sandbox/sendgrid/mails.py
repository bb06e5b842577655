"""A mail as the stand-in took it, and what its recipient finds in it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from html.parser import HTMLParser
from typing import Any

ONE_CLICK = "List-Unsubscribe=One-Click"
_HTTP_IN_BRACKETS = re.compile(r"<(https?://[^<>\s]+)>", re.IGNORECASE)
_HTTP = re.compile(r"https?://[^\s<>\"']+", re.IGNORECASE)


class ActKind(StrEnum):
    """What a recipient does outside SendGrid."""

    REPLY = "reply"
    UNSUBSCRIBE = "unsubscribe"


@dataclass(frozen=True, slots=True)
class Act:
    """One reply or one-click unsubscribe. status: our door's HTTP answer; 0: nobody answered."""

    at: datetime
    kind: ActKind
    status: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class SentMail:
    """One mail to one recipient. message_id: of its request, which may hold several mails.

    smtp_id: the `Message-ID` header, with its brackets. events: as the webhook gets them, in the order they
    happened.
    """

    id: str
    at: datetime
    sender: str
    to: str
    subject: str
    text: str
    html: str
    message_id: str
    smtp_id: str
    sg_message_id: str
    sender_name: str = ""
    to_name: str = ""
    reply_to: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    custom_args: Mapping[str, str] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)


def one_click_url(mail: SentMail) -> str:
    """Where a mailbox provider posts a one-click unsubscribe; empty when the mail offers none (RFC 8058)."""
    headers = {name.lower(): value for name, value in mail.headers.items()}
    if headers.get("list-unsubscribe-post", "").strip() != ONE_CLICK:
        return ""
    found = _HTTP_IN_BRACKETS.search(headers.get("list-unsubscribe", ""))
    return found[1] if found else ""


def first_link(mail: SentMail) -> str:
    """The first web address a reader would follow, never the way out; empty when there is none."""
    reader = _Links()
    reader.feed(mail.html)
    links = reader.found or _HTTP.findall(mail.text)
    return next((link for link in links if link != one_click_url(mail)), "")


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        href = dict(attrs).get("href") or ""
        if tag == "a" and _HTTP.fullmatch(href):
            self.found.append(href)
