"""Pages of leads: against a plain sort, forth and back, while rows change."""

import asyncio
import base64
import itertools
import json
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from bot.outreach.errors import Invalid
from bot.outreach.leads import LeadQuery, LeadSort, LeadStatus
from storage import lead_pages
from storage.database import Database
from storage.lead_cursors import _question
from tests.storage.given import AT, HERE, add_lead, add_leads, add_workspace, later

BLANK_LAST = "\U0010ffff"
STATUSES = [None, *LeadStatus]


def plain(text):
    """Compatibility forms as what they look like: 𝕏 stands beside x."""
    return unicodedata.normalize("NFKC", text).casefold()


PLAIN_SORT = {
    LeadSort.UPDATED: lambda lead: lead.updated_at,
    LeadSort.COMPANY: lambda lead: plain(lead.company_name or lead.domain) or BLANK_LAST,
    LeadSort.CONTACT: lambda lead: plain(lead.name or lead.email or "") or BLANK_LAST,
    LeadSort.STATUS: lambda lead: STATUSES.index(lead.status),
    LeadSort.GRADE: lambda lead: lead.grade or BLANK_LAST,
    LeadSort.OPENS: lambda lead: lead.opens,
    LeadSort.CREATED: lambda lead: lead.created_at,
}
LEADS = some.lists(
    some.fixed_dictionaries(
        {
            "company_name": some.sampled_from(["", "acme", "Acme", "Žlutá", "beta%", "Beta_", "𝕏"]),
            "first_name": some.sampled_from(["", "Ann", "bob"]),
            "status": some.sampled_from(STATUSES),
            "grade": some.sampled_from(["", "A", "B"]),
            "opens": some.integers(0, 2),
        }
    ),
    max_size=14,
)
QUERIES = some.builds(
    LeadQuery,
    text=some.sampled_from(["", "", "ac", "acme", "%", "ta_", "beta ann", "žlu", "𝕏"]),
    status=some.sampled_from([None, None, LeadStatus.NEW, LeadStatus.OPENED]),
    sort=some.sampled_from(list(LeadSort)),
    descending=some.sampled_from([None, True, False]),
    limit=some.integers(1, 5),
)


def expected(leads, query):
    """What the whole list must be. Ties go by arrival, in the direction of the sort."""
    words = query.text.casefold().split()
    kept = [
        lead
        for lead in leads
        if query.status in (None, lead.status)
        and all(word in f"{lead.company_name} {lead.name}".casefold() for word in words)
    ]
    ordered = [lead.id for lead in sorted(kept, key=PLAIN_SORT[query.sort])]
    return ordered[::-1] if query.is_descending else ordered


async def check(url, drafts, query, few_hits, walked):
    database = Database(url)
    workspace_id = await add_workspace(database)
    before = lead_pages.FEW_HITS, lead_pages._WALKED_LEADS
    lead_pages.FEW_HITS, lead_pages._WALKED_LEADS = few_hits, walked
    try:
        leads = await store(database, workspace_id, drafts)
        wanted = expected(leads, query)
        forth, back = await there_and_back(database, workspace_id, query)
    finally:
        lead_pages.FEW_HITS, lead_pages._WALKED_LEADS = before
        await database.close()
    assert [lead.id for page in forth for lead in page.leads] == wanted
    assert [page.leads for page in back] == [page.leads for page in forth[-2::-1]]
    assert {page.total for page in forth} == {None if query.text else len(wanted)}


async def store(database, workspace_id, drafts):
    leads = []
    async with database.begin(workspace_id) as uow:
        for number, draft in enumerate(drafts):
            lead = await add_lead(
                uow, at=later(number // 3), **{name: draft[name] for name in ("company_name", "first_name")}
            )
            changes = {name: draft[name] for name in ("status", "grade", "opens")}
            leads.append(await uow.leads.change(lead.id, changes, at=later(number % 4)))
    return leads


async def there_and_back(database, workspace_id, query):
    async with database.read(workspace_id) as uow:
        forth = [await uow.leads.page(query)]
        while forth[-1].next_cursor:
            forth.append(await uow.leads.page(query, forth[-1].next_cursor))
        back, cursor = [], forth[-1].previous_cursor
        while cursor:
            back.append(await uow.leads.page(query, cursor))
            cursor = back[-1].previous_cursor
    return forth, back


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LEADS, QUERIES, some.sampled_from([0, 3, 4_000]), some.sampled_from([2, 20_000]))
def test_paging_is_a_plain_sort_cut_up_on_sqlite(sqlite_url, drafts, query, few_hits, walked):
    asyncio.run(check(sqlite_url, drafts, query, few_hits, walked))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LEADS, QUERIES, some.sampled_from([0, 3, 4_000]), some.sampled_from([2, 20_000]))
def test_paging_is_a_plain_sort_cut_up_on_postgres(postgres_url, drafts, query, few_hits, walked):
    asyncio.run(check(postgres_url, drafts, query, few_hits, walked))


