"""Replies heard once however they are told, answers sent at most once, campaigns ended when the workspace wants it."""

import asyncio
import hashlib
import hmac
import json
from datetime import timedelta

import pytest

from blocks import ids
from bot.clock import utc_now
from bot.commands.demo import WEBHOOK_SECRET
from bot.outreach.access import Role, person
from bot.outreach.errors import Conflict, NotAllowed
from bot.outreach.leads import LeadDraft, LeadStatus
from bot.outreach.policies import Policy
from bot.outreach.unibox import AnswerState
from bot.sandbox.plusvibe import happenings, prospects, seed
from bot.sandbox.slack.server import ANA
from bot.services.filing import Typed
from bot.services.webhooks import WebhookService
from handlers.unibox import reply_news
from storage.ids import new_id
from tests.blocks.reading import words
from tests.databases import WORKSPACE
from tests.scenarios.unibox_given import (
    MAILBOX,
    answered_by,
    answers_in,
    heard_all,
    posted_card,
    replies_asked,
    sent_there,
    thread_of,
    written_to,
)

OWNER = person(ANA, "Ana", Role.OWNER)
HERE = WORKSPACE.id


async def test_several_events_of_one_reply_are_one_reply_that_knows_all_they_told(either_world):
    lead, there = await written_to(either_world)
    await answered_by(either_world, there)  # four events: all, first, positive, labelled

    count, (card,) = await either_world.house.services.unibox.waiting(either_world.workspace_id, OWNER)

    assert count == 1
    assert (card.reply.heard.label, card.reply.heard.sentiment) == ("INTERESTED", "positive")
    assert card.reply.heard.mailbox == MAILBOX
    assert (await either_world.lead(lead.id)).status is LeadStatus.REPLIED


async def test_a_sweep_finds_what_no_webhook_told_and_doubles_nothing(either_world):
    world = either_world
    lead, there = await written_to(world)
    await answered_by(world, there)
    world.plusvibe.hooks.clear()
    for number in range(6):  # more than one page
        await happenings.reply(world.plusvibe, there, f"Also this: {number}.", label="")

    await world.sweep()
    await world.sweep()

    async with world.database.read(world.workspace_id) as uow:
        thread = (await uow.conversations.of_leads([lead.id]))[0]
        mails = await uow.conversations.mails(thread.id)
        assert await uow.replies.count_unanswered() == 7
    assert [mail.told.text for mail in mails[1:]] == [f"Also this: {number}." for number in range(6)]


async def test_a_sweep_cut_off_begins_where_it_began(world):
    _, there = await written_to(world)
    world.plusvibe.hooks.clear()
    for number in range(6):
        await happenings.reply(world.plusvibe, there, f"This: {number}.")
    service = world.house.services.unibox_sync
    world.plusvibe.unknowns.unibox_page_rows = 2
    pages, read = 0, service._plusvibe.unibox._get

    async def breaks(path, **params):
        nonlocal pages
        pages += 1
        if pages == 2:
            raise ConnectionError
        return await read(path, **params)

    service._plusvibe.unibox._get = breaks
    with pytest.raises(ConnectionError):
        await service.sweep(world.workspace_id)
    service._plusvibe.unibox._get = read

    assert await service.sweep(world.workspace_id) == 4


async def test_somebody_who_answers_in_plusvibe_answers_the_reply_here(world):
    lead, there = await written_to(world)
    await answered_by(world, there)
    row = world.plusvibe.messages[-1]
    answer = {"id": world.plusvibe.new_id(), "message_id": "<by-hand@x>", "direction": "OUT", "is_unread": 0}
    swapped = {"from_address_email": MAILBOX, "to_address_email_list": f"Jane Doe <{lead.email}>"}
    body = {"body": "<p>Done by hand.</p>", "timestamp_created": world.clock().isoformat()}
    world.plusvibe.messages.append({**row, **answer, **swapped, **body})

    await world.sweep()

    assert (await world.house.services.unibox.waiting(world.workspace_id, OWNER))[0] == 0
    assert (await thread_of(world, lead)).preview == "Done by hand."


