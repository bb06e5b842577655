"""Replies to our own mails: heard once by whatever door, matched by the surest clue, and what follows from them."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import httpx
from sqlalchemy import select
from starlette.applications import Starlette

from bot.outreach.events import EventKind
from bot.outreach.inbound import InboundMail
from bot.outreach.leads import LeadStatus
from bot.outreach.mail_facts import Engagement
from bot.outreach.mails import MailState
from bot.outreach.matching import Aside
from bot.outreach.reply_reading import ReplyClass
from bot.outreach.sequences import REPLIED, RunState
from bot.outreach.unibox import AUTOMATIC, Direction, Via
from bot.sandbox.sendgrid.inbound import AWAY, AWAY_HEADERS
from handlers.webhooks.sendgrid_inbound import sendgrid_inbound
from storage.inbox import InboxState, inbox
from tests.services.test_direct_mails import ANA, TYPED, a_site, dispatched, mail_of, queued, told
from tests.services.test_sequence_runs import a_sequence, run_of, started

PARSE = "parse.sunny.test"


async def sent_to(world, email="quiet@acme.example.com", **site):
    """A lead, the mail they got, and what we know of it."""
    lead = await world.has_lead("Acme", email=email)
    mail = await queued(world, lead, await a_site(world, **({"reply_domain": PARSE} | site)))
    await dispatched(world)
    await told(world)
    return lead, mail, world.demo.sendgrid.mails[-1]


async def heard(world):
    """Everything that came is applied; the door may be at it."""
    waiting = select(inbox.c.id).where(inbox.c.state == InboxState.WAITING)
    async with asyncio.timeout(20):
        while True:
            await world.house.services.mail_replies.apply_due(world.workspace_id)
            async with world.database.read(world.workspace_id) as uow:
                if not await uow.inbox._tenant.values(waiting):
                    return
            await asyncio.sleep(0.01)


async def conversations_of(world, lead):
    """Every conversation with the lead, newest first, each with its messages."""
    async with world.database.read(world.workspace_id) as uow:
        return [
            (thread, await uow.conversations.mails(thread.id)) for thread in await uow.conversations.of_leads([lead.id])
        ]


async def kinds_of(world, lead):
    async with world.database.read(world.workspace_id) as uow:
        return [event.kind for event in await uow.events.of_lead(lead.id, limit=50)]


async def set_aside(world):
    async with world.database.read(world.workspace_id) as uow:
        return await uow.inbox.set_aside("sendgrid_inbound")


async def test_a_reply_stands_under_our_mail_and_moves_mail_and_lead_once(either_world):
    world = either_world
    lead, mail, there = await sent_to(world)
    assert there.reply_to.endswith(f"@{PARSE}")
    world.clock.move(hours=1)
    same = {"Message-ID": "<answer-1@acme.example.com>"}

    statuses = [await world.demo.sendgrid.reply(there, "Call me on Thursday.", headers=same) for _ in range(2)]
    await heard(world)
    world.clock.move(minutes=1)
    await world.demo.sendgrid.reply(there, "Call me on Thursday.", headers=same)
    await heard(world)

    assert statuses == [200, 200]
    ((thread, (ours, theirs)),) = await conversations_of(world, lead)
    assert (thread.via, thread.preview, thread.waiting_since is not None) == (Via.MAIL, "Call me on Thursday.", True)
    assert (ours.direction, ours.told.subject, ours.told.text) == (Direction.OUT, *TYPED)
    assert (theirs.direction, theirs.told.from_email, theirs.told.mailbox) == (
        Direction.IN,
        lead.email,
        "lena@sunny.test",
    )
    assert (await mail_of(world, mail)).engagement is Engagement.REPLIED
    assert (await world.lead(lead.id)).status is LeadStatus.REPLIED
    assert (await kinds_of(world, lead)).count(EventKind.REPLIED) == 1
    assert (await world.house.services.unibox.waiting(world.workspace_id, ANA))[0] == 1


async def test_a_reply_stops_the_sequence_and_an_automatic_one_does_not(either_world):
    world = either_world
    site = await a_site(world, reply_domain=PARSE)
    lead = await world.has_lead("Acme", email="quiet@acme.example.com")
    run = await started(world, lead, site, await a_sequence(world))
    await dispatched(world)
    (there,) = world.demo.sendgrid.mails
    world.clock.move(minutes=5)

    await world.demo.sendgrid.reply(there, AWAY, headers=AWAY_HEADERS)
    await heard(world)
    await world.house.services.brakes.act_due(world.workspace_id)
    away = await run_of(world, run), await world.lead(lead.id)
    ((thread, mails),) = await conversations_of(world, lead)
    world.clock.move(minutes=5)
    await world.demo.sendgrid.reply(there, "I am back. Tell me more.")
    await heard(world)

    assert (away[0].state, away[0].why, away[1].status) == (RunState.PAUSED, "out of office", LeadStatus.EMAIL_SENT)
    assert (thread.label, thread.waiting_since, thread.unread, len(mails)) == (AUTOMATIC, None, False, 2)
    ((thread, mails),) = await conversations_of(world, lead)
    assert (thread.label, thread.waiting_since is not None, len(mails)) == ("", True, 3)
    run = await run_of(world, run)
    assert (run.state, run.why) == (RunState.STOPPED, REPLIED)


async def test_a_machine_that_tells_it_arrived_pauses_nothing_and_corrected_it_answers_the_mail(either_world):
    world = either_world
    site = await a_site(world, reply_domain=PARSE)
    lead = await world.has_lead("Acme", email="quiet@acme.example.com")
    run = await started(world, lead, site, await a_sequence(world))
    await dispatched(world)
    (there,) = world.demo.sendgrid.mails
    world.clock.move(minutes=5)

    await world.demo.sendgrid.reply(there, "We have received your message.", headers={"Auto-Submitted": "auto-replied"})
    await heard(world)
    await world.house.services.brakes.act_due(world.workspace_id)
    arrived = await run_of(world, run), await world.lead(lead.id)
    async with world.database.read(world.workspace_id) as uow:
        reply = await uow.replies.newest_of(lead.id)
        (mail,) = (await uow.mails.of_runs([run.id]))[run.id]
    for _ in range(2):
        await world.house.services.readings.correct(world.workspace_id, ANA, reply.id, ReplyClass.INTERESTED)

    assert (arrived[0].state, arrived[1].status) == (RunState.ACTIVE, LeadStatus.EMAIL_SENT)
    assert (reply.reading.reply_class, mail.engagement) == (ReplyClass.ACKNOWLEDGED, Engagement.NONE)
    assert (await mail_of(world, mail)).engagement is Engagement.REPLIED
    assert (await run_of(world, run)).why == REPLIED
    assert (await world.lead(lead.id)).status is LeadStatus.REPLIED


async def test_a_colleague_who_answers_is_named_and_our_mail_known_by_what_they_quote(world):
    lead = await world.has_lead("Acme", email="quiet@acme.example.com")
    mail = await queued(world, lead, await a_site(world, reply_domain=PARSE))
    await dispatched(world)
    (there,) = world.demo.sendgrid.mails

    await world.demo.sendgrid.reply(there, "Talk to me.", headers={"From": "Max <max@acme.example.com>"})
    await heard(world)

    ((_, (_, theirs)),) = await conversations_of(world, lead)
    assert (theirs.told.from_email, theirs.told.lead_email) == ("max@acme.example.com", lead.email)
    assert (await mail_of(world, mail)).smtp_id == there.smtp_id


async def test_every_clue_leads_to_the_mail(world):
    lead, mail, there = await sent_to(world)
    right, max_ = there.reply_to, "max@other.example"
    tampered = f"{right[:20]}{'b' if right[20] != 'b' else 'c'}{right[21:]}"
    nothing = {"In-Reply-To": "<x@y>", "References": "<x@y>"}
    ways = {
        "by token": (right, {"From": max_, **nothing}),
        "by Message-ID": (tampered, {"From": max_, "In-Reply-To": "<x@y>"}),
        "by the vendor's id": ("a@b.example", {"From": max_, "References": f"<{there.message_id}@other>"}),
        "by sender": (tampered, {"From": lead.email.upper(), **nothing}),
    }

    for way, (to, headers) in ways.items():
        world.clock.move(minutes=1)
        await world.demo.sendgrid.reply(_to(there, to), way, headers={"To": to, **headers})
    await heard(world)

    ((_, mails),) = await conversations_of(world, lead)
    assert [each.told.text.strip() for each in mails[1:]] == list(ways)
    assert (await mail_of(world, mail)).engagement is Engagement.REPLIED
    assert await set_aside(world) == {}


def _to(there, address):
    """The same mail, which asked for answers elsewhere: the envelope follows it."""
    return replace(there, reply_to=address)


async def test_what_is_no_reply_is_kept_aside_with_its_reason(world):
    lead, _, there = await sent_to(world)
    elsewhere = _to(there, "hello@parse.sunny.test")
    unknown = {"From": "max@other.example", "In-Reply-To": "<x@y>", "References": "<x@y>"}

    await world.demo.sendgrid.reply(elsewhere, "Who are you?", headers=unknown)
    await world.demo.sendgrid.reply(there, "A copy of mine.", headers={"From": "lena@sunny.test"})
    await world.demo.sendgrid.reply(there, "Undelivered.", headers={"From": "MAILER-DAEMON@acme.example.com"})
    await world.api.post(world.demo.sendgrid.inbound_url, content=b"no form")
    await heard(world)

    assert await set_aside(world) == {why.value: 1 for why in Aside}
    assert await conversations_of(world, lead) == []
    findings = await world.house.services.doctor.findings(world.workspace_id)
    assert [each.said for each in findings if each.name == "Replies by email"] == ["2 set aside: nobody's"]


async def test_parts_in_their_own_charsets_are_read_as_the_whole_mail_is(world):
    lead, _, there = await sent_to(world)
    parts = {
        "headers": f"Message-ID: <p1@x>\nFrom: Jane <{lead.email}>\nIn-Reply-To: {there.smtp_id}\nSubject: Re: Hi",
        "envelope": f'{{"to":["{there.reply_to}"],"from":"{lead.email}"}}',
        "charsets": '{"text":"iso-8859-2"}',
        "attachment-info": '{"attachment1":{"filename":"brief.pdf"}}',
    }
    files = {name: (None, value.encode()) for name, value in parts.items()}
    files |= {"text": (None, "Zavolejte ve čtvrtek.".encode("iso-8859-2")), "attachment1": ("brief.pdf", b"%PDF")}

    answer = await world.api.post(world.demo.sendgrid.inbound_url, files=files)
    await heard(world)

    assert answer.json() == {"status": "ok", "new": True}
    ((_, (_, theirs)),) = await conversations_of(world, lead)
    assert theirs.told.text == "Zavolejte ve čtvrtek.\n\nAttached: brief.pdf"
    assert (theirs.told.subject, theirs.told.message_id) == ("Re: Hi", "p1@x")


async def test_a_mailbox_hands_in_the_same_mail_and_nothing_doubles(either_world):
    world = either_world
    lead, _, there = await sent_to(world)
    await world.demo.sendgrid.reply(there, "Yes.", headers={"Message-ID": "<one@acme.example.com>"})
    await heard(world)
    service, ours = world.house.services.mail_replies, (there.sender,)
    mails = [
        InboundMail(lead.email, ours, "Re: Hi", "Yes.", message_id="one@acme.example.com", sent_at=world.clock()),
        InboundMail(lead.email, ours, "Re: Hi", "And call me.", message_id="two@acme.example.com"),
        InboundMail(lead.email, ours, "Odd \udcff", "One\x00 more.", message_id="a\x00b", in_reply_to="\udcff\x00"),
        InboundMail("max\x00@other.example", ours, "Offer", "Buy now.", message_id="three@other.example"),
    ]

    assert [await service.take(world.workspace_id, mails) for _ in range(2)] == [2, 0]

    ((_, mails),) = await conversations_of(world, lead)
    assert [mail.told.text.replace("\ufffd", "") for mail in mails[1:]] == ["Yes.", "And call me.", "One more."]


async def test_a_reply_proves_a_mail_whose_answer_was_lost(world):
    lead, site = await world.has_lead("Acme", email="quiet@acme.example.com"), await a_site(world, reply_domain=PARSE)
    mail = await queued(world, lead, site)
    world.demo.sendgrid.faults.fail_next(drop_after_effect=True)
    await dispatched(world)
    assert (await mail_of(world, mail)).state is MailState.UNCLEAR

    await world.demo.sendgrid.reply(world.demo.sendgrid.mails[0], "Yes.")
    await heard(world)

    assert (await mail_of(world, mail)).state is MailState.ACCEPTED
    ((_, mails),) = await conversations_of(world, lead)
    assert [each.direction for each in mails] == [Direction.OUT, Direction.IN]


async def test_a_wrong_clock_makes_no_reply_old(world):
    lead, _, there = await sent_to(world)
    long_ago = (world.clock() - timedelta(days=400)).strftime("%a, %d %b %Y %H:%M:%S +0000")

    await world.demo.sendgrid.reply(there, "Yes.", headers={"Date": long_ago})
    await heard(world)

    ((thread, mails),) = await conversations_of(world, lead)
    assert [mail.direction for mail in mails] == [Direction.OUT, Direction.IN]
    assert world.clock() - thread.last_at < timedelta(minutes=1)


# The door


async def test_the_door_opens_with_its_token_alone(world):
    body = {"email": (None, b"From: a@b.example\r\n\r\nHi")}
    right, wrong = {"Authorization": "Bearer demo-inbound-token"}, {"Authorization": "Bearer demo-inbound-tokem"}
    tries = [
        ("", {}, 401),
        ("", right, 200),
        ("", wrong, 401),
        ("/demo-inbound-token", {}, 200),
        ("/demo-inbound-tokem", {}, 401),
        ("/d%C3%A9mo", right, 401),
    ]
    for path, headers, status in tries:
        answer = await world.api.post(f"/sendgrid/inbound{path}", files=body, headers={"Authorization": "", **headers})
        assert answer.status_code == status
        assert status == 200 or "SENDGRID_INBOUND_TOKEN" in answer.json()["message"]


async def test_without_its_setting_the_door_is_closed_and_says_which(world):
    closed = Starlette(routes=sendgrid_inbound(world.house, ""))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(closed), base_url="http://here") as client:
        answers = [await client.post(f"/sendgrid/inbound{path}", content=b"x") for path in ("", "/x")]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert "Set SENDGRID_INBOUND_TOKEN" in answers[0].json()["message"]
