"""Files of leads: every row counted once, whatever else happens to the leads or to the process meanwhile."""

import asyncio
import csv
import random
from dataclasses import asdict

import pytest
from sqlalchemy import update

from bot.outreach.access import Role, person
from bot.outreach.csv_text import Row
from bot.outreach.errors import Conflict, NotAllowed, NotFound
from bot.outreach.events import EventKind
from bot.outreach.importing import Breakdown, ImportState, Reject
from bot.outreach.leads import LeadQuery, LeadStatus
from bot.outreach.policies import Policy
from bot.outreach.reachability import AddressFact, AddressRecord
from bot.services.imports import File, ImportService
from bot.services.policies import PolicyService
from storage.imports import imports as import_table
from storage.lead_tables import derived, leads
from tests.databases import WORKSPACE
from tests.storage.given import AT, a_consent, add_campaign, add_lead

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
        assert event.facts == {"file": "leads.csv", "rows": 8, "added": 2, "joined": 0}
        assert sorted(await uow.verdicts.of(["new@acme.com", "second@acme.com", "gone@acme.com"])) == [
            "new@acme.com",
            "second@acme.com",
        ]


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


async def test_into_a_campaign_come_new_leads_and_old_ones(database, imports):
    async with database.begin(HERE) as uow:
        campaign = (await add_campaign(uow)).id
        old, inside = await add_lead(uow, "old@acme.com"), await add_lead(uow, "inside@acme.com")
        await uow.enrolments.join([inside.id], campaign, AT)
    people = rows(["new@acme.com"], ["old@acme.com"], ["inside@acme.com"], ["OLD@acme.com"], ["new@acme.com"])
    foreseen = await imports.forecast(HERE, ANA, people, MAPPING, campaign)

    one = await imports.begin(HERE, ANA, File("leads.csv", "d1"), MAPPING, campaign)
    for row in people:  # each in a batch of its own: the sum is that of one batch
        one = await imports.take(HERE, one, [row])

    assert one.breakdown == foreseen == Breakdown(5, 1, 1, {Reject.IN_CAMPAIGN: 1, Reject.IN_FILE: 2})
    async with database.read(HERE) as uow:
        (new,) = await uow.leads.find("new@acme.com")
        assert set(await uow.enrolments.inside([new.id, old.id, inside.id], campaign)) == {new.id, old.id, inside.id}
        assert new.campaign_id is None, "nothing was handed to the vendor yet"


async def test_where_only_permission_counts_those_without_consent_are_told_of(database, imports):
    await PolicyService(database, lambda: AT).set(HERE, ANA, Policy(permission=True))
    async with database.begin(HERE) as uow:
        campaign = (await add_campaign(uow)).id
        for key in ("new@acme.com", "old@acme.com"):
            await uow.consents.add(a_consent(key))
        await add_lead(uow, "old@acme.com")
        await add_lead(uow, "silent@acme.com")
    people = rows(["new@acme.com"], ["old@acme.com"], ["silent@acme.com"], ["other@acme.com"])
    foreseen = await imports.forecast(HERE, ANA, people, MAPPING, campaign)
    into_none = await imports.forecast(HERE, ANA, people, MAPPING)

    one = await imports.take(HERE, await imports.begin(HERE, ANA, File("a.csv", "d1"), MAPPING, campaign), people)

    assert one.breakdown == foreseen == Breakdown(4, 2, 2, {}, 2)
    assert into_none.unpermitted == 0


async def test_a_forecast_writes_nothing_and_is_right(database, imports):
    async with database.begin(HERE) as uow:
        await add_lead(uow, "old@acme.com")
        await uow.addresses.add(AddressRecord("gone@acme.com", AddressFact.UNSUBSCRIBED, AT, "a link"))
    some = random.Random(3)
    people = rows(
        *([some.choice(["x", "", "old@acme.com", "gone@acme.com", f"p{n % 700}@x.com"])] for n in range(1_300))
    )

    foreseen = await imports.forecast(HERE, ANA, iter(people), MAPPING)

    async with database.read(HERE) as uow:
        assert await uow.leads.counts() == {LeadStatus.NEW: 1}
        assert await uow.imports.newest(9) == []
    *_, done = [step async for step in imports.run(HERE, ANA, await begun(imports), iter(people))]
    assert foreseen == done.breakdown and done.state is ImportState.DONE


