"""SIGKILL around a reply's hand-over: never two replies, and a person decides about what nobody can know."""

import pytest
from sqlalchemy import select

from blocks import ids
from bot.outreach.unibox import Answer, AnswerState
from bot.sandbox.plusvibe import happenings, seed
from bot.sandbox.slack.server import ANA
from storage.answers import answers
from tests.blocks.reading import labels, words
from tests.scenarios.doomed import CARRY_OUT, SEND_REPLY, SETTLE_REPLY, Doom
from tests.scenarios.hands import press, shown
from tests.scenarios.processes import Outside, outside
from tests.scenarios.unibox_given import replies_asked, sent_there, typed

pytestmark = pytest.mark.slow
KILLED = -9


@pytest.fixture
async def world(sqlite_url, tmp_path):
    async with outside(sqlite_url, tmp_path) as made:
        yield made


@pytest.mark.parametrize(
    "doom",
    [
        pytest.param(Doom(CARRY_OUT, "before"), id="after the intent, before any attempt"),
        pytest.param(Doom(SEND_REPLY, "after"), id="after PlusVibe sent it, before we know"),
        pytest.param(Doom(SETTLE_REPLY, "after"), id="before the outcome is committed"),
        pytest.param(Doom(CARRY_OUT, "after"), id="after the outcome is committed"),
    ],
)
async def test_killed_where_the_outcome_can_be_found_out_it_is_sent_exactly_once(world, doom):
    bot = await _submitted(world, doom)
    assert await bot.ended() == KILLED

    world.start("run")
    await _settled(world)

    assert [answer.state for answer in await _answers(world)] == [AnswerState.SENT]
    assert len(sent_there(world)) == replies_asked(world) == 1


async def test_killed_before_the_call_a_person_is_asked_and_has_it_sent_again_once(world):
    bot = await _submitted(world, Doom(SEND_REPLY, "before"))
    assert await bot.ended() == KILLED
    assert sent_there(world) == []

    world.start("run")
    await world.until(lambda: _asked(world))

    said = _asked(world)
    assert "It is not known whether your reply to jane@acme.example.com" in said.text
    assert {"It was sent", "Send again"} <= set(labels(said.blocks))
    assert [answer.state for answer in await _answers(world)] == [AnswerState.UNCLEAR]
    assert sent_there(world) == []
    where = (said.channel, said.ts)
    await world.slack.click(ANA, action_id=ids.SEND_AGAIN, message=where)
    await world.until(lambda: sent_there(world))
    await world.until(lambda: _asked(world, "Settled"))

    assert "is sent again" in _asked(world, "Settled").text
    assert len(sent_there(world)) == 1
    assert not labels(_asked(world, "Settled").blocks)


async def test_killed_again_while_it_is_sent_again_it_is_still_one(world):
    bot = await _submitted(world, Doom(SEND_REPLY, "before"))
    await bot.ended()
    again = world.start("run", doom=Doom(SEND_REPLY, "after"))
    await world.until(lambda: _asked(world))
    said = _asked(world)

    await world.slack.click(ANA, action_id=ids.SEND_AGAIN, message=(said.channel, said.ts))
    assert await again.ended() == KILLED
    world.start("run")
    await _settled(world)

    assert len(sent_there(world)) == replies_asked(world) == 1
    assert {answer.state for answer in await _answers(world)} == {AnswerState.SENT, AnswerState.AGAIN}


async def _submitted(world: Outside, doom: Doom):
    """A bot that dies of a reply somebody submits in its composer."""
    campaign = await world.campaign()
    lead = await world.has_lead("Acme", campaign_id=campaign.id)
    there = world.plusvibe.enrol(seed.AUDIT_LETTER, str(lead.email))
    bot = await world.start("run", doom=doom).ready()
    world.plusvibe.add_hook(f"{world.address}/plusvibe/webhook")
    await happenings.reply(world.plusvibe, there)
    await _until_heard(world, lead.id)
    await world.say("/unibox")
    await world.until(lambda: _top(world) == ids.UNIBOX and ids.OPEN_THREAD in str(shown(world)))
    await press(world, ids.OPEN_THREAD)
    await world.until(lambda: _top(world) == ids.THREAD)
    await press(world, ids.REPLY)
    await world.until(lambda: _top(world) == ids.COMPOSER)
    await typed(world, "Tuesday at ten?")
    await world.submit()
    return bot


async def _until_heard(world: Outside, lead_id: str) -> None:
    for _ in range(2_000):
        async with world.database.read(world.workspace_id) as uow:
            if await uow.conversations.of_leads([lead_id]):
                return
    raise AssertionError("never heard")


def _top(world: Outside) -> str:
    stack = world.slack.workspace.modals.get(ANA) or []
    return stack[-1].payload["callback_id"] if stack else ""


def _asked(world: Outside, begins: str = "It is not known"):
    """What the author was told directly."""
    told = [
        message
        for channel, messages in world.slack.workspace.messages.items()
        if channel.startswith("D")
        for message in messages
        if message.text.startswith(begins) and words(message.blocks)
    ]
    return told[-1] if told else None


async def _answers(world: Outside) -> list[Answer]:
    async with world.database.read(world.workspace_id) as uow:
        threads, _, _ = await uow.conversations.page()
        return await uow.answers.of_thread(threads[0].id)


async def _settled(world: Outside) -> None:
    """Wait until no answer is open any more."""

    await world.until_rows(select(answers).where(answers.c.look_at.is_not(None)), 0)
