"""A campaign's list within a segment, looked through a stretch at a time."""

import pytest

from bot.outreach.criteria import Criteria, Field, Operator, Rule
from bot.outreach.enrolments import EnrolmentQuery
from bot.outreach.leads import LeadStatus
from bot.outreach.segments import SegmentKind
from storage import enrolment_pages
from tests.storage.given import AT, HERE, a_segment, add_campaign, add_leads, later

OPENED = a_segment(SegmentKind.DYNAMIC, criteria=Criteria((Rule(Field.STATUS, Operator.IS, ("opened",)),)))


@pytest.fixture
def short_stretches(monkeypatch):
    monkeypatch.setattr(enrolment_pages, "_NEAR", 1)
    monkeypatch.setattr(enrolment_pages, "_LOOKED_AT", 3)


async def campaign_of(database, number, opened):
    """A campaign of so many leads, the newest first in its list; those in these places were opened."""
    ids = (await add_leads(database, number))[::-1]
    async with database.begin(HERE) as uow:
        campaign = await add_campaign(uow)
        for place, lead_id in enumerate(ids):
            await uow.enrolments.join([lead_id], campaign.id, later(-place))
        for place in opened:
            await uow.leads.change(ids[place], {"status": LeadStatus.OPENED}, at=later(1))
    return campaign.id, ids


async def walked(database, query, *, cursor=None, back=False, limit=2):
    """Every page that way, as the leads on it."""
    pages = []
    async with database.read(HERE) as uow:
        while cursor or not pages:
            rows, following, previous = await uow.enrolment_pages.page(query, cursor, limit=limit)
            pages.append([row.lead.id for row in rows])
            last, cursor = cursor, previous if back else following
    return pages, last


async def test_pages_go_on_where_looking_ended_and_come_back_the_same_way(database, short_stretches):
    opened = (1, 2, 3, 9)
    campaign_id, ids = await campaign_of(database, 11, opened)
    query = EnrolmentQuery(campaign_id, segment=OPENED, asked_at=AT)

    forth, last = await walked(database, query)
    back, _ = await walked(database, query, cursor=last, back=True)

    assert [ids.index(lead) for page in forth for lead in page] == list(opened)
    assert [] in forth and all(len(page) <= 2 for page in forth)
    assert {ids.index(lead) for page in back for lead in page} == set(opened)


@pytest.mark.parametrize("few", [0, 99], ids=["by the list's order", "by the few members"])
async def test_a_static_segment_and_all_that_match_are_complete(database, short_stretches, monkeypatch, few):
    monkeypatch.setattr(enrolment_pages, "FEW_HITS", few)
    campaign_id, ids = await campaign_of(database, 8, ())
    segment = a_segment()
    async with database.begin(HERE) as uow:
        await uow.segments.add(segment)
        await uow.segments.add_members(segment.id, [ids[0], ids[6], ids[7]])
    query = EnrolmentQuery(campaign_id, segment=segment, asked_at=AT)

    forth, _ = await walked(database, query)
    async with database.read(HERE) as uow:
        every = await uow.enrolment_pages.lead_ids(query, 99)
        first = await uow.enrolment_pages.lead_ids(query, 2)
        searched = await uow.enrolment_pages.lead_ids(EnrolmentQuery(campaign_id, "c1.com", None, segment, AT), 9)

    assert [lead for page in forth for lead in page] == every == [ids[0], ids[6], ids[7]]
    assert first == every[:2] and searched == [ids[6]]
