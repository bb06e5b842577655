"""Pushes, enrolments and blocked pushes."""

import pytest

from bot.outreach.enrolments import EnrolmentState
from bot.outreach.pushes import ArmedState, Outcome, PushedLeadState, PushState
from tests.storage.given import (
    AT,
    HERE,
    LEASE,
    MINUTE,
    a_blocked,
    a_push,
    add_campaign,
    add_lead,
    add_leads,
    in_batches,
    later,
)

PUSHED, SKIPPED, FAILED = PushedLeadState.PUSHED, PushedLeadState.SKIPPED, PushedLeadState.FAILED


@pytest.fixture
async def leads(database):
    return await add_leads(database, 7)


@pytest.fixture
async def uow(database, leads):
    async with database.begin(HERE) as opened:
        yield opened


@pytest.fixture
async def campaign(uow):
    return (await add_campaign(uow)).id


@pytest.fixture
async def push(uow, campaign, leads):
    push = a_push(campaign, 7)
    await uow.pushes.add(push, in_batches(leads, 3))
    return push


async def test_a_push_goes_batch_by_batch(uow, push, leads):
    assert await uow.pushes.get(push.id) == push
    assert await uow.pushes.waiting_batch(push.id) == leads[:3]

    assert await uow.pushes.attempt(push.id, leads[:3], later(1)) == 3
    assert await uow.pushes.attempt(push.id, leads[:3], later(2)) == 0
    assert [lead.attempted_at for lead in await uow.pushes.unclear(push.id)] == [later(1)] * 3
    assert await uow.pushes.waiting_batch(push.id) == leads[3:6]

    await uow.pushes.settle(push.id, [(leads[0], PUSHED, ""), (leads[1], SKIPPED, "known"), (leads[2], FAILED, "no")])
    await uow.pushes.settle(push.id, [(leads[0], FAILED, "late")])

    result = await uow.pushes.result(push.id)
    assert result.pushed == (leads[0],)
    assert result.skipped == (Outcome(leads[1], "known"),)
    assert result.failed == (Outcome(leads[2], "no"),)
    assert (result.waiting, result.settled) == (4, 3)
    assert await uow.pushes.unclear(push.id) == []


async def test_a_large_push_is_stored_and_settled_in_few_statements(database):
    ids = await add_leads(database, 1_000)
    async with database.begin(HERE) as uow:
        push = a_push((await add_campaign(uow)).id, len(ids))
        with database.count_statements() as sent:
            await uow.pushes.add(push, in_batches(ids, 100))
            await uow.pushes.settle(push.id, [(lead_id, PUSHED, "") for lead_id in ids])
            await uow.enrolments.enrol(ids, push.campaign_id, push.id, AT)
        assert sent.total == 4
        assert len((await uow.pushes.result(push.id)).pushed) == 1_000


async def test_one_drives_a_push_at_a_time(uow, push):
    assert await uow.pushes.claim(push.id, AT, LEASE, "first")
    assert not await uow.pushes.claim(push.id, later(1), LEASE, "second")
    assert await uow.pushes.claim(push.id, later(1), LEASE, "first")
    assert not await uow.pushes.release(push.id, "second")
    assert await uow.pushes.release(push.id, "first")
    assert await uow.pushes.claim(push.id, later(1), LEASE, "second")
    assert await uow.pushes.claim(push.id, later(1) + LEASE, LEASE, "third")


async def test_a_stale_push_is_found_until_all_is_told(uow, push):
    async def stale(at):
        return [found.id for found in await uow.pushes.stale(AT, at, 5)]

    assert await uow.pushes.stale(AT - MINUTE, AT, 5) == []
    assert await stale(AT) == [push.id]
    assert await uow.pushes.claim(push.id, AT, MINUTE, "somebody")
    assert await stale(later(1)) == []
    assert await stale(AT + MINUTE) == [push.id]

    assert await uow.pushes.finish(push.id, AT)
    assert not await uow.pushes.finish(push.id, AT)
    assert await stale(AT + 2 * MINUTE) == [push.id]

    assert await uow.pushes.enrolled(push.id, AT)
    assert await stale(AT + 3 * MINUTE) == [push.id]

    assert await uow.pushes.reported(push.id, AT)
    assert not await uow.pushes.reported(push.id, AT)
    assert await stale(AT + 9 * MINUTE) == []
    await uow.pushes.note_problem(push.id, "slow")
    done = await uow.pushes.get(push.id)
    assert (done.state, done.enrolled, done.problem) == (PushState.DONE, True, "slow")


