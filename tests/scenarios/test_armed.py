"""`Push when ready`: armed, cancelled, fired once, expired after a day."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from blocks import ids
from bot.app import assemble
from bot.outreach.leads import LeadStatus
from bot.outreach.reachability import AddressFact, AddressRecord
from bot.sandbox.slack.server import ANA, BEN
from handlers.schedule import deliver_posts, refresh_reports, take_up_pushes
from tests.blocks.reading import labels, words
from tests.scenarios.hands import press_under

pytestmark = pytest.mark.usefixtures("allowed")


async def blocked(world):
    """A refused push of one ready and one waiting lead; its headline and report, a while ago."""
    await world.has_lead("Good", ready=True)
    await world.has_lead("Acme", ready=True, status=LeadStatus.AUDIT_QUEUED)
    await world.say("/push good.example.com acme.example.com to Website audit letter")
    world.clock.move(seconds=5)
    return world.posts()


async def armed(world, user=ANA):
    headline, report = await blocked(world)
    await press_under(world, report, ids.ARM_PUSH, user=user)
    world.clock.move(seconds=5)
    return headline, report


async def becomes_ready(world):
    async with world.database.begin(world.workspace_id) as uow:
        [lead] = await uow.leads.by_domain("acme.example.com")
        await uow.leads.change(lead.id, {"status": LeadStatus.EMAIL_GENERATED}, at=world.clock())


@asynccontextmanager
async def another_process(world):
    """A second application over the same database and Slack."""
    async with AsyncExitStack() as closing:
        app = await assemble(world.demo.app.settings, clock=world.clock)
        closing.push_async_callback(app.closing.aclose)
        app.house.poster.every_seconds = 0.0
        yield app.house


def enrolments(world):
    return [call for call in world.plusvibe.calls if call.path == "/lead/add"]


async def test_arming_is_said_with_who_and_until_when(world):
    headline, report = await armed(world)

    for message in (headline, report):
        assert "Armed by Ana Novak: pushes all 2 once ready, until <!date^" in words(message.blocks)
    assert labels(report.blocks)[-1] == "Cancel"
    assert "Push when ready" not in labels(report.blocks)


async def test_arming_twice_is_refused_in_words(world):
    report = (await blocked(world))[1]
    await press_under(world, report, ids.ARM_PUSH)
    pressed = world.slack.deliveries[-1].payload

    await world.slack.courier.deliver("interactive", {**pressed, "trigger_id": "1.2.3"})
    await world.idle()

    assert "This push is armed already." in world.told()[-1]


async def test_a_cancelled_push_does_not_fire_and_can_be_armed_again(world):
    headline, report = await armed(world)

    await press_under(world, report, ids.CANCEL_ARMED, user=BEN)
    world.clock.move(seconds=3)
    await becomes_ready(world)
    await world.tick(seconds=3)

    assert not world.plusvibe.leads
    assert headline.text == "All 2 are ready"
    assert "The push armed by Ana Novak was cancelled" in words(headline.blocks)


async def test_a_cancelled_push_can_be_armed_again(world):
    _, report = await armed(world)
    await press_under(world, report, ids.CANCEL_ARMED)
    world.clock.move(seconds=3)

    await press_under(world, report, ids.ARM_PUSH, user=BEN)

    assert "Armed by Ben Carter" in words(report.blocks)


async def test_an_armed_push_fires_once_all_are_ready_and_keeps_its_author(world):
    headline, report = await armed(world, user=BEN)
    await world.tick(seconds=3)
    assert not world.plusvibe.leads

    await becomes_ready(world)
    await world.tick(seconds=3)
    await world.tick(seconds=3)

    assert len(world.plusvibe.leads) == 2
    assert len(enrolments(world)) == 1
    assert headline.text == "All 2 were ready, and their push to Website audit letter started"
    assert not labels(report.blocks)
    assert not labels(headline.blocks)
    news = next(post for post in world.posts() if post.text.startswith("All are ready"))
    assert news.thread_ts == headline.ts
    assert news.text == "All are ready: the push of 2 leads to Website audit letter starts, as armed by Ben Carter"
    result = next(post for post in world.posts() if post.text.startswith("Pushed 2"))
    assert "by Ben Carter" in words(result.blocks)


async def test_two_ticks_at_once_fire_it_once(world):
    await armed(world)
    await becomes_ready(world)
    world.clock.move(seconds=3)

    await asyncio.gather(*(refresh_reports(world.house) for _ in range(2)))

    assert len(enrolments(world)) == 1


async def test_two_processes_fire_it_once(either_world):
    world = either_world
    await armed(world)
    await becomes_ready(world)
    world.clock.move(seconds=3)

    async with another_process(world) as other:
        jobs = (refresh_reports, take_up_pushes, deliver_posts)
        await asyncio.gather(*(job(house) for job in jobs for house in (world.house, other)))
        await world.tick(seconds=20)

    assert len(enrolments(world)) == 1
    assert len(world.plusvibe.leads) == 2
    assert len([post for post in world.posts() if post.text.startswith("Pushed 2")]) == 1
    assert len([post for post in world.posts() if post.text.startswith("All are ready")]) == 1


async def test_a_lead_that_became_unreachable_meanwhile_keeps_it_from_firing(world):
    headline, report = await armed(world)
    async with world.database.begin(world.workspace_id) as uow:
        fact = AddressRecord("jane@good.example.com", AddressFact.UNSUBSCRIBED, world.clock(), "test")
        await uow.addresses.add(fact)
    await becomes_ready(world)

    await world.tick(seconds=3)
    await world.tick(seconds=3)

    assert not world.plusvibe.leads
    assert headline.text == "Push blocked (409): 1 ready, 1 not ready, nothing pushed"
    assert "*Not reachable: Recipient unsubscribed* (1 lead)" in words(report.blocks)


async def test_a_lead_deleted_meanwhile_keeps_it_from_firing(world):
    headline, report = await armed(world)
    async with world.database.begin(world.workspace_id) as uow:
        [lead] = await uow.leads.by_domain("acme.example.com")
        await uow.leads.remove(lead.id, world.clock())

    await world.tick(seconds=3)
    await world.tick(seconds=3)

    assert not world.plusvibe.leads
    assert "1 lead was deleted meanwhile. An armed push waits for all." in words(report.blocks)
    assert "Armed by Ana Novak" in words(headline.blocks)


async def test_it_expires_after_a_day_and_the_thread_is_told(world):
    headline, _ = await armed(world)

    await world.tick(seconds=24 * 3600)
    await becomes_ready(world)
    await world.tick(seconds=3)

    assert not world.plusvibe.leads
    assert "The push armed by Ana Novak expired" in words(headline.blocks)
    [news] = [post for post in world.posts() if post.text.startswith("The push armed by")]
    assert news.thread_ts == headline.ts
    assert headline.text == "All 2 are ready"


async def test_a_push_by_hand_in_part_leaves_the_rest_armed(world):
    headline, report = await armed(world)

    await press_under(world, report, ids.PUSH_READY)
    await becomes_ready(world)
    await world.tick(seconds=5)
    await world.tick(seconds=5)

    assert len(world.plusvibe.leads) == 2
    assert len(enrolments(world)) == 2
    assert headline.text == "All 2 were ready, and their push to Website audit letter started"


async def test_an_audit_that_lands_fires_it_and_everything_is_said(world):
    await world.has_lead("Acme")
    await world.say("/push acme.example.com to Website audit letter")
    report = world.posts()[1]
    await press_under(world, report, ids.ARM_PUSH)

    await press_under(world, report, ids.REPORT_AUDIT)
    await world.desk.settled()
    for _ in range(3):
        await world.tick(seconds=4)

    said = [post.text for post in world.posts()]
    assert "All 1 were ready, and their push to Website audit letter started" in said
    assert "Writeback landed: Acme, 21 variables, now Email Ready" in said
    assert len(enrolments(world)) == 1
