"""The demo's two segments: one found by rules, one put together by hand."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from bot.outreach.criteria import Criteria, Field, Operator, Rule
from bot.outreach.segments import Segment, SegmentKind, SegmentState
from bot.sandbox.sample import SampleLead
from bot.sandbox.sample_people import SHARED_DOMAIN
from bot.sandbox.slack.server import ANA
from storage.unit_of_work import UnitOfWork

_WEAK = Criteria(
    (
        Rule(Field.GRADE, Operator.IS, ("D", "E", "F")),
        Rule(Field.STATUS, Operator.IS_NOT, ("bounced", "converted")),
        Rule(Field.HAS, Operator.IS, ("audit",)),
    )
)


async def load_segments(uow: UnitOfWork, leads: Sequence[SampleLead], now: datetime) -> None:
    """Stored only beside the sample leads."""
    weak = _active("Weak sites", SegmentKind.DYNAMIC, now, _WEAK)
    hotels = _active("Northwind people", SegmentKind.STATIC, now, Criteria())
    for segment in (weak, hotels):
        await uow.segments.add(segment)
    await uow.segments.add_members(hotels.id, [lead.id for lead in leads if lead.draft.domain == SHARED_DOMAIN])


def _active(name: str, kind: SegmentKind, now: datetime, criteria: Criteria) -> Segment:
    state = SegmentState.ACTIVE
    return Segment(str(uuid4()), name, kind, state, criteria, author=ANA, created_at=now, updated_at=now)