async def test_a_lead_joins_a_campaign_once(uow, campaign, push, leads):
    await uow.enrolments.enrol(leads[:1], campaign, push.id, AT)

    assert await uow.enrolments.join(leads[:3], campaign, AT) == set(leads[1:3])
    assert await uow.enrolments.join(leads[:3], campaign, later(5)) == set()
    assert await uow.enrolments.join([], campaign, later(5)) == set()
    assert [each.push_id for each in await uow.enrolments.of_lead(leads[0])] == [push.id]


async def test_a_lead_is_enrolled_once_per_campaign(uow, campaign, push, leads):
    await uow.enrolments.enrol(leads[:2], campaign, push.id, AT)

    await uow.enrolments.enrol(leads[:3], campaign, "another push", later(9))

    (first,) = await uow.enrolments.of_lead(leads[0])
    assert (first.state, first.push_id, first.created_at) == (EnrolmentState.QUEUED, push.id, AT)
    assert [one.push_id for one in await uow.enrolments.of_lead(leads[2])] == ["another push"]


async def test_a_push_takes_along_who_joined_before(uow, campaign, push, leads):
    await uow.enrolments.join(leads[:1], campaign, AT)
    (waiting,) = await uow.enrolments.of_lead(leads[0])

    await uow.enrolments.enrol(leads[:1], campaign, push.id, later(5))

    (taken,) = await uow.enrolments.of_lead(leads[0])
    assert (waiting.is_there, taken.is_there, taken.push_id) == (False, True, push.id)
    assert (taken.created_at, taken.updated_at) == (AT, later(5))


async def test_who_was_removed_may_come_again(uow, campaign, push, leads):
    await uow.enrolments.enrol(leads[:1], campaign, push.id, AT)
    assert await uow.enrolments.remove(leads[0], campaign, "by hand", later(5))
    assert not await uow.enrolments.remove(leads[5], campaign, "by hand", later(5))

    assert await uow.enrolments.join(leads[:1], campaign, later(6)) == {leads[0]}

    (again,) = await uow.enrolments.of_lead(leads[0])
    assert (again.state, again.push_id, again.reason) == (EnrolmentState.QUEUED, None, "")


async def test_a_blocked_push_reads_back(uow, campaign, leads):
    blocked = a_blocked(campaign, leads[::-1], pushed_ids=(leads[3],))
    await uow.blocked.add(blocked)

    assert await uow.blocked.get(blocked.id) == blocked
    await uow.blocked.pushed(blocked.id, leads[:2], AT)
    assert (await uow.blocked.get(blocked.id)).pushed_ids == (leads[3], leads[1], leads[0])


async def test_a_blocked_push_is_open_for_a_week(uow, campaign, leads):
    old, fresh, closed = (a_blocked(campaign, leads[:1], created_at=later(number)) for number in range(3))
    for blocked in (old, fresh, closed):
        await uow.blocked.add(blocked)
    assert await uow.blocked.close(closed.id)
    assert not await uow.blocked.close(closed.id)

    now = later(7 * 24 * 3600)

    assert await uow.blocked.open(now) == [fresh]
    assert (await uow.blocked.get(closed.id)).closed


