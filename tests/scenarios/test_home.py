"""The Home tab: what it shows when it is opened, and that it follows what changes, cheaply and once."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from blocks import ids
from bot.outreach.leads import LeadStatus
from bot.outreach.pushes import ARMED_FOR, BlockedPush
from bot.sandbox.slack.server import ANA, BEN, OUTREACH
from handlers.home import refresh_homes
from tests.blocks.reading import element, labels, words
from tests.scenarios.given import PERSON
from tests.scenarios.hands import companies, shown

pytestmark = pytest.mark.usefixtures("allowed")


async def home(world, user=ANA):
    await world.slack.open_home(user)
    await world.idle()
    return world.slack.workspace.homes[user]


def published(world):
    """Who got a view how often."""
    calls = [call for call in world.slack.workspace.calls if call["method"] == "views.publish"]
    return [call["arguments"]["user_id"] for call in calls]


async def test_home_shows_my_work_and_four_sections_with_buttons_that_work(world):
    await world.has_lead("Acme", ready=True)
    view = await home(world)

    headers = [block["text"]["text"] for block in view.payload["blocks"] if block["type"] == "header"]
    assert headers == ["My work", "Leads", "Pipeline", "Emails", "PlusVibe"]
    assert "1 lead · 1 with an email ready" in words(view.payload)
    assert "*Audited*\n1 lead · 100%" in words(view.payload)

    await world.click(ids.OPEN_LIST, view_id=view.id)
    assert companies(shown(world)) == ["Acme"]
    await world.click(ids.OPEN_PUSH, view_id=view.id)
    assert shown(world)["title"]["text"] == "Push to PlusVibe"
    await world.click(ids.OPEN_PIPELINE, view_id=view.id)
    assert shown(world)["callback_id"] == ids.PIPELINE


async def test_home_answers_in_a_direct_message(world):
    view = await home(world)

    await world.click(ids.MENU, view_id=view.id)
    await world.click(ids.SYNC_NOW, view_id=view.id)

    said = [message.text for message in world.posts(world.slack.board.direct_message(ANA).id)]
    assert "Website audit letter" in said[0]
    assert said[1].startswith("Synced from PlusVibe")


async def test_home_says_first_what_is_broken(world):
    world.plusvibe.api_key = "another"

    view = await home(world)

    assert "PlusVibe refused our key" in words(view.payload["blocks"][0])


async def test_a_blocked_push_leads_to_its_report(world):
    acme = await world.has_lead("Acme")
    campaign = await world.campaign()
    await world.say(f"/push {acme.email} to {campaign.name}")

    view = (await home(world)).payload

    report = next(post for post in world.posts() if post.thread_ts in (None, post.ts))
    assert "*1 blocked push*, none armed" in words(view)
    assert f"1 lead to *{campaign.name}*" in words(view)
    assert "Open report" in labels(view)
    link = next(
        block["accessory"]["url"]
        for block in view["blocks"]
        if str(block.get("accessory", {}).get("action_id")).startswith(ids.HOME_REPORT)
    )
    assert link.endswith(f"/archives/{OUTREACH}/p{report.ts.replace('.', '')}")


async def test_an_armed_push_says_until_when(world):
    lead, campaign, now = await world.has_lead("Acme"), await world.campaign(), world.clock()
    blocked = BlockedPush(str(uuid4()), campaign.id, (lead.id,), ANA, OUTREACH, now)
    async with world.database.begin(world.workspace_id) as uow:
        await uow.blocked.add(blocked)
        await uow.blocked.arm(blocked.id, ANA, now + ARMED_FOR, now)

    view = (await home(world)).payload

    assert "*1 blocked push*, 1 armed" in words(view)
    assert "armed until <!date^" in words(view)
    assert element(view, f"{ids.HOME_REPORT}|{blocked.id}") is None  # its report does not stand


async def test_home_follows_what_changes(either_world):
    world = either_world
    lead = await world.has_lead("Acme", status=LeadStatus.EMAIL_SENT)
    view = await home(world)
    assert "*Replied*\n0 leads · 0%" in words(view.payload)

    await world.house.services.leads.set_status(world.workspace_id, PERSON, lead.id, LeadStatus.REPLIED)
    assert await refresh_homes(world.house) == 1

    assert "*Replied*\n1 lead · 100%" in words(world.slack.workspace.homes[ANA].payload)
    assert published(world) == [ANA, ANA]


async def test_nothing_new_costs_a_few_statements_and_no_view(either_world):
    world = either_world
    await world.has_lead()
    await home(world)
    await home(world, BEN)

    with world.database.count_statements() as sent:
        assert await refresh_homes(world.house) == 0

    assert sent.total <= 10
    assert not [text for text in sent.texts if text.startswith(("UPDATE", "INSERT"))]
    assert published(world) == [ANA, BEN]


async def test_what_home_does_not_show_is_not_published(world):
    lead = await world.has_lead("Acme", phone="1")
    await home(world)

    await world.house.services.leads.edit(world.workspace_id, PERSON, lead.id, {"phone": "2"})

    assert await refresh_homes(world.house) == 0
    assert published(world) == [ANA]
    assert (await world.house.services.home.behind(world.workspace_id))[1] == []


async def test_of_two_workers_one_draws(either_world):
    world = either_world
    await world.has_lead()
    await home(world)
    await home(world, BEN)
    await world.has_lead("Bolt")

    drawn = await asyncio.gather(*(refresh_homes(world.house) for _ in range(4)))

    assert sum(drawn) == 2
    assert sorted(published(world)) == sorted([ANA, ANA, BEN, BEN])


async def test_who_looked_long_ago_is_left_alone(world):
    await home(world)
    world.clock.move(hours=13)
    await world.has_lead()

    assert await refresh_homes(world.house) == 0
    assert published(world) == [ANA]


async def test_one_that_fails_stops_nobody_else_and_is_tried_again(world, allowed):
    allowed.add("user_not_found")
    service, now = world.house.services.home, world.clock()
    async with world.database.begin(world.workspace_id) as uow:
        await uow.homes.opened("U0AGONE", now, version="old", shown="old")
        await uow.homes.opened(ANA, now, version="old", shown="old")
    await world.has_lead()

    assert await refresh_homes(world.house) == 1

    assert world.slack.workspace.homes[ANA]
    assert (await service.behind(world.workspace_id))[1] == []
    world.clock.move(seconds=61)
    assert (await service.behind(world.workspace_id))[1] == ["U0AGONE"]


async def test_a_few_at_a_time_and_everybody_in_the_end(world):
    people = [f"U0PERSON{n:02}" for n in range(20)]
    service = world.house.services.home
    async with world.database.begin(world.workspace_id) as uow:
        for user in people:
            await uow.homes.opened(user, world.clock(), version="old", shown="old")

    served = []
    for _ in range(3):
        version, late = await service.behind(world.workspace_id)
        for user in late:
            await service.drawn(world.workspace_id, user, version, "new")
        served.append(len(late))
        world.clock.move(seconds=5)

    assert served == [8, 8, 4]


async def test_the_longest_undrawn_come_first(world):
    async with world.database.begin(world.workspace_id) as uow:
        await uow.homes.opened("U1", world.clock(), version="old", shown="old")
        await uow.homes.opened("U2", world.clock(), version="old", shown="old")
        await uow.homes.drawn("U1", world.clock() - timedelta(minutes=2), version="old", shown="old")
        await uow.homes.drawn("U2", world.clock() - timedelta(minutes=5), version="old", shown="old")
        late = await uow.homes.behind("new", since=world.clock() - timedelta(hours=1), now=world.clock(), limit=1)

    assert late == ["U2"]
