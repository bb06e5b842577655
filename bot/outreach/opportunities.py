"""Opportunities: pages that should link to us, each with the lead one writes to, in the four columns of the board."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from bot.outreach.addresses import domain_of
from bot.outreach.errors import Invalid
from bot.outreach.link_checks import LinkMatch, LinkStanding, Presence
from bot.outreach.wording import web_address

BOARD_CARDS = 5
COLUMN_CARDS = 10
LONGEST_ANCHOR = 200
LONGEST_NOTES = 2_000


class BoardColumn(StrEnum):
    """In the order of precedence, the lowest first. `queued`: an email waits. `reached`: one was sent."""

    NEW = "new"
    QUEUED = "queued"
    REACHED = "reached"
    WON = "won"


_LOOKED_AT = frozenset({BoardColumn.REACHED, BoardColumn.WON})
COLUMN_NAMES: Mapping[BoardColumn, str] = {
    BoardColumn.NEW: "New",
    BoardColumn.QUEUED: "Queued to send",
    BoardColumn.REACHED: "Reached",
    BoardColumn.WON: "Won",
}


@dataclass(frozen=True, slots=True)
class Opportunity:
    """One page and what we want of it. Texts are as people typed them.

    column: where it stands, from its emails or by hand. by_hand: what somebody set against the emails, by whom and
    when. waiting, sent: how many of its emails wait and were accepted. mail_id: the newest one not taken back.
    link: what looks at the page came to; lost_at: since when a link that was there is gone. moved_at: when it came
    to its column.
    """

    id: str
    lead_id: str
    source_url: str
    domain: str
    author: str
    created_at: datetime
    moved_at: datetime
    anchor_text: str = ""
    target_url: str = ""
    column: BoardColumn = BoardColumn.NEW
    by_hand: BoardColumn | None = None
    set_by: str = ""
    set_at: datetime | None = None
    notes: str = ""
    noted_by: str = ""
    noted_at: datetime | None = None
    waiting: int = 0
    sent: int = 0
    mail_id: str = ""
    lost_at: datetime | None = None
    deleted_at: datetime | None = None
    link: LinkStanding = field(default_factory=LinkStanding, kw_only=True)

    @property
    def is_watched(self) -> bool:
        """Whether the page is looked at for the link."""
        awaited = self.column in _LOOKED_AT or self.link.state is Presence.LOST
        return awaited and bool(self.target_url) and self.deleted_at is None

    @property
    def placeholders(self) -> Mapping[str, str]:
        """What a template may print of it."""
        return {"url": self.source_url, "anchor_text": self.anchor_text, "target_url": self.target_url}

    @property
    def link_key(self) -> str:
        """What no two opportunities of a workspace share: the page and what it should lead to."""
        wanted = f"{_same(self.source_url)}\n{_same(self.target_url)}"
        return hashlib.sha256(wanted.encode("utf-8", "replace")).hexdigest()


def _same(address: str) -> str:
    """The address as it is compared: scheme, `www.`, a last slash and the fragment make no difference."""
    parts = urlsplit(address)
    return f"{domain_of(address)}{parts.path.rstrip('/')}?{parts.query}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """An opportunity as somebody typed it. email: whom to write to, when that is known."""

    source_url: str
    anchor_text: str = ""
    target_url: str = ""
    email: str = ""
    notes: str = ""
    match: LinkMatch = field(default=LinkMatch.EXACT, kw_only=True)


def checked_wanted(wanted: Wanted) -> Wanted:
    """As it may be stored, addresses with their scheme. Raises `Invalid` with the field that is wrong."""
    source = _address(wanted.source_url, "source_url")
    if not source:
        raise Invalid("Paste the address of the page that should link to you.", field="source_url")
    anchor, notes = " ".join(wanted.anchor_text.split()), wanted.notes.strip()
    if len(anchor) > LONGEST_ANCHOR:
        raise Invalid(f"The words of a link are at most {LONGEST_ANCHOR} characters.", field="anchor_text")
    target = _address(wanted.target_url, "target_url")
    return Wanted(source, anchor, target, wanted.email.strip(), checked_notes(notes), match=wanted.match)


def checked_notes(notes: str) -> str:
    """Notes as they may be stored. Raises `Invalid` with the field."""
    notes = notes.strip()
    if len(notes) > LONGEST_NOTES:
        raise Invalid(f"Notes are at most {LONGEST_NOTES:,} characters.", field="notes")
    return notes


def _address(text: str, field: str) -> str:
    text = text.strip()
    if not text:
        return ""
    address = web_address(text if "://" in text else f"https://{text}")
    try:
        is_one = "." in domain_of(address) and bool(urlsplit(address).hostname)
    except ValueError:  # half an IPv6 address
        is_one = False
    if not is_one:
        raise Invalid("That is no web address such as https://blog.example/best-tools.", field=field)
    return address


def column_of(waiting: int, sent: int) -> BoardColumn:
    """Where its emails put it."""
    if sent:
        return BoardColumn.REACHED
    return BoardColumn.QUEUED if waiting else BoardColumn.NEW


@dataclass(frozen=True, slots=True)
class Correspondence:
    """What its emails say now. at: when the newest thing happened to them, None without any."""

    waiting: int = 0
    sent: int = 0
    mail_id: str = ""
    at: datetime | None = None


def followed(before: Opportunity, now: Correspondence) -> Opportunity:
    """The opportunity after its emails changed. What was set by hand holds until an email gets further than it."""
    by_hand = before.by_hand
    if by_hand is not None and by_hand is not BoardColumn.WON:
        is_sent, is_queued = now.sent > before.sent, now.waiting > before.waiting
        by_hand = None if is_sent or (is_queued and by_hand is BoardColumn.NEW) else by_hand
    column = by_hand or column_of(now.waiting, now.sent)
    after = replace(before, column=column, waiting=now.waiting, sent=now.sent, mail_id=now.mail_id, by_hand=by_hand)
    if by_hand is None:
        after = replace(after, set_by="", set_at=None)
    if column is not before.column and now.at is not None:
        after = replace(after, moved_at=max(before.moved_at, now.at))
    return _scheduled(before, after)


def moved_by_hand(before: Opportunity, column: BoardColumn, actor_id: str, now: datetime) -> Opportunity:
    """Somebody moved it. Back to where its emails put it, nothing is set against them any more."""
    after = replace(before, column=column, by_hand=column, set_by=actor_id, set_at=now, moved_at=now)
    if column is column_of(before.waiting, before.sent):
        after = replace(after, by_hand=None, set_by="", set_at=None)
    return _scheduled(before, after)


def aimed(before: Opportunity, wanted: Wanted) -> Opportunity:
    """Another link is wanted of the same page. What was known of one that leads elsewhere says nothing of it."""
    after = replace(before, anchor_text=wanted.anchor_text, target_url=wanted.target_url)
    if after.link_key == before.link_key and wanted.match is before.link.match:
        return after
    return _scheduled(before, replace(after, link=LinkStanding(wanted.match), lost_at=None))


def _scheduled(before: Opportunity, after: Opportunity) -> Opportunity:
    """With the next look at its page: at once when it came to where its link is awaited."""
    next_at = after.link.next_at if after.is_watched else None
    if after.is_watched and (next_at is None or (after.column in _LOOKED_AT and after.column is not before.column)):
        next_at = after.moved_at
    return replace(after, link=replace(after.link, next_at=next_at))
