"""Imports in Slack that are cancelled, whose process dies, whose file goes away: nothing twice, nothing lost."""

import pytest
from sqlalchemy import select

from blocks import ids
from bot.services import import_pace
from bot.services.import_files import ASK_SLACK_AGAIN, LEASE
from handlers.schedule import import_leads
from storage.import_files import import_files
from tests.blocks.reading import labels
from tests.scenarios.hands import press_under
from tests.scenarios.import_given import all_people, chooses, ends, message_of, people, thread_of

pytestmark = pytest.mark.usefixtures("allowed")
ROWS, BATCH = 20, 2


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    for bound in ("FIRST_ROWS", "FEWEST_ROWS", "MOST_ROWS"):
        monkeypatch.setattr(import_pace, bound, BATCH)


async def is_half_way(world, monkeypatch):
    """An import whose first turn took some of its rows; each look at the clock takes a second."""
    file = await chooses(world, people(ROWS))
    await world.submit()
    service = world.house.services.import_files

    def slow():
        world.clock.move(seconds=1)
        return world.clock()

    with monkeypatch.context() as patched:
        patched.setattr(service, "_clock", slow)
        await import_leads(world.house)
    service._kept.clear()  # as in a process that has never seen the file
    world.clock.move(seconds=3)
    await world.house.poster.deliver_due(world.workspace_id)
    return file, message_of(world)


async def test_it_says_how_far_it_is_and_goes_on(either_world, monkeypatch):
    world = either_world
    _, message = await is_half_way(world, monkeypatch)
    assert "of 20 rows" in message.text and "100%" not in message.text and "0 of 20" not in message.text

    await ends(world)

    assert message.text == "✅ Imported fair.csv by Ana Novak\n20 leads added"
    assert len(await all_people(world)) == ROWS


async def test_cancelled_half_way_it_keeps_what_came_in_and_can_be_undone(either_world, monkeypatch):
    world = either_world
    _, message = await is_half_way(world, monkeypatch)

    await press_under(world, message, ids.IMPORT_CANCEL)
    await ends(world)

    came_in = len(await all_people(world))
    assert 0 < came_in < ROWS
    assert message.text.startswith("⏹️ Import cancelled: fair.csv by Ana Novak\n")
    (told,), files = thread_of(world, message)
    assert f"Rows read: {came_in}\nLeads added: {came_in}" in told and files == []
    await press_under(world, message, ids.IMPORT_UNDO)
    await ends(world)
    assert await all_people(world) == []


async def test_a_dead_process_is_followed_by_another(either_world, monkeypatch):
    world = either_world
    _, message = await is_half_way(world, monkeypatch)
    async with world.database.begin(world.workspace_id) as uow:
        assert await uow.import_files.claim(world.clock(), LEASE)  # and nothing more is heard of whoever did

    await world.tick(seconds=30)
    assert "of 20 rows" in message.text
    await world.tick(seconds=40)
    await ends(world)

    assert message.text == "✅ Imported fair.csv by Ana Novak\n20 leads added"
    assert len(await all_people(world)) == ROWS
    assert len([post for post in world.posts() if post.text.startswith("Breakdown")]) == 1


async def test_a_file_deleted_half_way_stops_it(either_world, monkeypatch, allowed):
    allowed.add("file_deleted")
    world = either_world
    file, message = await is_half_way(world, monkeypatch)

    await world.slack.delete_file(file.user, file.id)
    await ends(world)

    assert message.text.startswith("⚠️ Import stopped: fair.csv by Ana Novak\nThis file is not in Slack any more.\n")
    assert labels(message.blocks) == ["Open leads", "Undo import"]
    (told,), _ = thread_of(world, message)
    assert f"Leads added: {len(await all_people(world))}" in told


async def test_a_file_changed_half_way_stops_it(world, monkeypatch):
    file, message = await is_half_way(world, monkeypatch)

    file.content += b"late@crowd.example.com,Late\n"
    await ends(world)

    assert "The file was changed in Slack meanwhile." in message.text
    assert "late@crowd.example.com" not in await all_people(world)


async def test_slacks_faults_only_put_it_off(world, monkeypatch, allowed):
    allowed.add("internal_error")
    _, message = await is_half_way(world, monkeypatch)
    world.slack.fail_next("files.info", "internal_error")

    await world.tick()
    assert "of 20 rows" in message.text
    await world.tick(seconds=ASK_SLACK_AGAIN.total_seconds() + 1)
    await ends(world)

    assert message.text.startswith("✅ Imported fair.csv")


async def test_the_sum_is_said_once_whatever_is_lost(world, monkeypatch, allowed):
    allowed.add("internal_error")
    await chooses(world, people(ROWS) + "broken,row\n")
    await world.submit()
    world.slack.fail_next("chat.postMessage", "internal_error", after_work=True)
    world.slack.fail_next("files.getUploadURLExternal", "internal_error")

    await ends(world)
    await ends(world, 14)

    message = message_of(world)
    texts, files = thread_of(world, message)
    assert message.text.startswith("✅ Imported fair.csv by Ana Novak\n20 leads added · 1 row left out")
    assert (len(texts), len(files)) == (1, 1)


async def test_nothing_is_left_to_do_at_the_end(world):
    await chooses(world, people(3))
    await world.submit()
    await ends(world)

    async with world.database.read(world.workspace_id) as uow:
        rows = await uow.import_files._tenant.all(select(import_files.c.settled_at, import_files.c.lease_until))
    assert [(row.settled_at is not None, row.lease_until) for row in rows] == [(True, None)]