async def test_a_dropped_answer_is_found_in_the_thread_and_nothing_is_sent_again(either_world):
    world = either_world
    lead, there = await written_to(world)
    await answered_by(world, there)
    world.plusvibe.fail_next("/unibox/emails/reply", drop_after_effect=True)

    answer = await _send(world, lead, "Tuesday at ten?")
    assert answer.state is AnswerState.ATTEMPTING
    await world.tick(seconds=30)

    thread = await thread_of(world, lead)
    assert [each.state for each in await answers_in(world, thread)] == [AnswerState.SENT]
    assert replies_asked(world) == len(sent_there(world)) == 1
    await world.sweep()
    async with world.database.read(world.workspace_id) as uow:
        assert len(await uow.conversations.mails(thread.id)) == 2


@pytest.mark.parametrize(
    "fault", [{"status": 503}, {"garbage": True, "effect": False}, {"refused": True, "effect": False}]
)
async def test_an_outcome_nobody_finds_out_is_shown_to_a_person_and_never_sent_by_itself(world, fault):
    lead, there = await written_to(world)
    await answered_by(world, there)
    card = await posted_card(world, lead)
    await world.say("/unibox")  # so that we know Ana by name
    world.plusvibe.fail_next("/unibox/emails/reply", **fault)

    await _send(world, lead, "Tuesday at ten?")
    for _ in range(8):
        await world.tick(seconds=30)

    assert (replies_asked(world), len(sent_there(world))) == (1, 0)
    shown = next(post for post in world.posts() if post.ts == card.ts)
    assert "It is not known whether Ana Novak's reply went out" in words(shown.blocks)
    thread = await thread_of(world, lead)
    (unclear,) = await answers_in(world, thread)
    with pytest.raises(Conflict):
        await _send(world, lead, "Another try.", key="other")
    settled = await world.house.services.answers.it_was_sent(world.workspace_id, OWNER, unclear.id)
    assert settled.state is AnswerState.SENT
    with pytest.raises(Conflict):
        await world.house.services.answers.send_again(world.workspace_id, OWNER, unclear.id)


async def test_sent_again_by_two_at_once_goes_out_once(either_world):
    world = either_world
    lead, there = await written_to(world)
    await answered_by(world, there)
    world.plusvibe.fail_next("/unibox/emails/reply", status=503)
    unclear = await _send(world, lead, "Tuesday at ten?")
    for _ in range(8):
        await world.tick(seconds=30)

    again = world.house.services.answers.send_again
    await asyncio.gather(*(again(world.workspace_id, OWNER, unclear.id) for _ in range(4)))

    assert len(sent_there(world)) == 1


async def test_the_same_key_ten_times_at_once_is_one_reply(either_world):
    lead, there = await written_to(either_world)
    await answered_by(either_world, there)

    await asyncio.gather(*(_send(either_world, lead, "Tuesday?") for _ in range(10)))

    assert replies_asked(either_world) == 1


async def test_a_viewer_reads_and_does_not_write(world):
    lead, there = await written_to(world)
    await answered_by(world, there)
    viewer = person("U0VIEWER01", "Vi", Role.VIEWER)
    thread = await thread_of(world, lead)

    assert (await world.house.services.unibox.conversation(world.workspace_id, viewer, thread.id)).mails
    with pytest.raises(NotAllowed):
        await world.house.services.unibox.take(world.workspace_id, viewer, thread.id)
    with pytest.raises(NotAllowed):
        await _send(world, lead, "Hi", actor=viewer)


async def test_a_second_taker_is_told_who_has_it(world):
    lead, there = await written_to(world)
    await answered_by(world, there)
    await world.say("/unibox")
    thread = await thread_of(world, lead)
    take = world.house.services.unibox.take
    await take(world.workspace_id, OWNER, thread.id)
    await take(world.workspace_id, OWNER, thread.id)

    with pytest.raises(Conflict, match="Ana"):
        await take(world.workspace_id, person("U0BENCARTER", "Ben", Role.EDITOR), thread.id)


@pytest.mark.parametrize(
    ("wanted", "which", "ended"),
    [
        pytest.param(True, 0, True, id="wanted"),
        pytest.param(False, 0, False, id="not wanted"),
        pytest.param(True, 3, False, id="a machine says they are away"),
    ],
)
async def test_a_reply_ends_the_campaigns_where_the_workspace_wants_it(either_world, wanted, which, ended):
    world = either_world
    await world.house.services.policies.set(world.workspace_id, OWNER, Policy(complete_on_reply=wanted))
    lead, there = await written_to(world)
    other = world.plusvibe.enrol(seed.AUDIT_LETTER, str(lead.email))
    campaign = await world.campaign(seed.AUDIT_LETTER)
    async with world.database.begin(world.workspace_id) as uow:
        await uow.enrolments.enrol([lead.id], campaign.id, "", world.clock())
    world.plusvibe.fail_next("/lead/update/status", status=401)

    await answered_by(world, there, which)
    for _ in range(3):
        await world.tick(seconds=120)

    assert (other.status == "COMPLETED") is ended


