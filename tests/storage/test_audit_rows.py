"""Audits and writebacks: each step once, each claim to one."""

import asyncio

import pytest

from bot.outreach.audits import AuditState
from bot.outreach.writebacks import WritebackStatus
from storage.ids import new_id
from tests.storage.given import AT, HERE, LEASE, a_report, a_writeback, add_lead, add_leads, an_audit, later


@pytest.fixture
async def uow(database):
    async with database.begin(HERE) as opened:
        yield opened


@pytest.fixture
async def lead(uow):
    return (await add_lead(uow)).id


async def test_an_audit_goes_from_request_to_report(uow, lead):
    audit = an_audit(lead)
    assert await uow.audits.add(audit)
    assert await uow.audits.open_for(lead) == audit

    assert await uow.audits.mark_running(audit.id, "run", AT)
    assert not await uow.audits.mark_running(audit.id, "run", AT)
    assert (await uow.audits.open_for(lead)).state is AuditState.RUNNING

    assert await uow.audits.complete(audit.id, a_report("run"), later(60))
    assert not await uow.audits.complete(audit.id, a_report("run", score=1), later(61))

    assert (await uow.audits.get(audit.id)).finished == a_report("run")
    assert await uow.audits.by_run("run") == [await uow.audits.get(audit.id)]
    assert await uow.audits.open_for(lead) is None


async def test_a_report_finds_the_audit_of_its_run_else_the_newest(uow, lead):
    first, second = an_audit(lead, requested_at=AT), an_audit(lead, requested_at=later(60))
    await uow.audits.add_many([first, second])
    await uow.audits.mark_running(first.id, "run-1", AT)
    await uow.audits.mark_running(second.id, "run-2", later(60))

    found = [await uow.audits.open_for(lead, run) for run in ("run-1", "run-2", "run-3")]

    assert [audit.id for audit in found] == [first.id, second.id, second.id]


async def test_a_bare_report_is_kept(uow, lead):
    audit = an_audit(lead)
    bare = a_report("run", score=None, scores=None, grade="", issues=(), pages=None)
    await uow.audits.add(audit)

    await uow.audits.complete(audit.id, bare, AT)

    assert (await uow.audits.get(audit.id)).finished == bare


async def test_a_run_counts_once_per_lead(uow, lead):
    other = (await add_lead(uow)).id
    first, second, elsewhere = an_audit(lead, run_id="run"), an_audit(lead), an_audit(other, run_id="run")

    assert await uow.audits.add(first)
    assert not await uow.audits.add(an_audit(lead, run_id="run"))
    assert await uow.audits.add(elsewhere)
    await uow.audits.add(second)

    assert not await uow.audits.mark_running(second.id, "run", AT)
    assert not await uow.audits.complete(second.id, a_report("run"), AT)
    assert [audit.id for audit in await uow.audits.by_run("run")] == [first.id, elsewhere.id]


async def test_the_latest_complete_audit_of_each_lead(database):
    ids = await add_leads(database, 3)
    async with database.begin(HERE) as uow:
        for lead_id in ids[:2]:
            for number in (1, 3, 2):
                audit = an_audit(lead_id)
                await uow.audits.add(audit)
                report = a_report(f"{lead_id}{number}", score=number, completed_at=later(number))
                await uow.audits.complete(audit.id, report, AT)
        await uow.audits.add(an_audit(ids[0]))

        with database.count_statements() as sent:
            latest = await uow.audits.latest_complete(ids)

    assert {lead_id: audit.finished.score for lead_id, audit in latest.items()} == {ids[0]: 3, ids[1]: 3}
    assert sent.total == 1


async def test_a_claimed_audit_is_left_alone_until_its_lease_ends(uow, lead):
    audit = an_audit(lead)
    await uow.audits.add(audit)

    assert await uow.audits.claim_requested(later(-1), limit=5, lease=LEASE) == []
    assert await uow.audits.claim_requested(AT, limit=5, lease=LEASE) == [audit]
    assert await uow.audits.claim_requested(later(1), limit=5, lease=LEASE) == []
    assert await uow.audits.claim_requested(AT + LEASE, limit=5, lease=LEASE) == [audit]

    await uow.audits.retry(audit.id, later(900), "timeout")
    assert await uow.audits.claim_requested(later(899), limit=5, lease=LEASE) == []
    (again,) = await uow.audits.claim_requested(later(900), limit=5, lease=LEASE)
    assert again.attempts == 1

    assert await uow.audits.fail(audit.id, "gone", AT)
    assert not await uow.audits.fail(audit.id, "gone", AT)
    assert (await uow.audits.get(audit.id)).state is AuditState.FAILED


async def asked_for(database, *domains):
    """A lead with a requested audit for each, in this order; the audits' ids."""
    ids = []
    async with database.begin(HERE) as uow:
        for domain in domains:
            audit = an_audit((await add_lead(uow, domain=domain)).id)
            await uow.audits.add(audit)
            ids.append(audit.id)
    return ids


async def claimed(database, at=AT, *, limit=9):
    """What our own auditor is given."""
    async with database.begin(HERE) as uow:
        return [(audit.id, domain) for audit, domain in await uow.audits.claim_visits(at, limit=limit, lease=LEASE)]


