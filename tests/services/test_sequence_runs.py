"""Sequences over weeks: each step once, stopped by what leads do, paused, put off by limits, manual."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.outreach.access import Role, person
from bot.outreach.errors import Conflict, Invalid, NotAllowed, NotFound, Unavailable
from bot.outreach.events import EventKind
from bot.outreach.leads import LeadStatus
from bot.outreach.limits import Limit
from bot.outreach.mail_templates import MissingValue
from bot.outreach.mails import EVIDENCE_FOR, MailState
from bot.outreach.sequences import BY_HAND, CLICKED, NO_REPLY, OPENED, REPLIED, Mode, RunState, Sequence, Step
from bot.services.runs import RunService
from tests.services.test_direct_mails import ANA, a_site, dispatched, queued, told

VERA = person("U0VERA", "Vera", Role.VIEWER)
TEXTS = (
    (
        "First",
        "Three findings",
        "Hello {{ first_name }}, we looked at {{ domain }}.\n\nSee https://ours.example/audits.",
    ),
    ("Second", "Still there?", "Hello again, {{ first_name }}."),
    ("Third", "A last word", "Goodbye, {{ first_name }}."),
)
QUIET = "deferred@acme.example.com"  # nobody opens it


async def templates(world):
    """Three templates, once."""
    service = world.house.services.templates
    known = {each.name: each for each in await service.all(world.workspace_id, ANA)}
    return [known.get(texts[0]) or await service.save(world.workspace_id, ANA, texts) for texts in TEXTS]


async def a_sequence(world, *, mode=Mode.AUTO, steps=3, name="Spring", **flags):
    made = await templates(world)
    rows = tuple(Step(template.id, 72, **flags) for template in made[:steps])
    return await world.house.services.sequences.save(world.workspace_id, ANA, Sequence("", name, rows, mode))


async def started(world, lead, site, sequence):
    return await world.house.services.runs.assign(world.workspace_id, ANA, lead.id, sequence.id, site.id)


async def begun(world, *, email=QUIET, mode=Mode.AUTO, steps=3, **flags):
    """A lead whose first step has left."""
    lead, site = await world.has_lead("Acme", email=email), await a_site(world)
    run = await started(world, lead, site, await a_sequence(world, mode=mode, steps=steps, **flags))
    await passed(world)
    return lead, run


async def passed(world, **by):
    """Time passes; the clock looks at runs, then sends."""
    world.clock.move(**by)
    await world.house.services.runs.advance_due(world.workspace_id)
    await world.house.services.dispatch.send_due(world.workspace_id)


async def run_of(world, run):
    async with world.database.read(world.workspace_id) as uow:
        return await uow.runs.get(run.id)


async def mails_of(world, run):
    async with world.database.read(world.workspace_id) as uow:
        return (await uow.mails.of_runs([run.id])).get(run.id, [])


def is_about(moment, other):
    """The world's clock runs on while it is moved."""
    return abs(moment - other) < timedelta(minutes=1)


def subjects(world):
    return [mail.subject for mail in world.demo.sendgrid.mails]


async def test_every_step_leaves_once_in_its_time_and_then_it_is_completed(either_world):
    world = either_world
    lead, run = await begun(world)
    assert subjects(world) == ["Three findings"]
    await told(world)
    first = (await run_of(world, run)).next_at

    assert is_about(first, world.clock() + timedelta(hours=72))
    for _ in range(5):
        await passed(world, hours=14)
    assert len(subjects(world)) == 1
    for _ in range(30):
        await passed(world, hours=12)

    ended = await run_of(world, run)
    assert (ended.state, ended.why, ended.step) == (RunState.COMPLETED, NO_REPLY, 3)
    sent = world.demo.sendgrid.mails
    assert [mail.text.splitlines()[0] for mail in sent] == [
        "Hello Jane, we looked at acme.example.com.",
        "Hello again, Jane.",
        "Goodbye, Jane.",
    ]
    assert subjects(world) == ["Three findings"] * 3
    assert sent[1].headers["In-Reply-To"] == sent[1].headers["References"] == sent[0].smtp_id
    assert "In-Reply-To" not in sent[0].headers
    async with world.database.read(world.workspace_id) as uow:
        kinds = [event.kind for event in await uow.events.of_lead(lead.id)]
    assert (kinds.count(EventKind.SEQUENCE_STARTED), kinds.count(EventKind.SEQUENCE_COMPLETED)) == (1, 1)