async def test_a_hundred_replies_take_as_many_statements_as_ten(database):
    webhooks = WebhookService(database, utc_now)
    rows = [(new_id(), LeadDraft(email=f"p{n}@acme.com"), f"p{n}@acme.com") for n in range(110)]
    async with database.begin(HERE) as uow:
        await uow.leads.add_many(rows, utc_now())
    for number in range(10):
        await webhooks.receive(HERE, _reply_event(number))
    with database.count_statements() as for_ten:
        assert await webhooks.apply_due(HERE) == 10
    for number in range(10, 110):
        await webhooks.receive(HERE, _reply_event(number))

    with database.count_statements() as for_a_hundred:
        assert await webhooks.apply_due(HERE) == 100

    assert for_a_hundred.total == for_ten.total
    async with database.read(HERE) as uow:
        assert await uow.replies.count_unanswered() == 110


async def test_a_burst_of_five_hundred_replies_is_stored_once_each_and_told_in_few_messages(world):
    async with world.database.begin(world.workspace_id) as uow:
        rows = [
            (new_id(), LeadDraft(email=f"p{n}@acme.com", company_name=f"C{n}"), f"p{n}@acme.com") for n in range(250)
        ]
        await uow.leads.add_many(rows, world.clock())
    bodies = [_reply_event(n, name) for n in range(250) for name in ("ALL_EMAIL_REPLIES", "FIRST_EMAIL_REPLIES")]

    connections = asyncio.Semaphore(40)  # the client's pool is slow with hundreds that wait in it

    async def posted(body: bytes) -> int:
        async with connections:
            return await _delivered(world, body)

    statuses = await asyncio.gather(*map(posted, bodies))
    await heard_all(world)
    await world.tick()

    assert set(statuses) == {200}
    async with world.database.read(world.workspace_id) as uow:
        replies = await uow.replies.unanswered(1_000)
        assert await uow.replies.count_unanswered() == len(replies) == 250
    (post,) = await reply_news(world.house, "C1", [reply.id for reply in replies])
    assert post.key == f"replies:{replies[0].id}:C1"
    assert "250 replies" in post.body["text"]
    assert "and 235 more" in str(post.body["blocks"]) and ids.OPEN_UNIBOX in str(post.body["blocks"])
    assert len(world.posts()) < 10


async def test_those_who_are_written_to_answer_by_themselves_where_that_is_switched_on(world):
    prospects.let_them_answer(world.plusvibe, after_seconds=0, one_in=1)

    _, there = await written_to(world)
    await world.plusvibe.settled()
    await heard_all(world)

    assert there.replied_count == 1
    assert (await world.house.services.unibox.waiting(world.workspace_id, OWNER))[0] == 1


async def _send(world, lead, body, *, key="view:V1", actor=OWNER):
    thread = await thread_of(world, lead)
    answer = Typed(thread.id, MAILBOX, thread.subject, body)
    return await world.house.services.answers.send(world.workspace_id, actor, answer, key)


def _reply_event(number: int, name: str = "ALL_EMAIL_REPLIES") -> bytes:
    at = utc_now() - timedelta(minutes=1)
    told = {
        "webhook_event": name,
        "email": f"p{number}@acme.com",
        "message_id": f"<r{number}@acme.com>",
        "subject": "Re: Your website",
        "text_body": f"Answer {number}\n\nOn Mon, 3 Mar 2026, Lena wrote:\n> Hello",
        "last_email_id": f"e{number}",
        "last_thread_id": f"t{number}",
        "email_account_name": MAILBOX,
        "replied_date": at.isoformat(),
    }
    return json.dumps(told).encode()


async def _delivered(world, body: bytes) -> int:
    signature = hmac.new(WEBHOOK_SECRET.encode(), body, hashlib.sha256).hexdigest()
    return (await world.api.post("/plusvibe/webhook", content=body, headers={"signature": signature})).status_code
