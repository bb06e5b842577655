"""`POST /plusvibe/webhook`: whose events they are, each once, in any order, one spoilt one alone."""

import asyncio
import hashlib
import hmac
import json
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text
from starlette.routing import Mount
from structlog.testing import capture_logs

from bot.commands.demo import WEBHOOK_SECRET
from bot.outreach.leads import LeadStatus
from bot.outreach.reachability import AddressFact
from bot.sandbox.plusvibe import happenings, seed
from bot.sandbox.plusvibe.deliveries import deliver_sample
from handlers.webhooks.plusvibe import plusvibe_webhook
from tests.world import built

DOOR = "/plusvibe/webhook"
STATES = text("SELECT state, count(*) FROM inbox GROUP BY state")


def signed(body, secret=WEBHOOK_SECRET):
    """The signature PlusVibe sends with these bytes."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


async def deliver(world, event=None, *, body=None, headers=None):
    """One delivery, signed unless the headers are given."""
    body = json.dumps(event).encode() if body is None else body
    headers = {"signature": signed(body)} if headers is None else headers
    answer = await world.api.post(DOOR, content=body, headers=headers)
    await applied(world)
    return answer


async def applied(world):
    """Wait until what is stored is applied."""
    async with asyncio.timeout(30):
        while "waiting" in await states(world):
            await asyncio.sleep(0.005)


def told(lead, event, **more):
    """An event about this lead."""
    return {"webhook_event": event, "lead_email": lead.email, "camp_id": seed.AUDIT_LETTER, **more}


async def states(world):
    """How many stored deliveries are in which state."""
    async with world.database._reading.connect() as connection:
        return {row[0]: row[1] for row in await connection.execute(STATES)}


async def happened(world, lead, kind):
    """How often this happened to the lead."""
    async with world.database.read(world.workspace_id) as uow:
        return sum(event.kind == kind for event in await uow.events.of_lead(lead.id, limit=100))


# Whose it is

BODY = b'{"webhook_event": "EMAIL_SENT", "lead_email": "jane@acme.example.com"}'


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"signature": signed(BODY)}, 200, id="signed"),
        pytest.param({"Signature": signed(BODY).upper()}, 200, id="in capitals"),
        pytest.param({"signature": f"sha256={signed(BODY)}"}, 200, id="with its kind before it"),
        pytest.param({"x-webhook-signature": signed(BODY)}, 200, id="under another name"),
        pytest.param({"signature": signed(BODY, "another secret")}, 401, id="another secret"),
        pytest.param({"signature": signed(BODY + b" ")}, 401, id="of other bytes"),
        pytest.param({"signature": signed(BODY)[:-1]}, 401, id="a letter short"),
        pytest.param({"signature": ""}, 401, id="empty"),
        pytest.param({"signature": b"\xff\xfe"}, 401, id="not text"),
        pytest.param({}, 401, id="unsigned"),
    ],
)
async def test_only_signed_bytes_are_taken(world, headers, status):
    with capture_logs() as lines:
        answer = await deliver(world, body=BODY, headers=headers)

    assert answer.status_code == status
    assert sum((await states(world)).values()) == (status == 200)
    assert "jane@acme" not in str(lines)


async def test_a_changed_byte_is_refused(world):
    for place in range(0, len(BODY), 7):
        body = BODY[:place] + bytes([BODY[place] ^ 1]) + BODY[place + 1 :]

        answer = await deliver(world, body=body, headers={"signature": signed(BODY)})

        assert answer.status_code == 401


async def test_without_a_secret_unsigned_events_are_taken(world):
    lead = await world.has_lead("Acme")
    world.demo.web.router.routes.append(Mount("/open", routes=[plusvibe_webhook(world.house, "")]))

    answer = await world.api.post(f"/open{DOOR}", json=told(lead, "EMAIL_SENT"))
    await applied(world)

    assert answer.status_code == 200
    assert (await world.lead(lead.id)).status is LeadStatus.EMAIL_SENT


# What it does


async def test_what_happens_at_plusvibe_moves_the_lead(either_world):
    lead = await either_world.has_lead("Acme", ready=True)
    body = {"campaignId": (await either_world.campaign()).id, "leadIds": [lead.id]}
    await either_world.api.post("/api/plusvibe/leads/push", json=body)
    there = either_world.plusvibe.lead(seed.AUDIT_LETTER, lead.email)

    await happenings.send_email(either_world.plusvibe, there)
    await applied(either_world)
    sent = await either_world.lead(lead.id)
    await happenings.reply(either_world.plusvibe, there)
    await applied(either_world)
    replied = await either_world.lead(lead.id)

    assert (sent.status, replied.status) == (LeadStatus.EMAIL_SENT, LeadStatus.REPLIED)
    assert replied.plusvibe_lead_data["label"] == "INTERESTED"
    assert replied.plusvibe_lead_data["sentiment"] == "positive"
    assert "lastOutboundWriteback" in replied.plusvibe_lead_data
    assert [delivery.status for delivery in either_world.plusvibe.deliveries] == [200] * 5


async def test_the_four_events_of_one_reply_count_once(either_world):
    lead = await either_world.has_lead("Acme")
    there = either_world.plusvibe.enrol(seed.AUDIT_LETTER, lead.email)

    await happenings.reply(either_world.plusvibe, there)
    await applied(either_world)
    await happenings.reply(either_world.plusvibe, there)
    await applied(either_world)

    assert await happened(either_world, lead, "replied") == 2


async def test_the_same_delivery_again_changes_nothing(either_world):
    lead = await either_world.has_lead("Acme")
    event = told(lead, "EMAIL_SENT", message_id="<1@plusvibe>")

    first = await deliver(either_world, event)
    again = await deliver(either_world, event)
    reworded = await deliver(either_world, event | {"modified_at": "2026-03-02T09:00:00Z"})

    assert [answer.json()["new"] for answer in (first, again, reworded)] == [True, False, False]
    assert await happened(either_world, lead, "email_sent") == 1


async def test_one_delivery_sent_twenty_times_at_once_counts_once(either_world):
    lead = await either_world.has_lead("Acme")
    event = told(lead, "FIRST_EMAIL_REPLIES", message_id="<1@acme>")

    answers = await asyncio.gather(*(deliver(either_world, event) for _ in range(20)))

    assert [answer.status_code for answer in answers] == [200] * 20
    assert sum(answer.json()["new"] for answer in answers) == 1
    assert await happened(either_world, lead, "replied") == 1


MOVES = [
    ("new", "EMAIL_SENT", "email_sent"),
    (None, "EMAIL_SENT", "email_sent"),
    ("email_generated", "email_sent", "email_sent"),
    ("opened", "EMAIL_SENT", "opened"),
    ("replied", "EMAIL_SENT", "replied"),
    ("converted", "FIRST_EMAIL_REPLIES", "converted"),
    ("bounced", "EMAIL_SENT", "bounced"),
    ("bounced", "ALL_EMAIL_REPLIES", "replied"),
    ("replied", "BOUNCED_EMAIL", "replied"),
    ("converted", "BOUNCED_EMAIL", "converted"),
    ("opened", "BOUNCED_EMAIL", "bounced"),
    ("opened", "LEAD_MARKED_AS_INTERESTED", "opened"),
    ("opened", "SYSTEM_ALERT", "opened"),
    ("opened", "", "opened"),
]


async def test_a_late_event_never_moves_a_status_back(world):
    for number, (before, event, after) in enumerate(MOVES):
        lead = await world.has_lead(f"Co {number}", status=LeadStatus(before) if before else None)

        answer = await deliver(world, told(lead, event))

        assert answer.status_code == 200
        assert (await world.lead(lead.id)).status == after, (before, event)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (2, 0, 1)], ids=str)
async def test_events_in_any_order_end_the_same(world, order):
    lead = await world.has_lead("Acme", status=LeadStatus.EMAIL_GENERATED)
    events = ["EMAIL_SENT", "FIRST_EMAIL_REPLIES", "LEAD_MARKED_AS_INTERESTED"]

    for place in order:
        await deliver(world, told(lead, events[place], message_id="<1@acme>"))

    kept = await world.lead(lead.id)
    assert kept.status is LeadStatus.REPLIED
    assert kept.plusvibe_lead_data["label"] == "INTERESTED"


@pytest.mark.parametrize("address", ["jane@acme.example.com", "JANE@Acme.Example.com"])
async def test_a_bounce_makes_the_address_unreachable_for_a_push(either_world, address):
    lead = await either_world.has_lead("Acme", ready=True, email="jane@acme.example.com")
    event = {"webhook_event": "BOUNCED_EMAIL", "lead_email": address, "msg": "550 no such user"}

    await deliver(either_world, event)
    await either_world.api.patch(f"/api/leads/{lead.id}", json={"status": "email_generated"})
    body = {"campaignId": (await either_world.campaign()).id, "leadIds": [lead.id]}
    answer = await either_world.api.post("/api/plusvibe/leads/push", json=body)

    assert answer.status_code == 409
    assert answer.json()["unreachable"] == [
        {"id": lead.id, "reason": "Address bounced, change it or ask an admin to clear it"}
    ]
    assert not either_world.plusvibe.leads


async def test_a_bounce_of_an_address_nobody_has_yet_is_remembered(world):
    await deliver(world, {"webhook_event": "BOUNCED_EMAIL", "lead_email": "jane@acme.example.com"})

    lead = await world.has_lead("Acme", ready=True, email="jane@acme.example.com")
    body = {"campaignId": (await world.campaign()).id, "leadIds": [lead.id]}
    answer = await world.api.post("/api/plusvibe/leads/push", json=body)

    assert [refused["id"] for refused in answer.json()["unreachable"]] == [lead.id]


async def test_a_bounce_dated_tomorrow_counts_from_now(world):
    lead = await world.has_lead("Acme")

    await deliver(world, told(lead, "BOUNCED_EMAIL", date="2999-01-01T00:00:00Z"))

    async with world.database.read(world.workspace_id) as uow:
        (record,) = await uow.addresses.history(lead.email)
    assert (record.fact, record.at <= world.clock()) == (AddressFact.BOUNCED, True)


# What is not for us


async def test_an_unknown_event_is_kept_and_does_nothing(world):
    lead = await world.has_lead("Acme")

    answer = await deliver(world, told(lead, "UNIBOX_EMAIL_SENT", shoe_size=44))

    assert answer.status_code == 200
    assert await states(world) == {"applied": 1}
    assert await world.lead(lead.id) == lead


async def test_plusvibes_sample_is_ignored(world):
    lead = await world.has_lead("Sample", email="jane.roe@nonexistent-domain.com")
    (hook,) = world.plusvibe.hooks.values()

    await deliver_sample(world.plusvibe, hook)
    await applied(world)

    assert hook.last_status == 200
    assert (await world.lead(lead.id)).status is LeadStatus.NEW


GARBAGE = {
    "nothing": b"",
    "no JSON": b"hello",
    "half of it": BODY[:30],
    "a list": b"[]",
    "a text": b'"EMAIL_SENT"',
    "null": b"null",
    "not UTF-8": b'{"webhook_event": "\xff\xfe"}',
    "100,000 levels": b'{"a":' * 100_000,
    "25 levels": b'{"a":' * 25 + b"1" + b"}" * 25,
    "a number of 5,000 digits": b'{"opened_count": ' + b"9" * 5_000 + b"}",
    "no number": b'{"opened_count": NaN}',
    "an endless number": b'{"opened_count": 1e999}',
}


async def test_garbage_is_kept_aside_alone(either_world):
    for number, (name, body) in enumerate(GARBAGE.items(), start=1):
        lead = await either_world.has_lead(f"Co {number}")

        answer = await deliver(either_world, body=body)
        await deliver(either_world, told(lead, "EMAIL_SENT"))

        assert answer.status_code == 200, name
        assert await states(either_world) == {"quarantined": number, "applied": number}, name
        assert (await either_world.lead(lead.id)).status is LeadStatus.EMAIL_SENT, name


ODD = {
    "an endless message id": {"message_id": "m" * 5_000},
    "half a character": {"subject": "\ud800 half a character"},
    "a zero": {"subject": "zero \0 inside"},
    "an endless label": {"label": "<!channel>" * 500},
    "names nobody can store": {"\ud800": 1, "a\0b": 2},
    "other kinds than meant": {"sentiment": 7, "label": [], "subject": {}, "message_id": None},
    "before 1970": {"replied_date": -1},
    "beyond the calendar": {"replied_date": 10**17},
    "a time in words": {"replied_date": "yesterday"},
    "another workspace's campaign": {"campaign_id": "of another workspace"},
    "3,000 fields": {f"field {number}": "x" * 100 for number in range(3_000)},
}


async def test_an_odd_reply_is_still_a_reply(either_world):
    for number, (name, odd) in enumerate(ODD.items()):
        lead = await either_world.has_lead(f"Co {number}")

        answer = await deliver(either_world, told(lead, "FIRST_EMAIL_REPLIES", **odd))

        assert answer.status_code == 200, name
        assert (await either_world.lead(lead.id)).status is LeadStatus.REPLIED, name
        assert (await either_world.api.get(f"/api/leads/{lead.id}")).status_code == 200, name


async def test_an_event_about_nobody_is_kept_and_does_nothing(either_world):
    nobody = [None, "", 7, "nobody@nowhere.example.com", "x" * 5_000 + "@acme.com", "\ud800@a.com"]

    for address in nobody:
        answer = await deliver(either_world, {"webhook_event": "EMAIL_SENT", "lead_email": address})

        assert answer.status_code == 200, address
    assert await states(either_world) == {"applied": len(nobody)}


async def test_one_event_that_cannot_be_applied_waits_and_is_set_aside_alone(world):
    poisoned, fine = await world.has_lead("Poisoned"), await world.has_lead("Fine")
    trigger = (
        f"CREATE TRIGGER poison BEFORE UPDATE OF status ON leads WHEN old.id = '{poisoned.id}' "
        "BEGIN SELECT raise(ABORT, 'poison'); END"
    )
    async with world.database._writing.begin() as connection:
        await connection.execute(text(trigger))
    for lead in (poisoned, fine):
        body = json.dumps(told(lead, "EMAIL_SENT")).encode()
        await world.house.services.webhooks.receive(world.workspace_id, body)

    await world.tick()
    first = await states(world)
    for _ in range(5):
        await world.tick(seconds=3_600)

    assert first == {"applied": 1, "waiting": 1}
    assert await states(world) == {"applied": 1, "quarantined": 1}
    assert (await world.lead(fine.id)).status is LeadStatus.EMAIL_SENT


@pytest.mark.parametrize("headers", [{}, {"signature": "0" * 64}], ids=["unsigned", "signed"])
async def test_fifty_megabytes_are_refused(world, headers):
    async def stream():
        for _ in range(50):
            yield b"x" * 1_048_576

    whole = await _refused(world, b"x" * 50 * 1_048_576, headers)
    in_pieces = await _refused(world, stream(), headers)

    assert (whole, in_pieces) == (413, 413)
    assert await states(world) == {}
    assert (await world.api.get("/healthz")).status_code == 200


async def _refused(world, content, headers):
    """The status, or 413 where the door was shut before all of it was sent."""
    try:
        return (await world.api.post(DOOR, content=content, headers=headers)).status_code
    except (httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
        return 413


async def test_a_workspaces_events_stay_its_own(sqlite_url):
    async with built(sqlite_url) as world:
        other = str(uuid4())
        async with world.database._writing.begin() as connection:
            values = {"id": other, "team_id": "T0OTHER", "name": "Other", "timezone": "UTC"}
            await connection.execute(text("INSERT INTO workspaces VALUES (:id, :team_id, :name, :timezone)"), values)
        lead = await world.has_lead("Acme")

        await deliver(world, told(lead, "EMAIL_SENT"))

        async with world.database.read(other) as uow:
            assert await uow.events.log() == []
