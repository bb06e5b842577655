"""Segments as rows, and who is in one: the databases say what `matches` says."""

import asyncio
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from bot.outreach.criteria import Criteria, Field, Match, Operator, Rule, matches
from bot.outreach.leads import LeadQuery
from bot.outreach.segments import SegmentKind, SegmentState
from bot.outreach.validation import AddressCheck
from storage import lead_pages
from storage.database import Database
from storage.ids import new_id
from tests.outreach.given_criteria import CRITERIA, LEADS
from tests.storage.given import AT, HERE, a_segment, add_lead, add_leads, add_workspace, later
from tests.storage.test_lead_pages import there_and_back

FOUND_BY_COLUMN = ("status", "campaign_id", "audit_run_id", "opens", "grade")
DRAFTED = ("country", "city", "industry", "company_size", "revenue", "company_name", "domain", "website", "phone")


async def test_a_segment_is_read_back_renamed_and_kept_from_two_at_once(database):
    rules = Criteria((Rule(Field.COUNTRY, Operator.IS, ("Norway",)),), Match.ANY)
    segment = a_segment(SegmentKind.DYNAMIC, criteria=rules)

    async with database.begin(HERE) as uow:
        assert await uow.segments.add(segment)
        assert not await uow.segments.add(a_segment(name="HOTELS"))
        assert await uow.segments.all() == [segment] == [await uow.segments.get(segment.id, locked=True)]
        assert await uow.segments.change(replace(segment, state=SegmentState.ACTIVE), later(9))
        assert not await uow.segments.change(segment, later(9))
        active = await uow.segments.named("hotels")

    assert active == replace(segment, state=SegmentState.ACTIVE, revision=2, updated_at=later(9))


async def test_members_are_added_once_and_go_with_their_segment(database):
    ids = await add_leads(database, 5)
    segment = a_segment()
    async with database.begin(HERE) as uow:
        await uow.segments.add(segment)
        assert await uow.segments.add_members(segment.id, [ids[3], ids[1], new_id()]) == 2
        assert await uow.segments.add_members(segment.id, [ids[1], ids[2], ids[4]]) == 2
        assert await uow.segments.remove_members(segment.id, [ids[3], ids[0]]) == 1
        await uow.leads.remove(ids[4], AT)

        assert await uow.segments.lead_ids(segment, AT, 9) == [ids[1], ids[2]]
        number, newest = await uow.segments.found(segment, AT, 1)
        assert (number, [lead.id for lead in await uow.segments.leads_at(newest, 9)]) == (2, [ids[2]])
        assert await uow.segments.among(segment, ids, AT) == {ids[1], ids[2]}
        [(seq, lead)] = await uow.segments.leads_after(segment, AT, 0, 1)
        assert (lead.id, len(await uow.segments.leads_after(segment, AT, seq, 9))) == (ids[1], 1)
        page = await uow.leads.page(LeadQuery(segment=segment, asked_at=AT))
        assert ({lead.id for lead in page.leads}, page.total) == ({ids[1], ids[2]}, None)
        assert await uow.segments.remove(segment.id)
        assert not await uow.segments.remove(segment.id)


async def check(url, drafts, segment, criteria, few_hits, walked):
    """The segment's leads, and the pages of the list within it, against the plain matcher."""
    database = Database(url)
    workspace_id = await add_workspace(database)
    before = lead_pages.FEW_HITS, lead_pages._WALKED_LEADS
    lead_pages.FEW_HITS, lead_pages._WALKED_LEADS = few_hits, walked
    now = later(0)
    try:
        leads = await stored(database, workspace_id, drafts)
        async with database.read(workspace_id) as uow:
            found = await uow.segments.lead_ids(segment, now, 99)
            number, newest = await uow.segments.found(segment, now, 99)
            first, last = await uow.lead_traits.ends()
            middle = (first + last) // 2
            halves = [await uow.segments.found(segment, now, 99, ends) for ends in ((0, middle), (middle, last))]
            latest = await uow.segments.leads_at(newest, 2)
        query = LeadQuery(segment=segment, criteria=criteria, asked_at=now, limit=2)
        forth, _ = await there_and_back(database, workspace_id, query)
    finally:
        lead_pages.FEW_HITS, lead_pages._WALKED_LEADS = before
        await database.close()
    within = [lead.id for lead, verdict in leads if matches(segment.criteria, lead, verdict, now)]
    assert (found, number) == (within, len(within))
    assert (sum(half for half, _ in halves), sorted(halves[0][1] + halves[1][1])) == (number, sorted(newest))
    assert {lead.id for lead in latest} <= set(within) and len(latest) == min(2, number)
    listed = [lead for lead, verdict in leads if lead.id in within and matches(criteria, lead, verdict, now)]
    assert {lead.id for page in forth for lead in page.leads} == {lead.id for lead in listed}
    assert sum(len(page.leads) for page in forth) == len(listed)


async def stored(database, workspace_id, drafts):
    """Each lead as stored, with the verdict on its address."""
    leads = []
    async with database.begin(workspace_id) as uow:
        for number, draft in enumerate(drafts):
            email = f"p{number}@acme.com" if draft["has_email"] else None
            at = AT - draft["days"]
            lead = await add_lead(uow, email, at=at, **{name: draft[name] for name in DRAFTED})
            changed = await uow.leads.change(lead.id, {name: draft[name] for name in FOUND_BY_COLUMN}, at=at)
            leads.append((changed, draft["verdict"] if email else None))
    checks = [AddressCheck(lead.email, "acme.com", verdict) for lead, verdict in leads if verdict]
    async with database.begin(workspace_id) as uow:
        await uow.verdicts.settle(checks)
    return leads


SEGMENTS = some.builds(a_segment, some.just(SegmentKind.DYNAMIC), criteria=CRITERIA)
DRAWN = (some.lists(LEADS, max_size=8), SEGMENTS, CRITERIA, some.sampled_from([0, 4_000]), some.sampled_from([2, 20]))


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(*DRAWN)
def test_sqlite_finds_exactly_who_matches(sqlite_url, drafts, segment, criteria, few_hits, walked):
    asyncio.run(check(sqlite_url, drafts, segment, criteria, few_hits, walked))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(*DRAWN)
def test_postgres_finds_exactly_who_matches(postgres_url, drafts, segment, criteria, few_hits, walked):
    asyncio.run(check(postgres_url, drafts, segment, criteria, few_hits, walked))
