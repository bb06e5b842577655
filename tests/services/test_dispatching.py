"""Many mails at once: all of them leave, each has its own outcome, and a stop gives back what has not left."""

import asyncio
from collections import Counter

from sqlalchemy import select

from bot.gateways.sendgrid import SendGrid
from bot.outreach.access import Role, person
from bot.outreach.errors import Invalid, Unavailable
from bot.outreach.mails import MailState
from bot.outreach.sites import Site
from bot.services.dispatching import DispatchService, Mailer
from bot.services.flights import IN_FLIGHT
from storage.ids import new_id
from storage.mail_tables import mails
from tests.storage.given_mails import a_mail

ANA = person("U0ANANOVAK", "Ana", Role.OWNER)


class Vendor(SendGrid):
    """answers: by the mail's subject what to raise. With `held`, nothing is answered until it is set."""

    def __init__(self, answers=(), held=None):
        self.answers, self.held, self.called = dict(answers), held, []

    async def send(self, mail, last_look=None):
        last_look()
        self.called.append(mail.mail_id)
        await (self.held.wait() if self.held else asyncio.sleep(0))
        if error := self.answers.get(mail.subject):
            raise error
        return f"message-{mail.mail_id}"


async def due(world, count, sites=3):
    """So many mails, each to its own address, over a few sites."""
    lead = await world.has_lead("Acme")
    homes = [Site(new_id(), f"S{n}", f"l{n}@sunny.test", "Lena", "1 St", "UTC", 10_000) for n in range(sites)]
    async with world.database.begin(world.workspace_id) as uow:
        for home in homes:
            await uow.sites.add(home)
        for number in range(count):
            values = {"to_email": f"a{number}@b.com", "subject": f"mail {number}", "due_at": world.clock()}
            mail = a_mail(lead.id, homes[number % sites].id, created_at=world.clock(), **values)
            await uow.mails.add(mail, mail.id, mail.to_email)


def sending(world, vendor):
    return DispatchService(world.database, world.clock, Mailer(vendor, "https://x.example", b"secret"))


async def states(world):
    async with world.database.read(world.workspace_id) as uow:
        return Counter(await uow.mails._tenant.values(select(mails.c.state)))


async def used(world):
    budgets = await world.house.services.sites.budgets(world.workspace_id, ANA)
    return sum(budget.used for budget in budgets)


async def test_one_round_sends_all_that_is_due_and_calls_once_for_each(either_world):
    world, vendor = either_world, Vendor()
    await due(world, 2 * IN_FLIGHT + 30)

    assert await sending(world, vendor).send_due(world.workspace_id) == 2 * IN_FLIGHT + 30

    assert len(vendor.called) == len(set(vendor.called)) == 2 * IN_FLIGHT + 30
    assert await states(world) == {MailState.ACCEPTED: 2 * IN_FLIGHT + 30}
    assert await used(world) == 2 * IN_FLIGHT + 30


async def test_each_call_has_its_own_outcome_whatever_becomes_of_the_others(either_world):
    world = either_world
    answers = {
        "mail 1": RuntimeError("a bug"),
        "mail 2": Invalid("No such address."),
        "mail 3": Unavailable("Slow down."),
        "mail 4": Unavailable("Lost.", answered=False),
    }
    await due(world, 10)

    await sending(world, Vendor(answers)).send_due(world.workspace_id)

    ended = {MailState.ACCEPTED: 6, MailState.UNCLEAR: 2, MailState.REFUSED: 1, MailState.HELD: 1}
    assert (await states(world), await used(world)) == (ended, 8)


async def test_a_stop_waits_for_the_calls_under_way_and_gives_back_the_rest(either_world):
    world, answering = either_world, asyncio.Event()
    vendor = Vendor(held=answering)
    await due(world, IN_FLIGHT + 20)
    running = asyncio.create_task(sending(world, vendor).send_due(world.workspace_id))
    async with asyncio.timeout(20):
        while (await states(world))[MailState.SENDING] < IN_FLIGHT + 20 or len(vendor.called) < IN_FLIGHT:
            await asyncio.sleep(0.01)

    running.cancel()
    await asyncio.sleep(0)
    answering.set()
    await asyncio.gather(running, return_exceptions=True)

    assert await states(world) == {MailState.ACCEPTED: IN_FLIGHT, MailState.HELD: 20}
    assert (await used(world), len(vendor.called)) == (IN_FLIGHT, IN_FLIGHT)
