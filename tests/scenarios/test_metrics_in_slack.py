"""`/outreach metrics` and the digest's part of it, after mails really went out (F105)."""

from blocks import ids
from bot.outreach.access import Role, person
from bot.sandbox.slack.server import ANA, OUTREACH
from tests.blocks.reading import words
from tests.services.test_direct_mails import a_site, dispatched, queued, told

PERSON = person(ANA, "Ana", Role.OWNER)


async def test_what_became_of_the_mails(world):
    await world.say("/outreach metrics")
    assert "Nothing was sent directly" in words(world.modal().payload["blocks"])
    sunny, moon = await a_site(world), await a_site(world, name="Moon", from_email="max@moon.test")
    for number, site in enumerate((sunny, sunny, moon)):
        lead = await world.has_lead(f"Acme {number}", email=f"quiet@acme{number}.example.com")
        await queued(world, lead, site, key=f"k{number}")
    await dispatched(world)
    world.clock.move(hours=1)
    await told(world)

    await world.say("/outreach metrics")

    assert "*Total Sent*\n3" in words(world.modal().payload["blocks"])
    await world.click(ids.METRICS_SITE, view_id=world.modal().id, selected=moon.id)
    assert "*Total Sent*\n1" in words(world.modal().payload["blocks"])
    world.clock.move(days=8)
    await world.click(ids.METRICS_PERIOD, view_id=world.modal().id, selected="7d")
    assert "Nothing was sent directly" in words(world.modal().payload["blocks"])
    await world.click(ids.METRICS_SITE, view_id=world.modal().id, selected="all")
    await world.click(ids.METRICS_PERIOD, view_id=world.modal().id, selected="30d")
    assert "*Delivered*\n3" in words(world.modal().payload["blocks"])


async def test_the_digest_has_them(world):
    lead = await world.has_lead("Acme", email="quiet@acme.example.com")
    await queued(world, lead, await a_site(world))
    await dispatched(world)

    view = await world.house.services.digests.preview(world.workspace_id, PERSON, OUTREACH)

    assert view.digest.figures.mails.sent == 1