async def test_a_step_outside_the_thread_has_its_own_subject(world):
    await begun(world, in_thread=False)
    await told(world)
    await passed(world, hours=73)

    assert subjects(world) == ["Three findings", "Still there?"]
    assert "References" not in world.demo.sendgrid.mails[1].headers


async def test_many_clocks_at_once_send_a_step_once(either_world):
    world = either_world
    _, run = await begun(world)
    world.clock.move(hours=73)
    clocks = [RunService(world.database, world.clock, connected=True) for _ in range(8)]

    await asyncio.gather(*(clock.advance_due(world.workspace_id) for clock in clocks))
    await asyncio.gather(*(world.house.services.dispatch.send_due(world.workspace_id) for _ in range(4)))

    assert (len(subjects(world)), len(await mails_of(world, run))) == (2, 2)


@pytest.mark.parametrize(
    ("event", "why"),
    [
        ("open", OPENED),
        ("click", CLICKED),
        ("bounce", "Address bounced, change it or ask an admin to clear it"),
        ("spam", "Recipient complained, never contact again"),
        ("unsub", "Recipient unsubscribed"),
        ("machine-open", ""),
        ("blocked", ""),
    ],
)
async def test_what_becomes_of_a_step_stops_the_run_at_once(world, event, why):
    _, run = await begun(world, email=f"{event}@acme.example.com")
    for _ in range(3):
        world.clock.move(minutes=5)
        await told(world)

    found = await run_of(world, run)
    assert (found.state, found.why) == ((RunState.STOPPED, why) if why else (RunState.ACTIVE, ""))
    await passed(world, days=4)
    assert len(subjects(world)) == (1 if why else 2)


@pytest.mark.parametrize(
    ("event", "flags", "goes_on"),
    [
        ("open", {"stop_on_open": False}, True),
        ("click", {"stop_on_open": False}, False),
        ("click", {"stop_on_open": False, "stop_on_click": False}, True),
        ("bounce", {"stop_on_open": False, "stop_on_click": False, "stop_on_reply": False}, False),
    ],
)
async def test_a_steps_own_conditions_count_and_a_bounce_always_does(world, event, flags, goes_on):
    _, run = await begun(world, email=f"{event}@acme.example.com", **flags)
    for _ in range(3):
        world.clock.move(minutes=5)
        await told(world)

    assert (await run_of(world, run)).is_open is goes_on


async def test_a_reply_at_plusvibe_stops_the_run_and_takes_back_what_waits(world):
    lead, site = await world.has_lead("Acme", email=QUIET), await a_site(world)
    run = await started(world, lead, site, await a_sequence(world))
    async with world.database.begin(world.workspace_id) as uow:
        await uow.leads.change(lead.id, {"status": LeadStatus.REPLIED}, at=world.clock())

    await passed(world)

    (mail,) = await mails_of(world, run)
    found = await run_of(world, run)
    assert (mail.state, mail.problem, subjects(world)) == (MailState.REFUSED, REPLIED, [])
    assert (found.state, found.why) == (RunState.STOPPED, REPLIED)


async def test_a_reply_between_two_steps_stops_the_run(world):
    lead, run = await begun(world)
    async with world.database.begin(world.workspace_id) as uow:
        await uow.leads.change(lead.id, {"status": LeadStatus.REPLIED}, at=world.clock())
    await passed(world, hours=73)

    assert ((await run_of(world, run)).why, len(subjects(world))) == (REPLIED, 1)


