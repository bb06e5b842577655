"""`/outreach digest`: set, previewed and sent by the people of a channel."""

from datetime import time

import pytest

from blocks import ids
from bot.outreach.routes import Cadence, Topic
from bot.sandbox.slack.server import ANA, BEN, GENERAL, SALES
from tests.blocks.reading import words
from tests.scenarios.test_digests import OFF, digests, moves_to, with_digest

pytestmark = pytest.mark.usefixtures("allowed")


async def test_it_is_set_in_the_channel_it_was_typed_in(world):
    await world.say("/outreach digest", channel=SALES)
    values = {
        "route_funnel": {f"{ids.CADENCE}|funnel": "daily"},
        "route_replies": {f"{ids.CADENCE}|replies": "hourly"},
        "route_time_block": {ids.ROUTE_TIME: "07:30"},
        "route_weekdays_block": {ids.ROUTE_WEEKDAYS: ["0", "4"]},
    }

    await world.submit(values)

    async with world.database.read(world.workspace_id) as uow:
        routes = {route.topic: route for route in await uow.routes.all() if route.channel == SALES}
    assert {topic: route.cadence for topic, route in routes.items()} == OFF | {
        Topic.FUNNEL: Cadence.DAILY,
        Topic.REPLIES: Cadence.HOURLY,
    }
    assert {(route.at, route.weekdays, route.set_by) for route in routes.values()} == {
        (time(7, 30), frozenset({0, 4}), ANA)
    }
    assert "Digest of the pipeline: once a day at 07:30 (Europe/Prague), Mon, Fri" in world.told()[-1]
    await world.say("/outreach log")
    assert "Posting changed: replies hourly, funnel daily, at 07:30, 2 days a week" in world.told()[-1]


async def test_other_channels_are_listed_with_who_set_them(world):
    await with_digest(world, SALES)

    await world.say("/outreach digest")

    said = words(world.modal().payload["blocks"])
    assert f"<#{SALES}> Digest of the pipeline: once a day at 09:00 (Europe/Prague), every day · Ana Novak" in said
    assert "Grouping spared 0 messages in the last seven days" in said


async def test_no_weekday_is_refused_in_the_modal(world):
    await world.say("/outreach digest")

    await world.submit({"route_weekdays_block": {ids.ROUTE_WEEKDAYS: []}})

    assert world.modal().errors


@pytest.mark.parametrize(("channel", "said"), [("dm", "A digest goes to a channel"), (GENERAL, "I am not in this")])
async def test_where_no_digest_can_go_it_says_why(world, channel, said):
    if channel == "dm":
        channel = next(it.id for it in world.slack.workspace.channels.values() if it.user == ANA)

    await world.say("/outreach digest", channel=channel)

    assert said in world.told()[-1]


async def test_a_preview_is_seen_by_one_and_stores_nothing(world):
    await world.has_lead("Acme")
    await world.say("/outreach digest")

    await world.click(ids.PREVIEW_DIGEST, view_id=world.modal().id)

    assert world.told()[-1].startswith("Preview, only for you")
    assert "Total: 1" in world.told()[-1]
    assert await digests(world) == []
    assert "seen only by you" in words(world.modal().payload["blocks"])


async def test_sent_now_it_is_todays_and_the_clock_posts_no_second(world):
    await with_digest(world)
    await world.has_lead("Acme")
    moves_to(world, 8)
    await world.say("/outreach digest")

    await world.click(ids.SEND_DIGEST, view_id=world.modal().id)
    moves_to(world, 9)
    await world.tick(seconds=1)

    assert len(await digests(world)) == 1


async def test_sent_again_the_same_day_it_asks_first_and_then_posts_another(world):
    await with_digest(world)
    await world.has_lead("Acme")
    moves_to(world, 8)
    await world.say("/outreach digest")
    await world.click(ids.SEND_DIGEST, view_id=world.modal().id)

    again = next(
        element
        for block in world.modal().payload["blocks"]
        for element in block.get("elements", [])
        if element.get("action_id") == ids.SEND_DIGEST
    )
    await world.click(ids.SEND_DIGEST, view_id=world.modal().id)

    assert "stands in the channel already" in again["confirm"]["text"]["text"]
    assert len(await digests(world)) == 2


async def test_two_people_sending_at_once_post_one(world):
    await with_digest(world)
    await world.has_lead("Acme")
    moves_to(world, 8)
    for user in (ANA, BEN):
        await world.say("/outreach digest", user=user)

    for user in (ANA, BEN):
        await world.click(ids.SEND_DIGEST, user=user, view_id=world.modal(user).id)

    assert len(await digests(world)) == 1
    assert "posted meanwhile" in words(world.modal(BEN).payload["blocks"])
