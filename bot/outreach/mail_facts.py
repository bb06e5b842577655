"""What the vendor's events say of one mail: facts in any order, any number of times, folded to one standing.

Source: reference/sendgrid.md, sections 5 and 6. The standing is computed from all facts at once, so neither their
order nor a repetition can change it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache

SCANNER_SECONDS = timedelta(seconds=10)
ALL_AT_ONCE = timedelta(seconds=1)
MANY_LINKS = 3
_AGENTS = 1_000  # remembered: most people read with the same few programs
_SCANNERS = re.compile(
    r"barracuda|proofpoint|mimecast|googleimageproxy.*bot|safelinks|symantec|urldefense|python-|curl/|wget|headless|"
    r"\bbot\b|crawler|spider|scan",
    re.IGNORECASE,
)


class FactKind(StrEnum):
    """`bounced`: hard, the address. `blocked`: soft, us or the moment. `other`: kept, means nothing to us."""

    PROCESSED = "processed"
    DEFERRED = "deferred"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    BLOCKED = "blocked"
    DROPPED = "dropped"
    OPENED = "opened"
    CLICKED = "clicked"
    REPLIED = "replied"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    OTHER = "other"


class Delivery(StrEnum):
    """How far the mail itself got. `none`: nothing heard yet."""

    NONE = "none"
    PROCESSED = "processed"
    DEFERRED = "deferred"
    DELIVERED = "delivered"
    BLOCKED = "blocked"
    DROPPED = "dropped"
    BOUNCED = "bounced"


class Engagement(StrEnum):
    """The most the person did with it."""

    NONE = "none"
    OPENED = "opened"
    CLICKED = "clicked"
    REPLIED = "replied"


@dataclass(frozen=True, slots=True)
class MailFact:
    """One event of one mail. is_machine: the vendor itself says so. why: the reason in the vendor's words."""

    kind: FactKind
    at: datetime
    is_machine: bool = False
    url: str = ""
    useragent: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class MailStanding:
    """What all facts together say. opens: by people. times are those of the first such fact."""

    delivery: Delivery = Delivery.NONE
    engagement: Engagement = Engagement.NONE
    opens: int = 0
    machine_opens: int = 0
    machine_clicks: int = 0
    delivered_at: datetime | None = None
    opened_at: datetime | None = None
    clicked_at: datetime | None = None
    failed_why: str = ""
    is_complained: bool = False
    is_unsubscribed: bool = False


_RANK = {
    FactKind.PROCESSED: Delivery.PROCESSED,
    FactKind.DEFERRED: Delivery.DEFERRED,
    FactKind.DELIVERED: Delivery.DELIVERED,
    FactKind.BLOCKED: Delivery.BLOCKED,
    FactKind.DROPPED: Delivery.DROPPED,
    FactKind.BOUNCED: Delivery.BOUNCED,
}
_LADDER = tuple(Delivery)
_FAILED = frozenset({FactKind.BOUNCED, FactKind.DROPPED, FactKind.BLOCKED})
_SEEN_BY = frozenset({FactKind.REPLIED, FactKind.COMPLAINED})
_NOTHING = MailStanding()


def standing_of(facts: Iterable[MailFact]) -> MailStanding:
    """The standing of one mail from everything heard of it, in any order."""
    heard = list(facts)
    if not heard:
        return _NOTHING
    if len(heard) > 1:
        heard = sorted(set(heard), key=_order)
    delivered = _first(heard, FactKind.DELIVERED)
    opens = [fact for fact in heard if fact.kind is FactKind.OPENED]
    clicks = [fact for fact in heard if fact.kind is FactKind.CLICKED]
    human_opens = [fact for fact in opens if not is_machine_open(fact)]
    human_clicks = [fact for fact in clicks if not is_machine_click(fact, clicks, delivered)]
    failed = [fact for fact in heard if fact.kind in _FAILED]
    return MailStanding(
        delivery=_delivery(heard, is_seen=bool(human_opens or human_clicks)),
        engagement=_engagement(heard, human_opens, human_clicks),
        opens=len(human_opens),
        machine_opens=len(opens) - len(human_opens),
        machine_clicks=len(clicks) - len(human_clicks),
        delivered_at=delivered,
        opened_at=human_opens[0].at if human_opens else None,
        clicked_at=human_clicks[0].at if human_clicks else None,
        failed_why=failed[-1].why if failed else "",
        is_complained=_first(heard, FactKind.COMPLAINED) is not None,
        is_unsubscribed=_first(heard, FactKind.UNSUBSCRIBED) is not None,
    )


def is_machine_open(fact: MailFact) -> bool:
    """A proxy that loads every picture. Google's proxy loads it when the person looks, so it is none."""
    return fact.is_machine or _is_scanner(fact.useragent)


def is_machine_click(fact: MailFact, clicks: Sequence[MailFact], delivered: datetime | None) -> bool:
    """A scanner: within seconds of delivery, with many links at once, or by its own name."""
    if fact.is_machine or _is_scanner(fact.useragent):
        return True
    if delivered is not None and fact.at - delivered < SCANNER_SECONDS:
        return True
    return len({other.url for other in clicks if abs(other.at - fact.at) <= ALL_AT_ONCE}) >= MANY_LINKS


@lru_cache(maxsize=_AGENTS)
def _is_scanner(useragent: str) -> bool:
    return _SCANNERS.search(useragent) is not None


def _order(fact: MailFact) -> tuple[object, ...]:
    return fact.at, fact.kind, fact.url, fact.useragent, fact.why


def _first(heard: Sequence[MailFact], kind: FactKind) -> datetime | None:
    for fact in heard:
        if fact.kind is kind:
            return fact.at
    return None


def _delivery(heard: Sequence[MailFact], *, is_seen: bool) -> Delivery:
    """The furthest; a bounce may follow a delivery, and whoever opens a mail has got it."""
    told: list[Delivery] = [_RANK[fact.kind] for fact in heard if fact.kind in _RANK]
    if is_seen or any(fact.kind in _SEEN_BY for fact in heard):
        got: list[Delivery] = [Delivery.DELIVERED]
        told = got + [each for each in told if each is not Delivery.BLOCKED]
    return max(told, key=_LADDER.index, default=Delivery.NONE)


def _engagement(heard: Sequence[MailFact], opens: Sequence[MailFact], clicks: Sequence[MailFact]) -> Engagement:
    if _first(heard, FactKind.REPLIED):
        return Engagement.REPLIED
    if clicks:
        return Engagement.CLICKED
    return Engagement.OPENED if opens else Engagement.NONE
