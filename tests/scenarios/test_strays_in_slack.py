"""Mails that matched nobody: listed in the Unibox, their writers made leads, put away."""

import pytest

from blocks import ids
from blocks.strays import strays_view
from bot.outreach.errors import NotFound
from bot.outreach.inbound import InboundMail, Stray, StrayPage
from bot.outreach.reachability import AddressFact
from bot.outreach.reply_reading import Reading, ReplyClass
from tests.blocks.reading import assert_fit_view, element, labels, words
from tests.scenarios.hands import press, shown
from tests.services.test_direct_mails import ANA
from tests.services.test_mail_hearing import _to, heard, sent_to, set_aside
from tests.storage.given import AT

pytestmark = pytest.mark.usefixtures("allowed")


async def written_by_strangers(world, *senders, said="Who is this? <!channel>"):
    """Each wrote to an address of ours, answering nothing."""
    _, _, there = await sent_to(world)
    elsewhere = _to(there, "hello@parse.sunny.test")
    for number, sender in enumerate(senders):
        headers = {"From": sender, "In-Reply-To": f"<x{number}@y>", "References": f"<x{number}@y>"}
        await world.demo.sendgrid.reply(elsewhere, said, headers=headers)
    await heard(world)


def seen(world):
    return words(shown(world)["blocks"])


async def test_a_strangers_mail_becomes_a_reply_once_its_writer_is_a_lead(either_world):
    world = either_world
    await written_by_strangers(world, "Max Muster <max@other.example.com>", "spam@junk.example.com")

    await world.say("/unibox")
    assert "📭 *2 emails* matched nobody" in seen(world)
    await press(world, ids.STRAYS_OPEN)
    assert "*Max Muster* · max@other.example.com" in seen(world) and "<!channel>" not in seen(world)
    rows = [block for block in shown(world)["blocks"] if str(block.get("block_id")).startswith("stray:")]
    away, adopted = (row["elements"] for row in rows)
    await press(world, ids.STRAY_PUT_AWAY, value=away[1]["value"])
    await press(world, ids.STRAY_ADOPT, value=adopted[0]["value"])
    assert "max@other.example.com is a lead." in seen(world)
    await heard(world)
    await world.tick(seconds=5)

    assert await set_aside(world) == {}
    (lead,) = await world.house.services.leads.find(world.workspace_id, ANA, "max@other.example.com")
    assert (lead.first_name, lead.last_name) == ("Max", "Muster")
    assert "Who is this?" in words(world.posts()[-1].blocks)
    await world.house.services.strays.adopt(world.workspace_id, ANA, adopted[0]["value"])  # a second click
    assert await world.house.services.leads.find(world.workspace_id, ANA, "max@other.example.com") == [lead]
    await world.say("/unibox")
    assert "matched nobody" not in seen(world)


async def test_a_stranger_who_asks_to_be_removed_is_suppressed_in_their_own_words(either_world):
    world = either_world
    await written_by_strangers(world, "Max Muster <max@other.example.com>", said="Hello,\n\nplease unsubscribe me.")
    await world.say("/unibox")
    await press(world, ids.STRAYS_OPEN)
    assert "✋ *They ask to be removed*: “please unsubscribe me.”" in seen(world)
    suppress = element(shown(world), ids.STRAY_SUPPRESS)
    assert "Nobody writes to *max@other.example.com* any more." in suppress["confirm"]["text"]["text"]

    await press(world, ids.STRAY_SUPPRESS)
    assert "max@other.example.com is written to by nobody any more, and their email is put away." in seen(world)
    with pytest.raises(NotFound):
        await world.house.services.strays.suppress(world.workspace_id, ANA, suppress["value"])  # a second click
    await world.say("/outreach unsubscribes")

    assert "*max@other.example.com*" in seen(world) and "their reply\n“please unsubscribe me.”" in seen(world)
    assert await set_aside(world) == {}
    async with world.database.read(world.workspace_id) as uow:
        (record,) = await uow.addresses.history("max@other.example.com")
    assert (record.fact, record.note) == (AddressFact.SUPPRESSED, "please unsubscribe me.")


async def test_what_already_stands_against_a_stranger_is_said_instead(world):
    await written_by_strangers(world, "max@other.example.com", said="Please unsubscribe me.")
    await world.house.services.opting_out.suppress(world.workspace_id, ANA, "max@other.example.com", "By phone")

    await world.say("/unibox")
    await press(world, ids.STRAYS_OPEN)

    assert "🚫 They ask to be removed: “Please unsubscribe me.”" in seen(world)
    assert "Suppress" not in labels(shown(world)["blocks"])


async def test_looking_again_finds_those_who_are_leads_by_now(world):
    await written_by_strangers(world, "max@other.example.com", "eve@other.example.com")
    await world.has_lead("Other", email="max@other.example.com")

    await world.say("/unibox")
    await press(world, ids.STRAYS_OPEN)
    await press(world, ids.STRAYS_AGAIN)
    assert "Looked at again" in seen(world)
    await heard(world)

    assert list((await set_aside(world)).values()) == [1]


async def test_many_are_turned_page_by_page(world):
    await written_by_strangers(world, *(f"p{number}@other.example.com" for number in range(10)))

    await world.say("/unibox")
    await press(world, ids.STRAYS_OPEN)
    assert "p9@other" in seen(world) and "p1@other" not in seen(world)
    await press(world, f"{ids.STRAYS_PAGE}|older")
    assert "p1@other" in seen(world) and "p9@other" not in seen(world)
    await press(world, f"{ids.STRAYS_PAGE}|newest")
    assert "p9@other" in seen(world)


@pytest.mark.parametrize("refused", ["", "Ben <!channel> may." * 90])
def test_the_longest_page_fits(refused):
    mail = InboundMail("<&>" * 80 + "@a.example", (), "<&>" * 400, "<!channel> " * 2_000, from_name="*&*" * 90)
    reading = Reading(ReplyClass.OPT_OUT, "<&>" * 90, "<!channel> " * 400)
    page = StrayPage(tuple(Stray(f"id{number}", AT, mail, reading) for number in range(8)), "id7")

    view = strays_view(page, "id0", refused=refused, note="<!channel>" * 90)

    assert_fit_view(view)
    assert "<!channel>" not in words(view["blocks"]) and ("Add as lead" in labels(view["blocks"])) is not refused
