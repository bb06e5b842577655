"""Leads: added, found, changed, removed, and counted."""

import random

import pytest

from bot.outreach.errors import Conflict, Duplicate
from bot.outreach.leads import LeadDraft, LeadStatus
from storage.ids import new_id
from tests.storage.given import AT, HERE, add_campaign, add_lead, add_leads, later

NEW, OPENED, REPLIED = LeadStatus.NEW, LeadStatus.OPENED, LeadStatus.REPLIED


async def test_a_lead_reads_back_as_it_was_added(database):
    draft = LeadDraft(
        "Ann@Acme.com",
        "Ann",
        "Lee",
        "Acme",
        "www.acme.com",
        "1",
        "https://acme.com",
        "Brno",
        "CZ",
        "Tools",
        "50",
        "1M",
        LeadStatus.EMAIL_SENT,
    )
    lead_id = new_id()
    async with database.begin(HERE) as uow:
        added = await uow.leads.add(lead_id, draft, key="ann@acme.com", at=AT)

    async with database.read(HERE) as uow:
        lead = await uow.leads.get(lead_id)
    assert lead == added
    assert all(getattr(lead, name) == getattr(draft, name) for name in draft.__slots__)
    assert (lead.created_at, lead.updated_at, lead.opens, lead.score) == (AT, AT, 0, None)


async def test_many_leads_take_each_its_own_values_however_odd(database):
    odd = ['{"a", NULL}', "back\\slash 'quoted' % %s ?", "line\none", "", "null", "Ærø 漢字 😀"]
    ids = await add_leads(database, len(odd))
    told = [{"note": text, "list": [1, None, text]} for text in odd]
    async with database.begin(HERE) as uow:
        changes = [
            (one, {"company_name": text, "score": None if text else 7, "plusvibe_lead_data": data})
            for one, text, data in zip(ids, odd, told, strict=True)
        ]
        await uow.leads.change_many([*changes, (new_id(), changes[0][1])], at=later(9))
        await uow.leads.change_many([(ids[0], {"opens": 3, "audit_run_id": None, "status_by_hand": True})], at=later(9))

    async with database.read(HERE) as uow:
        changed = await uow.leads.get_many(ids)
    assert [lead.company_name for lead in changed] == odd
    assert [lead.plusvibe_lead_data for lead in changed] == told
    assert [lead.score for lead in changed] == [None if text else 7 for text in odd]
    assert (changed[0].opens, changed[0].status_by_hand, changed[1].opens) == (3, True, 0)
    assert {lead.updated_at for lead in changed} == {later(9)}


async def test_an_address_belongs_to_one_lead(database):
    async with database.begin(HERE) as uow:
        first = await add_lead(uow, "a@b.com", company_name="First")

        with pytest.raises(Duplicate, match="First") as refused:
            await add_lead(uow, "A@b.com ")

    assert refused.value.id == first.id


async def test_a_removed_lead_frees_its_address(database):
    async with database.begin(HERE) as uow:
        first = await add_lead(uow, "a@b.com")

        assert await uow.leads.remove(first.id, AT)
        assert not await uow.leads.remove(first.id, AT)
        second = await add_lead(uow, "a@b.com")

    async with database.read(HERE) as uow:
        assert await uow.leads.get(first.id) is None
        assert await uow.leads.find("a@b.com") == [second]


async def test_add_many_ignores_what_is_known(database):
    async with database.begin(HERE) as uow:
        await add_lead(uow, "b@x.com")
        rows = [(new_id(), LeadDraft(email=f"{name}@x.com"), f"{name}@x.com") for name in "abca"]
        rows.append((new_id(), LeadDraft(), None))

        with database.count_statements() as sent:
            added = await uow.leads.add_many(rows, AT)

        assert added == [rows[0][0], rows[2][0], rows[4][0]]
        assert sent.total <= 2
        assert await uow.leads.add_many([], AT) == []
    async with database.read(HERE) as uow:
        assert await uow.leads.counts() == await uow.leads.recount() == {NEW: 4}


async def test_get_many_keeps_the_order_in_one_statement(database):
    ids = await add_leads(database, 1_000)
    wanted = [*random.Random(1).sample(ids, 900), *(new_id() for _ in range(9_100))]

    with database.count_statements() as sent:
        async with database.read(HERE) as uow:
            found = await uow.leads.get_many(wanted)

    assert [lead.id for lead in found] == wanted[:900]
    assert sent.total == 1


FINDS = {
    "ann@acme.com": ["Ann"],
    " ANN@Acme.com": ["Ann"],
    "acme.com": ["Ann", "Bob"],
    "https://www.ACME.com/about": ["Ann", "Bob"],
    "nobody@acme.com": [],
    "acme": [],
    "": [],
    "%": [],
    "\0": [],
    "x" * 5_000: [],
    "x" * 5_000 + "@b.com": [],
}


async def test_find(database):
    async with database.begin(HERE) as uow:
        await add_lead(uow, "Ann@acme.com", first_name="Ann", domain="acme.com")
        await add_lead(uow, first_name="Bob", domain="www.acme.com")
        await add_lead(uow, "x@other.com", first_name="X", domain="other.com")

        found = {text: [lead.first_name for lead in await uow.leads.find(text)] for text in FINDS}

    assert found == FINDS


async def test_find_by_id(database):
    async with database.begin(HERE) as uow:
        lead = await add_lead(uow)

        assert await uow.leads.find(lead.id) == [lead]


async def test_by_keys(database):
    async with database.begin(HERE) as uow:
        ann, bob = await add_lead(uow, "ann@a.com"), await add_lead(uow, "bob@a.com")

        assert await uow.leads.by_keys({"ann@a.com", "bob@a.com", "x@a.com"}) == {"ann@a.com": ann, "bob@a.com": bob}
        assert await uow.leads.by_keys([]) == {}


