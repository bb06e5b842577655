"""Whether a page links to ours: what may count as the link, what a look found, and where it stands since."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import quote, urlsplit

from bot.outreach.fetching import ascii_name
from bot.outreach.pages import Link

_PORTS = {"http": 80, "https": 443}
_SAFE = "/%:@!$&'()*+,;=~-._"
_ESCAPE = re.compile("%[0-9a-fA-F]{2}")
_NOT_FOLLOWED = frozenset({"nofollow", "ugc", "sponsored"})
NOT_THERE = "no link to it is on the page"


class LinkMatch(StrEnum):
    """Which links count: to this very page, to it and what is below it, to anything of its domain."""

    EXACT = "exact"
    PREFIX = "prefix"
    DOMAIN = "domain"


class Presence(StrEnum):
    """What is known of a link. `pending`: it was not seen yet."""

    PENDING = "pending"
    LIVE = "live"
    LOST = "lost"


class Sight(StrEnum):
    """What one look came to. `unread`: the page could not be read, which says nothing of the link."""

    FOUND = "found"
    MISSING = "missing"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True)
class LinkStanding:
    """A link as far as it is known. state: by the looks at it, whatever somebody says.

    missed_at: since when the page was read without it, None when it was seen last. failed: looks in a row that read
    nothing; trouble: why the last one did not. seen_at: when it was there last, with anchor and rel. next_at: when
    to look again, None for never.
    """

    match: LinkMatch = LinkMatch.EXACT
    state: Presence = Presence.PENDING
    missed_at: datetime | None = None
    failed: int = 0
    trouble: str = ""
    checked_at: datetime | None = None
    seen_at: datetime | None = None
    anchor: str = ""
    rel: str = ""
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What a look at a page found. url, anchor, rel: of the link; why: in words, unless it was found."""

    sight: Sight
    url: str = ""
    anchor: str = ""
    rel: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class LinkCheck:
    """One look, as the log keeps it. actor: who had it done; state: what is known since, which is_turn if it is new."""

    id: str
    opportunity_id: str
    at: datetime
    actor: str
    sight: Sight
    state: Presence
    is_turn: bool = False
    url: str = ""
    anchor: str = ""
    rel: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """An address as links are compared: scheme, `www.`, a last slash, the fragment and spelling make no difference."""

    host: str
    path: str
    query: str


def place_of(address: str) -> Place | None:
    """The address taken apart; None for what leads to no page."""
    try:
        parts = urlsplit(address.strip())
        host, port = (parts.hostname or "").rstrip(".").removeprefix("www."), parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if not host or scheme not in _PORTS:
        return None
    host = _in_dns(host) + ("" if port in (None, _PORTS[scheme]) else f":{port}")
    return Place(host, _escaped(parts.path).rstrip("/"), _escaped(parts.query))


def spellings(address: str) -> frozenset[str]:
    """The address's host in every way a page may spell it, in lower case and without `www.`."""
    place = place_of(address)
    if place is None:
        return frozenset()
    bare = place.host.partition(":")[0]
    try:
        return frozenset({bare, ".".join(_spoken(label) for label in bare.split("."))})
    except UnicodeError:
        return frozenset({bare})


def _spoken(label: str) -> str:
    """A part of a name in its own letters. Not by the codec `idna`, which knows no `ß`."""
    return label[4:].encode().decode("punycode") if label.startswith("xn--") else label


def _in_dns(host: str) -> str:
    """The host as DNS spells it, or as it is when DNS cannot."""
    return host.lower() if host.isascii() else ascii_name(host) or host.lower()


def _escaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: found[0].upper(), quote(text, safe=_SAFE))


def leads_to(link: Place, target: Place, match: LinkMatch) -> bool:
    """Whether a link there counts as one to the target."""
    if match is LinkMatch.DOMAIN:
        return link.host == target.host or link.host.endswith(f".{target.host}")
    if match is LinkMatch.EXACT or link.host != target.host:
        return link == target
    if target.query:
        return link.path == target.path and link.query.startswith(target.query)
    return link.path == target.path or link.path.startswith(f"{target.path}/")


def is_followed(rel: str) -> bool:
    """Whether search engines are told to count it. rel: words with a space between."""
    return not unfollowing(rel)


def unfollowing(rel: str) -> list[str]:
    """The words of a rel that tell search engines not to count the link."""
    return [word for word in rel.split() if word in _NOT_FOLLOWED]


def finding_among(links: Iterable[Link], target_url: str, match: LinkMatch, anchor: str) -> Finding:
    """What a page with these links comes to. Of several that count a followed one wins, then one with our words."""
    target = place_of(target_url)
    counting = [link for link in links if target and (place := place_of(link.url)) and leads_to(place, target, match)]
    wanted = _words(anchor)
    best = min(counting, key=lambda link: (not is_followed(link.rel), _words(link.text) != wanted), default=None)
    if best is None:
        return Finding(Sight.MISSING, why=NOT_THERE)
    return Finding(Sight.FOUND, best.url, best.text, best.rel)


def _words(text: str) -> str:
    return " ".join(text.casefold().split())