async def test_of_one_domain_one_audit_is_held_at_a_time(database):
    first, second, third, other = await asked_for(database, "acme.com", "www.acme.com", "https://acme.com/", "b.org")

    assert await claimed(database) == [(first, "acme.com"), (other, "b.org")]
    assert await claimed(database) == []
    async with database.begin(HERE) as uow:
        await uow.audits.complete(first, a_report("run"), AT)

    assert await claimed(database) == [(second, "www.acme.com")]
    assert await claimed(database, AT + LEASE, limit=1) == [(second, "www.acme.com")]
    assert await claimed(database, AT + LEASE) == [(other, "b.org")]
    async with database.begin(HERE) as uow:
        await uow.audits.retry(second, later(900), "timeout")
    assert await claimed(database, AT + LEASE) == [(third, "https://acme.com/")]


async def test_a_domain_of_many_leads_keeps_no_other_waiting(database):
    many, (other,) = await asked_for(database, *["acme.com"] * 30), await asked_for(database, "b.org")

    assert await claimed(database, limit=2) == [(many[0], "acme.com"), (other, "b.org")]


async def test_audits_without_a_domain_are_given_too(database):
    ids = await asked_for(database, "", "")

    assert [audit_id for audit_id, _ in await claimed(database)] == ids


async def test_whoever_claims_at_the_same_moment_holds_no_domain_twice(database):
    await asked_for(database, *["a.com", "b.com", "c.com", "d.com"] * 5)

    found = await asyncio.gather(*(claimed(database, limit=3) for _ in range(6)))

    assert sorted(domain for each in found for _, domain in each) == ["a.com", "b.com", "c.com", "d.com"]


async def test_what_is_held_on_says_how_far_it_has_come(database):
    held, let_go, given_up = await asked_for(database, "a.com", "b.com", "c.com")
    await claimed(database)

    async with database.begin(HERE) as uow:
        await uow.audits.let_go([let_go])
        await uow.audits.fail(given_up, "removed", AT)
        seen = dict.fromkeys((held, let_go, given_up), (4, 12))
        wanted = await uow.audits.hold(seen, until=AT + 3 * LEASE)

    assert wanted == {held, let_go}
    async with database.read(HERE) as uow:
        audits = [await uow.audits.get(audit_id) for audit_id in (held, let_go)]
    assert [(audit.pages_done, audit.pages_found) for audit in audits] == [(4, 12), (0, 0)]
    assert await claimed(database, AT + 2 * LEASE) == [(let_go, "b.com")]


async def test_a_report_may_come_after_the_failure(uow, lead):
    audit = an_audit(lead)
    await uow.audits.add(audit)
    await uow.audits.fail(audit.id, "slow", AT)

    assert await uow.audits.complete(audit.id, a_report("run"), AT)


async def test_a_writeback_reads_back(uow, lead):
    old, new = a_writeback(lead), a_writeback(lead, audit_id=new_id(), moved_to_ready=False)
    await uow.writebacks.add(old, AT)
    await uow.writebacks.add(new, AT)

    assert await uow.writebacks.latest(lead) == new
    assert list((await uow.writebacks.latest(lead)).variables) == ["email_subject", "custom_a"]


async def test_the_remote_half_is_tried_until_settled(uow, lead):
    writeback = a_writeback(lead)
    await uow.writebacks.add(writeback, later(10))
    assert await uow.writebacks.claim_remote(later(9), 5, LEASE) == []
    assert await uow.writebacks.claim_remote(later(10), 5, LEASE) == [writeback]
    assert await uow.writebacks.claim_remote(later(11), 5, LEASE) == []

    await uow.writebacks.retry(writeback.id, 1, later(15), "503")
    (again,) = await uow.writebacks.claim_remote(later(15), 5, LEASE)
    assert (again.attempts, again.error) == (1, "503")

    assert await uow.writebacks.close(writeback.id, WritebackStatus.WRITTEN, "", later(16))
    assert not await uow.writebacks.close(writeback.id, WritebackStatus.FAILED, "late", later(17))
    assert (await uow.writebacks.latest(lead)).status is WritebackStatus.WRITTEN
    assert await uow.writebacks.claim_remote(later(9_999), 5, LEASE) == []


async def test_only_older_pending_writebacks_are_superseded(uow, lead):
    oldest, written, this, newer = [a_writeback(lead) for _ in range(4)]
    for writeback in (oldest, written, this, newer):
        await uow.writebacks.add(writeback, AT)
    await uow.writebacks.close(written.id, WritebackStatus.WRITTEN, "", AT)

    assert await uow.writebacks.supersede(lead, this.id) == 1

    due = await uow.writebacks.claim_remote(AT, 9, LEASE)
    assert [writeback.id for writeback in due] == [this.id, newer.id]


async def test_writebacks_are_read_in_the_order_in_which_they_came(uow, lead):
    made = [a_writeback(lead, created_at=later(number)) for number in (3, 1, 2)]
    for writeback in made:
        await uow.writebacks.add(writeback, AT)

    found = await uow.writebacks.get_many([made[2].id, made[0].id, "missing"])

    assert [writeback.id for writeback in found] == [made[0].id, made[2].id]