async def test_a_cancelled_import_takes_no_further_row(database, imports):
    one = await begun(imports)
    taken = await imports.take(HERE, one, rows(["a@x.com"]))

    cancelled = await imports.cancel(HERE, ANA, one.id)
    again = await imports.cancel(HERE, ANA, one.id)
    ran = [step async for step in imports.run(HERE, ANA, taken, iter(rows(["b@x.com"], first=3)))]

    assert cancelled == again == ran[-1] and len(ran) == 1
    assert (cancelled.state, cancelled.taken, cancelled.ended_at) == (ImportState.CANCELLED, 1, AT)
    async with database.read(HERE) as uow:
        assert [event.kind for event in await uow.events.log(9)] == [EventKind.IMPORT_CANCELLED]
        assert await uow.leads.counts() == {LeadStatus.NEW: 1}
    assert (await begun(imports)).id != one.id


async def test_neighbours_are_taken_together_and_the_first_row_of_an_address_counts(database, imports):
    file = rows(["z@b.com", "First"], ["y@a.com"], ["x"], ["Z@b.com", "Second"], ["a@b.com"])
    one = await begun(imports)

    *_, done = [step async for step in imports.run(HERE, ANA, one, file)]

    assert one.is_sorted and done.breakdown.rejected == {Reject.BAD_FORM: 1, Reject.IN_FILE: 1}
    assert [row.line async for row in imports.rejects(HERE, one.id)] == [4, 5]
    async with database.read(HERE) as uow:
        assert (await uow.leads.page(LeadQuery(text="z@b.com"))).leads[0].company_name == "First"


@pytest.mark.parametrize("is_sorted", [True, False])
async def test_an_interrupted_import_goes_on_in_its_own_order(database, imports, is_sorted):
    some = random.Random(5)
    file = rows(*([f"p{some.randrange(900)}@d{some.randrange(9)}.com"] for _ in range(1_000)))
    one = await begun(imports)
    if not is_sorted:  # begun before imports were taken in order
        async with database.begin(HERE) as uow:
            await uow.imports._tenant.change(update(import_table).values(is_sorted=False))
    foreseen = await imports.forecast(HERE, ANA, file, MAPPING)

    steps = imports.run(HERE, ANA, await begun(imports), file)
    first = await anext(steps)
    await steps.aclose()
    again = await begun(imports)
    *_, done = [step async for step in imports.run(HERE, ANA, again, file)]

    assert (again.taken, again.is_sorted) == (first.taken, is_sorted) and 0 < first.taken < 1_000
    assert (done.id, done.breakdown) == (one.id, foreseen)


async def test_what_has_ended_cannot_be_cancelled(imports):
    done = await imports.finish(HERE, ANA, await begun(imports))

    with pytest.raises(Conflict, match="come to its end"):
        await imports.cancel(HERE, ANA, done.id)
    with pytest.raises(NotFound):
        await imports.cancel(HERE, ANA, "nothing")


async def test_two_who_begin_the_same_file_at_once_begin_one_import(imports):
    begun_ones = await asyncio.gather(*(begun(imports) for _ in range(4)))

    assert len({one.id for one in begun_ones}) == 1
    assert await imports.newest(HERE, ANA) == [begun_ones[0]]


async def test_rejected_rows_come_back_as_they_were_and_compute_nothing(imports):
    one = await imports.begin(HERE, ANA, File("leads.csv", "d1", ("E-mail", "=Firma")), MAPPING)
    one = await imports.take(HERE, one, rows(['=cmd|"x"', "a;b"], ["@SUM(A1)"]))

    text = "".join([part async for part in imports.rejects_csv(HERE, ANA, one.id)])

    header, first, second = csv.reader(text.splitlines())
    assert header == ["E-mail", "'=Firma", "reason", "line"]
    assert first[:2] == ['\'=cmd|"x"', "a;b"] and first[3] == "2"
    assert second[:2] == ["'@SUM(A1)", ""] and second[2].startswith("bad email format")


async def test_editors_import_nothing(imports):
    with pytest.raises(NotAllowed, match="role admin"):
        await imports.begin(HERE, BEN, File("x", "y"), MAPPING)
    for act in (imports.cancel, imports.get):
        with pytest.raises(NotAllowed):
            await act(HERE, BEN, "id")
    with pytest.raises(NotAllowed):
        await imports.forecast(HERE, BEN, [], MAPPING)
    with pytest.raises(NotAllowed):
        await anext(imports.undo(HERE, BEN, "id"))
    with pytest.raises(NotAllowed):
        await anext(imports.rejects_csv(HERE, BEN, "id"))
