"""Segments: named audiences, either listed lead by lead or found by rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.outreach.criteria import Criteria
from bot.outreach.errors import Conflict, Invalid

LONGEST_NAME = 80
SAMPLE_LEADS = 5


class SegmentKind(StrEnum):
    """`static`: exactly its members. `dynamic`: whoever its rules match at the moment."""

    STATIC = "static"
    DYNAMIC = "dynamic"


class SegmentState(StrEnum):
    """Only an active one can be used. A retired one is kept to be read."""

    DRAFT = "draft"
    ACTIVE = "active"
    RETIRED = "retired"


_NEXT: Mapping[SegmentState, frozenset[SegmentState]] = {
    SegmentState.DRAFT: frozenset({SegmentState.ACTIVE, SegmentState.RETIRED}),
    SegmentState.ACTIVE: frozenset({SegmentState.RETIRED}),
    SegmentState.RETIRED: frozenset({SegmentState.ACTIVE}),
}


@dataclass(frozen=True, slots=True)
class Segment:
    """An audience by name. revision: from 1, one more with each change."""

    id: str
    name: str
    kind: SegmentKind
    state: SegmentState = SegmentState.DRAFT
    criteria: Criteria = field(default_factory=Criteria)
    revision: int = 1
    author: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def is_dynamic(self) -> bool:
        """Whether rules say who is in it."""
        return self.kind is SegmentKind.DYNAMIC

    @property
    def is_active(self) -> bool:
        """Whether it can be used."""
        return self.state is SegmentState.ACTIVE


@dataclass(frozen=True, slots=True)
class Count:
    """How many leads are in a segment, as far as they were counted, in the order they came.

    newest: order numbers of those found that changed last, a few of each stretch. share: of all leads looked at so
    far, from 0 to 1. after: the order number behind which to go on; None when all were looked at.
    """

    leads: int = 0
    newest: tuple[int, ...] = ()
    share: float = 0.0
    after: int | None = 0

    @property
    def is_whole(self) -> bool:
        """Whether every lead was looked at."""
        return self.after is None


NOBODY = Count(share=1.0, after=None)


def checked_name(name: str) -> str:
    """The name, tidied. Raises `Invalid` (field `name`)."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise Invalid(f"Give the segment a name of up to {LONGEST_NAME} characters.", field="name")
    return name


def may_become(segment: Segment, state: SegmentState) -> None:
    """Raises `Conflict` for a step that a segment cannot take, `Invalid` for rules that match nobody."""
    if state not in _NEXT[segment.state]:
        raise Conflict(f"{segment.name} is {segment.state} already.")
    if state is SegmentState.ACTIVE and segment.is_dynamic and not segment.criteria.rules:
        raise Invalid(f"{segment.name} has no rules yet, so it matches nobody. Add a rule first.", field="rules")


def may_change(segment: Segment) -> None:
    """Raises `Conflict` for a retired one."""
    if segment.state is SegmentState.RETIRED:
        raise Conflict(f"{segment.name} is retired and can only be read. Activate it to change it.")


def may_use(segment: Segment) -> None:
    """Raises `Conflict` unless it is active."""
    if not segment.is_active:
        raise Conflict(f"{segment.name} is {segment.state}. Only an active segment can be used: `/outreach segments`.")