async def test_a_change_says_what_it_did(database):
    async with database.begin(HERE) as uow:
        lead = await add_lead(uow, "a@b.com")

        changed = await uow.leads.change(lead.id, {"status": OPENED, "opens": 2}, at=later(5), if_status={NEW, None})

        assert (changed.status, changed.opens, changed.updated_at) == (OPENED, 2, later(5))
        assert await uow.leads.change(lead.id, {"opens": 9}, at=AT, if_status={NEW}) is None
        assert await uow.leads.change(new_id(), {"opens": 9}, at=AT) is None
        assert await uow.leads.get(lead.id) == changed


async def test_a_missing_status_can_be_the_condition(database):
    async with database.begin(HERE) as uow:
        lead = await add_lead(uow)
        await uow.leads.change(lead.id, {"status": None}, at=AT)

        assert await uow.leads.change(lead.id, {"status": NEW}, at=AT, if_status=[OPENED]) is None
        assert await uow.leads.counts() == {None: 1}
        assert await uow.leads.change(lead.id, {"status": NEW}, at=AT, if_status=[None])


async def test_a_changed_address_is_found_and_guarded(database):
    async with database.begin(HERE) as uow:
        ann, bob = await add_lead(uow, "ann@a.com"), await add_lead(uow, "bob@a.com")

        with pytest.raises(Duplicate) as refused:
            await uow.leads.change(bob.id, {"email": "ANN@a.com"}, at=AT)
        await uow.leads.change(bob.id, {"email": "rob@a.com", "domain": "rob.com"}, at=AT)

        assert refused.value.id == ann.id
        assert [lead.id for lead in await uow.leads.find("rob@a.com")] == [bob.id]
        assert [lead.id for lead in await uow.leads.find("rob.com")] == [bob.id]
        assert await uow.leads.find("bob@a.com") == []


async def test_the_same_id_twice_is_a_conflict(database):
    async with database.begin(HERE) as uow:
        lead = await add_lead(uow)

        with pytest.raises(Conflict):
            await uow.leads.add(lead.id, LeadDraft(), key=None, at=AT)


async def test_the_same_rows_added_twice_count_once(database):
    rows = [(new_id(), LeadDraft(email=f"{name}@x.com"), f"{name}@x.com") for name in "abc"]
    async with database.begin(HERE) as uow:
        assert len(await uow.leads.add_many(rows[:2], AT)) == 2

    try:
        async with database.begin(HERE) as uow:
            assert await uow.leads.add_many(rows, AT) == [rows[2][0]]
    except Conflict:
        pass  # PostgreSQL cannot tell which of the ids are new, and refuses

    async with database.read(HERE) as uow:
        assert await uow.leads.counts() == await uow.leads.recount()


async def test_an_unknown_field_is_a_mistake(database):
    async with database.begin(HERE) as uow:
        lead = await add_lead(uow)

        with pytest.raises(ValueError, match="colour"):
            await uow.leads.change(lead.id, {"colour": "red"}, at=AT)


async def test_change_many_in_two_statements(database):
    ids = await add_leads(database, 300)
    changes = [
        (lead_id, {"status": OPENED if n % 3 else REPLIED, "company_name": f"New {n}"}) for n, lead_id in enumerate(ids)
    ]

    async with database.begin(HERE) as uow:
        with database.count_statements() as sent:
            await uow.leads.change_many([*changes, (new_id(), changes[0][1])], at=later(9))
        assert sent.total == 2
        await uow.leads.change_many([], at=AT)

    async with database.read(HERE) as uow:
        found = await uow.leads.get_many(ids)
        assert [(lead.status, lead.company_name) for lead in found] == [tuple(to.values()) for _, to in changes]
        assert {lead.updated_at for lead in found} == {later(9)}
        assert await uow.leads.counts() == await uow.leads.recount() == {OPENED: 200, REPLIED: 100}


async def test_link_many(database):
    ids = await add_leads(database, 50)
    async with database.begin(HERE) as uow:
        campaign = await add_campaign(uow)

        assert await uow.leads.link(ids[:20], campaign.id, later(1)) == 20

    async with database.read(HERE) as uow:
        linked = {lead.campaign_id for lead in await uow.leads.get_many(ids[:20])}
        assert linked == {campaign.id}
        assert (await uow.leads.get(ids[20])).campaign_id is None


async def test_counters_equal_a_recount_after_anything(database):
    chance = random.Random(7)
    statuses = [*LeadStatus, None]
    ids: list[str] = []
    for _ in range(25):
        async with database.begin(HERE) as uow:
            for _ in range(6):
                act = chance.choice(["add", "add_many", "change", "change_many", "remove", "conflict"])
                some = chance.sample(ids, min(len(ids), 3))
                if act == "add":
                    ids.append((await add_lead(uow, status=chance.choice(list(LeadStatus)))).id)
                elif act == "add_many":
                    ids += await uow.leads.add_many([(new_id(), LeadDraft(), None) for _ in range(3)], AT)
                elif act == "change_many":
                    await uow.leads.change_many([(one, {"status": chance.choice(statuses)}) for one in some], at=AT)
                elif some and act == "change":
                    await uow.leads.change(some[0], {"status": chance.choice(statuses)}, at=AT)
                elif some and act == "remove":
                    await uow.leads.remove(some[0], AT)
                elif some:
                    await uow.leads.change(some[0], {"status": NEW}, at=AT, if_status=[])
            assert await uow.leads.counts() == await uow.leads.recount()
    async with database.read(HERE) as uow:
        assert await uow.leads.counts() == await uow.leads.recount()
