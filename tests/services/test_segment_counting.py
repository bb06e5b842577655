"""A segment counted within a moment: at least so many at first, then everybody."""

from datetime import timedelta

from bot.outreach.criteria import Criteria, Field, Operator, Rule
from bot.outreach.leads import LeadStatus
from bot.outreach.segments import SegmentKind
from bot.services import counting
from bot.services.counting import counted
from tests.storage.given import AT, HERE, a_segment, add_leads, later

EVEN = Criteria((Rule(Field.STATUS, Operator.IS, ("new",)),))


async def half_of(database, number):
    """So many leads of which every second is new."""
    ids = await add_leads(database, number)
    async with database.begin(HERE) as uow:
        for place, lead_id in enumerate(ids[1::2]):
            await uow.leads.change(lead_id, {"status": LeadStatus.OPENED}, at=later(place))
    return ids


async def test_a_short_look_says_how_far_it_came_and_the_next_goes_on_there(database, monkeypatch):
    monkeypatch.setattr(counting, "STRETCH_LEADS", 2)
    ids = await half_of(database, 7)
    segment, seen = a_segment(SegmentKind.DYNAMIC, criteria=EVEN), []

    async with database.read(HERE) as uow:
        count = None
        while count is None or not count.is_whole:
            count = await counted(uow, segment, AT, count, patience=timedelta(0))
            seen.append((count.leads, round(count.share, 2), count.is_whole))
        samples = await uow.segments.leads_at(count.newest, 9)

    assert seen == [(1, 0.29, False), (2, 0.57, False), (3, 0.86, False), (4, 1.0, True)]
    assert {lead.id for lead in samples} == set(ids[::2])


async def test_with_patience_everybody_is_counted_in_longer_and_longer_stretches(database, monkeypatch):
    patience = timedelta(seconds=60)
    monkeypatch.setattr(counting, "STRETCH_LEADS", 2)
    monkeypatch.setattr(counting, "AT_ONCE", patience)
    await half_of(database, 9)
    segment = a_segment(SegmentKind.DYNAMIC, criteria=EVEN)

    async with database.read(HERE) as uow:
        count = await counted(uow, segment, AT, patience=patience)
        again = await counted(uow, segment, AT, count, patience=patience)
        monkeypatch.setattr(counting, "STRETCH_LEADS", 9)
        at_a_stretch = await counted(uow, segment, AT, patience=timedelta(0))

    assert (count.leads, count.share, count.is_whole) == (5, 1.0, True)
    assert again is count
    assert (at_a_stretch.leads, at_a_stretch.is_whole) == (5, True)
