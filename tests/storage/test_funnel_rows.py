"""How far leads ever got: only ever further, counted beside every change, equal to a recount."""

import asyncio
import random

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from bot.outreach.leads import LeadDraft, LeadStatus
from bot.outreach.pipeline import Milestone, funnel
from storage.engines import database_url
from storage.ids import new_id
from storage.schema import migrate
from tests.databases import WORKSPACE
from tests.storage.given import AT, HERE, add_lead, add_leads, later

NEW, AUDITED, SENT, REPLIED = LeadStatus.NEW, LeadStatus.AUDIT_COMPLETE, LeadStatus.EMAIL_SENT, LeadStatus.REPLIED


async def test_a_lead_keeps_the_furthest_it_got(database):
    async with database.begin(HERE) as uow:
        lead = await add_lead(uow)
        await uow.leads.change(lead.id, {"status": REPLIED}, at=AT)
        await uow.leads.change(lead.id, {"status": NEW}, at=AT)

    async with database.read(HERE) as uow:
        assert await uow.leads.funnel() == {Milestone.REPLIED: 1}
        assert funnel(await uow.leads.funnel()).reached[Milestone.OPENED] == 1
        assert await uow.leads.counts() == {NEW: 1}


async def test_many_leads_rise_to_a_status_and_none_falls_back(database):
    async with database.begin(HERE) as uow:
        new, audited, replied = [(await add_lead(uow, status=status)).id for status in (NEW, AUDITED, REPLIED)]
        before = await uow.leads.rise([new, audited, replied, "gone"], SENT, at=later(5))

        assert before == {new: NEW, audited: AUDITED, replied: REPLIED}
        assert await uow.leads.statuses(before) == {new: SENT, audited: SENT, replied: REPLIED}
        risen, stayed = await uow.leads.get(new), await uow.leads.get(replied)
        assert (risen.updated_at, stayed.updated_at) == (later(5), AT)


async def test_an_open_and_a_finished_audit_prove_a_milestone_without_a_status(database):
    async with database.begin(HERE) as uow:
        audited, opened = await add_lead(uow), await add_lead(uow)
        await uow.leads.change(audited.id, {"audit_run_id": "r"}, at=AT)
        await uow.leads.change_many([(opened.id, {"opens": 2})], at=AT)

        assert await uow.leads.funnel() == {Milestone.AUDITED: 1, Milestone.OPENED: 1}
        assert await uow.leads.recount_funnel() == await uow.leads.funnel()


async def test_who_reached_a_milestone_is_read_by_number(database):
    async with database.begin(HERE) as uow:
        added = [await add_lead(uow, status=status) for status in (NEW, REPLIED, SENT, AUDITED)]
        await uow.leads.remove((await add_lead(uow, status=REPLIED)).id, AT)

    async with database.read(HERE) as uow:
        seqs = await uow.leads.seqs_reached(Milestone.EMAIL_SENT)
        everybody = await uow.leads.seqs_reached(Milestone.TOTAL)
        backwards = await uow.leads.by_seqs(everybody[::-1])

        assert [lead.id for lead in await uow.leads.by_seqs(seqs)] == [added[1].id, added[2].id]
        assert [lead.id for lead in backwards] == [lead.id for lead in added[::-1]]
        assert await uow.leads.seqs_of([added[2].id, added[0].id, new_id()]) == [everybody[0], everybody[2]]
        assert await uow.leads.by_seqs([]) == []


async def test_the_newest_of_each_status_in_one_statement(database):
    async with database.begin(HERE) as uow:
        for n in range(5):
            for status in (NEW, REPLIED):
                await add_lead(uow, f"{status}{n}@x.com", at=later(n), status=status)

    async with database.read(HERE) as uow:
        with database.count_statements() as sent:
            newest = await uow.leads.newest_of_each([NEW, REPLIED, SENT], 2)

    assert sent.total == 1
    assert {status: [lead.email for lead in leads] for status, leads in newest.items()} == {
        NEW: ["new4@x.com", "new3@x.com"],
        REPLIED: ["replied4@x.com", "replied3@x.com"],
    }


@pytest.mark.parametrize("seed", range(3))
async def test_counters_equal_a_recount_after_anything(database, seed):
    chance = random.Random(seed)
    ids: list[str] = []
    furthest: dict[str, Milestone] = {}
    for _ in range(15):
        async with database.begin(HERE) as uow:
            for _ in range(5):
                await _anything(uow, chance, ids)
            assert await uow.leads.funnel() == await uow.leads.recount_funnel()
        async with database.read(HERE) as uow:
            assert await uow.leads.funnel() == await uow.leads.recount_funnel()
            assert await uow.leads.counts() == await uow.leads.recount()
            furthest = await _only_ever_further(uow, furthest)


