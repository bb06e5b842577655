"""Looks at pages as rows: who is due, held by one, no more than a few of a site, written in sets."""

import asyncio
from dataclasses import replace

import pytest

from bot.outreach.link_checks import LinkMatch, LinkStanding, Presence
from bot.outreach.opportunities import BoardColumn
from tests.storage.given import AT, HERE, LEASE, add_lead, an_audit, later
from tests.storage.given_mails import a_link_check, an_opportunity

NEW, QUEUED, REACHED, WON = BoardColumn


@pytest.fixture
async def due(database):
    """Pages of three sites, a second apart; all of `blog.example` come first."""
    async with database.begin(HERE) as uow:
        lead = await add_lead(uow, "a@b.com")
        pages = []
        for number, domain in enumerate(["blog.example"] * 5 + ["b.example", "c.example"]):
            link = LinkStanding(LinkMatch.PREFIX, next_at=later(number))
            given = {"domain": domain, "column": REACHED, "target_url": "https://ours.example", "link": link}
            pages.append(an_opportunity(lead.id, f"https://{domain}/{number}", **given))
            assert await uow.opportunities.add(pages[-1])
    return pages


async def claimed(database, now, limit=9):
    async with database.begin(HERE) as uow:
        return await uow.link_checks.claim_due(now, limit=limit, lease=LEASE, each=2)


async def test_the_longest_waiting_come_first_and_two_of_a_site_whoever_claims(database, due):
    assert await claimed(database, later(60)) == [due[0], due[1], due[5], due[6]]
    assert await claimed(database, later(60)) == []

    async with database.begin(HERE) as uow:
        await uow.link_checks.let_go([due[1].id])
    assert await claimed(database, later(60)) == [due[1]]
    assert await claimed(database, later(60) + LEASE) == [due[0], due[1], due[5], due[6]]


async def test_what_is_not_due_or_not_there_any_more_is_left_alone(database, due):
    async with database.begin(HERE) as uow:
        await uow.opportunities.change(due[0], replace(due[0], deleted_at=AT))

    assert await claimed(database, later(1)) == [due[1]]
    assert await claimed(database, AT) == []


async def test_one_is_held_by_one_and_let_go(database, due):
    async with database.begin(HERE) as uow:
        assert await uow.link_checks.claim(due[3].id, AT, LEASE) == due[3]
        assert await uow.link_checks.claim(due[3].id, AT, LEASE) is None
        await uow.link_checks.let_go([due[3].id])
        assert await uow.link_checks.claim(due[3].id, AT, LEASE) == due[3]


async def test_two_workers_hold_different_pages(database, due):
    found = await asyncio.gather(*(claimed(database, later(60), limit=3) for _ in range(3)))

    ids = [each.id for many in found for each in many]
    assert sorted(ids) == sorted(due[place].id for place in (0, 1, 5, 6))


async def test_looks_are_stored_together_with_their_counters(database, due):
    lost = LinkStanding(LinkMatch.PREFIX, Presence.LOST, AT, 3, "slow", AT, AT, "words", "nofollow", later(9))
    pairs = [(one, replace(one, column=WON, by_hand=WON, set_by="clock", set_at=AT, link=lost)) for one in due[:3]]
    await claimed(database, later(60))
    with database.count_statements() as sent:
        async with database.begin(HERE) as uow:
            await uow.opportunities.settle_looks(pairs)
    assert len(sent.texts) <= 4

    async with database.begin(HERE) as uow:
        assert list((await uow.opportunities.get_many([one.id for one in due[:3]])).values()) == [
            after for _, after in pairs
        ]
        assert await uow.opportunities.counts() == await uow.opportunities.recount() == {REACHED: 4, WON: 3}
        assert await uow.link_checks.claim(due[0].id, later(60), LEASE) is not None


async def test_the_log_forgets_what_is_old_a_few_at_a_time(database, due):
    checks = [a_link_check(due[0].id, at=later(n)) for n in range(5)]
    async with database.begin(HERE) as uow:
        await uow.link_checks.add_many(checks)

    async with database.begin(HERE) as uow:
        gone = [await uow.link_checks.forget(later(3), limit=2) for _ in range(3)]

    assert gone == [2, 1, 0]
    async with database.read(HERE) as uow:
        assert await uow.link_checks.of_opportunity(due[0].id, 9) == checks[:2:-1]


async def test_the_log_is_read_newest_first(database, due):
    checks = [a_link_check(due[0].id, at=later(n), actor="U1", why="slow") for n in range(3)]
    async with database.begin(HERE) as uow:
        await uow.link_checks.add_many([*checks, a_link_check(due[1].id)])

    async with database.read(HERE) as uow:
        assert await uow.link_checks.of_opportunity(due[0].id, 2) == checks[:0:-1]
        assert await uow.link_checks.get_many([checks[2].id, checks[0].id]) == [checks[0], checks[2]]


async def test_links_of_a_site_that_is_audited_wait(database, due):
    async with database.begin(HERE) as uow:
        lead = await add_lead(uow, "b@b.com", domain="www.blog.example")
        await uow.audits.add(an_audit(lead.id))
        assert len(await uow.audits.claim_visits(AT, limit=1, lease=LEASE)) == 1

    assert await claimed(database, later(10)) == [due[5], due[6]]
    async with database.begin(HERE) as uow:
        assert await uow.link_checks.claim(due[0].id, later(10), LEASE) is None
    assert await claimed(database, AT + LEASE) == [due[0], due[1]]


async def test_a_site_whose_links_are_looked_at_is_audited_when_that_is_over(database, due):
    async with database.begin(HERE) as uow:
        lead = await add_lead(uow, "b@b.com", domain="www.blog.example")
        await uow.audits.add(an_audit(lead.id))
    held = await claimed(database, later(10))

    async with database.begin(HERE) as uow:
        assert await uow.audits.claim_visits(later(10), limit=1, lease=LEASE) == []
        await uow.link_checks.let_go([each.id for each in held])
        assert len(await uow.audits.claim_visits(later(10), limit=1, lease=LEASE)) == 1
