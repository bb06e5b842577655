"""What the settings of one channel show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.outreach.local_time import Slot
from bot.outreach.routes import Route, Topic


@dataclass(frozen=True, slots=True)
class Board:
    """What goes into one channel, and into which others.

    others: routes of other channels that are not off. names: what to call whoever set routes, by id. standing: which
    of today's digests stands in the channel, 0 for none. spared: how many messages grouping spared in a week.
    """

    channel: str
    routes: Mapping[Topic, Route]
    others: Sequence[Route]
    names: Mapping[str, str]
    standing: int
    spared: int
    next_digest: Slot | None
