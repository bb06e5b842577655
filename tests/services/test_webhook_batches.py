"""PlusVibe's stored events, applied in sets: each lead ends where its events left it."""

import asyncio
import json

import pytest

from bot.clock import utc_now
from bot.outreach.events import EventKind
from bot.outreach.leads import LeadDraft, LeadStatus
from bot.outreach.reachability import AddressFact
from bot.services.webhooks import WebhookService
from storage.database import Database, StorageError
from storage.ids import new_id
from tests.databases import WORKSPACE

HERE = WORKSPACE.id


@pytest.fixture
def webhooks(database: Database) -> WebhookService:
    return WebhookService(database, utc_now)


async def test_a_hundred_events_take_as_many_statements_as_ten(database, webhooks):
    await _leads(database, 110)
    await _receive(webhooks, *[_event("EMAIL_SENT", number) for number in range(10)])
    with database.count_statements() as for_ten:
        assert await webhooks.apply_due(HERE) == 10
    await _receive(webhooks, *[_event("EMAIL_SENT", number) for number in range(10, 110)])

    with database.count_statements() as for_a_hundred:
        assert await webhooks.apply_due(HERE) == 100

    assert for_a_hundred.total == for_ten.total
    assert await _statuses(database) == {LeadStatus.EMAIL_SENT: 110}


async def test_events_of_one_lead_in_one_batch_add_up_in_their_order(database, webhooks):
    (lead_id,) = await _leads(database, 1)
    await _receive(
        webhooks,
        _event("EMAIL_SENT", 0),
        _event("ALL_EMAIL_REPLIES", 0, message_id="<r1>", subject="Re: hello", sentiment="positive"),
        _event("FIRST_EMAIL_REPLIES", 0, message_id="<r1>", subject="Re: hello"),
        _event("LEAD_MARKED_AS_INTERESTED", 0, label="INTERESTED"),
        _event("BOUNCED_EMAIL", 0, msg="mailbox full"),
    )

    await webhooks.apply_due(HERE)

    async with database.read(HERE) as uow:
        lead = await uow.leads.get(lead_id)
        events = [event.kind for event in await uow.events.of_lead(lead_id)]
        standing = await uow.addresses.standing(["p0@acme.com"])
    assert lead.status is LeadStatus.REPLIED
    assert lead.plusvibe_lead_data["label"] == "INTERESTED"
    assert lead.plusvibe_lead_data["lastEmailSubject"] == "Re: hello"
    assert events[::-1] == [EventKind.EMAIL_SENT, EventKind.REPLIED, EventKind.LABELLED, EventKind.BOUNCED]
    assert standing == {"p0@acme.com": AddressFact.BOUNCED}


async def test_a_reply_told_again_later_is_counted_once(database, webhooks):
    (lead_id,) = await _leads(database, 1)
    await _receive(webhooks, _event("FIRST_EMAIL_REPLIES", 0, message_id="<r1>"))
    await webhooks.apply_due(HERE)
    await _receive(webhooks, _event("ALL_POSITIVE_REPLIES", 0, message_id="<r1>"))

    await webhooks.apply_due(HERE)

    async with database.read(HERE) as uow:
        assert [event.kind for event in await uow.events.of_lead(lead_id)] == [EventKind.REPLIED]


async def test_what_is_no_json_is_set_aside_and_the_rest_applied(database, webhooks):
    await _leads(database, 1)
    await webhooks.receive(HERE, b"not json")
    await _receive(webhooks, _event("EMAIL_SENT", 0))

    applied = await webhooks.apply_due(HERE)

    assert applied == 2
    assert await _statuses(database) == {LeadStatus.EMAIL_SENT: 1}
    assert await webhooks.apply_due(HERE) == 0


async def test_events_that_come_while_others_are_applied_are_taken_up_too(database, webhooks):
    await _leads(database, 3)

    async with asyncio.TaskGroup() as together:
        for number in range(3):
            together.create_task(_received_and_applied(webhooks, _event("EMAIL_SENT", number)))

    assert await _statuses(database) == {LeadStatus.EMAIL_SENT: 3}


async def test_a_swarm_is_stored_in_few_transactions_and_each_delivery_once(database, webhooks):
    swarm = [_event("EMAIL_SENT", number) for number in range(50)] + [_event("EMAIL_SENT", 7)]

    with database.count_statements() as sent:
        new = await asyncio.gather(*(webhooks.receive(HERE, body) for body in swarm))

    assert new == [True] * 50 + [False]
    assert sent.total <= 4
    assert not await webhooks.receive(HERE, swarm[0])


async def test_a_delivery_that_could_not_be_stored_is_not_said_to_be(database, webhooks):
    no_workspace = "6f1c7e1c-0000-4000-8000-00000000dead"

    with pytest.raises(StorageError):
        await webhooks.receive(no_workspace, _event("EMAIL_SENT", 0))

    assert await webhooks.receive(HERE, _event("EMAIL_SENT", 0))


async def _leads(database: Database, count: int) -> list[str]:
    rows = [(new_id(), LeadDraft(email=f"p{n}@acme.com"), f"p{n}@acme.com") for n in range(count)]
    async with database.begin(HERE) as uow:
        return await uow.leads.add_many(rows, utc_now())


def _event(name: str, lead: int, **more: str) -> bytes:
    told = {"webhook_event": name, "email": f"p{lead}@acme.com", "message_id": f"<{name}{lead}>", **more}
    return json.dumps(told).encode()


async def _receive(webhooks: WebhookService, *bodies: bytes) -> None:
    for body in bodies:
        assert await webhooks.receive(HERE, body)


async def _received_and_applied(webhooks: WebhookService, body: bytes) -> None:
    await webhooks.receive(HERE, body)
    await webhooks.apply_soon(HERE)


async def _statuses(database: Database) -> dict[LeadStatus | None, int]:
    async with database.read(HERE) as uow:
        counts = await uow.leads.counts()
        assert counts == await uow.leads.recount()
    return counts
