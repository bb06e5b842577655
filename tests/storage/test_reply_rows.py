"""How replies are read, as rows, and the runs that replies pause."""

from dataclasses import replace
from datetime import date

import pytest

from bot.outreach.reply_reading import Reading, ReplyClass
from bot.outreach.sequences import RunState, away, held, kept, let_go, resumed
from bot.outreach.unibox import Direction, Mail, Reply, Thread
from storage.ids import new_id
from tests.storage.given import AT, HERE, add_lead, later
from tests.storage.given_mails import a_run, add_sent
from tests.storage.given_unibox import TOLD, Talk

AWAY = Reading(ReplyClass.OUT_OF_OFFICE, "says “out of office”", "I am out of office.", date(2026, 12, 3))


@pytest.fixture
async def talk(database):
    async with database.begin(HERE) as uow:
        lead = await add_lead(uow, "a@b.com")
        thread = Thread(new_id(), lead.id, "p1", "Re: Hi", "Yes", AT, Direction.IN, unread=True, waiting_since=AT)
        reply = Reply(new_id(), lead.id, TOLD, AT, thread_id=thread.id, reading=AWAY)
        await uow.conversations.add_many([thread])
        await uow.conversations.add_mails([(thread.id, Mail(Direction.IN, TOLD))])
        await uow.replies.add_many([reply])
    return Talk(thread, reply, None, "")


@pytest.fixture
async def sent(database):
    async with database.begin(HERE) as uow:
        return await add_sent(uow, (await add_lead(uow, "jane@b.com")).id)


async def test_a_reading_is_read_back_and_an_absence_waits_for_nobody(database, talk):
    async with database.read(HERE) as uow:
        assert await uow.replies.get(talk.reply.id) == talk.reply
        assert await uow.replies.newest_of(talk.reply.lead_id) == talk.reply
        assert await uow.replies.of_threads([talk.thread.id, "none"], 9) == [talk.reply]
        assert await uow.replies.count_unanswered() == 0
        assert await uow.replies.unanswered(9) == []
        assert await uow.replies.waiting_since(talk.thread.id) is None
        assert await uow.digests.seqs_with_reply() == []


async def test_a_correction_is_made_by_whoever_saw_it_and_then_it_waits(database, talk):
    async with database.begin(HERE) as uow:
        assert [reply.id for reply in await uow.replies.act_on(9, AT)] == [talk.reply.id]
        assert await uow.replies.act_on(9, AT) == []
        assert await uow.replies.correct(talk.reply, ReplyClass.QUESTION, "U1", again=True)
        assert not await uow.replies.correct(talk.reply, ReplyClass.OTHER, "U2", again=True)
        corrected = await uow.replies.get(talk.reply.id)
        again = await uow.replies.act_on(9, AT)
        assert await uow.replies.correct(corrected, ReplyClass.OTHER, "U2", again=False)
        assert await uow.replies.act_on(9, AT) == []
        assert await uow.replies.waiting_since(talk.thread.id) == AT

    assert (corrected.reading.reply_class, corrected.corrected_by) == (ReplyClass.QUESTION, "U1")
    assert corrected.reading.rule == AWAY.rule and again == [corrected]


async def test_what_came_before_changes_no_sequence(database, talk):
    async with database.begin(HERE) as uow:
        await uow.replies.act_on(9, AT)
        told = replace(TOLD, key="m:2")
        await uow.conversations.add_mails([(talk.thread.id, Mail(Direction.IN, told))])
        await uow.replies.add_many([replace(talk.reply, id=new_id(), heard=told)], later(1))

        assert await uow.replies.act_on(9, AT) == []


async def test_open_runs_are_found_by_the_company_of_their_leads(database, sent):
    async with database.begin(HERE) as uow:
        other = await add_lead(uow, "bob@b.com")
        run = a_run(other.id, sent.site.id, sent.sequence.id)
        await uow.runs.add(run)
        await uow.runs.add(a_run((await add_lead(uow, "eve@sub.b.com")).id, sent.site.id, sent.sequence.id))
        await uow.runs.add(a_run((await add_lead(uow, "x@a_b.com")).id, sent.site.id, sent.sequence.id))

        assert await uow.runs.open_at(["b.com"]) == [(sent.run, "jane@b.com"), (run, "bob@b.com")]
        assert await uow.runs.open_at(["%", "nowhere.com"]) == await uow.runs.open_at([]) == []


async def test_a_pause_ends_on_its_day_unless_a_reply_holds_it(database, sent):
    async with database.begin(HERE) as uow:
        paused = away(sent.run, later(5))
        assert await uow.runs.move(sent.run, paused)
        assert await uow.runs.due_back(later(4), 9) == []
        assert await uow.runs.due_back(later(5), 9) == [paused]
        both = held(paused, "r1", "Jana at b.com replied")
        assert await uow.runs.move(paused, both)
        assert not await uow.runs.move(paused, resumed(paused))
        assert await uow.runs.due_back(later(5), 9) == []
        assert await uow.runs.held_by(["r1", "r2"]) == [both]
        assert await uow.runs.move(both, let_go(both, later(1)))
        assert await uow.runs.due_back(later(5), 9) == [paused]
        assert await uow.runs.stop(paused.id, "gone", later(6))
        assert await uow.runs.due_back(later(9), 9) == []


def test_who_may_pause_and_what_ends_it():
    run = a_run("l", "s", "q")
    by_hand = replace(run, state=RunState.PAUSED)
    absent, braked = away(run, later(5)), held(run, "r1", "Jana at b.com replied")

    assert (absent.state, absent.resume_at, absent.why) == (RunState.PAUSED, later(5), "out of office")
    assert (braked.state, braked.held_by) == (RunState.PAUSED, "r1")
    assert away(by_hand, later(5)) is held(by_hand, "r1", "") is None
    assert away(absent, later(4)) is None and away(absent, later(6)).resume_at == later(6)
    assert held(braked, "r2", "") is None
    assert away(braked, later(5)).why == braked.why
    assert let_go(braked, AT) == run and resumed(absent) == run
    assert kept(braked) == replace(by_hand, why=braked.why)
    ended_run = replace(run, state=RunState.STOPPED, ended_at=AT)
    assert away(ended_run, later(5)) is held(ended_run, "r1", "") is None
