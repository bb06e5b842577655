"""The way out to Slack: posts follow their rows, each once, at Slack's pace, and somewhere where they are read."""

import asyncio

import pytest

from blocks.message import Message, section
from bot.outreach.posts import PostState
from bot.sandbox.slack.server import ANA, ARCHIVED, BOT, GENERAL, OUTREACH, SALES
from handlers.posting import wanted, wanted_file, wanted_rejects
from tests.blocks.reading import labels, words


def says(text="Hello", **more):
    return wanted(more.pop("key", "greeting"), more.pop("channel", OUTREACH), Message(text, [section(text)]), **more)


async def show(world, *posts):
    await world.house.poster.show(world.workspace_id, posts)


async def stored(world, key="greeting"):
    return await world.house.services.posts.by_key(world.workspace_id, key)


def direct(world, user=ANA):
    """What the bot told this person directly."""
    return world.posts(world.slack.board.direct_message(user).id)


def sent(world, *methods):
    return [call for call in world.slack.workspace.calls if call["method"] in (methods or ("chat.postMessage",))]


async def test_a_wish_is_posted_once_however_often_it_is_made(world):
    for _ in range(3):
        await show(world, says())

    assert [post.text for post in world.posts()] == ["Hello"]


async def test_another_wish_edits_the_same_message_at_most_every_two_seconds(world):
    await show(world, says("one"))
    await show(world, says("two"))
    await show(world, says("three"))
    assert [post.text for post in world.posts()] == ["one"]

    await world.tick(seconds=2)

    assert [post.text for post in world.posts()] == ["three"]
    assert len(sent(world, "chat.update")) == 1


async def test_a_file_that_can_no_longer_be_made_holds_up_nothing(world):
    await show(world, says("parent"))

    lost = wanted_rejects("rejects", OUTREACH, "fair.csv", "an import that is gone", parent_key="greeting")
    await show(world, lost, says("later", key="later"))

    assert (await stored(world, "rejects")).state is PostState.LOST
    assert [post.text for post in world.posts()] == ["parent", "later"]


async def test_a_reply_waits_for_its_parent(world, slack_fails):
    slack_fails("chat.postMessage", status=429, retry_after=2)
    await show(world, says("parent"), says("reply", key="reply", parent_key="greeting"))
    assert not world.posts()

    await world.tick(seconds=3)
    await world.tick(seconds=3)

    parent, reply = world.posts()
    assert (parent.text, reply.text, reply.thread_ts) == ("parent", "reply", parent.ts)


async def test_a_channel_gets_one_message_a_second(world):
    world.house.poster.every_seconds = 0.2
    posts = [says(str(number), key=str(number)) for number in range(3)]
    other = says("elsewhere", key="other", channel=SALES)
    await world.house.services.posts.want(world.workspace_id, [*posts, other])
    loop = asyncio.get_running_loop()
    began = loop.time()

    await world.house.poster.deliver_due(world.workspace_id)

    assert loop.time() - began >= 0.4
    assert len(world.posts()) == 3
    assert len(world.posts(SALES)) == 1


@pytest.mark.parametrize("channel", [ARCHIVED, GENERAL], ids=["archived", "without the bot"])
async def test_a_channel_that_takes_nothing_hands_the_message_and_its_thread_to_the_person(world, channel):
    world.slack.settings.scopes -= {"chat:write.public"}
    thread = [
        says("headline", channel=channel, tell=ANA),
        says("report", key="report", channel=channel, parent_key="greeting"),
        wanted_file("csv", channel, "rows.csv", "a,b", parent_key="greeting"),
    ]

    await show(world, *thread)
    await world.tick(seconds=1)

    note, headline, report, sheet = direct(world)
    assert note.text.startswith(f"<#{channel}> ")
    assert note.text.endswith("so this is here for you:")
    assert [headline.text, report.text] == ["headline", "report"]
    assert report.thread_ts == sheet.thread_ts == headline.ts

    await show(world, says("headline, edited", channel=channel, tell=ANA))
    await world.tick(seconds=3)
    assert headline.text == "headline, edited"
    assert len(direct(world)) == 4