async def _anything(uow, chance, ids):
    act = chance.choice(["add", "add_many", "change", "change_many", "rise", "opens", "remove", "conflict"])
    some = chance.sample(ids, min(len(ids), 3))
    statuses = [*LeadStatus, None]
    if act == "add":
        ids.append((await add_lead(uow, status=chance.choice(list(LeadStatus)))).id)
    elif act == "add_many":
        rows = [(new_id(), LeadDraft(status=chance.choice(list(LeadStatus))), None) for _ in range(3)]
        ids += await uow.leads.add_many(rows, AT)
    elif act == "change_many":
        await uow.leads.change_many([(one, {"status": chance.choice(statuses)}) for one in some], at=AT)
    elif act == "rise":
        await uow.leads.rise(some, chance.choice(list(LeadStatus)), at=AT)
    elif some and act == "opens":
        await uow.leads.change_many([(one, {"opens": chance.choice([0, 3])}) for one in some], at=AT)
    elif some and act == "change":
        await uow.leads.change(some[0], {"status": chance.choice(statuses)}, at=AT)
    elif some and act == "remove":
        await uow.leads.remove(some[0], AT)
    elif some:
        await uow.leads.change(some[0], {"status": REPLIED}, at=AT, if_status=[])


async def _only_ever_further(uow, before):
    """How far each lead got; nobody got less far than before."""
    after = {}
    for milestone in Milestone:
        for seq in await uow.leads.seqs_reached(milestone):
            after[seq] = milestone
    assert all(after[seq] >= got for seq, got in before.items() if seq in after)
    return after


async def test_repair_makes_wrong_counters_right(database):
    ids = await add_leads(database, 3)
    async with database.begin(HERE) as uow:
        await uow.leads.change(ids[0], {"status": REPLIED}, at=AT)
        uow.leads._funnel.came(Milestone.OPENED)
        uow.leads._counters.came(SENT)
        assert await uow.leads.funnel() != await uow.leads.recount_funnel()

    async with database.begin(HERE) as uow:
        await uow.leads.hold_still()
        await uow.leads.repair()

    async with database.read(HERE) as uow:
        assert await uow.leads.funnel() == {Milestone.TOTAL: 2, Milestone.REPLIED: 1}
        assert await uow.leads.counts() == {NEW: 2, REPLIED: 1}


async def test_writers_at_once_count_every_lead(database):
    ids = await add_leads(database, 12)

    async def moves(mine):
        for lead_id in mine:
            async with database.begin(HERE) as uow:
                await uow.leads.change(lead_id, {"status": SENT}, at=AT)
                await add_lead(uow, status=REPLIED)

    await asyncio.gather(*(moves(ids[start::3]) for start in range(3)))

    async with database.read(HERE) as uow:
        assert await uow.leads.funnel() == {Milestone.EMAIL_SENT: 12, Milestone.REPLIED: 12}
        assert await uow.leads.recount_funnel() == await uow.leads.funnel()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_leads_from_before_get_what_is_known_of_them(kind, request, tmp_path):
    url = f"sqlite:///{tmp_path / 'old.db'}" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    engine = create_engine(database_url(url, is_async=False), poolclass=NullPool)
    if kind == "postgres":
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    migrate(url, "0008")
    known = {
        "new": ("new", 0, None, "", "", 0),
        "back": ("new", 0, None, "replied", "{}", 4),
        "by-hand": ("audit_queued", 0, None, "status_changed", '{"before":"new","after":"converted"}', 5),
        "opened": ("bounced", 2, None, "", "", 3),
        "audited": (None, 0, "run", "", "", 1),
        "sent": ("sent", 0, None, "", "", 2),
        "gone": ("converted", 0, None, "", "", 5),
    }
    with engine.begin() as connection:
        _workspace(connection)
        for lead_id, row in known.items():
            _old_lead(connection, lead_id, *row[:5])

    migrate(url)

    with engine.connect() as connection:
        rows = connection.execute(text("SELECT id, furthest FROM leads")).all()
        counted = connection.execute(text("SELECT milestone, leads FROM funnel_counters")).all()
    assert dict(map(tuple, rows)) == {lead_id: row[5] for lead_id, row in known.items()}
    assert dict(map(tuple, counted)) == dict.fromkeys(range(6), 1)


def _workspace(connection):
    values = {"id": WORKSPACE.id, "team": WORKSPACE.team_id}
    connection.execute(text("INSERT INTO workspaces (id, team_id, name, timezone) VALUES (:id, :team, '', '')"), values)


def _old_lead(connection, lead_id, status, opens, run_id, kind, facts):
    now = AT if connection.dialect.name == "postgresql" else 0
    person = ["first_name", "last_name", "company_name", "domain", "phone", "website", "city", "country", "industry"]
    audit = ["company_size", "revenue", "grade", "top_issue", "audit_summary", "audit_url", "last_action"]
    made = ["company_sort", "contact_sort", "grade_sort", "domain_key", "search_text"]
    values = {
        "workspace_id": WORKSPACE.id,
        "id": lead_id,
        "status": status,
        "opens": opens,
        "audit_run_id": run_id,
        "status_by_hand": False,
        "plusvibe_lead_data": "{}",
        "created_at": now,
        "updated_at": now,
        "removed_at": now if lead_id == "gone" else None,
        "status_rank": 0,
        **dict.fromkeys([*person, *audit, *made], ""),
    }
    connection.execute(text(_insert("leads", values)), values)
    if kind:
        heard = {"workspace_id": WORKSPACE.id, "kind": kind, "actor": "U1", "at": now, "lead_id": lead_id}
        heard |= {"facts": facts, "permalink": ""}
        connection.execute(text(_insert("events", heard)), heard)


def _insert(table, values):
    return f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join(f':{name}' for name in values)})"
