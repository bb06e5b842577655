"""Drafts as rows: revisions, decisions that happen once, the queue's pages, counters, claims."""

import asyncio
from dataclasses import replace

import pytest

from bot.outreach.drafts import DraftState
from bot.outreach.templates import Letter
from storage.database import Database
from tests.storage.given import AT, HERE, LEASE, MINUTE, a_draft, add_lead, add_leads, add_workspace, later

NEW_TEXT = (Letter("New", "Body", "Shall we?"),)


@pytest.fixture
async def uow(database):
    async with database.begin(HERE) as uow:
        yield uow


@pytest.fixture
async def lead(uow):
    return (await add_lead(uow, "a@b.com")).id


async def stored(uow, draft):
    await uow.drafts.add(draft)
    return draft


async def test_a_draft_comes_back_as_it_was_stored(uow, lead):
    draft = await stored(uow, a_draft(lead, letters=(Letter("S", "B\n\nC", ""), *NEW_TEXT), audit_id="audit"))

    assert await uow.drafts.get(draft.id) == draft
    assert await uow.drafts.get(draft.id, locked=True) == draft
    assert await uow.drafts.get_many([draft.id, "none"]) == [draft]
    assert await uow.drafts.get("none") is None


async def test_a_newer_waiting_draft_replaces_the_older_one(uow, lead):
    first, other = a_draft(lead), a_draft((await add_lead(uow)).id)
    await uow.drafts.add(first)
    await uow.drafts.add(other)

    assert await uow.drafts.add(second := a_draft(lead, created_at=later(5))) == 1

    assert [(found.id, found.state) for found in await uow.drafts.of_lead(lead)] == [
        (second.id, DraftState.WAITING),
        (first.id, DraftState.REPLACED),
    ]
    assert (await uow.drafts.get(other.id)).state is DraftState.WAITING
    assert await uow.drafts.unshown(5) == [first.id]


async def test_an_edit_is_the_next_revision_and_the_one_before_stays_readable(uow, lead):
    draft = await stored(uow, a_draft(lead, approved_by=("U3",)))

    assert await uow.drafts.edit(draft, NEW_TEXT, "U2", later(1))
    assert not await uow.drafts.edit(draft, NEW_TEXT, "U3", later(2))

    now = await uow.drafts.get(draft.id)
    assert (now.revision, now.letters, now.edited_by, now.approved_by) == (2, NEW_TEXT, "U2", ())
    first, second = await uow.drafts.revision(now, 1), await uow.drafts.revision(now, 2)
    assert (first.letters, first.edited_by, first.edited_at) == (draft.letters, "U1", AT)
    assert (second.letters, second.edited_by, second.edited_at) == (NEW_TEXT, "U2", later(1))
    assert await uow.drafts.revision(now, 3) is None


async def test_a_decision_happens_once_and_at_the_revision_seen(uow, lead):
    draft = await stored(uow, a_draft(lead))
    await uow.drafts.edit(draft, NEW_TEXT, "U2", later(1))
    now = await uow.drafts.get(draft.id)

    assert not await uow.drafts.decide(draft, DraftState.APPROVED, "U2", later(2))
    assert await uow.drafts.approve_first(now, "U3")
    now = await uow.drafts.get(draft.id)
    assert await uow.drafts.decide(now, DraftState.APPROVED, "U2", later(2))
    assert not await uow.drafts.decide(now, DraftState.REJECTED, "U3", later(3), "no")

    decided = await uow.drafts.get(draft.id)
    assert (decided.state, decided.approved_by, decided.decided_by) == (DraftState.APPROVED, ("U3", "U2"), "U2")
    assert not await uow.drafts.edit(decided, NEW_TEXT, "U4", later(4))


async def test_one_push_carries_a_draft_until_it_certainly_failed(uow, lead):
    draft = await stored(uow, a_draft(lead))
    assert not await uow.drafts.hand_over(draft, "push-1", "campaign")
    await uow.drafts.decide(draft, DraftState.APPROVED, "U2", later(1))
    await uow.drafts.put_off(draft.id, "Audit not completed yet")
    assert (await uow.drafts.get(draft.id)).problem == "Audit not completed yet"

    assert await uow.drafts.hand_over(draft, "push-1", "campaign")
    assert not await uow.drafts.hand_over(draft, "push-2", "campaign")
    carried = await uow.drafts.get(draft.id)
    assert (carried.push_id, carried.campaign_id, carried.problem) == ("push-1", "campaign", "")

    assert await uow.drafts.not_taken(carried, "PlusVibe is down")
    assert not await uow.drafts.not_taken(carried, "PlusVibe is down")
    failed = await uow.drafts.get(draft.id)
    assert (failed.push_id, failed.attempts, failed.problem) == (None, 1, "PlusVibe is down")

    assert await uow.drafts.hand_over(failed, "push-2", "campaign")
    assert not await uow.drafts.handed_over(carried)
    carried = await uow.drafts.get(draft.id)
    assert await uow.drafts.handed_over(carried)
    assert await uow.drafts.sent([lead]) == 1
    assert await uow.drafts.sent([lead]) == await uow.drafts.sent([]) == 0
    assert (await uow.drafts.get(draft.id)).state is DraftState.SENT


