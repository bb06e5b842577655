"""After an erasure no row of any table says who it was; other people's rows stay as they were."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from bot.outreach.access import Role, person
from bot.outreach.errors import NotFound
from bot.outreach.events import EventKind
from bot.outreach.leads import LeadQuery
from bot.outreach.reachability import AddressFact
from bot.outreach.views import SavedView
from bot.services.persons import PersonService
from storage.database import Database
from storage.events import events
from storage.ids import new_id
from storage.lead_tables import leads
from storage.personal import HOLDINGS
from storage.tables import metadata
from tests.storage.given import AT, HERE, add_lead, add_workspace
from tests.storage.test_tenancy import Full, everything

OWNER = person("U0ANANOVAK", "Ana", Role.OWNER)
# The address and the name of the lead that fills every table, and what was written to and by them.
WORDS = ("a@b.com", "Zebulon", "Quagmire", "Hello Jane", "Re: Hi", "Shall we?", "submission 1")


def erasing(database):
    return PersonService(database, lambda: AT + timedelta(hours=1))


@pytest.fixture
async def full(database):
    other = await add_workspace(database)
    async with database.begin(other) as uow:
        await Full().fill(uow, "Theirs")
    async with database.begin(HERE) as uow:
        filled = await Full().fill(uow, "Mine")
        await uow.leads.change(filled.lead, {"first_name": "Zebulon", "last_name": "Quagmire"}, at=AT)
        await uow.views.save(SavedView(new_id(), "U1", "Her", text="A@B.com", created_at=AT))
        stranger = await add_lead(uow, "ben@other.com", company_name="Other")
    return filled, stranger, other


async def test_no_row_of_any_table_says_who_it_was(database, full):
    mine, stranger, other = full
    before = await everything(database, other)
    rows = await everything(database, HERE)
    assert [word for word in WORDS if word not in str(rows)] == []

    await erasing(database).erase(HERE, OWNER, mine.lead)

    left = await everything(database, HERE)
    assert [
        (name, row) for name, rows in left.items() for row in rows if any(word.lower() in row.lower() for word in WORDS)
    ] == []
    assert await everything(database, other) == before
    async with database.read(HERE) as uow:
        assert await uow.leads.get(mine.lead) is None and (await uow.leads.get(stranger.id)).email == "ben@other.com"
        assert await uow.leads.counts() == await uow.leads.recount()
        assert await uow.drafts.counts() == await uow.drafts.recount()
        assert await uow.opportunities.counts() == await uow.opportunities.recount()
        assert [event.kind for event in await uow.events.of_lead(mine.lead)] == [EventKind.LEAD_ERASED]
    with pytest.raises(NotFound):
        await erasing(database).erase(HERE, OWNER, mine.lead)


async def test_the_address_stays_known_as_suppressed_by_a_hash_alone(database, full):
    mine, _, _ = full
    await erasing(database).erase(HERE, OWNER, mine.lead)

    async with database.read(HERE) as uow:
        assert await uow.addresses.standing(["a@b.com", "ben@other.com"]) == {"a@b.com": AddressFact.BOUNCED}
        assert [record.source for record in await uow.addresses.history("a@b.com")] == ["erased"]


async def test_a_hash_is_found_under_a_replaced_key_and_by_no_other(database, full):
    mine, _, _ = full
    url = database.url.render_as_string(hide_password=False)
    made = [Database(url, keys) for keys in ([b"old"], [b"new", b"old"], [b"new"])]
    await erasing(made[0]).erase(HERE, OWNER, mine.lead)

    found = []
    for each in made:
        async with each.read(HERE) as uow:
            found.append(bool(await uow.addresses.standing(["a@b.com"])))
        await each.close()
    assert found == [True, True, False]


async def test_events_stay_append_only_outside_an_erasure(database, full):
    mine, _, _ = full
    await erasing(database).erase(HERE, OWNER, mine.lead)

    for statement in (delete(events), update(events).values(actor="nobody")):
        with pytest.raises(DBAPIError, match="append-only"):
            async with database.begin(HERE) as uow:
                await uow.events._tenant.change(statement)


async def test_an_erasure_that_fails_takes_nothing_away(database, full, monkeypatch):
    mine, _, _ = full
    before = await everything(database, HERE)
    monkeypatch.setattr("storage.erasures.Erasures.close", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        await erasing(database).erase(HERE, OWNER, mine.lead)

    assert await everything(database, HERE) == before


async def test_the_search_finds_nobody_any_more(database, full):
    mine, _, _ = full
    await erasing(database).erase(HERE, OWNER, mine.lead)

    async with database.read(HERE) as uow:
        assert [(await uow.leads.page(LeadQuery(text=word))).leads for word in ("a@b.com", "quagmire")] == [(), ()]
    async with database._reading.connect() as connection:
        texts = await connection.execute(select(leads.c.search_text).where(leads.c.id == mine.lead))
        assert texts.scalars().all() == [""]


def test_every_table_with_a_lead_or_an_address_is_among_the_holdings():
    held = {holding.table.name for holding in HOLDINGS}
    named = {
        table.name for table in metadata.sorted_tables if {"lead_id", "address_key", "email_key"} & set(table.c.keys())
    }

    assert named - held == {"blocked_leads", "erasures"}  # ids alone
