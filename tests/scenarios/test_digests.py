"""The digest in its channel: set, previewed, posted, opened, late, silent, and where the channel takes none."""

import asyncio
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest

from blocks import ids
from bot.outreach.access import Role, person
from bot.outreach.leads import LeadStatus
from bot.outreach.routes import EVERY_DAY, Cadence, Topic
from bot.sandbox.slack.server import ANA, BOT, OUTREACH, SALES
from handlers.announcing import post_digests
from handlers.schedule import deliver_posts
from tests.blocks.reading import labels, words
from tests.scenarios.test_armed import another_process

pytestmark = pytest.mark.usefixtures("allowed")
PERSON = person(ANA, "Ana", Role.OWNER)
PRAGUE = ZoneInfo("Europe/Prague")
OFF = dict.fromkeys(Topic, Cadence.OFF)


async def routed(world, channel=OUTREACH, at=time(9), weekdays=EVERY_DAY, **cadences):
    """A person's routes for a channel; what is not named is off."""
    named = {Topic(topic): cadence for topic, cadence in cadences.items()}
    return await world.house.services.routes.set(world.workspace_id, PERSON, channel, OFF | named, at, weekdays)


async def with_digest(world, channel=OUTREACH, **more):
    await world.say("/outreach help", channel=channel)  # so that Ana is known by name
    await routed(world, channel, funnel=Cadence.DAILY, **more)


def moves_to(world, hour, minute=0):
    """The next time the clocks of Prague show this."""
    local = world.clock().astimezone(PRAGUE)
    wanted = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if wanted <= local:
        wanted += timedelta(days=1)
    world.clock.ahead += wanted.astimezone(ZoneInfo("UTC")) - world.clock()


async def digests(world, channel=OUTREACH):
    return [post for post in world.posts(channel) if post.text.startswith("Outreach pipeline")]


async def of_the_day(world, channel=OUTREACH):
    """At nine, after a tick."""
    moves_to(world, 9)
    await world.tick(seconds=1)
    return (await digests(world, channel))[-1]


async def press(world, post, label, user=ANA):
    """Press one of the post's buttons by its words."""
    for block in post.blocks:
        for button in [*block.get("elements", []), block.get("accessory") or {}]:
            if button.get("type") == "button" and button["text"]["text"].startswith(label):
                await world.click(button["action_id"], user=user, message=(post.channel, post.ts))
                return
    raise AssertionError(f"no button {label}")


# The message


async def test_it_counts_milestones_ever_reached_and_what_changed(world):
    await with_digest(world)
    await world.has_lead("Acme", status=LeadStatus.CONVERTED)
    await world.has_lead("Beta", status=LeadStatus.AUDIT_COMPLETE)
    first = await of_the_day(world)
    await world.has_lead("Gamma", status=LeadStatus.EMAIL_SENT)

    second = await of_the_day(world)

    assert "Total: 2\nAudited: 2 · 100%\nEmail sent: 1 · 50%" in first.text
    assert "Total: 3 (+1)\nAudited: 3 · 100% (+1)\nEmail sent: 2 · 67% (+1)\nOpened: 1 · 33% (no change)" in second.text
    assert "*1 lead* moved on since" in second.text
    chart = next(block for block in second.blocks if block["type"] == "data_visualization")
    assert [point["value"] for point in chart["chart"]["series"][0]["data"]] == [3, 3, 2, 1, 1, 1]


async def test_each_number_opens_exactly_the_leads_it_had_when_it_was_posted(world):
    await with_digest(world)
    await world.has_lead("Acme", status=LeadStatus.REPLIED)
    beta = await world.has_lead("Beta", status=LeadStatus.AUDIT_COMPLETE)
    gone = await world.has_lead("Gone", status=LeadStatus.AUDIT_COMPLETE)
    post = await of_the_day(world)
    await world.has_lead("Later", status=LeadStatus.CONVERTED)
    async with world.database.begin(world.workspace_id) as uow:
        await uow.leads.change(beta.id, {"status": LeadStatus.CONVERTED}, at=world.clock())
        await uow.leads.remove(gone.id, world.clock())

    await press(world, post, "Audited 3")

    said = words(world.modal().payload["blocks"])
    assert "*Audited*: 3 leads" in said
    assert "Acme" in said and "Beta" in said
    assert "Later" not in said and "Gone" not in said
    assert "1 lead on this page was removed since." in said
    await world.click(ids.OPEN_LEAD, view_id=world.modal().id, value=beta.id)
    assert "Beta" in words(world.modal().payload["blocks"])