async def test_somebody_who_replied_before_may_be_put_into_a_new_one(world):
    lead, site = await world.has_lead("Acme", email=QUIET, status=LeadStatus.REPLIED), await a_site(world)
    await started(world, lead, site, await a_sequence(world))
    await passed(world)
    await passed(world, hours=73)

    assert len(subjects(world)) == 2


async def test_stopping_takes_back_what_waits_and_a_new_run_may_begin(world):
    lead, site = await world.has_lead("Acme", email=QUIET), await a_site(world)
    sequence, service = await a_sequence(world), world.house.services.runs
    run = await started(world, lead, site, sequence)
    with pytest.raises(Conflict, match="in a sequence already"):
        await started(world, lead, site, sequence)

    stopped = [await service.stop(world.workspace_id, ANA, run.id) for _ in range(2)]
    await passed(world, days=9)

    assert stopped[0] == stopped[1] and stopped[0].why == BY_HAND
    assert subjects(world) == []
    for act in (service.pause, service.resume):
        with pytest.raises(Conflict, match="over"):
            await act(world.workspace_id, ANA, run.id)
    assert (await started(world, lead, site, sequence)).id != run.id


async def test_taking_back_the_email_of_a_step_stops_its_run(world):
    lead, site = await world.has_lead("Acme", email=QUIET), await a_site(world)
    run = await started(world, lead, site, await a_sequence(world))
    (mail,) = await mails_of(world, run)
    await world.house.services.mails.undo(world.workspace_id, ANA, mail.id)

    assert "taken back" in (await run_of(world, run)).why


async def test_a_paused_run_sends_nothing_until_it_is_resumed(world):
    _, run = await begun(world)
    service = world.house.services.runs
    for _ in range(2):
        await service.pause(world.workspace_id, ANA, run.id)
    await passed(world, days=20)
    assert (len(subjects(world)), (await run_of(world, run)).state) == (1, RunState.PAUSED)
    with pytest.raises(Conflict, match="Resume"):
        await service.send_next(world.workspace_id, ANA, run.id, 1)

    for _ in range(2):
        await service.resume(world.workspace_id, ANA, run.id)
    await passed(world)
    assert len(subjects(world)) == 2


async def test_a_pause_holds_a_step_that_waits_already(world):
    lead, site = await world.has_lead("Acme", email=QUIET), await a_site(world)
    run = await started(world, lead, site, await a_sequence(world))
    await world.house.services.runs.pause(world.workspace_id, ANA, run.id)
    await passed(world, hours=1)
    (mail,) = await mails_of(world, run)
    assert (mail.state, mail.problem, subjects(world)) == (MailState.HELD, "The sequence is paused.", [])

    await world.house.services.runs.resume(world.workspace_id, ANA, run.id)
    await passed(world)
    assert len(subjects(world)) == 1


async def test_a_manual_run_waits_for_a_person_at_each_later_step(world):
    _, run = await begun(world, mode=Mode.MANUAL)
    service = world.house.services.runs
    await passed(world, days=9)
    waiting = await run_of(world, run)
    assert (waiting.state, waiting.step, len(subjects(world))) == (RunState.WAITING, 1, 1)

    await service.send_next(world.workspace_id, ANA, run.id, 1)
    with pytest.raises(Conflict, match="not left yet"):
        await service.send_next(world.workspace_id, ANA, run.id, 1)
    await passed(world)
    with pytest.raises(Conflict, match="sent already"):
        await service.send_next(world.workspace_id, ANA, run.id, 1)
    assert len(subjects(world)) == 2
    await service.pause(world.workspace_id, ANA, run.id)
    await service.resume(world.workspace_id, ANA, run.id)
    await passed(world, days=9)
    assert (await run_of(world, run)).state is RunState.WAITING


async def test_sending_the_next_step_looks_at_the_conditions_first(world):
    lead, run = await begun(world, mode=Mode.MANUAL)
    async with world.database.begin(world.workspace_id) as uow:
        await uow.leads.change(lead.id, {"status": LeadStatus.CONVERTED}, at=world.clock())

    stopped = await world.house.services.runs.send_next(world.workspace_id, ANA, run.id, 1)

    assert (stopped.state, stopped.why, len(subjects(world))) == (RunState.STOPPED, REPLIED, 1)