async def test_what_a_crash_left_open_is_claimed_by_one(uow, lead):
    draft = await stored(uow, a_draft(lead))
    await uow.drafts.decide(draft, DraftState.APPROVED, "U2", AT)
    assert await uow.drafts.claim_under_way(later(9), later(9), 5, LEASE) == []
    await uow.drafts.hand_over(draft, "push-1", "campaign")

    assert await uow.drafts.claim_under_way(AT - MINUTE, later(9), 5, LEASE) == []
    assert [found.id for found in await uow.drafts.claim_under_way(AT, later(9), 5, LEASE)] == [draft.id]
    assert await uow.drafts.claim_under_way(AT, later(10), 5, LEASE) == []
    assert [found.id for found in await uow.drafts.claim_under_way(AT, later(9) + LEASE, 5, LEASE)] == [draft.id]


async def test_cards_are_worded_again_once(uow, lead):
    draft = await stored(uow, a_draft(lead))
    await uow.drafts.changed([draft.id])

    assert await uow.drafts.unshown(5) == [draft.id]
    await uow.drafts.shown([draft.id])
    assert await uow.drafts.unshown(5) == []


async def test_the_queue_turns_its_pages_both_ways_without_a_gap(uow):
    leads = [(await add_lead(uow, f"p{n}@x.com")).id for n in range(7)]
    drafts = [await stored(uow, a_draft(lead)) for lead in leads]
    await uow.drafts.decide(drafts[3], DraftState.REJECTED, "U2", AT, "no")
    waiting = [draft.id for draft in drafts if draft is not drafts[3]]

    first = await uow.drafts.page(DraftState.WAITING, limit=4)
    second = await uow.drafts.page(DraftState.WAITING, limit=4, beyond=first[-1][0])
    again = await uow.drafts.page(DraftState.WAITING, limit=4, beyond=second[0][0], back=True)

    assert [draft.id for _, draft in first + second] == waiting
    assert again == first
    assert [draft.id for draft in await uow.drafts.oldest_waiting(2)] == waiting[:2]
    assert [draft.id for _, draft in await uow.drafts.page(DraftState.REJECTED, limit=4)] == [drafts[3].id]
    newest = await uow.drafts.page(None, limit=3)
    assert [draft.id for _, draft in newest] == [draft.id for draft in drafts[:3:-1]]
    before = await uow.drafts.page(None, limit=2, beyond=newest[-1][0], back=True)
    assert before == newest[:2]


async def test_alike_are_untouched_drafts_of_one_text(uow):
    leads = [(await add_lead(uow, f"p{n}@x.com")).id for n in range(4)]
    same, touched, other, decided = [
        await stored(uow, a_draft(lead, template=template))
        for lead, template in zip(leads, ("direct", "direct", "formal", "direct"), strict=True)
    ]
    await uow.drafts.edit(touched, NEW_TEXT, "U2", AT)
    await uow.drafts.decide(decided, DraftState.REJECTED, "U2", AT, "no")

    assert [draft.id for draft in await uow.drafts.alike("direct", 5)] == [same.id]
    assert [draft.id for draft in await uow.drafts.alike("formal", 5)] == [other.id]


async def test_the_counters_equal_a_recount(database):
    ids = await add_leads(database, 6)
    async with database.begin(HERE) as uow:
        drafts = [await stored(uow, a_draft(lead)) for lead in ids]
        await uow.drafts.add(a_draft(ids[0]))
        for draft in drafts[1:4]:
            await uow.drafts.decide(draft, DraftState.APPROVED, "U2", AT)
        await uow.drafts.decide(drafts[4], DraftState.REJECTED, "U2", AT, "no")
        for number, draft in enumerate(drafts[1:3]):
            await uow.drafts.hand_over(draft, f"push-{number}", "campaign")
            await uow.drafts.handed_over(replace(draft, push_id=f"push-{number}", state=DraftState.APPROVED))
        await uow.drafts.sent([ids[1]])
        inside = await uow.drafts.counts()

    async with database.read(HERE) as uow:
        assert await uow.drafts.counts() == await uow.drafts.recount() == inside
    assert inside == {
        DraftState.WAITING: 2,
        DraftState.REPLACED: 1,
        DraftState.APPROVED: 1,
        DraftState.REJECTED: 1,
        DraftState.HANDED_OVER: 1,
        DraftState.SENT: 1,
    }


async def test_another_workspace_sees_no_draft(database):
    other = await add_workspace(database)
    async with database.begin(HERE) as uow:
        draft = await stored(uow, a_draft((await add_lead(uow)).id))

    async with database.begin(other) as uow:
        assert await uow.drafts.get(draft.id) is None
        assert await uow.drafts.page(None, limit=5) == []
        assert await uow.drafts.counts() == {}
        assert not await uow.drafts.decide(draft, DraftState.APPROVED, "U2", AT)


async def test_of_many_deciding_at_once_one_wins(database):
    async with database.begin(HERE) as uow:
        draft = await stored(uow, a_draft((await add_lead(uow)).id))
    rivals = [database, *(Database(database.url.render_as_string(hide_password=False)) for _ in range(3))]

    async def decide(number):
        async with rivals[number % 4].begin(HERE) as uow:
            state = DraftState.APPROVED if number % 2 else DraftState.REJECTED
            return await uow.drafts.decide(draft, state, f"U{number}", AT)

    won = await asyncio.gather(*(decide(number) for number in range(12)))
    for rival in rivals[1:]:
        await rival.close()

    assert won.count(True) == 1
    async with database.read(HERE) as uow:
        assert await uow.drafts.counts() == await uow.drafts.recount()
        assert (await uow.drafts.get(draft.id)).decided_by == f"U{won.index(True)}"
