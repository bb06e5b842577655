"""SIGKILL at every point of the send path: never two mails, never a lost one, the unclear ones listed for a person."""

import asyncio
import signal

import pytest
from sqlalchemy import select

from blocks import ids
from bot.outreach.drafts import DraftState
from bot.outreach.leads import LeadStatus
from bot.outreach.limits import Limit
from bot.outreach.mails import MailState
from bot.sandbox.slack.server import ANA
from storage.draft_tables import drafts
from storage.mail_tables import mails
from tests.scenarios.doomed import (
    ADD_MAIL,
    APPROVE_DRAFT,
    BEGIN_MAILS,
    HOLD_MAILS,
    MOVE_MAILS,
    QUEUE_MAIL,
    RAISE_LEADS,
    SEND_MAIL,
    SEND_MAILS,
    TELL_MAILS,
    Doom,
)
from tests.scenarios.draft_given import queue_row
from tests.scenarios.hands import press, shown
from tests.scenarios.mail_given import (
    IN_FLIGHT,
    all_due,
    count_events,
    has_due,
    has_site,
    leases_end,
    states_of,
    taken,
    unclear,
    used_of,
)
from tests.scenarios.processes import outside
from tests.storage.given import a_draft

pytestmark = pytest.mark.slow
KILLED = -9
UNSETTLED = select(mails).where(mails.c.state.in_([MailState.HELD, MailState.SENDING]))


@pytest.fixture
async def world(sqlite_url, tmp_path):
    async with outside(sqlite_url, tmp_path) as made:
        yield made


@pytest.fixture
async def shared(postgres_url, tmp_path):
    async with outside(postgres_url, tmp_path) as made:
        yield made


@pytest.fixture(params=["sqlite", "postgres"])
async def either(request, tmp_path):
    async with outside(request.getfixturevalue(f"{request.param}_url"), tmp_path) as made:
        yield made


@pytest.mark.parametrize(
    "doom",
    [
        pytest.param(Doom(HOLD_MAILS, "before"), id="after the intent is stored"),
        pytest.param(Doom(BEGIN_MAILS, "after"), id="claimed and decided, not committed"),
        pytest.param(Doom(SEND_MAILS, "after"), id="after the outcome is committed"),
    ],
)
async def test_killed_where_nothing_is_in_doubt_each_mail_is_sent_once(either, doom):
    world = either
    site = await has_site(world)
    sent = await has_due(world, [site] * 3)

    assert await world.start("run", doom=doom).ended() == KILLED
    world.start("run")
    await world.until_rows(UNSETTLED, 0)

    assert await states_of(world, sent) == {mail.id: MailState.ACCEPTED for mail in sent}
    assert await unclear(world) == set()
    await all_told_once(world, site, sent)


@pytest.mark.parametrize(
    ("doom", "left"),
    [
        pytest.param(Doom(SEND_MAIL, "before"), {0}, id="begun and committed, before the call"),
        pytest.param(None, {1, 2, 3}, id="SendGrid has it, its answer is not read"),
        pytest.param(Doom(SEND_MAIL, "after", nth=2), {2, 3}, id="its answer is read, others are under way"),
        pytest.param(Doom(RAISE_LEADS, "after"), {1, 2, 3}, id="the outcome is written, not committed"),
    ],
)
async def test_killed_in_doubt_nothing_is_repeated_and_events_prove_what_left(either, doom, left):
    world = either
    site = await has_site(world)
    sent = await has_due(world, [site] * 3)

    bot = world.start("run", doom=doom)
    if doom is None:
        dies_as_sendgrid_takes_one(world, bot)
    assert await bot.ended() == KILLED
    await leases_end(world)
    bot = world.start("run")
    await world.until_rows(UNSETTLED, 0)

    assert await unclear(world) == {mail.id for mail in sent}
    assert await used_of(world, site) == 3
    assert len(taken(world)) in left
    await bot.ready()
    await proven(world, sent)
    await all_told_once(world, site, sent)


async def test_killed_again_while_it_is_settled_and_while_events_are_applied(either):
    world = either
    site = await has_site(world)
    sent = await has_due(world, [site] * 3)

    assert await world.start("run", doom=Doom(SEND_MAIL, "after")).ended() == KILLED
    await leases_end(world)
    assert await world.start("run", doom=Doom(MOVE_MAILS, "after")).ended() == KILLED
    assert await unclear(world) == set()
    bot = await world.start("run", doom=Doom(TELL_MAILS, "after")).ready()
    await world.until_rows(IN_FLIGHT, 0)
    await world.sendgrid.live()
    assert await bot.ended() == KILLED
    assert await unclear(world) == {mail.id for mail in sent}
    await world.start("run").ready()

    await proven(world, sent)
    await all_told_once(world, site, sent)


@pytest.mark.parametrize(
    "doom",
    [
        pytest.param(Doom(ADD_MAIL, "after"), id="before the intent is committed"),
        pytest.param(Doom(QUEUE_MAIL, "after"), id="after the intent is stored, before anybody is told"),
    ],
)
async def test_killed_under_the_click_and_clicked_again_it_is_one_mail(world, doom):
    lead = await world.has_lead("Acme", email="quiet@acme.example.com")
    site = await has_site(world)
    bot = await world.start("run", doom=doom).ready()
    await world.say(f"/leads show {lead.email}")
    await world.until(lambda: ids.SEND_MAIL in on_top(world))
    await press(world, ids.SEND_MAIL)
    await world.until(lambda: ids.MAIL_FORM in on_top(world))
    await world.submit({"subject:0": {"value": "Hello"}, "body:0": {"value": "A word"}})
    assert shown(world)["submit"]["text"] == "Send"

    await world.submit()
    assert await bot.ended() == KILLED
    await world.start("run").ready()
    await world.submit()
    await world.until_rows(select(mails).where(mails.c.state == MailState.ACCEPTED), 1)

    await world.until_rows(select(mails), 1)
    assert (len(world.sendgrid.mails), await used_of(world, site)) == (1, 1)
    assert await count_events(world, lead.id, "email_queued") == 1