async def test_a_full_day_puts_steps_off_in_their_order_and_the_delay_counts_from_when_they_left(world):
    site, sequence = await a_site(world, daily_cap=1), await a_sequence(world)
    leads = [await world.has_lead(name, email=f"deferred+{name}@x.example.com") for name in ("A", "B", "C")]
    runs = []
    for lead in leads:
        runs.append(await started(world, lead, site, sequence))
        world.clock.move(seconds=1)
    await passed(world)

    (waiting,) = await mails_of(world, runs[1])
    assert (waiting.state, waiting.waits_for) == (MailState.HELD, Limit.CAP)
    assert (await run_of(world, runs[1])).next_at is None
    await passed(world, days=1)
    left_at = world.clock()
    await passed(world, days=1)

    assert [mail.to for mail in world.demo.sendgrid.mails] == [lead.email for lead in leads]
    assert is_about((await run_of(world, runs[1])).next_at, left_at + timedelta(hours=72))


async def test_what_a_template_prints_and_nobody_knows_is_refused_before_anything_is_sent(world):
    lead, site = await world.has_lead("Acme", email=QUIET), await a_site(world)
    sequence = await a_sequence(world)
    third = (await templates(world))[2]
    texts = (third.name, third.subject, "Your grade is {{ grade }}.")
    await world.house.services.templates.save(world.workspace_id, ANA, texts, third.id, 1)

    with pytest.raises(MissingValue) as refused:
        await started(world, lead, site, sequence)

    assert refused.value.missing == ("grade",)
    async with world.database.read(world.workspace_id) as uow:
        assert await uow.runs.newest_of(lead.id) is None


async def test_a_value_that_went_missing_lets_a_person_look(world):
    lead, run = await begun(world)
    async with world.database.begin(world.workspace_id) as uow:
        await uow.leads.change(lead.id, {"first_name": ""}, at=world.clock())
    await passed(world, hours=73)

    found = await run_of(world, run)
    assert found.state is RunState.WAITING and "first_name" in found.why
    async with world.database.begin(world.workspace_id) as uow:
        await uow.leads.change(lead.id, {"first_name": "Jane"}, at=world.clock())
    await world.house.services.runs.send_next(world.workspace_id, ANA, run.id, 1)
    await passed(world)
    assert len(subjects(world)) == 2


async def test_a_step_whose_answer_was_lost_waits_for_evidence_and_then_goes_on(world):
    lead, site = await world.has_lead("Acme", email=QUIET), await a_site(world)
    run = await started(world, lead, site, await a_sequence(world))
    world.demo.sendgrid.faults.fail_next(status=502)
    await passed(world)
    (mail,) = await mails_of(world, run)
    assert (mail.state, (await run_of(world, run)).next_at) == (MailState.UNCLEAR, None)

    world.clock.move(seconds=EVIDENCE_FOR.total_seconds())
    again = await world.house.services.mails.send_again(world.workspace_id, ANA, mail.id)
    await passed(world)
    found = await run_of(world, run)
    assert found.mail_id == again.id and is_about(found.next_at, world.clock() + timedelta(hours=72))


async def test_a_step_sendgrid_refuses_stops_the_run(world):
    lead, site = await world.has_lead("Acme", email=QUIET), await a_site(world)
    run = await started(world, lead, site, await a_sequence(world))
    world.demo.sendgrid.faults.fail_next(status=400, message="Does not contain a valid address.")
    await passed(world)

    found = await run_of(world, run)
    assert found.state is RunState.STOPPED and "refused" in found.why


async def test_an_admin_who_suppresses_the_address_stops_the_run(world):
    _, run = await begun(world)
    await world.house.services.opting_out.suppress(world.workspace_id, ANA, QUIET, "asked on the phone")

    assert (await run_of(world, run)).why == "Address is suppressed"


