"""What becomes of a mail by itself: decided by the recipient's local part, else by a seeded lot of the address."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from bot.sandbox.sendgrid.events import APPLE_PROXY

REPLY, OUT_OF_OFFICE, UNSUBSCRIBE = "(reply)", "(out of office)", "(one-click unsubscribe)"
ACTS = frozenset({REPLY, OUT_OF_OFFICE, UNSUBSCRIBE})
ENDS = frozenset({"bounce", "dropped", "spamreport"})
_UNOPENED, _OPENED_BY_A_MACHINE, _CLICKED = 0.2, 0.4, 0.75


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that happens so long after the mail was taken: an event, or one of the acts above."""

    after: timedelta
    what: str
    fields: Mapping[str, Any] = field(default_factory=dict)


def _due(seconds: float, what: str, **fields: Any) -> Due:
    return Due(timedelta(seconds=seconds), what, fields)


_TAKEN, _DELIVERED = _due(0, "processed"), _due(2, "delivered")
_NAMED: dict[str, tuple[Due, ...]] = {
    "bounce": (_TAKEN, _due(2, "bounce")),
    "blocked": (_TAKEN, _due(2, "bounce", type="blocked")),
    "deferred": (_TAKEN, _due(2, "deferred"), _due(62, "deferred", attempt="1"), _due(300, "delivered")),
    "drop": (_due(0, "dropped"),),
    "spam": (_TAKEN, _DELIVERED, _due(60, "spamreport")),
    "unsub": (_TAKEN, _DELIVERED, _due(30, UNSUBSCRIBE)),
    "open": (_TAKEN, _DELIVERED, _due(30, "open")),
    "machine-open": (_TAKEN, _DELIVERED, _due(4, "open", **APPLE_PROXY)),
    "click": (_TAKEN, _DELIVERED, _due(30, "open"), _due(45, "click")),
    "reply": (_TAKEN, _DELIVERED, _due(30, "open"), _due(60, REPLY)),
    "ooo": (_TAKEN, _DELIVERED, _due(7, OUT_OF_OFFICE)),
}


def life_of(address: str, *, seed: int, drop_reason: str = "") -> tuple[Due, ...]:
    """Everything that will happen to a mail to this address, in order. drop_reason: the address is suppressed.

    What stands behind a `+` in the local part does not count, so `reply+1@` and `reply+2@` both reply.
    """
    if drop_reason:
        return (_due(0, "dropped", reason=drop_reason),)
    local = address.lower().rpartition("@")[0].partition("+")[0]
    return _NAMED.get(local) or _drawn(Random(f"{seed}:{address.lower()}"))


def _drawn(lot: Random) -> tuple[Due, ...]:
    """Delivered within seconds; most mails are then opened, by a person or a proxy, and some persons click."""
    delivered, how = lot.uniform(1, 5), lot.random()
    arrived = (_TAKEN, _due(delivered, "delivered"))
    if how < _UNOPENED:
        return arrived
    if how < _OPENED_BY_A_MACHINE:
        return (*arrived, _due(delivered + lot.uniform(1, 3), "open", **APPLE_PROXY))
    opened = delivered + lot.uniform(15, 120)
    read = (*arrived, _due(opened, "open"))
    return read if how < _CLICKED else (*read, _due(opened + lot.uniform(20, 60), "click"))
