"""Routes, notices and digests on both databases."""

import asyncio
from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from bot.outreach.digests import Figure, Figures
from bot.outreach.drafts import DraftState
from bot.outreach.leads import LeadStatus
from bot.outreach.pipeline import Milestone
from bot.outreach.routes import BY_SETTINGS, Cadence, Topic
from storage.database import Database
from storage.digests import packed, unpacked
from storage.engines import database_url
from storage.schema import migrate
from tests.storage.given import AT, HERE, a_digest, a_route, add_lead, later


@pytest.fixture
async def uow(database):
    async with database.begin(HERE) as opened:
        yield opened


@pytest.fixture
async def rivals(database):
    """Two processes over one database."""
    other = Database(database.url.render_as_string(hide_password=False))
    yield database, other
    await other.close()


async def race(rivals, act):
    async def one(database):
        async with database.begin(HERE) as uow:
            return await act(uow)

    return await asyncio.gather(*(one(rivals[number % 2]) for number in range(8)))


# Routes


async def test_a_route_is_stored_as_it_is(uow):
    route = a_route(at=time(23, 59), weekdays=frozenset({0, 6}), cadence=Cadence.DAILY)

    await uow.routes.set([route])
    await uow.routes.set([a_route(channel="C2", weekdays=frozenset())])

    assert await uow.routes.all() == [route, a_route(channel="C2", weekdays=frozenset())]


async def test_the_settings_do_not_change_what_a_person_set(uow):
    by_settings = a_route(set_by=BY_SETTINGS, cadence=Cadence.DAILY)
    await uow.routes.set([a_route(), a_route(topic=Topic.DRAFTS, set_by=BY_SETTINGS)])

    await uow.routes.set([by_settings, a_route(topic=Topic.DRAFTS, set_by=BY_SETTINGS, at=time(8))], over_people=False)

    drafts, replies = await uow.routes.all()
    assert replies == a_route()
    assert drafts.at == time(8)


async def test_a_channel_is_paused_once_and_resumed(uow):
    await uow.routes.set([a_route(), a_route(channel="C2")])

    assert [await uow.routes.pause("C1", "is_archived") for _ in range(2)] == [True, False]
    assert [route.paused for route in await uow.routes.all()] == ["is_archived", ""]
    assert [await uow.routes.resume("C1") for _ in range(2)] == [True, False]


# Notices


async def waiting(uow, channel="C1"):
    return [notice.item_id for notice in await uow.notices.due(channel, Topic.REPLIES, later(99), 99)]


async def test_every_channel_that_wants_the_topic_is_noted_and_the_same_item_once(uow):
    off, paused = {"channel": "C3", "cadence": Cadence.OFF}, {"channel": "C4", "paused": "is_archived"}
    await uow.routes.set([a_route(), a_route(channel="C2"), a_route(**off), a_route(**paused)])

    for _ in range(2):
        await uow.notices.add(Topic.REPLIES, [("r1", "lead"), ("r2", None)], AT)
    await uow.notices.add(Topic.DRAFTS, [("d1", "lead")], AT)

    assert [await waiting(uow, channel) for channel in ("C1", "C2", "C3", "C4")] == [["r1", "r2"]] * 2 + [[]] * 2


async def test_noting_a_thousand_takes_as_many_statements_as_noting_one(database):
    async with database.begin(HERE) as uow:
        await uow.routes.set([a_route(), a_route(channel="C2")])

        with database.count_statements() as for_one:
            await uow.notices.add(Topic.REPLIES, [("r", None)], AT)
        with database.count_statements() as for_thousand:
            await uow.notices.add(Topic.REPLIES, [(f"r{number}", None) for number in range(1_000)], AT)

    assert for_thousand.total == for_one.total == 2


async def test_a_notice_is_told_once(uow):
    await uow.routes.set([a_route()])
    for second, item in enumerate(("r1", "r2", "r3")):
        await uow.notices.add(Topic.REPLIES, [(item, None)], later(second))
    first, second, third = await uow.notices.due("C1", Topic.REPLIES, later(99), 99)

    assert await uow.notices.tell({first.id: "post-1", second.id: ""}, later(5))
    assert not await uow.notices.tell({second.id: "post-2", third.id: "post-2"}, later(6))

    assert await waiting(uow) == ["r3"]
    await uow.notices.add(Topic.REPLIES, [("r1", None)], later(7))
    assert await waiting(uow) == ["r3"]


async def test_of_many_who_tell_at_once_one_does(rivals):
    async with rivals[0].begin(HERE) as uow:
        await uow.routes.set([a_route()])
        await uow.notices.add(Topic.REPLIES, [(f"r{number}", None) for number in range(20)], AT)
        noted = await uow.notices.due("C1", Topic.REPLIES, AT, 99)

    told = await race(rivals, lambda uow: uow.notices.tell({notice.id: "post" for notice in noted}, AT))

    assert sorted(told) == [False] * 7 + [True]


async def test_what_grouping_spared_is_counted(uow):
    await uow.routes.set([a_route()])
    await uow.notices.add(Topic.REPLIES, [(f"r{number}", None) for number in range(7)], AT)
    *told, dropped = [notice.id for notice in await uow.notices.due("C1", Topic.REPLIES, AT, 99)]

    await uow.notices.tell({**dict.fromkeys(told[:5], "a"), told[5]: "b", dropped: ""}, later(5))

    assert await uow.notices.spared(AT) == 4
    assert await uow.notices.spared(later(5)) == 0


