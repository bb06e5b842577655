"""An import undone: what it brought goes, what somebody used since stays, whoever else is at it."""

import asyncio
from datetime import timedelta

import pytest

from bot.outreach.access import Role, person
from bot.outreach.csv_text import Row
from bot.outreach.errors import Conflict
from bot.outreach.events import Event, EventKind
from bot.outreach.importing import ImportState, Kept, undo_lines
from bot.outreach.leads import LeadStatus
from bot.outreach.pushes import PushedLeadState
from bot.outreach.reachability import AddressFact, AddressRecord
from bot.services import import_undoing
from bot.services.imports import File, ImportService
from tests.databases import WORKSPACE
from tests.storage.given import AT, a_draft, a_push, add_campaign, add_lead, an_audit, in_batches

ANA = person("U0ANANOVAK", "Ana", Role.ADMIN)
HERE = WORKSPACE.id
MAPPING = {"email": 0}


class Watch:
    """A clock that is set by hand."""

    now = AT

    def __call__(self):
        return self.now


@pytest.fixture
def watch():
    return Watch()


@pytest.fixture
def imports(database, watch, monkeypatch):
    monkeypatch.setattr(import_undoing, "BATCH_LEADS", 3)
    return ImportService(database, watch)


@pytest.fixture
async def campaign(database):
    async with database.begin(HERE) as uow:
        return (await add_campaign(uow)).id


async def imported(imports, *addresses, campaign=None):
    rows = (Row(line, [address]) for line, address in enumerate(addresses, 2))
    one = await imports.begin(HERE, ANA, File("leads.csv", "digest"), MAPPING, campaign)
    return [step async for step in imports.run(HERE, ANA, one, rows)][-1]


async def undone(imports, one):
    return [step async for step in imports.undo(HERE, ANA, one.id)][-1]


async def leads_by_address(database, *addresses):
    async with database.read(HERE) as uow:
        return {key: lead.id for key, lead in (await uow.leads.by_keys(addresses)).items()}


async def test_what_came_with_it_goes(database, imports, campaign):
    async with database.begin(HERE) as uow:
        old = await add_lead(uow, "old@x.com")
        await uow.addresses.add(AddressRecord("p1@x.com", AddressFact.BOUNCED, AT, "later"))
    one = await imported(imports, "old@x.com", *(f"p{n}@x.com" for n in range(2, 9)), campaign=campaign)

    gone = await undone(imports, one)

    assert (gone.state, gone.removed, gone.withdrawn, gone.kept) == (ImportState.UNDONE, 7, 1, {})
    async with database.read(HERE) as uow:
        assert await uow.leads.counts() == await uow.leads.recount() == {LeadStatus.NEW: 1}
        assert await uow.leads.funnel() == await uow.leads.recount_funnel()
        assert await uow.enrolments.of_lead(old.id) == []
        assert await uow.addresses.standing(["p1@x.com"]) == {"p1@x.com": AddressFact.BOUNCED}
        newest = (await uow.events.log(1))[0]
    assert newest.kind is EventKind.IMPORT_UNDONE
    assert newest.facts == {"file": "leads.csv", "removed": 7, "kept": 0, "left": 1}
    again = await imported(imports, "p2@x.com")
    assert again.breakdown.added == 1


async def test_leads_to_which_something_happened_stay_with_the_reason(database, imports, campaign):
    names = ["audited", "edited", "pushed", "drafted", "noted", "elsewhere", "alone"]
    one = await imported(imports, *(f"{name}@x.com" for name in names), campaign=campaign)
    by_address = await leads_by_address(database, *(f"{name}@x.com" for name in names))
    ids = {name: by_address[f"{name}@x.com"] for name in names}
    async with database.begin(HERE) as uow:
        await uow.audits.add(an_audit(ids["audited"]))
        await uow.leads.change(ids["edited"], {"city": "Brno"}, at=AT + timedelta(minutes=1))
        push = a_push(campaign, 1)
        await uow.pushes.add(push, in_batches([ids["pushed"]], 9))
        await uow.pushes.settle(push.id, [(ids["pushed"], PushedLeadState.PUSHED, "")])
        await uow.drafts.add(a_draft(ids["drafted"]))
        await uow.events.add(Event(EventKind.LABELLED, "U1", AT, ids["noted"]))
        other = (await add_campaign(uow, "Autumn", "p-2")).id
        await uow.enrolments.join([ids["elsewhere"]], other, AT)

    gone = await undone(imports, one)

    assert gone.removed == 1
    assert gone.kept == {
        Kept.AUDITED: 1,
        Kept.PUSHED: 1,
        Kept.DRAFTED: 1,
        Kept.ELSEWHERE: 1,
        Kept.CHANGED: 2,
    }
    assert (1, "leads removed") in undo_lines(gone) and (2, "stayed: changed since") in undo_lines(gone)
    async with database.read(HERE) as uow:
        assert await uow.leads.counts() == await uow.leads.recount() == {LeadStatus.NEW: 6}
        assert set(await uow.enrolments.inside(ids.values(), campaign)) == set(ids.values()) - {ids["alone"]}


async def test_what_the_interrupted_one_left_the_next_finishes(database, imports):
    one = await imported(imports, *(f"p{n}@x.com" for n in range(8)))
    async with database.begin(HERE) as uow:
        kept = (await uow.leads.find("p0@x.com"))[0]
        await uow.drafts.add(a_draft(kept.id))
    begun = imports.undo(HERE, ANA, one.id)
    assert (await anext(begun)).state is ImportState.UNDOING
    await begun.aclose()

    gone = await undone(imports, one)

    assert (gone.state, gone.removed, gone.kept) == (ImportState.UNDONE, 7, {Kept.DRAFTED: 1})


async def test_two_who_undo_at_once_remove_each_lead_once(database, imports):
    one = await imported(imports, *(f"p{n}@x.com" for n in range(20)))

    outcomes = await asyncio.gather(*(undone(imports, one) for _ in range(3)), return_exceptions=True)

    assert all(isinstance(each, Conflict) or each.removed == 20 for each in outcomes), outcomes
    final = await imports.get(HERE, ANA, one.id)
    if final.state is ImportState.UNDOING:
        final = await undone(imports, one)
    assert final.removed == 20
    async with database.read(HERE) as uow:
        assert await uow.leads.counts() == await uow.leads.recount() == {}


async def test_after_a_day_it_is_too_late(imports, watch):
    one = await imported(imports, "a@x.com")
    watch.now = AT + timedelta(hours=24, seconds=1)

    with pytest.raises(Conflict, match="24 hours"):
        await undone(imports, one)


async def test_a_second_click_is_told_so(imports):
    one = await imported(imports, "a@x.com")
    await undone(imports, one)

    with pytest.raises(Conflict, match="undone already"):
        await undone(imports, one)


async def test_a_running_one_is_cancelled_first(imports):
    one = await imports.begin(HERE, ANA, File("x.csv", "d"), MAPPING)
    one = await imports.take(HERE, one, [Row(2, ["a@x.com"])])

    with pytest.raises(Conflict, match="Cancel it first"):
        await undone(imports, one)
    await imports.cancel(HERE, ANA, one.id)
    assert (await undone(imports, one)).removed == 1
