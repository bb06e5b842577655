"""Processes over PostgreSQL lock mails, days and rests in one order: none is thrown out for waiting in a ring."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.outreach.leads import LeadDraft
from bot.outreach.local_time import local_day
from bot.outreach.mails import MailState
from storage.ids import new_id
from tests.storage.given_mails import a_mail, a_site
from tests.world import built


@pytest.fixture
async def world(postgres_url):
    async with built(postgres_url) as made:
        yield made


async def has_due(world, *sites):
    """A due mail from each site, the last one stored due the longest."""
    sent = []
    async with world.database.begin(world.workspace_id) as uow:
        for number, site in enumerate(sites):
            draft = LeadDraft(f"quiet@firm{number}.example.com", company_name=f"Firm {number}")
            lead = await uow.leads.add(new_id(), draft, key=draft.email, at=world.clock())
            due = world.clock() - timedelta(minutes=number)
            mail = a_mail(lead.id, site.id, to_email=lead.email, due_at=due, created_at=due)
            await uow.mails.add(mail, mail.id, lead.email)
            sent.append(mail)
    return sent


async def somebody_waits(world, sending):
    """Until what is sent waits for another transaction's lock, or has passed it already."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    async with asyncio.timeout(20), world.database._reading.connect() as connection:
        while not sending.done() and not await connection.scalar(text(waiting)):
            await asyncio.sleep(0.02)


async def states_of(world, sent):
    async with world.database.read(world.workspace_id) as uow:
        found = {mail.id: mail.state for mail in await uow.mails.known([mail.id for mail in sent], [])}
    return [found[mail.id] for mail in sent]


async def begun(world, sent):
    """Until they are stored as on their way."""
    async with asyncio.timeout(20):
        while set(await states_of(world, sent)) == {MailState.HELD}:
            await asyncio.sleep(0.02)


async def test_outcomes_and_events_of_the_same_mails_come_together(world):
    site = a_site()
    async with world.database.begin(world.workspace_id) as uow:
        await uow.sites.add(site)
    first, second = await has_due(world, site, site)
    world.demo.sendgrid.faults.fail_next(hang_seconds=0.5, times=2)
    sending = asyncio.create_task(world.house.services.dispatch.send_due(world.workspace_id))
    await begun(world, [first, second])

    async with world.database.begin(world.workspace_id) as uow:
        await uow.mails.known([first.id], [], locked=True)
        await somebody_waits(world, sending)
        await uow.mails.known([first.id, second.id], [], locked=True)
    await sending

    assert await states_of(world, [first, second]) == [MailState.ACCEPTED] * 2


async def test_slots_given_back_and_slots_taken_come_together(world):
    sites = sorted((a_site(name) for name in ("Early", "Late")), key=lambda site: site.id)
    async with world.database.begin(world.workspace_id) as uow:
        for site in sites:
            await uow.sites.add(site)
    sent = await has_due(world, *sites)
    world.demo.sendgrid.faults.fail_next(status=400, hang_seconds=0.5, times=2)
    sending = asyncio.create_task(world.house.services.dispatch.send_due(world.workspace_id))
    await begun(world, sent)

    days = [(site.id, local_day(world.clock(), site.timezone)) for site in sites]
    async with world.database.begin(world.workspace_id) as uow:
        await uow.sites.used(days[:1], locked=True)
        await somebody_waits(world, sending)
        await uow.sites.used(days[1:], locked=True)
    await sending

    assert await states_of(world, sent) == [MailState.REFUSED] * 2
