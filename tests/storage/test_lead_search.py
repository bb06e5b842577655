"""Searching: every word a substring, wildcards plain, the index in step with the rows."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import make_url

from bot.outreach.leads import LeadQuery, LeadStatus
from storage.database import Database
from tests.storage.given import AT, HERE, add_lead, add_leads


@pytest.fixture
async def leads(database):
    async with database.begin(HERE) as uow:
        await add_lead(uow, "ann@acme.com", company_name="Acme 100% Tools", first_name="Ann", last_name="Lee")
        await add_lead(uow, "bob@beta.com", company_name="Beta_Works", first_name="Bob")
        await add_lead(uow, None, company_name='"Quoted" O\'Neil', domain="quoted.io")
        await add_lead(uow, None, company_name="ŽLUŤOUČKÝ Straße", domain="kun.cz")
        await add_lead(uow, None, company_name="株式会社日本")
        await add_lead(uow, None, company_name="back\\slash * AND OR NOT NEAR(")
    return database


FINDS = {
    "acme": ["Acme 100% Tools"],
    "ACME ann": ["Acme 100% Tools"],
    "acme bob": [],
    "100%": ["Acme 100% Tools"],
    "%": ["Acme 100% Tools"],
    "%%%": [],
    "_": ["Beta_Works"],
    "a_works": ["Beta_Works"],
    "betaxworks": [],
    '"quoted"': ['"Quoted" O\'Neil'],
    '"': ['"Quoted" O\'Neil'],
    "o'neil quoted.io": ['"Quoted" O\'Neil'],
    "žluťoučký": ["ŽLUŤOUČKÝ Straße"],
    "z\u030clut\u030c": ["ŽLUŤOUČKÝ Straße"],
    "STRASSE": ["ŽLUŤOUČKÝ Straße"],
    "日本": ["株式会社日本"],
    "会社日本": ["株式会社日本"],
    "\\": ["back\\slash * AND OR NOT NEAR("],
    "k\\s": ["back\\slash * AND OR NOT NEAR("],
    "slash AND NOT near(": ["back\\slash * AND OR NOT NEAR("],
    "beta.com works": ["Beta_Works"],
    "be wo": ["Beta_Works"],
    "acme\0": ["Acme 100% Tools"],
    "\ud800": [],
    "x" * 5_000: [],
    "acme " * 5_000: ["Acme 100% Tools"],
    "".join(f"{letter} " for letter in "abcdefghijklmnopqrstuvwxyz0123456789"): [],
}


async def test_search(leads):
    found = {}
    async with leads.read(HERE) as uow:
        for text in FINDS:
            page = await uow.leads.page(LeadQuery(text=text))
            assert page.total is None
            found[text] = [lead.company_name for lead in page.leads]

    assert found == FINDS


async def test_blank_text_is_no_search(leads):
    async with leads.read(HERE) as uow:
        page = await uow.leads.page(LeadQuery(text="  "))

    assert (len(page.leads), page.total) == (6, 6)


async def test_search_follows_every_change(database):
    async def found(uow, text):
        return [lead.id for lead in (await uow.leads.page(LeadQuery(text=text))).leads]

    async with database.begin(HERE) as uow:
        lead = await add_lead(uow, "ann@acme.com", company_name="Before")
        assert await found(uow, "before") == [lead.id]

        await uow.leads.change(lead.id, {"company_name": "After"}, at=AT)
        assert (await found(uow, "before"), await found(uow, "after acme")) == ([], [lead.id])

        await uow.leads.change(lead.id, {"opens": 3}, at=AT)
        await uow.leads.change_many([(lead.id, {"first_name": "Zoe"})], at=AT)
        assert await found(uow, "zoe after") == [lead.id]

        await uow.leads.remove(lead.id, AT)
        assert await found(uow, "zoe") == []


async def test_search_within_a_status(database):
    ids = await add_leads(database, 30)
    async with database.begin(HERE) as uow:
        for lead_id in ids[::10]:
            await uow.leads.change(lead_id, {"status": LeadStatus.OPENED}, at=AT)

        page = await uow.leads.page(LeadQuery(text="company", status=LeadStatus.OPENED))

    assert {lead.id for lead in page.leads} == set(ids[::10])


async def test_the_index_is_put_together_as_it_grows(sqlite_url):
    database = Database(sqlite_url)
    for number in range(120):
        async with database.begin(HERE) as uow:
            await add_lead(uow, f"p{number}@acme.com", company_name=f"Acme {number}")

    with closing(sqlite3.connect(make_url(sqlite_url).database)) as raw:
        pieces = raw.execute("SELECT count(DISTINCT segid) FROM leads_search_idx").fetchone()[0]
    async with database.read(HERE) as uow:
        found = (await uow.leads.page(LeadQuery(text="acme", limit=200))).leads
    await database.close()

    assert len(found) == 120
    assert pieces < 12  # left to itself SQLite would have sixteen of the smallest alone