async def test_a_blocked_push_is_due_when_a_lead_changed(uow, campaign, leads):
    async def due(seconds):
        return [found.id for found in await uow.blocked.due(later(seconds), 9)]

    blocked = a_blocked(campaign, leads[:3])
    await uow.blocked.add(blocked)
    await uow.blocked.add(a_blocked(campaign, leads[3:], closed=True))
    assert await due(0) == [blocked.id]

    await uow.blocked.checked(blocked.id, later(20))
    assert await due(21) == []

    await uow.leads.change(leads[2], {"grade": "A"}, at=later(21))
    assert await due(22) == [blocked.id]

    await uow.blocked.checked(blocked.id, later(40))
    assert await due(60) == []
    await uow.leads.remove(leads[0], later(61))
    assert await due(62) == [blocked.id]


async def test_a_change_that_committed_late_is_not_missed(uow, campaign, leads):
    blocked = a_blocked(campaign, leads[:3])
    await uow.blocked.add(blocked)
    await uow.blocked.checked(blocked.id, later(100))
    await uow.leads.change(leads[0], {"grade": "A"}, at=later(99))  # read its clock before the check, committed after

    assert await uow.blocked.due(later(101), 9) == []
    assert len(await uow.blocked.due(later(110), 9)) == 1
    await uow.blocked.checked(blocked.id, later(110))
    assert await uow.blocked.due(later(9_999), 9) == []


async def test_an_armed_push_fires_once(uow, campaign, leads):
    blocked = a_blocked(campaign, leads)
    await uow.blocked.add(blocked)
    assert not await uow.blocked.fire(blocked.id, AT)

    assert await uow.blocked.arm(blocked.id, "U2", later(99), AT)
    assert not await uow.blocked.arm(blocked.id, "U3", later(99), AT)
    assert await uow.blocked.fire(blocked.id, AT)
    assert not await uow.blocked.fire(blocked.id, AT)
    assert not await uow.blocked.cancel(blocked.id)
    assert not await uow.blocked.arm(blocked.id, "U3", later(99), AT)

    fired = await uow.blocked.get(blocked.id)
    assert (fired.armed, fired.armed_by, fired.expires_at) == (ArmedState.FIRED, "U2", later(99))


@pytest.mark.parametrize(("end", "state"), [("cancel", ArmedState.CANCELLED), ("expire", ArmedState.EXPIRED)])
async def test_a_disarmed_push_can_be_armed_again(uow, campaign, leads, end, state):
    blocked = a_blocked(campaign, leads)
    await uow.blocked.add(blocked)
    await uow.blocked.arm(blocked.id, "U2", later(99), AT)

    assert await getattr(uow.blocked, end)(blocked.id)
    assert (await uow.blocked.get(blocked.id)).armed is state
    assert not await uow.blocked.fire(blocked.id, AT)
    assert await uow.blocked.arm(blocked.id, "U3", later(999), AT)


async def test_an_armed_push_is_due_when_its_time_is_over(uow, campaign, leads):
    blocked = a_blocked(campaign, leads)
    await uow.blocked.add(blocked)
    await uow.blocked.arm(blocked.id, "U2", later(99), AT)
    await uow.blocked.checked(blocked.id, later(50))

    assert await uow.blocked.due(later(98), 9) == []
    assert len(await uow.blocked.due(later(99), 9)) == 1


async def test_a_campaign_keeps_our_id(uow):
    first = await add_campaign(uow, "Spring Sale")
    again = await add_campaign(uow, "Spring Sale 2026")
    await add_campaign(uow, "spring", "p-2")
    await add_lead(uow)

    assert again.id == first.id
    assert again.merge_fields == ("custom_a", "custom_b")
    assert [found.name for found in await uow.campaigns.all()] == ["spring", "Spring Sale 2026"]
    assert [found.name for found in await uow.campaigns.named("SPRING")] == ["spring"]
    assert [found.name for found in await uow.campaigns.named("sale")] == ["Spring Sale 2026"]
    assert [found.name for found in await uow.campaigns.search("2026 spring", 5)] == ["Spring Sale 2026"]
    assert await uow.campaigns.named("%") == []
    assert await uow.campaigns.get("nobody") is None
