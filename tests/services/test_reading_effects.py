"""What replies do by how they were read: absences pause, answers stop and brake, corrections do what was left out."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.outreach.access import Role, person
from bot.outreach.errors import Conflict, NotAllowed
from bot.outreach.events import EventKind
from bot.outreach.leads import LeadStatus
from bot.outreach.reachability import AddressFact
from bot.outreach.reply_reading import ReplyClass
from bot.outreach.sequences import ASKED_OUT, REPLIED, RunState
from bot.sandbox.plusvibe import happenings
from bot.services.reading import NOT_UNDONE
from storage.runs import runs
from tests.scenarios.unibox_given import heard_all, thread_of, written_to
from tests.services.test_direct_mails import ANA, a_site
from tests.services.test_sequence_runs import a_sequence, passed, run_of, started, subjects

EDITOR, VERA = person("U0EDITH", "Edith", Role.EDITOR), person("U0VERA", "Vera", Role.VIEWER)
GOES_ON = {"stop_on_reply": False, "stop_on_click": False, "stop_on_open": False}
AWAY = "Thank you. I am out of office and back in three weeks."


async def scene(world, colleagues=0, email="deferred@acme.example.com", **flags):
    """A lead at PlusVibe whose first step of a sequence of ours has left, and colleagues in the same sequence."""
    lead, there = await written_to(world, "Acme", email=email)
    site, sequence = await a_site(world), await a_sequence(world, **flags)
    own = await started(world, lead, site, sequence)
    others = []
    for number in range(colleagues):
        other = await world.has_lead(f"Other {number}", email=f"deferred{number}@acme.example.com")
        others.append((other, await started(world, other, site, sequence)))
    await passed(world)
    return lead, there, own, others


async def says(world, there, words, *, label="", act=True, **more):
    await happenings.reply(world.plusvibe, there, words, label=label, sentiment="NEUTRAL", **more)
    await heard_all(world)
    if act:
        await world.house.services.brakes.act_due(world.workspace_id)


async def reply_of(world, lead):
    async with world.database.read(world.workspace_id) as uow:
        return await uow.replies.newest_of(lead.id)


async def events_of(world, lead):
    async with world.database.read(world.workspace_id) as uow:
        return [(event.kind, event.facts.get("reason", "")) for event in await uow.events.of_lead(lead.id)]


async def correct(world, lead, reply_class, actor=EDITOR):
    reply = await reply_of(world, lead)
    note = await world.house.services.readings.correct(world.workspace_id, actor, reply.id, reply_class)
    await world.house.services.brakes.act_due(world.workspace_id)
    return note


async def test_an_absence_is_no_reply_and_pauses_the_lead_for_a_week(either_world):
    world = either_world
    lead, there, run, _ = await scene(world)
    status = (await world.lead(lead.id)).status

    await says(world, there, AWAY)

    paused = await run_of(world, run)
    assert (paused.state, paused.why) == (RunState.PAUSED, "out of office")
    assert abs(paused.resume_at - world.clock() - timedelta(days=7)) < timedelta(minutes=5)
    assert (await world.lead(lead.id)).status is status
    assert (await thread_of(world, lead)).waiting_since is None
    kinds = [kind for kind, _ in await events_of(world, lead)]
    assert EventKind.SEQUENCE_PAUSED in kinds and EventKind.REPLIED not in kinds
    await passed(world, days=6)
    await world.house.services.runs.resume_due(world.workspace_id)
    assert len(subjects(world)) == 1
    world.clock.move(days=1)
    assert await world.house.services.runs.resume_due(world.workspace_id) == 1
    assert await world.house.services.runs.resume_due(world.workspace_id) == 0
    await passed(world)
    assert len(subjects(world)) == 2
    assert (await run_of(world, run)).resume_at is None


async def test_an_absence_with_a_day_pauses_until_its_morning_and_a_later_one_for_longer(world):
    lead, there, run, _ = await scene(world)
    day, later = world.clock() + timedelta(days=20), world.clock() + timedelta(days=40)

    await says(world, there, f"I am out of office until {day:%Y-%m-%d}.")
    first = (await run_of(world, run)).resume_at
    await says(world, there, f"I am out of office until {later:%Y-%m-%d}.")

    assert (first.date(), first.hour) == (day.date(), 6)
    assert (await run_of(world, run)).resume_at.date() == later.date()
    assert (await reply_of(world, lead)).reading.until == later.date()


async def test_what_a_person_paused_no_absence_and_no_reply_of_others_touches(world):
    lead, there, run, ((_, other),) = await scene(world, colleagues=1)
    for each in (run, other):
        await world.house.services.runs.pause(world.workspace_id, ANA, each.id)

    await says(world, there, AWAY)
    assert (await run_of(world, run)).resume_at is None
    await says(world, there, "Let's talk.")

    assert (await run_of(world, other)).held_by == ""
    assert await world.house.services.brakes.brakes(world.workspace_id, [(await reply_of(world, lead)).id]) == []


async def test_an_absence_corrected_does_what_a_reply_does(either_world):
    world = either_world
    lead, there, run, ((_, other),) = await scene(world, colleagues=1)
    await says(world, there, AWAY)
    assert (await run_of(world, other)).state is RunState.ACTIVE

    assert await correct(world, lead, ReplyClass.QUESTION) == ""
    assert await correct(world, lead, ReplyClass.QUESTION) == ""

    stopped = await run_of(world, run)
    assert (stopped.state, stopped.why) == (RunState.STOPPED, REPLIED)
    assert (await world.lead(lead.id)).status is LeadStatus.REPLIED
    assert (await thread_of(world, lead)).waiting_since is not None
    assert (await run_of(world, other)).why == "Jane at acme.example.com replied"
    kinds = [kind for kind, _ in await events_of(world, lead)]
    assert kinds.count(EventKind.REPLY_CORRECTED) == kinds.count(EventKind.REPLIED) == 1
    reply = await reply_of(world, lead)
    assert (reply.corrected_by, reply.reading.rule) == (EDITOR.id, "says “I am out of office”")


async def test_a_run_that_no_reply_stops_goes_on_once_the_absence_is_corrected(world):
    lead, there, run, _ = await scene(world, **GOES_ON)
    await says(world, there, AWAY)

    await correct(world, lead, ReplyClass.OTHER)
    await world.house.services.runs.resume_due(world.workspace_id)

    assert (await run_of(world, run)).state is RunState.ACTIVE


async def test_a_reply_corrected_to_an_absence_undoes_no_stop_and_says_so(world):
    lead, there, run, _ = await scene(world)
    await says(world, there, "Thanks.")

    assert await correct(world, lead, ReplyClass.OUT_OF_OFFICE) == NOT_UNDONE

    assert (await run_of(world, run)).state is RunState.STOPPED
    assert (await world.lead(lead.id)).status is LeadStatus.REPLIED
    assert (await thread_of(world, lead)).waiting_since is None


async def test_viewers_correct_nothing_and_only_admins_suppress(world):
    lead, there, _, _ = await scene(world)
    await says(world, there, "Please remove me from your list.")
    reply, readings = await reply_of(world, lead), world.house.services.readings

    with pytest.raises(NotAllowed):
        await readings.correct(world.workspace_id, VERA, reply.id, ReplyClass.OTHER)
    with pytest.raises(NotAllowed):
        await readings.suppress(world.workspace_id, EDITOR, reply.id)
    with pytest.raises(NotAllowed):
        await world.house.services.brakes.resume(world.workspace_id, VERA, reply.id)


async def test_suppressing_once_keeps_their_sentence_and_stops_the_run(either_world):
    world = either_world
    lead, there, run, _ = await scene(world, **GOES_ON)
    await says(world, there, "Hello Lena,\n\nplease remove me from your list.", sender="boss@acme.example.com")
    reply, readings = await reply_of(world, lead), world.house.services.readings
    held = await run_of(world, run)
    assert (held.state, held.why) == (RunState.PAUSED, ASKED_OUT)

    for _ in range(2):
        await readings.suppress(world.workspace_id, ANA, reply.id)

    async with world.database.read(world.workspace_id) as uow:
        (record,) = await uow.addresses.history(lead.email)
        assert len(await uow.addresses.history("boss@acme.example.com")) == 1
    assert (record.fact, record.source, record.actor) == (AddressFact.SUPPRESSED, f"reply:{reply.id}", ANA.id)
    assert record.note == "please remove me from your list."
    assert (await run_of(world, run)).state is RunState.STOPPED
    assert [kind for kind, _ in await events_of(world, lead)].count(EventKind.SUPPRESSED) == 1


async def test_a_reply_pauses_colleagues_and_resume_brings_back_exactly_those(either_world):
    world = either_world
    lead, there, own, others = await scene(world, colleagues=3)
    (_, first), (_, second), (_, by_hand) = others
    await world.house.services.runs.pause(world.workspace_id, ANA, by_hand.id)
    stranger = await world.has_lead("Beta", email="deferred@beta.example.com")
    apart = await started(world, stranger, await a_site(world, name="Two"), await a_sequence(world, name="Two"))

    await says(world, there, "Let's talk.")

    assert (await run_of(world, own)).state is RunState.STOPPED
    for run in (first, second):
        assert (await run_of(world, run)).why == "Jane at acme.example.com replied"
    assert (await run_of(world, apart)).state is RunState.ACTIVE
    reply, brakes = await reply_of(world, lead), world.house.services.brakes
    (brake,) = await brakes.brakes(world.workspace_id, [reply.id])
    assert (brake.domain, len(brake.held)) == ("acme.example.com", 2)
    await passed(world, hours=80)
    assert len(subjects(world)) == 4 + 1  # the first steps of everybody

    decided = await brakes.resume(world.workspace_id, ANA, reply.id)
    assert (decided.resumed, decided.decided_by, len(decided.held)) == (True, "Ana", 2)
    for deciding in (brakes.resume, brakes.keep):
        with pytest.raises(Conflict):
            await deciding(world.workspace_id, ANA, reply.id)
    states = [(await run_of(world, run)).state for run in (first, second, by_hand)]
    assert states == [RunState.ACTIVE, RunState.ACTIVE, RunState.PAUSED]
    await passed(world)
    assert len(subjects(world)) == 7


async def test_kept_paused_is_as_if_a_person_had_paused_it(world):
    lead, there, _, ((_, run),) = await scene(world, colleagues=1)
    await says(world, there, "Let's talk.")
    reply = await reply_of(world, lead)

    await world.house.services.brakes.keep(world.workspace_id, ANA, reply.id)
    await says(world, there, "And once more.")

    kept = await run_of(world, run)
    assert (kept.state, kept.held_by, kept.why) == (RunState.PAUSED, "", "Jane at acme.example.com replied")
    await world.house.services.runs.resume(world.workspace_id, ANA, run.id)
    assert (await run_of(world, run)).state is RunState.ACTIVE


async def test_an_absent_colleague_stays_paused_until_their_day_whatever_is_decided(world):
    lead, there, _, ((_, run),) = await scene(world, colleagues=1)
    async with world.database.begin(world.workspace_id) as uow:
        until = world.clock() + timedelta(days=30)
        held = {"state": RunState.PAUSED, "resume_at": until, "why": "out of office"}
        await uow.runs._tenant.change(update(runs).where(runs.c.id == run.id).values(**held))
    await says(world, there, "Let's talk.")
    assert (await run_of(world, run)).held_by == (await reply_of(world, lead)).id

    await world.house.services.brakes.resume(world.workspace_id, ANA, (await reply_of(world, lead)).id)

    let_go = await run_of(world, run)
    assert (let_go.state, let_go.resume_at, let_go.why) == (RunState.PAUSED, until, "out of office")


async def test_free_mail_and_absences_brake_nobody(world):
    _, there, _, _ = await scene(world, email="deferred@gmail.com")
    friend = await world.has_lead("Friend", email="deferred2@gmail.com")
    run = await started(world, friend, await a_site(world, name="Two"), await a_sequence(world, name="Two"))

    await says(world, there, "Let's talk.")

    assert (await run_of(world, run)).state is RunState.ACTIVE


async def test_two_processes_pause_ask_and_resume_once(either_world):
    world = either_world
    lead, there, _, others = await scene(world, colleagues=2)
    brakes, here = world.house.services.brakes, world.workspace_id
    await says(world, there, "Let's talk.", act=False)

    acted = await asyncio.gather(*(brakes.act_due(here) for _ in range(4)))
    reply = await reply_of(world, lead)
    decided = await asyncio.gather(*(brakes.resume(here, ANA, reply.id) for _ in range(4)), return_exceptions=True)

    assert sorted(acted) == [0, 0, 0, 1]
    assert sorted(isinstance(each, Conflict) for each in decided) == [False, True, True, True]
    for other, run in others:
        assert (await run_of(world, run)).state is RunState.ACTIVE
        kinds = [kind for kind, _ in await events_of(world, other)]
        assert kinds.count(EventKind.SEQUENCE_PAUSED) == kinds.count(EventKind.SEQUENCE_RESUMED) == 1


async def test_a_mail_that_waits_is_held_while_its_lead_is_away_and_leaves_when_they_are_back(world):
    lead, there = await written_to(world, "Acme", email="deferred@acme.example.com")
    run = await started(world, lead, await a_site(world), await a_sequence(world))

    await says(world, there, AWAY)
    await passed(world, hours=30)
    assert subjects(world) == [] and (await run_of(world, run)).state is RunState.PAUSED
    world.clock.move(days=7)
    await world.house.services.runs.resume_due(world.workspace_id)
    await passed(world)

    assert len(subjects(world)) == 1


async def test_a_label_that_comes_with_the_reply_counts_where_the_words_say_nothing(world):
    lead, there, run, _ = await scene(world)

    await says(world, there, "Estou ausente esta semana.", label="OUT_OF_OFFICE")

    assert (await reply_of(world, lead)).reading.rule == "the provider's label is out of office"
    assert (await run_of(world, run)).state is RunState.PAUSED
