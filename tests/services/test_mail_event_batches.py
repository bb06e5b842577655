"""SendGrid's deliveries, lists of events, stored whole and applied in sets: each event once, none lost with another."""

import asyncio
import json
from collections import Counter

import pytest
from sqlalchemy import func, select, update
from structlog.testing import capture_logs

from bot.clock import utc_now
from bot.gateways.sendgrid import MAIL_ID_ARG
from bot.outreach.mail_facts import Delivery
from bot.outreach.mails import MailState
from bot.services import inboxes
from bot.services.inboxes import Inboxes
from bot.services.mail_events import MOST_EVENTS, VENDOR, MailEventService
from storage.database import Database
from storage.inbox import InboxState, inbox
from storage.mail_facts import mail_facts
from storage.mail_tables import mails
from storage.sites import sites
from tests.databases import WORKSPACE
from tests.storage.given import add_lead
from tests.storage.given_mails import add_sent

HERE = WORKSPACE.id


@pytest.fixture
def events(database: Database) -> MailEventService:
    return MailEventService(database, utc_now)


async def test_an_event_that_cannot_be_kept_costs_no_other_and_is_set_aside_alone(database, events):
    mail_id = await _accepted(database)
    body = _list(_event("delivered", mail_id), b'{"event":"open","extra":NaN}', _event("open", mail_id))

    assert await events.receive(HERE, body)
    assert not await events.receive(HERE, body)
    await _applied(events)

    assert await _facts(database) == Counter({"delivered": 2, "opened": 1})  # one stood there before
    assert await _states(database) == Counter({InboxState.APPLIED: 1, InboxState.QUARANTINED: 1})


async def test_what_names_no_mail_counts_once_in_whatever_company_it_comes(database, events):
    mail_id = await _accepted(database)
    closed = _event("account_status_change", type="compliance_suspend")
    await events.receive(HERE, _list(closed, _event("processed", mail_id)))
    await _applied(events)
    assert await _stopped(database) == ["SendGrid changed the account's state: compliance_suspend"]
    async with database.begin(HERE) as uow:
        await uow.sites._tenant.change(update(sites).values(stopped=""))  # as a person saves the site again

    await events.receive(HERE, _list(_event("processed", mail_id), closed, _event("delivered", mail_id)))
    await _applied(events)

    assert await _stopped(database) == [""]
    assert await _facts(database) == Counter({"delivered": 2, "processed": 1})


async def test_a_long_list_is_applied_in_parts(database, events):
    mail_id = await _accepted(database)
    number = MOST_EVENTS * 2 + 1
    await events.receive(HERE, _list(*(_event("open", mail_id, timestamp=1_763_712_000 + n) for n in range(number))))

    assert await events.apply_due(HERE) == 1
    assert await _states(database) == Counter({InboxState.WAITING: 3, InboxState.APPLIED: 1})
    await _applied(events)

    assert (await _facts(database))["opened"] == number


async def test_deliveries_wait_when_they_are_too_long_for_one_transaction(database, events, monkeypatch):
    monkeypatch.setattr(inboxes, "APPLY_BYTES", 900)
    monkeypatch.setattr(inboxes, "APPLY_BYTES_ALONE", 900)
    mail_id = await _accepted(database)
    for at in range(4):
        await events.receive(HERE, _list(_event("open", mail_id, timestamp=1_763_712_000 + at, ip="x" * 300)))

    assert [await events.apply_due(HERE) for _ in range(4)] == [2, 2, 0, 0]


async def test_only_the_event_that_cannot_be_applied_stays_behind(database):
    applied = []

    async def apply(uow, received):
        for each in received:
            assert b"bad" not in each.body
        applied.extend(each.body for each in received)
        await uow.inbox.applied([each.id for each in received], utc_now())

    def apart(body):
        return [(word.decode(), word) for word in body.split(b",")] if b"," in body else []

    boxes = Inboxes(database, utc_now, VENDOR, apply, apart=apart)
    async with database.begin(HERE) as uow:
        await uow.inbox.receive_many(VENDOR, [("1", b"a"), ("2", b"b,bad,c"), ("3", b"d")], utc_now())

    while await boxes.apply_due(HERE):
        pass

    assert sorted(applied) == [b"a", b"b", b"c", b"d"]
    assert await _states(database) == Counter({InboxState.APPLIED: 5, InboxState.WAITING: 1})  # it is tried again