async def test_waiting_news_goes_to_another_channel_or_is_forgotten(uow):
    await uow.routes.set([a_route(), a_route(channel="C2")])
    await uow.notices.add(Topic.REPLIES, [("both", None)], AT)
    await uow.routes.drop("C2", [Topic.REPLIES])
    await uow.notices.add(Topic.REPLIES, [("one", None)], later(1))

    await uow.notices.readdress("C1", [Topic.REPLIES], "C2")

    assert (await waiting(uow, "C1"), await waiting(uow, "C2")) == ([], ["both", "one"])
    await uow.notices.forget("C2", [Topic.DRAFTS])
    assert await waiting(uow, "C2") == ["both", "one"]
    await uow.notices.forget("C2", [Topic.REPLIES])
    assert await waiting(uow, "C2") == []


# Digests


async def test_a_digest_of_a_day_is_stored_once(uow):
    figures = Figures({Figure.TOTAL: 3}, {DraftState.SENT: 1}, 1, 2, 3, 4)
    digest = a_digest(figures=figures, late_since=later(-60))

    assert [await uow.digests.add(one) for one in (digest, a_digest(), a_digest(number=2))] == [True, False, True]

    assert await uow.digests.get(digest.id) == digest
    assert (await uow.digests.of_day("C1", AT.date())).number == 2
    assert await uow.digests.of_day("C2", AT.date()) is None
    assert await uow.digests.of_day("C1", AT.date() - timedelta(days=1)) is None


async def test_the_last_one_posted_is_what_the_next_is_compared_with(uow):
    posted, silent = a_digest(), a_digest(day=AT.date() + timedelta(days=1), post_key=None)
    for digest in (posted, silent):
        await uow.digests.add(digest)

    assert await uow.digests.latest("C1") == posted
    assert await uow.digests.latest("C2") is None


async def test_of_many_who_make_it_at_once_one_does(rivals):
    made = await race(rivals, lambda uow: uow.digests.add(a_digest()))

    assert sorted(made) == [False] * 7 + [True]


async def test_the_leads_behind_a_figure_stay_as_they_were(uow):
    digest = a_digest()
    await uow.digests.add(digest)
    seqs = {Figure.TOTAL: list(range(1, 5_000)), Figure.AUDITED: [7, 900, 10**12], Figure.OPENED: []}

    await uow.digests.freeze(digest.id, seqs)

    assert [await uow.digests.seqs_of(digest.id, figure) for figure in seqs] == list(seqs.values())


async def test_who_reached_what_is_read_at_once_without_removed_ones(uow):
    statuses = [LeadStatus.CONVERTED, LeadStatus.NEW, LeadStatus.AUDIT_COMPLETE, LeadStatus.OPENED, LeadStatus.OPENED]
    made = [await add_lead(uow) for _ in statuses]
    for lead, status in zip(made, statuses, strict=True):
        await uow.leads.change(lead.id, {"status": status}, at=AT)
    await uow.leads.remove(made[-1].id, AT)

    reached = await uow.digests.seqs_reached()

    ids = {card: [lead.id for lead in await uow.leads.by_seqs(seqs)] for card, seqs in reached.items()}
    converted, new, audited, opened, _ = [lead.id for lead in made]
    assert ids[Milestone.TOTAL] == [converted, new, audited, opened]
    assert ids[Milestone.AUDITED] == [converted, audited, opened]
    assert ids[Milestone.EMAIL_SENT] == ids[Milestone.OPENED] == [converted, opened]
    assert ids[Milestone.REPLIED] == ids[Milestone.CONVERTED] == [converted]


@given(st.sets(st.integers(1, 2**62), max_size=300))
def test_any_ascending_numbers_come_back(numbers):
    seqs = sorted(numbers)

    assert unpacked(packed(seqs)) == seqs


def test_a_hundred_thousand_leads_take_a_few_hundred_bytes():
    assert len(packed(range(1, 100_001))) < 1_000


# What was to be announced before there were routes


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_what_was_unannounced_waits_as_news_of_no_channel_yet(request, kind, tmp_path):
    url = f"sqlite:///{tmp_path / 'old.db'}" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    if kind == "postgres":
        run(url, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    migrate(url, "0009")
    run(url, f"INSERT INTO workspaces (id, team_id, name, timezone) VALUES ('{HERE}', 'T1', 'Acme', 'UTC')")
    run(url, *_NO_REFERENCES[kind], a_stored_writeback(kind, "told", "'post-1'"))
    run(url, *_NO_REFERENCES[kind], a_stored_writeback(kind, "untold", "NULL"))

    migrate(url)

    database = Database(url)
    async with database.read(HERE) as uow:
        (notice,) = await uow.notices.due("", Topic.WRITEBACKS, later(99), 99)
    await database.close()
    assert (notice.item_id, notice.lead_id) == ("untold", "lead")


def run(url, *statements):
    engine = create_engine(database_url(url, is_async=False), poolclass=NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


_NO_REFERENCES = {"sqlite": ["PRAGMA foreign_keys = OFF"], "postgres": ["SET session_replication_role = replica"]}
_AT = {"sqlite": "1000000", "postgres": "'1970-01-01 00:00:01+00'"}


def a_stored_writeback(kind, writeback_id, announce_key):
    """As it stood before there were notices."""
    return f"""
        INSERT INTO writebacks (workspace_id, id, lead_id, tone, variables, status, created_at, moved_to_ready,
            attempts, error, next_try_at, announce_key)
        VALUES ('{HERE}', '{writeback_id}', 'lead', 'direct', '{{}}', 'skipped', {_AT[kind]}, TRUE,
            0, '', {_AT[kind]}, {announce_key})
    """