async def test_killed_right_after_the_approval_of_a_draft_it_is_sent_once_and_the_draft_says_so(world):
    lead = await world.has_lead("Acme", email="quiet@acme.example.com")
    site = await has_site(world)
    draft = a_draft(lead.id)
    async with world.database.begin(world.workspace_id) as uow:
        await uow.drafts.add(draft)
    bot = await world.start("run", doom=Doom(APPROVE_DRAFT, "after")).ready()
    await world.say("/drafts")
    await world.until(lambda: ids.DRAFT_MENU in on_top(world))

    await queue_row(world, "approve")
    assert await bot.ended() == KILLED
    await world.start("run").ready()
    await world.until_rows(select(drafts).where(drafts.c.state == DraftState.SENT), 1)

    await world.until_rows(select(mails), 1)
    assert (len(world.sendgrid.mails), await used_of(world, site)) == (1, 1)


async def test_two_workers_share_the_due_mails_of_several_sites_and_keep_every_cap(shared):
    world = shared
    wanted = {"Roomy": (100, 90), "Tight": (30, 60), "Last": (1, 20), "Exact": (30, 30)}
    sites = {name: await has_site(world, name, daily_cap=cap) for name, (cap, _) in wanted.items()}
    bots = [await world.start("worker").ready() for _ in range(2)]

    queue = sorted((place / number, name) for name, (_, number) in wanted.items() for place in range(number))
    sent = await has_due(world, [sites[name] for _, name in queue])
    at_most = {name: min(wanted[name]) for name in wanted}
    await world.until_rows(select(mails).where(mails.c.state == MailState.ACCEPTED), sum(at_most.values()))
    waits = (mails.c.state == MailState.HELD, mails.c.waits_for == Limit.CAP)
    await world.until_rows(select(mails).where(*waits), len(sent) - sum(at_most.values()))

    assert set(taken(world).values()) == {1}
    assert {name: await used_of(world, site) for name, site in sites.items()} == at_most
    by_site = {name: {mail.id for mail in sent if mail.site_id == site.id} for name, site in sites.items()}
    assert {name: len(set(taken(world)) & by_site[name]) for name in sites} == at_most
    for bot in bots:
        bot.send(signal.SIGTERM)
    assert [await bot.ended() for bot in bots] == [0, 0]


async def test_a_sender_that_stood_still_past_its_lease_sends_nothing_when_it_wakes(shared):
    world = shared
    site = await has_site(world)
    sent = await has_due(world, [site] * 3)

    frozen = world.start("worker", doom=Doom(SEND_MAIL, "stops"))
    await world.until_rows(IN_FLIGHT, 3)
    world.start("worker")
    await world.until_rows(select(mails).where(mails.c.state == MailState.UNCLEAR), 3)
    frozen.send(signal.SIGCONT)
    await world.until_rows(select(mails).where(mails.c.state == MailState.HELD), 3)

    assert not taken(world)
    frozen.send(signal.SIGTERM)
    assert await frozen.ended() == 0
    await all_due(world)
    await world.until_rows(select(mails).where(mails.c.state == MailState.ACCEPTED), 3)
    await all_told_once(world, site, sent)


def on_top(world) -> str:
    return str(shown(world)) if world.slack.workspace.modals.get(ANA) else ""


def dies_as_sendgrid_takes_one(world, bot) -> None:
    """The answer is not even written when the process is gone."""

    def kill() -> None:
        world.sendgrid.changed = lambda: None
        bot.send(signal.SIGKILL)

    world.sendgrid.changed = kill


async def proven(world, sent) -> None:
    """Events are delivered until every mail SendGrid has counts as sent, and only those do."""
    for _ in range(200):
        await world.sendgrid.live()
        await world.until_rows(UNSETTLED, 0)
        states = await states_of(world, sent)
        if all((states[mail.id] is MailState.ACCEPTED) == (mail.id in taken(world)) for mail in sent):
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{states}\n{world.outputs()}")


async def all_told_once(world, site, sent) -> None:
    """No mail is there twice or lost, no slot given away or counted twice, and each lead's history tells it once."""
    states = await states_of(world, sent)
    assert set(taken(world).values()) <= {1}
    assert {mail_id for mail_id, state in states.items() if state is MailState.ACCEPTED} == set(taken(world))
    assert {mail_id for mail_id, state in states.items() if state is MailState.UNCLEAR} == await unclear(world)
    assert set(states.values()) <= {MailState.ACCEPTED, MailState.UNCLEAR}
    assert await used_of(world, site) == len(sent)
    for mail in sent:
        was_sent = mail.id in taken(world)
        assert await count_events(world, mail.lead_id, "email_sent") == was_sent
        assert ((await world.lead(mail.lead_id)).status is LeadStatus.NEW) != was_sent