@pytest.mark.parametrize("body", [b"not json", b"[1,2]", b"7", b"[" * 100_000])
async def test_what_is_no_list_of_events_is_set_aside_whole(database, events, body):
    await events.receive(HERE, body)

    await _applied(events)

    async with database.read(HERE) as uow:
        assert await uow.inbox.set_aside(VENDOR) == {"no list of events": 1}


async def test_an_event_stored_alone_is_applied_as_one_of_a_list_is(database, events):
    mail_id = await _accepted(database)
    await events.receive(HERE, _event("bounce", mail_id, type="bounce"))

    await _applied(events)

    async with database.read(HERE) as uow:
        mail = await uow.mails.get(mail_id)
    assert mail.delivery is Delivery.BOUNCED


def _list(*events: bytes) -> bytes:
    return b"[" + b",\r\n".join(events) + b"]\r\n"


def _event(kind: str, mail_id: str = "", **more: object) -> bytes:
    told = {"event": kind, "timestamp": 1_763_712_000, "email": "a@b.com" if mail_id else "", **more}
    return json.dumps(told | ({MAIL_ID_ARG: mail_id} if mail_id else {})).encode()


async def _accepted(database: Database) -> str:
    """A mail that SendGrid has taken and delivered; its id."""
    async with database.begin(HERE) as uow:
        lead = await add_lead(uow, "a@b.com")
        sent = await add_sent(uow, lead.id)
        await uow.mails._tenant.change(update(mails).values(state=MailState.ACCEPTED))
    return sent.mail.id


async def _applied(events: MailEventService) -> None:
    while await events.apply_due(HERE):
        pass


async def _facts(database: Database) -> Counter[str]:
    async with database.read(HERE) as uow:
        kinds = await uow.mail_facts._tenant.values(select(mail_facts.c.kind))
    return Counter(kind.value for kind in kinds)


async def _states(database: Database) -> Counter[InboxState]:
    async with database.read(HERE) as uow:
        counted = select(inbox.c.state, func.count()).group_by(inbox.c.state)
        return Counter(dict(map(tuple, await uow.inbox._tenant.all(counted))))


async def _stopped(database: Database) -> list[str]:
    async with database.read(HERE) as uow:
        return list(await uow.sites._tenant.values(select(sites.c.stopped)))


async def test_several_processes_at_once_tell_each_event_once(database, monkeypatch):
    monkeypatch.setattr(inboxes, "APPLY_BYTES", 900)
    monkeypatch.setattr(inboxes, "APPLY_BYTES_ALONE", 900)
    mail_id = await _accepted(database)
    processes = [Database(database.url.render_as_string(hide_password=False)) for _ in range(3)]
    services = [MailEventService(each, utc_now) for each in processes]
    for at in range(24):  # every event in three deliveries, and each delivery names the mail
        told = _event("open", mail_id, timestamp=1_763_712_000 + at % 8)
        await services[0].receive(HERE, _list(told, _event("delivered", mail_id, attempt=str(at))))

    with capture_logs() as logged:
        while any(await asyncio.gather(*(service.apply_due(HERE) for service in services))):
            pass
    for each in processes:
        await each.close()

    assert await _facts(database) == Counter({"opened": 8, "delivered": 25})  # one stood there before
    assert await _states(database) == Counter({InboxState.APPLIED: 24})
    assert logged == []  # nobody had to take a batch apart


async def test_a_process_holds_no_more_deliveries_than_it_applies(postgres_url):
    one, other = Database(postgres_url), Database(postgres_url)
    mail_id = await _accepted(one)
    for at in range(4):
        told = _event("open", mail_id, timestamp=1_763_712_000 + at, ip="x" * 300)
        await MailEventService(one, utc_now).receive(HERE, _list(told))

    async with one.begin(HERE) as mine, other.begin(HERE) as theirs:
        held = [await uow.inbox.hold_due(VENDOR, utc_now(), 100, 900) for uow in (mine, theirs)]

    await one.close()
    await other.close()
    assert [len(each) for each in held] == [2, 2]
    assert len({each.id for some in held for each in some}) == 4
