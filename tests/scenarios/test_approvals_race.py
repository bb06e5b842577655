"""Two people approve the same draft in the same instant, in 200 random orders with edits and rejections between.

One outcome, one hand-over, and whoever was not first is told the truth of who was.
"""

import asyncio
import random
from dataclasses import dataclass
from typing import Any

import pytest

from bot.outreach.access import Actor, Role, person
from bot.outreach.approvals import AlreadyDecided, StaleDraft
from bot.outreach.drafts import Draft, DraftState
from bot.outreach.errors import Conflict
from bot.outreach.members import Member
from bot.outreach.policies import Policy
from handlers.draft_views import carried_out
from tests.scenarios.draft_given import ANA_ACTS, draft_now, newest
from tests.scenarios.given import many_landed, times_added
from tests.world import World, built

PEOPLE = [person(f"U{name}", name, Role.ADMIN) for name in ("Ana", "Ben", "Cleo", "Dan")]
ANA, BEN, CLEO, DAN = PEOPLE
DECIDED = {DraftState.HANDED_OVER: "approved", DraftState.REJECTED: "rejected"}
ORDERS = {"sqlite": 100, "postgres": 100}
BESIDE = 10  # drafts decided about side by side


@dataclass
class Try:
    """What somebody tried, and what they were told: a draft's card, or why not."""

    actor: Actor
    act: str
    seen: int
    answer: Any = None

    @property
    def decided(self) -> bool:
        return self.act != "edit" and not isinstance(self.answer, Exception)


@pytest.fixture(params=ORDERS)
async def crowd(request):
    """The application with everybody known by name, without PlusVibe's rate, which is no matter of order."""
    async with built(request.getfixturevalue(f"{request.param}_url")) as world:
        async with world.database.begin(world.workspace_id) as uow:
            for actor in PEOPLE:
                await uow.members.save(Member(actor.id, actor.name, Role.ADMIN, "UTC", world.clock()))
        yield world, ORDERS[request.param]


async def test_one_outcome_and_one_hand_over_whatever_the_order(crowd):
    world, number = crowd
    leads = await many_landed(world, number)
    drafts = [await newest(world, lead) for lead in leads]

    tries: list[list[Try]] = []
    for start in range(0, number, BESIDE):
        group = [(draft, random.Random(start + place)) for place, draft in enumerate(drafts[start : start + BESIDE])]
        tries += await asyncio.gather(*(_all_at_once(world, draft, chance) for draft, chance in group))

    outcomes = set()
    for lead, draft, of_draft in zip(leads, drafts, tries, strict=True):
        now = await draft_now(world, draft)
        assert times_added(world, lead.email) == (now.state is DraftState.HANDED_OVER)
        _assert_one_outcome(now, of_draft)
        for each in of_draft:
            _assert_told_the_truth(each, now)
        outcomes.add((now.state, now.revision > 1))
    assert outcomes >= {(DraftState.HANDED_OVER, False), (DraftState.REJECTED, False), (DraftState.WAITING, True)}


async def test_of_three_at_once_two_count_where_two_are_needed(crowd):
    world, number = crowd
    await world.house.services.policies.set(world.workspace_id, ANA_ACTS, Policy(second_approver=True))
    for seed, lead in enumerate(await many_landed(world, number // 10)):
        draft = await newest(world, lead)

        tries = [Try(actor, "approve", 1) for actor in (ANA, BEN, CLEO)]
        await asyncio.gather(*(_carry_out(world, draft, each, random.Random(seed)) for each in tries))

        now = await draft_now(world, draft)
        assert sorted(now.approved_by) == sorted(each.actor.id for each in tries if each.decided)
        assert (now.state, len(now.approved_by)) == (DraftState.HANDED_OVER, 2)
        assert times_added(world, lead.email) == 1


async def _all_at_once(world: World, draft: Draft, chance: random.Random) -> list[Try]:
    """Two approvals, and now and then edits and a rejection, begun in a random order with random pauses."""
    tries = [Try(ANA, "approve", 1), Try(BEN, "approve", chance.choice((1, 1, 2)))]
    tries += [Try(CLEO, "edit", revision) for revision in range(1, chance.choice((1, 2, 3)))]
    tries += [Try(DAN, "reject", 1)] if chance.random() < 0.5 else []
    chance.shuffle(tries)
    await asyncio.gather(*(_carry_out(world, draft, each, chance) for each in tries))
    return tries


async def _carry_out(world: World, draft: Draft, each: Try, chance: random.Random) -> None:
    for _ in range(chance.choice((0, 0, 1, 5, 20))):
        await asyncio.sleep(0)
    drafts, here = world.house.services.drafts, world.workspace_id
    try:
        if each.act == "approve":
            approval = await drafts.approve(here, each.actor, draft.id, each.seen)
            each.answer = await carried_out(world.house, approval)
        elif each.act == "reject":
            each.answer = await drafts.reject(here, each.actor, draft.id, each.seen, "No")
        else:
            text = {"subject": f"Edit {each.seen}", "body": "Body", "cta": "Well?"}
            each.answer = await drafts.edit(here, each.actor, draft.id, each.seen, [text])
    except Conflict as refused:
        each.answer = refused


def _assert_one_outcome(now: Draft, tries: list[Try]) -> None:
    """Who decided is who was told so, and it was the revision they saw."""
    winners = [each for each in tries if each.decided]
    assert len(winners) == (now.state in DECIDED)
    for winner in winners:
        assert (winner.actor.id, winner.seen) == (now.decided_by, now.revision)
        assert winner.answer.draft.state is now.state
        assert DECIDED[now.state].startswith(winner.act)


def _assert_told_the_truth(each: Try, now: Draft) -> None:
    if isinstance(each.answer, AlreadyDecided):
        names = {actor.id: actor.name for actor in PEOPLE}
        assert f"{names[now.decided_by]} {DECIDED[now.state]} revision {now.revision}" in str(each.answer)
    elif isinstance(each.answer, StaleDraft):
        stood = each.answer.draft
        assert stood.revision != each.seen and stood.revision <= now.revision
        if stood.revision > each.seen:
            assert "Subject" in str(each.answer) and "changed by Cleo" in str(each.answer)
            assert any(change.part == "subject" and change.new.startswith("Edit") for change in each.answer.changes)
    else:
        assert not isinstance(each.answer, Exception), each.answer
