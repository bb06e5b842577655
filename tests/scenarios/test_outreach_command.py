"""`/outreach`: the menu and its entries."""

import pytest

from blocks import ids
from bot.outreach.events import Event, EventKind
from bot.outreach.leads import LeadStatus
from bot.outreach.readiness import NO_WRITEBACK
from bot.sandbox.slack.server import ANA, BEN, OUTREACH
from tests.blocks.reading import labels, words
from tests.scenarios.hands import press_under

pytestmark = pytest.mark.usefixtures("allowed")


def last(world, user=ANA):
    """The last message only this person saw."""
    return [message for message in world.slack.workspace.messages[OUTREACH] if message.ephemeral_to == user][-1]


# The menu


async def test_a_bare_command_answers_with_the_menu(world):
    await world.say("/outreach")

    assert labels(last(world).blocks) == ["Open leads", "Push leads", "Add lead", "Sync now"]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("campaigns", "campaigns"),
        ("log", "The log is empty."),
        ("doctor", "Everything needed works"),
        ("help", "Commands"),
    ],
)
async def test_every_entry_of_the_menu_works_also_as_a_word(world, entry, said):
    await world.say("/outreach")

    await press_under(world, last(world), ids.MENU, selected=entry)
    pressed = last(world).text
    await world.say(f"/outreach {entry.upper()}")

    assert said in pressed
    assert last(world).text == pressed


@pytest.mark.parametrize(
    ("word", "title"),
    [
        ("leads", "Leads"),
        ("pipeline", "Pipeline"),
        ("emails", "Outreach emails"),
        ("board", "Link board"),
        ("segments", "Segments"),
        ("unsubscribes", "Unsubscribes"),
        ("import", "Import leads"),
    ],
)
async def test_every_place_has_its_word(world, word, title):
    await world.say(f"/outreach {word}")

    assert world.modal().payload["title"]["text"] == title


@pytest.mark.parametrize("text", ["/outreach dance", "/outreach why", "/outreach <!channel>"])
async def test_anything_else_gets_help(world, text):
    await world.say(text)

    assert "is not a command" in last(world).text
    assert "`/outreach help` lists them all" in last(world).text
    assert "<!channel>" not in str(last(world).blocks)


async def test_a_slip_of_the_pen_is_guessed(world):
    await world.say("/outreach camapigns")

    assert "Did you mean `/outreach campaigns`?" in last(world).text


@pytest.mark.parametrize("topic", ["setup", "leads", "lead", "push", "plusvibe", "statuses"])
async def test_each_topic_has_its_page(world, topic):
    await world.say(f"/outreach help {topic}")

    assert "Commands" not in last(world).text
    assert len(last(world).text) > 100


# Campaigns and sync


async def test_campaigns_are_read_afresh(world):
    world.plusvibe.campaigns["66c0de000000000000000001"].name = "A new name & more"

    await world.say("/outreach campaigns")

    assert "A new name &amp; more" in last(world).text
    assert "3 steps" in last(world).text


async def test_campaigns_are_shown_as_last_read_when_plusvibe_is_away(world):
    world.plusvibe.api_key = "another"

    await world.say("/outreach campaigns")

    said = world.told()
    assert "PlusVibe refused our key" in said[-2]
    assert "as last read" in said[-2]
    assert "Website audit letter" in said[-1]


async def test_a_sync_says_what_came_of_it(world):
    campaign = await world.campaign()
    world.plusvibe.enrol(campaign.provider_id, "sam@delta.example.com", {"company_name": "Delta"})

    await world.say("/outreach sync")

    assert last(world).text.startswith("Synced from PlusVibe: 1 added, 0 updated, 0 unchanged, 0 skipped")


# Why


async def test_why_prints_the_guards_own_checks(world):
    await world.has_lead("Acme", status=LeadStatus.EMAIL_GENERATED)

    await world.say("/outreach why <mailto:jane@acme.example.com|jane@acme.example.com>")

    said = last(world).text
    assert said.splitlines()[0] == f"Acme cannot be pushed: {NO_WRITEBACK}"
    assert "✅ Pass · Status is one a push may start from · status is email_generated" in said
    assert "❌ Fail · Writeback variables are stored · 0 variables stored" in said


async def test_why_of_a_domain_answers_for_each_of_its_leads(world):
    await world.has_lead("Acme", ready=True)
    await world.has_lead("Acme Two", domain="acme.example.com", status=LeadStatus.BOUNCED)

    await world.say("/outreach why acme.example.com")

    said = [text.splitlines()[0] for text in world.told()]
    assert said == ["Acme is ready to push", "Acme Two cannot be pushed: Lead bounced, re-audit or remove"]


async def test_why_of_nobody_says_so(world):
    await world.say("/outreach why nobody.example.com")

    assert "No lead with the id, email or domain “nobody.example.com”" in last(world).text


# Log


async def test_the_log_pages_back_and_names_people(world):
    await world.say("/outreach log", user=BEN)
    async with world.database.begin(world.workspace_id) as uow:
        for number in range(45):
            actor = [BEN, "clock", "vendor:plusvibe", "token:abc", "U0NOBODY99"][number % 5]
            facts = {"fields": [f"field{number}"]}
            await uow.events.add(Event(EventKind.LEAD_EDITED, actor, world.clock(), None, facts))

    pages = []
    await world.say("/outreach log")
    for _ in range(2):
        pages.append(last(world))
        await press_under(world, pages[-1], ids.LOG_OLDER)
    pages.append(last(world))

    assert [page.text.splitlines()[0] for page in pages] == [
        "Log: 20 entries, newest first",
        "Log: 20 entries, newest first",
        "Log: 5 entries, newest first",
    ]
    first = words(pages[0].blocks)
    for by in ("by Ben Carter", "by the clock", "by PlusVibe", "by an API token", "by somebody"):
        assert by in first
    assert "<@" not in first
    assert "U0" not in first
    assert "Show older" not in labels(pages[2].blocks)


# Doctor


async def test_the_doctor_names_what_is_wrong_with_its_remedy(world):
    await world.has_lead("Old", status=LeadStatus.SENT)
    await world.has_lead("Lost", domain="")
    world.plusvibe.api_key = "another"

    await world.say("/outreach doctor")

    said = last(world).text
    assert said.splitlines()[0] == "1 thing needs attention"
    assert "❌ Fix · *PlusVibe*: PlusVibe refused our key" in said
    assert "*Legacy statuses*: 1 " in said
    assert "without a usable domain" in said


async def test_the_doctor_sees_a_revoked_token(world, allowed):
    allowed.add("token_revoked")
    await world.say("/outreach")
    world.slack.fail_next("auth.test", "token_revoked")

    await world.say("/outreach doctor")

    assert "the token is refused (token_revoked)" in last(world).text
