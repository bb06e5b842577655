"""Files of leads: every row counted once, whatever else happens to the leads or to the process meanwhile."""

import asyncio
from dataclasses import asdict

import pytest

from bot.outreach.access import Role, person
from bot.outreach.csv_text import Row
from bot.outreach.errors import Conflict, NotAllowed
from bot.outreach.importing import ImportState, Reject
from bot.outreach.leads import LeadStatus
from bot.outreach.reachability import AddressFact, AddressRecord
from bot.services.imports import File, ImportService
from storage.lead_tables import derived, leads
from tests.databases import WORKSPACE
from tests.storage.given import AT, add_lead

ANA = person("U0ANANOVAK", "Ana", Role.ADMIN)
BEN = person("U0BENCARTER", "Ben", Role.EDITOR)
HERE = WORKSPACE.id
MAPPING = {"email": 0, "company_name": 1}


@pytest.fixture
def imports(database):
    return ImportService(database, lambda: AT)


async def begun(imports, digest="d1"):
    return await imports.begin(HERE, ANA, File("leads.csv", digest), MAPPING)


def rows(*cells, first=2):
    return [Row(line, list(each)) for line, each in enumerate(cells, first)]


async def test_each_row_is_added_or_rejected_for_one_reason(database, imports):
    async with database.begin(HERE) as uow:
        await add_lead(uow, "old@acme.com")
        await uow.addresses.add(AddressRecord("gone@acme.com", AddressFact.UNSUBSCRIBED, AT, "a link"))
    one = await begun(imports)

    one = await imports.take(
        HERE,
        one,
        [
            *rows(["new@acme.com", "Acme"], ["OLD@acme.com"], ["gone@acme.com"], ["no address"], ["NEW@acme.com"]),
            Row(7, ['"x'], "A quotation mark is opened and never closed"),
        ],
    )
    one = await imports.take(HERE, one, rows(["new@acme.com"], ["second@acme.com"], first=8))
    one = await imports.finish(HERE, ANA, one)

    assert (one.breakdown.rows, one.breakdown.added) == (8, 2)
    assert one.breakdown.rejected == {
        Reject.HERE: 1,
        Reject.SUPPRESSED: 1,
        Reject.BAD_FORM: 1,
        Reject.BROKEN: 1,
        Reject.IN_FILE: 2,
    }
    assert [(row.line, row.reason) async for row in imports.rejects(HERE, one.id)] == [
        (3, Reject.HERE),
        (4, Reject.SUPPRESSED),
        (5, Reject.BAD_FORM),
        (6, Reject.IN_FILE),
        (7, Reject.BROKEN),
        (8, Reject.IN_FILE),
    ]
    async with database.read(HERE) as uow:
        assert await uow.leads.counts() == await uow.leads.recount() == {LeadStatus.NEW: 3}
        assert await uow.leads.funnel() == await uow.leads.recount_funnel()
        (event,) = await uow.events.log(9)
        assert event.facts == {"file": "leads.csv", "rows": 8, "added": 2}


async def test_a_lead_out_of_a_file_is_as_one_added_by_hand(database, imports):
    one = await begun(imports)
    await imports.take(HERE, one, rows(["Jane@Škoda.cz", "Ünï  &\0 Söhne\udcff"]))

    async with database.begin(HERE) as uow:
        (lead,) = await uow.leads.find("jane@škoda.cz")
        values = asdict(lead)
        columns = [leads.c[name] for name in derived(values)]
        stored = await uow.leads._tenant.first(leads.select().with_only_columns(*columns))
        assert stored._asdict() == derived(values)
        assert lead.company_name == "Ünï  & Söhne?" and lead.created_at == lead.updated_at == AT
        assert await uow.leads.change(lead.id, {"company_name": "Acme"}, at=AT)
        assert [found.id for found in await uow.leads.find(lead.id)] == [lead.id]


async def test_the_same_file_goes_on_where_it_stood(imports):
    first = await imports.take(HERE, await begun(imports), rows(["a@x.com"], ["b@x.com"]))

    again = await begun(imports)
    assert again == first and again.taken == 2
    done = await imports.finish(HERE, ANA, await imports.take(HERE, again, rows(["c@x.com"], first=4)))
    assert (done.state, done.breakdown.added) == (ImportState.DONE, 3)
    assert (await begun(imports)).id != done.id


async def test_two_at_one_import_take_no_row_twice(database, imports):
    one = await begun(imports)

    outcomes = await asyncio.gather(
        *(imports.take(HERE, one, rows(["a@x.com"], ["b@x.com"])) for _ in range(4)), return_exceptions=True
    )

    assert sorted(isinstance(each, Conflict) for each in outcomes) == [False, True, True, True]
    async with database.read(HERE) as uow:
        assert await uow.leads.counts() == await uow.leads.recount() == {LeadStatus.NEW: 2}


async def test_two_files_with_the_same_people_add_each_once(database, imports):
    files = [await begun(imports, f"d{number}") for number in range(4)]
    people = [[f"p{number}@x.com"] for number in range(50)]

    done = await asyncio.gather(*(imports.take(HERE, one, rows(*people)) for one in files))

    assert sum(one.breakdown.added for one in done) == 50
    assert all(one.breakdown.added + one.breakdown.rejects == 50 for one in done)
    async with database.read(HERE) as uow:
        assert await uow.leads.recount() == await uow.leads.counts() == {LeadStatus.NEW: 50}


async def test_editors_import_nothing(imports):
    with pytest.raises(NotAllowed, match="role admin"):
        await imports.begin(HERE, BEN, File("x", "y"), MAPPING)
