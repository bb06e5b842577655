"""Sequences and runs as rows."""

from dataclasses import replace

import pytest

from bot.outreach.mails import MailState
from bot.outreach.sequences import RunState, Sequence, Step, ended
from storage.ids import new_id
from tests.storage.given import AT, HERE, add_lead, later
from tests.storage.given_mails import a_mail, a_run, add_sent


@pytest.fixture
async def sent(database):
    async with database.begin(HERE) as uow:
        return await add_sent(uow, (await add_lead(uow, "a@b.com")).id)


async def test_a_sequence_is_read_back_with_its_steps_and_changed_by_whoever_saw_it(database, sent):
    steps = (Step("t1", 0, stop_on_open=False, in_thread=False), Step("t2", 24, stop_on_click=False))
    changed = replace(sent.sequence, name="Summer", steps=steps)
    async with database.begin(HERE) as uow:
        assert await uow.sequences.all() == [sent.sequence]
        assert not await uow.sequences.add(Sequence(new_id(), "Spring", steps, updated_at=AT))
        assert await uow.sequences.change(changed, 1, later(9))
        assert not await uow.sequences.change(changed, 1, later(9))
        assert await uow.sequences.get(changed.id) == replace(changed, revision=2, updated_at=later(9))
        assert await uow.sequences.named("Summer") == (await uow.sequences.get_many([changed.id]))[changed.id]
        assert await uow.sequences.remove(changed.id)
        assert not await uow.sequences.remove(changed.id)


async def test_a_lead_has_one_open_run(database, sent):
    another = a_run(sent.run.lead_id, sent.site.id, sent.sequence.id)
    async with database.begin(HERE) as uow:
        assert not await uow.runs.add(another)
        assert await uow.runs.open_with(sent.sequence.id) == 1
        assert await uow.runs.stop(sent.run.id, "They replied", later(9))
        assert not await uow.runs.stop(sent.run.id, "They clicked a link", later(10))
        assert await uow.runs.add(another)
        assert await uow.runs.newest_of(sent.run.lead_id) == another
        assert await uow.runs.open_of([sent.run.lead_id, "nobody"]) == [another]
        stopped = await uow.runs.get(sent.run.id)

    assert (stopped.state, stopped.why, stopped.next_at, stopped.ended_at) == (
        RunState.STOPPED,
        "They replied",
        None,
        later(9),
    )


async def test_due_runs_are_held_and_moved_by_whoever_saw_them(database, sent):
    async with database.begin(HERE) as uow:
        assert await uow.runs.hold_due(later(-1), 9) == []
        (run,) = await uow.runs.hold_due(AT, 9)
        assert run == sent.run
        assert await uow.runs.move(run, replace(run, step=2, next_at=None, mail_id=sent.mail.id))
        assert not await uow.runs.move(run, replace(run, state=RunState.PAUSED))
        assert await uow.runs.hold_due(later(99), 9) == []
        moved = await uow.runs.get(run.id)
        assert await uow.runs.move(moved, ended(moved, RunState.COMPLETED, "Completed (no reply)", later(9)))
        assert await uow.runs.open_with(sent.sequence.id) == 0


async def test_two_processes_never_hold_the_same_run(database, sent):
    if "sqlite" in str(database.url):
        pytest.skip("the transaction is the only writer")
    async with database.begin(HERE) as first, database.begin(HERE) as second:
        assert [run.id for run in await first.runs.hold_due(AT, 9)] == [sent.run.id]
        assert await second.runs.hold_due(AT, 9) == []


async def test_what_waits_of_a_run_is_taken_back_or_looked_at_at_once(database, sent):
    other = a_mail(sent.mail.lead_id, sent.site.id, thread="<1@x> <2@x>")
    async with database.begin(HERE) as uow:
        await uow.mails.add(other, "other", "a@b.com")
        await uow.mails.wake_run(sent.run.id, later(9))
        woken = replace(sent.mail, due_at=later(9))
        assert await uow.mails.of_runs([sent.run.id, "none"]) == {sent.run.id: [woken]}
        assert await uow.mails.cancel_run(sent.run.id, "The sequence was stopped") == 1
        assert await uow.mails.cancel_run(sent.run.id, "again") == 0
        assert (await uow.mails.get(sent.mail.id)).state is MailState.CANCELLED
        assert await uow.mails.get(other.id) == other