async def test_nothing_goes_to_a_lead_that_was_removed(world):
    lead, run = await begun(world)
    async with world.database.begin(world.workspace_id) as uow:
        await uow.leads.remove(lead.id, world.clock())
    await passed(world, hours=73)

    assert ((await run_of(world, run)).why, len(subjects(world))) == ("The lead was removed.", 1)


async def test_a_sequence_made_shorter_completes_its_runs(world):
    _, run = await begun(world)
    service = world.house.services.sequences
    (sequence,) = await service.all(world.workspace_id, ANA)
    await service.save(world.workspace_id, ANA, replace(sequence, steps=sequence.steps[:1]), 1)
    await passed(world, hours=73)

    assert ((await run_of(world, run)).why, len(subjects(world))) == (NO_REPLY, 1)


async def test_sequences_and_their_templates_stay_while_they_are_in_use(world):
    _, run = await begun(world)
    services = world.house.services
    (sequence,) = await services.sequences.all(world.workspace_id, ANA)
    with pytest.raises(Conflict, match="A lead is in Spring"):
        await services.sequences.remove(world.workspace_id, ANA, sequence.id)
    with pytest.raises(Conflict, match="sequence Spring sends First"):
        await services.templates.remove(world.workspace_id, ANA, sequence.steps[0].template_id)

    await services.runs.stop(world.workspace_id, ANA, run.id)
    await services.sequences.remove(world.workspace_id, ANA, sequence.id)
    with pytest.raises(NotFound):
        await services.sequences.get(world.workspace_id, ANA, sequence.id)


async def test_a_sequence_is_saved_by_whoever_saw_it_under_a_free_name(world):
    service = world.house.services.sequences
    first, other = await a_sequence(world), await a_sequence(world, name="Summer")
    await service.save(world.workspace_id, ANA, replace(first, mode=Mode.MANUAL), 1)

    with pytest.raises(Conflict, match="since you opened it"):
        await service.save(world.workspace_id, ANA, first, 1)
    for changed, field in ((replace(other, name="Spring"), "name"), (replace(other, steps=(Step("?"),)), "template:0")):
        with pytest.raises(Invalid) as refused:
            await service.save(world.workspace_id, ANA, changed, 1)
        assert refused.value.field == field
    with pytest.raises(NotAllowed):
        await service.remove(world.workspace_id, VERA, first.id)


async def test_what_stands_in_the_way_is_offered_in_words(world):
    lead, service = await world.has_lead("Acme", email=QUIET), world.house.services.runs
    assert "/outreach sites" in (await service.offer(world.workspace_id, ANA, lead.id)).obstacle
    site = await a_site(world)
    assert "/outreach sequences" in (await service.offer(world.workspace_id, ANA, lead.id)).obstacle
    sequence = await a_sequence(world)
    offer = await service.offer(world.workspace_id, ANA, lead.id)
    assert (offer.obstacle, offer.sequences) == ("", (sequence,))
    preview = await service.preview(world.workspace_id, ANA, lead.id, sequence.id, site.id)
    assert [each.subject for each in preview.words] == ["Three findings", "Still there?", "A last word"]

    service.connected = False
    with pytest.raises(Unavailable, match="SENDGRID_API_KEY"):
        await started(world, lead, site, sequence)


async def test_an_open_of_another_email_means_nothing_to_the_run_and_a_bounce_of_it_does(world):
    lead, run = await begun(world)
    await passed(world, hours=25)
    (budget,) = await world.house.services.sites.budgets(world.workspace_id, ANA)
    await queued(world, lead, budget.site)
    await dispatched(world)
    other = world.demo.sendgrid.mails[-1]

    world.clock.move(minutes=1)
    await world.demo.sendgrid.emit(other, "open", useragent="Firefox")
    await told(world)
    assert (await run_of(world, run)).is_open
    await world.demo.sendgrid.emit(other, "bounce")
    await told(world)
    assert (await run_of(world, run)).why.startswith("Address bounced")
