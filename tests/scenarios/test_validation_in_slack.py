"""An address from the form to its verdict on the card, and what that means for mails to it."""

import pytest

from blocks import ids
from bot.outreach.mails import MailState
from bot.outreach.reachability import REASONS, AddressFact
from bot.outreach.validation import Reason, Verdict
from tests.blocks.reading import labels, words
from tests.scenarios.hands import press, shown
from tests.scenarios.test_add_lead import found, typed
from tests.scenarios.test_outreach_command import last
from tests.services.test_direct_mails import ANA as EDITOR
from tests.services.test_direct_mails import a_site, dispatched, mail_of, queued, told
from tests.world import built


@pytest.fixture(params=["sqlite", "postgres"])
async def world(request):
    async with built(request.getfixturevalue(f"{request.param}_url"), verifying=True) as made:
        yield made


async def added(world, email):
    await world.say("/leads add")
    await world.submit(typed(email=email, company_name="Acme"))
    return await found(world, email)


async def check_of(world, email):
    async with world.database.read(world.workspace_id) as uow:
        return (await uow.verdicts.of([email]))[email]


async def test_from_the_form_to_the_verdict(world):
    await added(world, "jane@acme.example.com")
    assert "Address: ⏳ Not checked yet" in words(shown(world))
    await world.say("/outreach doctor")
    assert "*Address validation*: 1 still unchecked; mail hosts are asked" in last(world).text

    await world.tick()
    await world.say("/leads show jane@acme.example.com")

    assert "Address: ✅ Valid · checked" in words(shown(world))


async def test_an_invalid_address_is_never_mailed(world):
    lead = await added(world, "nobody@acme.example.com")
    mail = await queued(world, lead, await a_site(world))
    await world.tick()

    found_mail = await mail_of(world, mail)
    assert (found_mail.state, found_mail.problem) == (MailState.REFUSED, REASONS[AddressFact.INVALID])
    await world.say("/leads show nobody@acme.example.com")
    said = words(shown(world))
    assert "Address: ⛔ Invalid: no such mailbox" in said and "550 5.1.1 User unknown" in said
    assert "Address found invalid: no mailbox: 550 5.1.1 User unknown" in said
    await press(world, ids.SEND_MAIL)
    assert "Address failed validation" in words(shown(world))
    await world.tick(seconds=120)
    assert world.demo.sendgrid.mails == []


async def test_check_now_says_what_came_of_it(world):
    await added(world, "jane@catch-all.example.com")

    await press(world, ids.CHECK_ADDRESS)

    said = words(shown(world))
    assert "*Last action:* Address: ❔ Unverified (catch-all: the domain takes anything)" in said
    assert "Check now" in labels(shown(world))


async def test_a_mail_waits_for_its_first_verdict(world):
    lead = await world.has_lead("Acme")
    mail = await queued(world, lead, await a_site(world))

    assert await dispatched(world) == 0
    assert (await mail_of(world, mail)).problem == "Its address is being checked."
    await world.house.services.validation.verify_due(world.workspace_id)
    assert await dispatched(world, seconds=16) == 1
    assert (await mail_of(world, mail)).problem == ""


async def test_a_mail_waits_ten_minutes_at_most(world):
    lead = await world.has_lead("Acme")
    await queued(world, lead, await a_site(world))

    assert await dispatched(world, minutes=9) == 0
    assert await dispatched(world, minutes=2) == 1


async def test_a_hard_bounce_overrides_the_verdict(world):
    lead, site = await world.has_lead("Acme", email="bounce@acme.example.com"), await a_site(world)
    await world.tick()
    assert (await check_of(world, lead.email)).verdict is Verdict.VALID
    await queued(world, lead, site)
    await dispatched(world)
    world.clock.move(minutes=5)
    await told(world)

    check = await check_of(world, lead.email)
    assert (check.verdict, check.reason) == (Verdict.INVALID, Reason.BOUNCED)
    again = await world.house.services.validation.check_now(world.workspace_id, EDITOR, lead.id)
    assert again.reason is Reason.BOUNCED
