"""Weeks in seconds: what is foretold is what the same engine then does, and nothing stored changes meanwhile."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.outreach.calendars import Waits
from bot.outreach.leads import LeadStatus
from bot.outreach.limits import Limit
from bot.outreach.mails import MailState
from bot.outreach.reachability import AddressFact, AddressRecord
from bot.outreach.sequences import NO_REPLY, REPLIED, Mode
from bot.services.queueing import NO_SITE, NOT_CONNECTED
from bot.services.simulating import NOTHING_OPEN, SimulationService
from storage.ids import new_id
from storage.in_memory import in_memory
from tests.databases import WORKSPACE
from tests.services.forecast_given import ANA, NOON, Firm
from tests.storage.given_mails import a_mail
from tests.storage.test_tenancy import everything

HOUR = timedelta(hours=1)


@asynccontextmanager
async def a_firm(now=NOON):
    async with in_memory() as database:
        async with database.begin_unbound() as directory:
            await directory.workspaces.add(WORKSPACE)
        yield Firm(database, WORKSPACE.id, now)


@pytest.fixture
async def firm():
    async with a_firm() as made:
        yield made


async def passes(done):
    """A day of the rehearsal; nobody listens."""


def moments(calendar):
    return [(mail.place.lead, mail.at) for mail in calendar.mails]


def put_off(calendar):
    return [(deferral.place.lead, deferral.limit, deferral.until) for deferral in calendar.deferrals]


# What is foretold is what happens

WORLDS = st.fixed_dictionaries(
    {
        "cap": st.integers(1, 3),
        "quiet": st.tuples(st.integers(0, 23), st.integers(0, 23)),
        "timezone": st.sampled_from(["UTC", "Europe/Prague", "America/New_York"]),
        "delays": st.lists(st.integers(24, 40), max_size=2),
        "mode": st.sampled_from(Mode),
        "starts": st.lists(st.integers(0, 6), min_size=1, max_size=4),
        "paused": st.booleans(),
    }
)


@settings(max_examples=4)
@given(drawn=WORLDS)
def test_what_is_foretold_is_what_then_happens(drawn):
    asyncio.run(foretold_and_lived(drawn))


async def foretold_and_lived(drawn):
    async with a_firm() as firm:
        await began(firm, drawn)

        calendar = await firm.foresees(hours=72)
        sent, waited = await firm.lives(hours=72)

    assert sorted((email(mail), mail.at) for mail in calendar.mails) == sent
    # What waits already is foretold from the beginning; a pause is looked at again and again, and told of once.
    told = [(email(each), each.at, each.limit, each.until) for each in calendar.deferrals]
    assert sorted(each for each in told if each[1] > calendar.begins) == [
        each for each in waited if each[1] > calendar.begins and each[2] is not None
    ]


def email(foretold):
    return f"jane@{foretold.place.lead.lower()}.example.com"


async def began(firm, drawn):
    """A site, a sequence, and leads put into it hours apart; the last may be paused before anything of it left."""
    quiet_from, quiet_to = drawn["quiet"]
    hours = {"quiet_from": time(quiet_from), "quiet_to": time(quiet_to), "timezone": drawn["timezone"]}
    site = await firm.has_site(daily_cap=drawn["cap"], **hours)
    sequence = await firm.has_sequence(*drawn["delays"], mode=drawn["mode"])
    for number, hour in enumerate(sorted(drawn["starts"])):
        while firm.clock.now < NOON + hour * HOUR:
            await firm.lives(hours=1)
        run = await firm.begins(site, sequence, name=f"Firm{number}")
    if drawn["paused"]:
        await firm.runs.pause(firm.workspace_id, ANA, run.id)


async def test_it_looks_ahead_on_both_databases_and_changes_no_row(database):
    firm = Firm(database, WORKSPACE.id)
    site, sequence = await firm.has_site(daily_cap=1), await firm.has_sequence(72)
    for name in ("Acme", "Bolt"):
        await firm.begins(site, sequence, name=name)
    before = await everything(database, WORKSPACE.id)

    calendar = await firm.foresees(days=7)

    assert await everything(database, WORKSPACE.id) == before
    day = timedelta(days=1)
    midnight = NOON + 12 * HOUR
    assert moments(calendar) == [
        ("Acme", NOON),
        ("Bolt", midnight),
        ("Acme", NOON + 3 * day),
        ("Bolt", midnight + 3 * day),
    ]
    assert put_off(calendar) == [("Bolt", Limit.CAP, midnight)]
    assert [(ending.place.lead, ending.completed, ending.why) for ending in calendar.endings] == [
        ("Acme", True, NO_REPLY),
        ("Bolt", True, NO_REPLY),
    ]
    assert [(mail.place.sequence, mail.place.step, mail.place.steps) for mail in calendar.mails[2:]] == [
        ("Spring", 2, 2)
    ] * 2


async def test_a_firm_sees_only_its_own(database):
    async with database.begin_unbound() as directory:
        other = replace(WORKSPACE, id=new_id(), team_id="T2")
        await directory.workspaces.add(other)
    theirs = Firm(database, other.id)
    await theirs.begins(await theirs.has_site(), await theirs.has_sequence())

    calendar = await Firm(database, WORKSPACE.id).foresees(days=7)

    assert (calendar.obstacle, calendar.sites) == (NO_SITE, ())


# Limits


async def test_ten_due_at_a_cap_of_two_leave_over_five_days(firm):
    site, sequence = await firm.has_site(daily_cap=2), await firm.has_sequence()
    for number in range(10):
        await firm.begins(site, sequence, name=f"Firm{number}")

    calendar = await firm.foresees(days=7)

    assert list(calendar.days_of(site).values()) == [2] * 5
    assert calendar.put_off == 8
    assert [each.place.lead for each in calendar.mails] == [f"Firm{number}" for number in range(10)]


async def test_quiet_hours_over_midnight_hold_a_mail_until_the_morning(firm):
    site = await firm.has_site(quiet_from=time(22), quiet_to=time(7))
    firm.clock.now = datetime(2026, 3, 2, 23, tzinfo=UTC)
    await firm.begins(site, await firm.has_sequence())

    calendar = await firm.foresees(days=1)

    morning = datetime(2026, 3, 3, 7, tzinfo=UTC)
    assert (moments(calendar), put_off(calendar)) == ([("Acme", morning)], [("Acme", Limit.QUIET, morning)])


async def test_the_day_of_23_hours_in_prague_begins_an_hour_sooner(firm):
    firm.clock.now = datetime(2026, 3, 28, 20, tzinfo=UTC)  # 21:00 on the eve of summer time
    site = await firm.has_site(timezone="Europe/Prague", daily_cap=1, quiet_from=time(0), quiet_to=time(9))
    sequence = await firm.has_sequence()
    for name in ("Acme", "Bolt", "Coda"):
        await firm.begins(site, sequence, name=name)

    calendar = await firm.foresees(days=3)

    # Nine in the morning is 07:00 UTC from that day on; each midnight comes 23 or 24 hours after the one before.
    assert [mail.at.isoformat()[:16] for mail in calendar.mails] == [
        "2026-03-28T20:00",
        "2026-03-29T07:00",
        "2026-03-30T07:00",
    ]
    assert [day.day for day in calendar.days_of(site)] == [28, 29, 30]


async def test_a_prospect_who_was_written_to_today_rests_first(firm):
    site, lead = await firm.has_site(), await firm.has_lead()
    async with firm.database.begin(firm.workspace_id) as uow:
        await uow.rests.last_sent([lead.email], locked=True)
        await uow.rests.begin({lead.email: "another"}, NOON - 2 * HOUR)
    await firm.begins(site, await firm.has_sequence(), lead)

    calendar = await firm.foresees(days=2)

    assert put_off(calendar) == [("Acme", Limit.COOLDOWN, NOON + 22 * HOUR)]
    assert moments(calendar) == [("Acme", NOON + 22 * HOUR)]


async def test_what_waits_already_is_put_off_from_the_beginning(firm):
    site, sequence = await firm.has_site(daily_cap=1), await firm.has_sequence()
    for name in ("Acme", "Bolt"):
        await firm.begins(site, sequence, name=name)
    await firm.lives(hours=1)

    calendar = await firm.foresees(days=1)

    assert put_off(calendar) == [("Bolt", Limit.CAP, NOON + 12 * HOUR)]
    assert [mail.place.lead for mail in calendar.mails] == ["Bolt"]


# What stops, and what waits for a person


async def test_a_manual_sequence_sends_one_step_and_waits_for_a_person(firm):
    await firm.begins(await firm.has_site(), await firm.has_sequence(72, 72, mode=Mode.MANUAL))

    calendar = await firm.foresees(days=14)

    assert len(calendar.mails) == 1
    (waiting,) = calendar.waiting
    assert (waiting.waits, waiting.place.step, waiting.place.steps) == (Waits.NEXT_STEP, 2, 3)


async def test_a_value_nobody_knows_waits_for_a_person_with_the_reason(firm):
    lead = await firm.has_lead()
    await firm.begins(await firm.has_site(), await firm.has_sequence(72, text="Hello {{ first_name }}"), lead)
    async with firm.database.begin(firm.workspace_id) as uow:
        await uow.leads.change(lead.id, {"first_name": ""}, at=NOON)

    (waiting,) = (await firm.foresees(days=14)).waiting

    assert waiting.waits is Waits.MISSING and "first_name" in waiting.why


async def test_a_paused_run_and_a_stopped_site_send_nothing_and_are_told_of_once(firm):
    stopped = await firm.has_site("Closed", stopped="SendGrid closed the account.")
    sequence = await firm.has_sequence()
    paused = await firm.begins(await firm.has_site(), sequence, name="Acme")
    await firm.runs.pause(firm.workspace_id, ANA, paused.id)
    await firm.begins(stopped, sequence, name="Bolt")

    calendar = await firm.foresees(days=14)

    assert calendar.mails == ()
    assert [(each.place.lead, each.waits) for each in calendar.waiting] == [("Acme", Waits.PAUSED)]
    (deferral,) = calendar.deferrals
    assert (deferral.place.lead, deferral.limit, deferral.why) == ("Bolt", None, "SendGrid closed the account.")


async def test_who_replied_and_who_is_suppressed_end_their_runs(firm):
    site, sequence = await firm.has_site(), await firm.has_sequence(72)
    acme, bolt = await firm.has_lead("Acme"), await firm.has_lead("Bolt")
    for lead in (acme, bolt):
        await firm.begins(site, sequence, lead)
    async with firm.database.begin(firm.workspace_id) as uow:
        await uow.leads.change(acme.id, {"status": LeadStatus.REPLIED}, at=NOON)
        await uow.addresses.add(AddressRecord(bolt.email, AddressFact.COMPLAINED, NOON, "vendor"))

    calendar = await firm.foresees(days=14)

    assert calendar.mails == ()
    ended = {ending.place.lead: (ending.why, ending.completed) for ending in calendar.endings}
    assert ended == {"Acme": (REPLIED, False), "Bolt": ("Recipient complained, never contact again", False)}


async def test_a_single_email_on_its_way_counts_and_one_in_the_middle_of_its_call_left_now(firm):
    site, acme, bolt = await firm.has_site(), await firm.has_lead("Acme"), await firm.has_lead("Bolt")
    async with firm.database.begin(firm.workspace_id) as uow:
        for lead, given in ((acme, {"due_at": NOON + HOUR}), (bolt, {"state": MailState.SENDING})):
            mail = a_mail(lead.id, site.id, **{"to_email": lead.email, "due_at": NOON, **given})
            await uow.mails.add(mail, mail.id, lead.email)

    calendar = await firm.foresees(days=1)

    assert moments(calendar) == [("Bolt", NOON), ("Acme", NOON + HOUR)]
    assert {mail.place.sequence for mail in calendar.mails} == {""}


# Nothing to tell, and too much


async def test_without_a_site_a_run_or_sendgrid_it_says_so(firm):
    assert (await firm.foresees(days=1)).obstacle == NO_SITE
    await firm.has_site()
    assert (await firm.foresees(days=1)).obstacle == NOTHING_OPEN
    service = SimulationService(firm.database, firm.clock, connected=False)
    assert (await service.run(firm.workspace_id, ANA, timedelta(days=1), passes)).obstacle == NOT_CONNECTED


async def test_of_more_than_there_is_room_for_the_oldest_are_looked_at(firm):
    site, sequence = await firm.has_site(), await firm.has_sequence()
    for number in range(5):
        await firm.begins(site, sequence, name=f"Firm{number}")
    service = SimulationService(firm.database, firm.clock, connected=True, most=3)

    calendar = await service.run(firm.workspace_id, ANA, timedelta(days=1), passes)

    assert ([mail.place.lead for mail in calendar.mails], calendar.left_out) == (["Firm0", "Firm1", "Firm2"], 2)


async def test_when_it_takes_too_long_it_says_how_far_it_got(firm):
    await firm.begins(await firm.has_site(), await firm.has_sequence(72))
    service = SimulationService(firm.database, firm.clock, connected=True, longest=timedelta(seconds=-1))

    calendar = await service.run(firm.workspace_id, ANA, timedelta(days=7), passes)

    assert (calendar.mails, calendar.reached) == ((), calendar.begins)


async def test_two_people_at_once_get_the_same_calendar(firm):
    await firm.begins(await firm.has_site(), await firm.has_sequence(72))
    service = SimulationService(firm.database, firm.clock, connected=True)

    looks = [service.run(firm.workspace_id, ANA, timedelta(days=7), passes) for _ in range(2)]

    first, second = await asyncio.gather(*looks)
    assert (len(first.mails), moments(first)) == (2, moments(second))
