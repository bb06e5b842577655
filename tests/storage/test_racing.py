"""Several processes at once, as several `Database` objects over one database: each thing happens once."""

import asyncio

import pytest

from bot.outreach.errors import Duplicate
from bot.outreach.leads import LeadDraft, LeadStatus
from bot.outreach.posts import WantedPost
from storage.database import Database
from storage.ids import new_id
from tests.storage.given import (
    AT,
    HERE,
    LEASE,
    a_blocked,
    a_push,
    a_writeback,
    add_campaign,
    add_lead,
    add_leads,
    an_audit,
)

RIVALS = 20


@pytest.fixture
async def rivals(database):
    """The same database opened by four, handed out in turn."""
    others = [Database(database.url.render_as_string(hide_password=False)) for _ in range(3)]
    yield [[database, *others][number % 4] for number in range(RIVALS)]
    for other in others:
        await other.close()


async def race(rivals, act):
    async def enter(number, database):
        async with database.begin(HERE) as uow:
            return await act(uow, number)

    return await asyncio.gather(*(enter(number, rival) for number, rival in enumerate(rivals)))


async def test_one_claim_wins(rivals):
    won = await race(rivals, lambda uow, number: uow.ledger.claim("key", f"U{number}", AT))

    assert won.count(True) == 1


async def test_one_rival_adds_the_lead(rivals):
    async def add(uow, number):
        try:
            return (await add_lead(uow, "same@x.com", company_name=f"{number}")).id
        except Duplicate as refused:
            return refused.id

    ids = await race(rivals, add)

    assert len(set(ids)) == 1
    async with rivals[0].read(HERE) as uow:
        assert await uow.leads.counts() == await uow.leads.recount() == {LeadStatus.NEW: 1}


async def test_bulk_adds_of_the_same_addresses_add_each_once(rivals):
    async def add(uow, number):
        names = [f"p{n}@x.com" for n in range(30)]
        names = names if number % 2 else names[::-1]
        return await uow.leads.add_many([(new_id(), LeadDraft(email=name), name) for name in names], AT)

    added = await race(rivals, add)

    assert sum(map(len, added)) == 30
    async with rivals[0].read(HERE) as uow:
        assert await uow.leads.counts() == await uow.leads.recount() == {LeadStatus.NEW: 30}


async def test_one_change_of_status_wins(rivals):
    (lead_id,) = await add_leads(rivals[0], 1)

    async def change(uow, number):
        return await uow.leads.change(
            lead_id, {"status": LeadStatus.OPENED, "last_action": f"{number}"}, at=AT, if_status=[LeadStatus.NEW]
        )

    winners = [lead for lead in await race(rivals, change) if lead]

    assert len(winners) == 1
    async with rivals[0].read(HERE) as uow:
        assert await uow.leads.get(lead_id) == winners[0]
        assert await uow.leads.counts() == await uow.leads.recount() == {LeadStatus.OPENED: 1}


async def test_bulk_changes_in_any_order_do_not_lock_each_other(rivals):
    ids = await add_leads(rivals[0], 60)

    async def change(uow, number):
        order = ids if number % 2 else ids[::-1]
        await uow.leads.change_many([(lead_id, {"opens": number}) for lead_id in order], at=AT)
        return await uow.leads.link(order, None, AT)

    assert await race(rivals, change) == [60] * RIVALS


@pytest.mark.parametrize("what", ["audits", "writebacks", "posts", "inbox"])
async def test_due_work_is_claimed_once(rivals, what):
    due = await make_due(rivals[0], what, count=50)

    claimed = await race(rivals, lambda uow, number: CLAIMS[what](uow))

    assert sorted(one.id for batch in claimed for one in batch) == sorted(due)


CLAIMS = {
    "audits": lambda uow: uow.audits.claim_requested(AT, limit=5, lease=LEASE),
    "writebacks": lambda uow: uow.writebacks.claim_remote(AT, 5, LEASE),
    "posts": lambda uow: uow.posts.claim_due(AT, 5, LEASE, "token"),
    "inbox": lambda uow: uow.inbox.claim_due("plusvibe", AT, 5, LEASE),
}


async def make_due(database, what, count):
    async with database.begin(HERE) as uow:
        lead = await add_lead(uow)
        if what == "inbox":
            await uow.inbox.receive_many("plusvibe", [(f"{number}", b"") for number in range(count)], AT)
            return [event.id for event in await uow.inbox.claim_due("plusvibe", AT, count, AT - AT)]
        if what == "posts":
            return [(await uow.posts.want(WantedPost(f"{number}", "C1"), AT)).id for number in range(count)]
        if what == "audits":
            audits = [an_audit(lead.id) for _ in range(count)]
            for audit in audits:
                await uow.audits.add(audit)
            return [audit.id for audit in audits]
        writebacks = [a_writeback(lead.id) for _ in range(count)]
        for writeback in writebacks:
            await uow.writebacks.add(writeback, AT)
        return [writeback.id for writeback in writebacks]


async def test_one_drives_the_push_and_one_reports_it(rivals):
    async with rivals[0].begin(HERE) as uow:
        push = a_push((await add_campaign(uow)).id, 0)
        await uow.pushes.add(push, [])

    claims = await race(rivals, lambda uow, number: uow.pushes.claim(push.id, AT, LEASE, f"{number}"))
    reports = await race(rivals, lambda uow, number: uow.pushes.reported(push.id, AT))

    assert (claims.count(True), reports.count(True)) == (1, 1)


async def test_an_armed_push_fires_for_one(rivals):
    async with rivals[0].begin(HERE) as uow:
        blocked = a_blocked((await add_campaign(uow)).id, [])
        await uow.blocked.add(blocked)
        await uow.blocked.arm(blocked.id, "U1", AT + LEASE, AT)

    fired = await race(rivals, lambda uow, number: uow.blocked.fire(blocked.id, AT))

    assert fired.count(True) == 1


async def test_the_same_post_wanted_by_all_is_one(rivals):
    posts = await race(rivals, lambda uow, number: uow.posts.want(WantedPost("key", "C1", {"text": f"{number}"}), AT))

    assert len({post.id for post in posts}) == 1
    assert sorted(post.revision for post in posts) == list(range(1, RIVALS + 1))


async def test_the_same_delivery_to_all_is_received_once(rivals):
    new = await race(rivals, lambda uow, number: uow.inbox.receive_many("v", [("a", b""), ("b", b"")], AT))

    assert sorted(key for keys in new for key in keys) == ["a", "b"]
