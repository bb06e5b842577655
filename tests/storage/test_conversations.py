"""Conversations page by page, and the index that finds what waits."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.outreach.errors import Invalid
from bot.outreach.unibox import Direction, InboundReply, Mail, Reply, Thread
from storage.database import Database
from storage.ids import new_id
from tests.storage.given import AT, HERE, add_lead, add_workspace, later


async def given_threads(database: Database, number: int, waiting_every: int = 2) -> list[Thread]:
    """Threads a second apart, oldest first."""
    async with database.begin(HERE) as uow:
        lead = await add_lead(uow, "jane@acme.com")
        blank = Thread("", lead.id, "", "Hi", "Yes", AT, Direction.IN)
        threads = [
            replace(blank, id=new_id(), last_at=later(n), waiting_since=AT if n % waiting_every == 0 else None)
            for n in range(number)
        ]
        await uow.conversations.add_many(threads)
    return threads


@pytest.mark.parametrize("waiting", [False, True])
async def test_pages_go_there_and_back_without_gap_or_repeat(database, waiting):
    threads = await given_threads(database, 45)
    wanted = [thread.id for thread in reversed(threads) if thread.waiting_since or not waiting]
    seen, pages, cursor, previous = [], [], None, None

    async with database.read(HERE) as uow:
        while True:
            page, cursor, previous = await uow.conversations.page(cursor, waiting=waiting)
            pages.append([thread.id for thread in page])
            seen += pages[-1]
            if cursor is None:
                break
        back, _, _ = await uow.conversations.page(previous, waiting=waiting)

    assert seen == wanted
    assert [thread.id for thread in back] == pages[-2]


@pytest.mark.parametrize("cursor", ["x", "e30", "WzEsMiwzXQ"[:5], "W251bGwsMSwwXQ", "é"])
async def test_a_made_up_cursor_is_refused(database, cursor):
    async with database.read(HERE) as uow:
        with pytest.raises(Invalid):
            await uow.conversations.page(cursor)


async def test_a_message_is_stored_once_by_either_of_its_keys(database):
    (thread,) = await given_threads(database, 1)
    told = InboundReply("m:1", "jane@acme.com", "jane@acme.com", AT, text="Yes", email_id="e1")
    async with database.begin(HERE) as uow:
        assert await uow.conversations.add_mails([(thread.id, Mail(Direction.IN, told))]) == {"m:1"}
        assert await uow.conversations.add_mails([(thread.id, Mail(Direction.IN, replace(told, key="m:2")))]) == set()
        known = await uow.conversations.known([Mail(Direction.IN, replace(told, key="m:2"))])

    assert known["id:e1"] == ("m:1", "e1", thread.id)


async def test_unanswered_replies_are_counted_up_to_a_thousand_and_listed_longest_waiting_first(database):
    (thread,) = await given_threads(database, 1)
    mails = [InboundReply(f"m:{n}", "jane@acme.com", "jane@acme.com", later(n), text=str(n)) for n in range(1_010)]
    async with database.begin(HERE) as uow:
        await uow.conversations.add_mails([(thread.id, Mail(Direction.IN, told)) for told in mails])
        await uow.replies.add_many(
            [Reply(new_id(), thread.lead_id, told, told.at, thread_id=thread.id) for told in mails]
        )

    async with database.read(HERE) as uow:
        assert await uow.replies.count_unanswered() == 1_000
        assert [reply.heard.text for reply in await uow.replies.unanswered(3)] == ["0", "1", "2"]


async def test_an_answer_answers_what_had_come_by_then(database):
    (thread,) = await given_threads(database, 1)
    mails = [InboundReply(f"m:{n}", "jane@acme.com", "jane@acme.com", later(n)) for n in range(3)]
    async with database.begin(HERE) as uow:
        await uow.conversations.add_mails([(thread.id, Mail(Direction.IN, told)) for told in mails])
        await uow.replies.add_many(
            [Reply(new_id(), thread.lead_id, told, told.at, thread_id=thread.id) for told in mails]
        )
        answered = await uow.replies.answered(thread.id, "U1", later(9), received_until=later(1))
        since = await uow.replies.waiting_since(thread.id)

    assert len(answered) == 2
    assert since == later(2)


async def test_another_workspace_sees_none_of_it(database):
    (thread,) = await given_threads(database, 1)
    elsewhere = await add_workspace(database)

    async with database.begin(elsewhere) as uow:
        assert await uow.conversations.get(thread.id) is None
        assert (await uow.conversations.page())[0] == []
        assert not await uow.conversations.claim(thread.id, "U1")
        assert await uow.replies.in_thread(thread.id) == []
        assert await uow.answers.of_threads([thread.id], AT - timedelta(days=1)) == []
