"""`/outreach simulate`: the calendar of the days to come, for whoever asked."""

import csv
import io

import pytest

from bot.outreach.calendars import parsed_span
from bot.sandbox.slack.server import ANA, OUTREACH
from tests.blocks.reading import words
from tests.scenarios.test_direct_sending import with_site
from tests.scenarios.test_sequences_in_slack import start, with_sequence

pytestmark = pytest.mark.usefixtures("allowed")


def direct(world, user=ANA):
    """What stands in the person's direct messages, threads included, oldest first."""
    mine = [channel.id for channel in world.slack.workspace.channels.values() if channel.is_im and channel.user == user]
    return [message for channel in mine for message in world.slack.workspace.messages.get(channel, [])]


async def simulated(world, span=""):
    """Asked for, and edited in once the line before it has stood for two seconds."""
    await world.say(f"/outreach simulate {span}".strip())
    await world.house.poster.deliver_due(world.workspace_id)
    world.clock.move(seconds=3)
    await world.house.poster.deliver_due(world.workspace_id)


async def test_the_calendar_comes_to_whoever_asked_and_sends_nothing(world):
    lead = await world.has_lead("Acme", email="deferred@acme.example.com")
    await with_sequence(world, delay="72")
    await start(world, lead)
    await world.submit()
    before = len(world.posts())

    await simulated(world, "7d")

    assert "comes in your direct messages" in world.told()[-1]
    (calendar,) = direct(world)
    said = words(calendar.blocks)
    assert "Emails in the next 7 days" in said and "*2 emails from 1 site*" in said
    assert "Acme · Spring, step 1 of 2" in said and "Acme · Spring, step 2 of 2" in said
    assert "1 sequence completed: Acme" in said and "Nobody reacts in this calendar" in said
    assert world.demo.sendgrid.mails == [] and len(world.posts()) == before


async def test_many_emails_come_as_a_file_too(world):
    await with_sequence(world, delay="24")
    for number in range(7):
        lead = await world.has_lead(f"Firm {number}", email=f"deferred@firm{number}.example.com")
        await start(world, lead)
        await world.submit()

    await simulated(world)

    calendar, file = direct(world)
    assert "Emails in the next 14 days" in words(calendar.blocks) and "and 2 more" in words(calendar.blocks)
    assert file.thread_ts == calendar.ts
    sheet = world.slack.workspace.files[file.file_ids[0]].content.decode()
    rows = list(csv.DictReader(io.StringIO(sheet)))
    assert [row["what"] for row in rows].count("sent") == 14
    assert rows[0]["sequence"] == "Spring" and rows[0]["step"] == "1"


async def test_with_nothing_to_send_it_says_why(world):
    await simulated(world)
    assert "Nothing would be sent" in direct(world)[-1].text
    assert "`/outreach sites`" in words(direct(world)[-1].blocks)

    await with_site(world)
    await simulated(world, "2w")
    assert "No lead is in a sequence" in words(direct(world)[-1].blocks)


@pytest.mark.parametrize("text", ["soon", "0d", "61d", "9w", "14", "<!channel>", "-3d"])
async def test_what_is_no_span_is_answered_with_what_to_type(world, text):
    await world.say(f"/outreach simulate {text}")

    assert "`14d` for 14 days" in world.told()[-1]
    assert direct(world) == []


@pytest.mark.parametrize(
    ("text", "days"), [("", 14), ("7d", 7), ("2w", 14), ("1 day", 1), ("60D", 60), ("3 weeks", 21)]
)
def test_a_span_is_read_as_people_write_it(text, days):
    assert parsed_span(text).days == days


async def test_a_rehearsal_that_breaks_says_so_where_the_calendar_would_stand(world, allowed, monkeypatch):
    async def broken(*_, **__):
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(type(world.house.services.simulating), "run", broken)

    await simulated(world)

    assert "did not work this time" in direct(world)[-1].text
    assert OUTREACH not in str(direct(world)[-1].blocks)
