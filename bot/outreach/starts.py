"""A start: one sequence begun for everybody in a segment, lead after lead, until the segment's end is reached."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from bot.outreach.sequences import Mode, Sequence

MOST_BY_HAND = 200  # leads of a manual sequence: each of its later steps asks a person, lead by lead


class StartState(StrEnum):
    """`stopped`: by a person, or because something it needs is gone."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Start:
    """How far it got. after_seq: the order number of the last lead looked at. skipped: how many for each reason.

    channel: where its progress is shown. why: why it stopped. reported: its end has been shown.
    """

    id: str
    segment_id: str
    sequence_id: str
    site_id: str
    author: str
    channel: str
    created_at: datetime
    after_seq: int = 0
    started: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    state: StartState = StartState.RUNNING
    why: str = ""
    reported: bool = False

    @property
    def is_running(self) -> bool:
        """Whether there may be leads left."""
        return self.state is StartState.RUNNING

    @property
    def left_out(self) -> int:
        """How many were skipped, for whatever reason."""
        return sum(self.skipped.values())


def too_many(sequence: Sequence, leads: int) -> str:
    """Why the sequence is not begun for so many leads; empty when it is."""
    if sequence.mode is Mode.AUTO or leads <= MOST_BY_HAND:
        return ""
    return (
        f"{sequence.name} is manual: each later step asks a person, lead by lead. It takes at most {MOST_BY_HAND:,} "
        "leads at once: choose a smaller segment or a sequence in the mode auto."
    )


def moved_on(start: Start, after_seq: int, started: int, skipped: Mapping[str, int]) -> Start:
    """The start after some more leads."""
    counted = dict(Counter(start.skipped) + Counter(skipped))
    return replace(start, after_seq=after_seq, started=start.started + started, skipped=counted)