async def test_without_a_person_to_tell_it_is_given_up_and_kept_as_lost(world):
    await show(world, says(channel=ARCHIVED))
    await world.tick(seconds=600)

    assert (await stored(world)).state is PostState.LOST
    assert (await stored(world)).error == "is_archived"
    assert len(sent(world)) == 1


async def test_an_edit_in_a_channel_archived_meanwhile_is_given_up(world):
    await show(world, says("one", tell=ANA))
    world.slack.workspace.channels[OUTREACH].is_archived = True

    await show(world, says("two", tell=ANA))
    await world.tick(seconds=3)

    assert (await stored(world)).state is PostState.LOST
    assert not direct(world)


async def test_blocks_that_slack_refuses_reach_the_person_as_words(world):
    broken = wanted("greeting", OUTREACH, Message("What I wanted to say", [{"type": "nonsense"}]), tell=ANA)

    await show(world, broken)
    await world.tick(seconds=1)

    [said] = direct(world)
    assert said.text == "What I wanted to say"
    assert "Slack did not take the buttons of this message." in words(said.blocks)
    assert not labels(said.blocks)


async def test_a_direct_message_is_edited_where_it_stands(world):
    await show(world, says("one", channel=ANA))
    await show(world, says("two", channel=ANA))
    await world.tick(seconds=3)

    assert [post.text for post in direct(world)] == ["two"]


async def test_what_was_taken_is_found_among_much_talk(world, slack_fails):
    slack_fails("chat.postMessage", status=500, after_work=True)
    await show(world, says())
    for number in range(450):
        world.slack.board.post(world.slack.workspace.channels[OUTREACH], {"text": str(number)}, user=ANA)

    await world.tick(seconds=61)

    assert [post.text for post in world.posts()] == ["Hello"]
    assert (await stored(world)).ts == world.posts()[0].ts
    assert len(sent(world, "conversations.history")) == 3


async def test_a_reply_that_was_taken_is_found_in_its_thread(world, slack_fails):
    await show(world, says())
    slack_fails("chat.postMessage", status=500, after_work=True)
    await show(world, says("reply", key="reply", parent_key="greeting"))

    await world.tick(seconds=61)

    assert [post.text for post in world.posts()] == ["Hello", "reply"]


async def test_a_file_that_was_taken_is_found_by_its_name(world, slack_fails):
    await show(world, says())
    slack_fails("files.completeUploadExternal", status=500, after_work=True)
    await show(world, wanted_file("csv", OUTREACH, "rows.csv", "a,b", parent_key="greeting"))

    await world.tick(seconds=61)

    assert len([post for post in world.posts() if post.file_ids]) == 1
    assert (await stored(world, "csv")).state is PostState.SHOWN


async def test_an_edit_whose_answer_was_lost_is_made_again(world, slack_fails):
    await show(world, says("one"))
    slack_fails("chat.update", status=500, after_work=True)
    await show(world, says("two"))

    await world.tick(seconds=3)
    await world.tick(seconds=61)

    assert [post.text for post in world.posts()] == ["two"]
    assert (await stored(world)).state is PostState.SHOWN


async def test_an_unknown_refusal_is_tried_again_in_five_minutes(world, slack_fails):
    slack_fails("chat.postMessage", "some_new_error")
    await show(world, says())

    await world.tick(seconds=60)
    assert not world.posts()
    await world.tick(seconds=250)

    assert [post.text for post in world.posts()] == ["Hello"]


async def test_where_nobody_can_look_the_person_hears_directly(world, slack_fails):
    world.slack.workspace.channels[OUTREACH].members.discard(BOT)
    slack_fails("chat.postMessage", status=500)
    await show(world, says(tell=ANA))

    await world.tick(seconds=61)

    assert [post.text for post in direct(world)][-1] == "Hello"
    assert not world.posts()


@pytest.fixture
def slack_fails(world):
    """Make Slack's next call of a method fail."""
    return world.slack.fail_next