async def test_more_than_a_page_of_leads_is_turned(world):
    await with_digest(world)
    for number in range(30):
        await world.has_lead(f"Company {number:02}")
    post = await of_the_day(world)

    await press(world, post, "Total 30")
    await world.click(f"{ids.DIGEST_PAGE}|next", view_id=world.modal().id)

    said = words(world.modal().payload["blocks"])
    assert said.count("Company") == 5
    assert labels(world.modal().payload["blocks"])[-1] == "Previous"


async def test_what_waits_is_in_it_and_opens_its_leads(world):
    await with_digest(world)
    blocked = await world.has_lead("Blocked", status=LeadStatus.AUDIT_QUEUED)
    campaign = await world.campaign()
    await world.house.services.blocked.block(world.workspace_id, PERSON, campaign.id, [blocked.id], OUTREACH, "key")

    post = await of_the_day(world)

    assert "*1 blocked push*, none armed, 1 lead in them" in post.text
    await press(world, post, "Show 1 lead")
    assert "Blocked" in words(world.modal().payload["blocks"])


async def test_a_workspace_that_does_not_know_charts_yet_gets_it_without(world, allowed):
    allowed.add("invalid_blocks")
    await with_digest(world)
    await world.has_lead("Acme")
    world.slack.fail_next("chat.postMessage", "invalid_blocks")

    moves_to(world, 9)
    await world.tick(seconds=1)
    await world.tick(seconds=5)

    (post,) = await digests(world)
    assert "data_visualization" not in {block["type"] for block in post.blocks}
    assert "Total: 1" in post.text


# Once, late, silent


async def test_two_processes_at_once_post_one(either_world):
    world = either_world
    await with_digest(world)
    await world.has_lead("Acme")
    moves_to(world, 9)
    world.clock.move(seconds=1)

    async with another_process(world) as other:
        for job in (post_digests, deliver_posts):
            await asyncio.gather(*(job(house) for _ in range(3) for house in (world.house, other)))

    assert len(await digests(world)) == 1


async def test_a_late_one_says_so(world):
    await with_digest(world)
    await world.has_lead("Acme")
    moves_to(world, 9)

    await world.tick(seconds=3 * 3600)

    assert "Late: this was due" in (await digests(world))[0].text


async def test_with_nothing_to_say_nothing_is_posted_and_the_day_is_done(world):
    await with_digest(world)
    await of_silence(world)
    assert await digests(world) == []
    await world.has_lead("Acme")
    await world.tick(seconds=60)
    assert await digests(world) == [], "the day counts as done"

    first = await of_the_day(world)
    await of_silence(world)

    assert await digests(world) == [first]


async def of_silence(world):
    moves_to(world, 9)
    await world.tick(seconds=1)


async def test_a_missed_day_is_not_made_up(world):
    await with_digest(world)
    await world.has_lead("Acme")
    await of_the_day(world)
    await world.has_lead("Beta")
    world.clock.move(hours=48)
    moves_to(world, 8)
    await world.tick(seconds=1)
    assert len(await digests(world)) == 1

    post = await of_the_day(world)

    assert len(await digests(world)) == 2
    assert "Changes since" in post.text


# A channel that takes none


@pytest.mark.parametrize("how", ["archived", "left"])
async def test_who_set_it_is_told_once_and_later_days_are_not_tried(world, allowed, how):
    allowed.update({"is_archived", "not_in_channel", "channel_not_found"})
    await with_digest(world, SALES)
    await world.has_lead("Acme")
    leave(world, SALES, how)

    for day in range(3):
        moves_to(world, 9)
        await world.has_lead(f"News {day}")
        await world.tick(seconds=1)

    direct = next(it.id for it in world.slack.workspace.channels.values() if it.user == ANA)
    told = [post.text for post in world.posts(direct)]
    assert sum("so nothing more is posted there" in text for text in told) == 1
    assert sum(text.startswith("Outreach pipeline") for text in told) == 1
    assert await digests(world, SALES) == []


def leave(world, channel, how):
    if how == "archived":
        world.slack.workspace.channels[channel].is_archived = True
    else:
        world.slack.workspace.channels[channel].members.discard(BOT)
        world.slack.settings.scopes -= {"chat:write.public"}


async def test_a_channel_that_takes_posts_again_gets_the_next(world, allowed):
    allowed.add("is_archived")
    await with_digest(world, SALES)
    await world.has_lead("Acme")
    leave(world, SALES, "archived")
    moves_to(world, 9)
    await world.tick(seconds=1)

    world.slack.workspace.channels[SALES].is_archived = False
    await world.has_lead("Beta")
    await world.tick(seconds=1)
    await of_the_day(world, SALES)

    assert len(await digests(world, SALES)) == 1