async def test_rows_that_move_or_go_do_not_shift_the_rest(database):
    ids = await add_leads(database, 10)
    query = LeadQuery(sort=LeadSort.COMPANY, limit=4)
    async with database.begin(HERE) as uow:
        first = await uow.leads.page(query)
        await uow.leads.remove(ids[3], AT)  # the very row the cursor stands at
        await uow.leads.remove(ids[5], AT)
        await uow.leads.change(ids[0], {"company_name": "ZZZ"}, at=AT)
        await add_lead(uow, company_name="AAA")
        second = await uow.leads.page(query, first.next_cursor)
        third = await uow.leads.page(query, second.next_cursor)

    assert [lead.id for lead in second.leads] == [ids[4], *ids[6:9]]
    assert [lead.id for lead in third.leads] == [ids[9], ids[0]]
    assert third.next_cursor is None


async def test_a_page_that_vanished_shows_the_nearest_end(database):
    ids = await add_leads(database, 8)
    query = LeadQuery(sort=LeadSort.COMPANY, limit=4)
    async with database.begin(HERE) as uow:
        first = await uow.leads.page(query)
        second = await uow.leads.page(query, first.next_cursor)
        for lead_id in ids[4:]:
            await uow.leads.remove(lead_id, AT)
        past_the_end = await uow.leads.page(query, first.next_cursor)
        for lead_id in ids[:4]:
            await uow.leads.remove(lead_id, AT)
        nothing = await uow.leads.page(query, second.previous_cursor)

    assert [lead.id for lead in past_the_end.leads] == ids[:4]
    assert (past_the_end.next_cursor, past_the_end.previous_cursor) == (None, None)
    assert (nothing.leads, nothing.next_cursor, nothing.previous_cursor, nothing.total) == ((), None, None, 0)


async def test_going_back_to_the_start_shows_a_full_first_page(database):
    await add_leads(database, 8)
    query = LeadQuery(sort=LeadSort.COMPANY, limit=4)
    async with database.begin(HERE) as uow:
        first = await uow.leads.page(query)
        second = await uow.leads.page(query, first.next_cursor)
        await uow.leads.remove(first.leads[0].id, AT)
        back = await uow.leads.page(query, second.previous_cursor)

    assert len(back.leads) == 4
    assert back.previous_cursor is None


GARBAGE = ["x", "%%%", "é", "W10", "bnVsbA", "\0", "[" * 3_000, "WzEsMiwzLDRd", "=" * 9, "\ud800"]


async def test_garbage_is_no_cursor(database):
    refused = []
    async with database.read(HERE) as uow:
        for cursor in GARBAGE:
            with pytest.raises(Invalid) as error:
                await uow.leads.page(LeadQuery(), cursor)
            refused.append(error.value.field)

    assert refused == ["cursor"] * len(GARBAGE)


OTHERS = [
    LeadQuery(sort=LeadSort.COMPANY, limit=2),
    LeadQuery(descending=False, limit=2),
    LeadQuery(text="x", limit=2),
    LeadQuery(status=LeadStatus.NEW, limit=2),
]


async def test_a_cursor_belongs_to_its_question(database):
    await add_leads(database, 5)
    async with database.read(HERE) as uow:
        page = await uow.leads.page(LeadQuery(limit=2))

        for other in OTHERS:
            with pytest.raises(Invalid):
                await uow.leads.page(other, page.next_cursor)
        assert await uow.leads.page(LeadQuery(limit=3), page.next_cursor)


UGLY = (None, True, "x", "\0", "\ud800", 1.5, 2**63, -(2**70), 2**62, [], {}, "y" * 700)


async def test_no_cursor_crashes(database):
    """Anything a client can write into a cursor is a page or `Invalid`."""
    refused = []
    async with database.read(HERE) as uow:
        for sort, value in itertools.product(LeadSort, UGLY):
            query = LeadQuery(sort=sort)
            text = json.dumps([_question(query), 1, value, 1])
            try:
                await uow.leads.page(query, base64.urlsafe_b64encode(text.encode()).decode())
            except Invalid as error:
                refused.append(error.field)

    assert set(refused) == {"cursor"}


@pytest.mark.parametrize("limit", [-1, 0, 10**9])
async def test_odd_limits_are_bounded(database, limit):
    await add_leads(database, 3)
    async with database.read(HERE) as uow:
        assert len((await uow.leads.page(LeadQuery(limit=limit))).leads) == (3 if limit > 0 else 1)


async def test_a_page_costs_one_statement_however_deep(database):
    await add_leads(database, 200)
    async with database.read(HERE) as uow:
        cursor = None
        for _ in range(7):
            with database.count_statements() as sent:
                page = await uow.leads.page(LeadQuery(), cursor)
            assert sent.total == 1
            cursor = page.next_cursor
