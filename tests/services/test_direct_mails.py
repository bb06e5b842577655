"""Direct sending from the click to the outcome: undo, limits, lost answers, events, suppression."""

import asyncio
import random
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import delete, select, update

from bot.outreach.access import Role, person
from bot.outreach.errors import Conflict, Invalid, Unavailable
from bot.outreach.leads import LeadStatus
from bot.outreach.limits import Limit, OverLimit
from bot.outreach.mail_facts import Delivery, Engagement
from bot.outreach.mails import EVIDENCE_FOR, SEND_LEASE, UNDO_FOR, MailState
from bot.outreach.reachability import AddressFact
from bot.outreach.sites import Site
from bot.services.dispatching import DispatchService
from bot.services.queueing import TypedMail
from storage.addresses import addresses
from storage.ids import new_id
from storage.inbox import InboxState, inbox
from storage.lead_tables import leads
from storage.mail_facts import mail_facts
from storage.mail_tables import mails
from tests.storage.given_mails import a_mail

ANA = person("U0ANANOVAK", "Ana", Role.OWNER)
NO_CREDITS = "Recipient List over Package Quota"
TYPED = ("Three findings on your site", "Hello Jane,\n\nwe looked at https://acme.example.com.\n\nLena")


async def a_site(world, **values):
    given = {"name": "Sunny", "from_email": "lena@sunny.test", "from_name": "Lena", "address": "1 Sunny St"}
    site = Site("", **(given | {"timezone": "UTC"} | values))
    return await world.house.services.sites.save(world.workspace_id, ANA, site)


async def queued(world, lead, site, key="k1", **how):
    typed = TypedMail(site.id, *TYPED)
    return await world.house.services.mails.send(world.workspace_id, ANA, lead.id, typed, key, **how)


async def dispatched(world, **by):
    """Time passes, then the clock sends what is due."""
    world.clock.move(**(by or {"seconds": UNDO_FOR.total_seconds()}))
    return await world.house.services.dispatch.send_due(world.workspace_id)


async def told(world):
    """What SendGrid has to tell by now, applied."""
    await world.demo.sendgrid.live()
    async with asyncio.timeout(20):
        while await _waiting(world):
            await world.house.services.mail_events.apply_due(world.workspace_id)
            await asyncio.sleep(0.01)  # the door may be at it


async def _waiting(world):
    async with world.database.read(world.workspace_id) as uow:
        return await uow.inbox._tenant.values(select(inbox.c.id).where(inbox.c.state == InboxState.WAITING))


async def mail_of(world, mail):
    return await world.house.services.mails.get(world.workspace_id, ANA, mail.id)


async def test_a_mail_leaves_after_the_time_to_undo_and_can_be_unsubscribed_from(either_world):
    world = either_world
    lead, site = await world.has_lead("Acme"), await a_site(world)

    mail = await queued(world, lead, site)
    assert await queued(world, lead, site) == mail
    assert (await dispatched(world, seconds=30), world.demo.sendgrid.mails) == (0, [])
    assert await dispatched(world, seconds=30) == 1

    (sent,) = world.demo.sendgrid.mails
    assert (sent.to, sent.sender, sent.subject) == ("jane@acme.example.com", "lena@sunny.test", TYPED[0])
    assert sent.custom_args == {"outreach_mail_id": mail.id}
    assert sent.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = sent.headers["List-Unsubscribe"].strip("<>")
    assert link in sent.text and link in sent.html and "1 Sunny St" in sent.text
    found = await mail_of(world, mail)
    assert (found.state, found.message_id) == (MailState.ACCEPTED, sent.message_id)
    assert (await world.lead(lead.id)).status is LeadStatus.EMAIL_SENT
    assert (await dispatched(world, hours=1), len(world.demo.sendgrid.mails)) == (0, 1)


async def test_undo_takes_it_back_once_and_not_when_it_has_left(world):
    lead, site = await world.has_lead("Acme"), await a_site(world)
    first, service = await queued(world, lead, site), world.house.services.mails

    taken = [await service.undo(world.workspace_id, ANA, first.id) for _ in range(2)]
    assert [mail.state for mail in taken] == [MailState.CANCELLED] * 2
    assert await dispatched(world) == 0

    second = await queued(world, lead, site, "k2")
    await dispatched(world)
    with pytest.raises(Conflict, match="on its way"):
        await service.undo(world.workspace_id, ANA, second.id)


async def test_a_prospect_rests_for_a_day_and_the_next_mail_takes_the_first_free_moment(world):
    lead, site = await world.has_lead("Acme"), await a_site(world)
    await queued(world, lead, site)
    await dispatched(world)
    sent_at = (await world.house.services.mails.offer(world.workspace_id, ANA, lead.id)).last_sent

    with pytest.raises(OverLimit) as refused:
        await queued(world, lead, site, "k2")
    assert (refused.value.scope, refused.value.resets_at) == ("prospect", sent_at + timedelta(hours=24))

    later = await queued(world, lead, site, "k2", queue=True)
    assert (later.due_at, later.waits_for) == (sent_at + timedelta(hours=24), Limit.COOLDOWN)
    assert await dispatched(world, hours=23, minutes=59) == 0
    assert await dispatched(world, minutes=1) == 1


async def test_a_sites_day_is_full_with_what_waits(world):
    site = await a_site(world, daily_cap=2)
    leads = [await world.has_lead(name) for name in ("Acme", "Bolt", "Core")]
    for number, lead in enumerate(leads[:2]):
        await queued(world, lead, site, f"k{number}")

    with pytest.raises(OverLimit) as refused:
        await queued(world, leads[2], site, "k2")
    (budget,) = await world.house.services.sites.budgets(world.workspace_id, ANA)

    assert (refused.value.used, refused.value.limit, refused.value.scope) == (2, 2, "site")
    assert (budget.used, budget.held, budget.left) == (0, 2, 0)
    assert (await queued(world, leads[2], site, "k2", queue=True)).due_at == budget.resets_at


async def test_twenty_at_once_against_the_last_slot_send_one(either_world):
    world = either_world
    site = await a_site(world, daily_cap=1)
    leads = [await world.has_lead(f"Firm {number}") for number in range(20)]
    async with world.database.begin(world.workspace_id) as uow:
        for lead in leads:
            mail = a_mail(lead.id, site.id, to_email=lead.email, due_at=world.clock(), created_at=world.clock())
            await uow.mails.add(mail, mail.id, lead.email)
    mailer = world.house.services.dispatch._mailer
    senders = [DispatchService(world.database, world.clock, mailer) for _ in range(20)]

    sent = await asyncio.gather(*(sender.send_due(world.workspace_id) for sender in senders))

    assert (sum(sent), len(world.demo.sendgrid.mails)) == (1, 1)
    (budget,) = await world.house.services.sites.budgets(world.workspace_id, ANA)
    assert (budget.used, budget.left) == (1, 0)


async def test_a_lost_answer_is_never_repeated_and_an_event_proves_it(either_world):
    world = either_world
    lead, site = await world.has_lead("Acme"), await a_site(world)
    mail = await queued(world, lead, site)
    world.demo.sendgrid.faults.fail_next(drop_after_effect=True)

    await dispatched(world)
    assert (await mail_of(world, mail)).state is MailState.UNCLEAR
    assert await dispatched(world, hours=1) == 0
    await told(world)

    found = await mail_of(world, mail)
    assert (found.state, found.problem, len(world.demo.sendgrid.mails)) == (MailState.ACCEPTED, "", 1)
    assert (await world.lead(lead.id)).status in {LeadStatus.EMAIL_SENT, LeadStatus.OPENED}


async def test_an_unclear_mail_is_a_persons_to_decide_once_events_had_their_time(world):
    lead, site = await world.has_lead("Acme"), await a_site(world)
    mail, service = await queued(world, lead, site), world.house.services.mails
    world.demo.sendgrid.faults.fail_next(status=502)
    await dispatched(world)

    with pytest.raises(Conflict, match="half an hour"):
        await service.send_again(world.workspace_id, ANA, mail.id)
    world.clock.move(seconds=EVIDENCE_FOR.total_seconds())
    again = [await service.send_again(world.workspace_id, ANA, mail.id) for _ in range(2)]
    await dispatched(world)

    assert again[0].id == again[1].id != mail.id
    assert (await mail_of(world, mail)).state is MailState.AGAIN
    assert [sent.custom_args["outreach_mail_id"] for sent in world.demo.sendgrid.mails] == [again[0].id]


async def test_a_mail_whose_sender_died_is_unclear(world):
    lead, site = await world.has_lead("Acme"), await a_site(world)
    mail = await queued(world, lead, site)
    async with world.database.begin(world.workspace_id) as uow:
        await uow.mails.begin([mail.id], world.clock(), SEND_LEASE)

    world.clock.move(seconds=SEND_LEASE.total_seconds())
    assert await world.house.services.dispatch.settle_lost(world.workspace_id) == 1

    assert (await mail_of(world, mail)).state is MailState.UNCLEAR
    done = await world.house.services.mails.it_was_sent(world.workspace_id, ANA, mail.id)
    assert done.state is MailState.ACCEPTED


async def test_a_refusal_that_comes_after_the_lease_still_tells(world):
    lead, site = await world.has_lead("Acme"), await a_site(world)
    mail = await queued(world, lead, site)
    world.demo.sendgrid.faults.fail_next(status=401, hang_seconds=0.5)
    sending = asyncio.create_task(dispatched(world))
    async with asyncio.timeout(20):
        while (await mail_of(world, mail)).state is MailState.HELD:
            await asyncio.sleep(0.01)

    world.clock.move(seconds=SEND_LEASE.total_seconds())
    await world.house.services.dispatch.settle_lost(world.workspace_id)
    await sending

    (budget,) = await world.house.services.sites.budgets(world.workspace_id, ANA)
    assert ((await mail_of(world, mail)).state, budget.used, budget.held) == (MailState.HELD, 0, 1)


async def test_a_refused_key_stops_every_site_and_gives_the_slot_back(world):
    lead, site = await world.has_lead("Acme"), await a_site(world)
    mail = await queued(world, lead, site)
    world.demo.sendgrid.faults.fail_next(status=401)

    await dispatched(world)

    found = await mail_of(world, mail)
    (budget,) = await world.house.services.sites.budgets(world.workspace_id, ANA)
    assert (found.state, budget.used, budget.held) == (MailState.HELD, 0, 1)
    assert "SENDGRID_API_KEY" in budget.site.stopped
    assert await dispatched(world, hours=1) == 0
    await world.house.services.sites.save(world.workspace_id, ANA, budget.site)
    assert await dispatched(world, hours=1) == 1


async def test_a_mail_sendgrid_refuses_says_so_and_frees_slot_and_rest(world):
    lead, site = await world.has_lead("Acme"), await a_site(world)
    mail = await queued(world, lead, site)
    world.demo.sendgrid.faults.fail_next(status=400, message="Does not contain a valid address.")

    await dispatched(world)

    (budget,) = await world.house.services.sites.budgets(world.workspace_id, ANA)
    assert (await mail_of(world, mail)).state is MailState.REFUSED
    assert budget.used == 0
    assert (await queued(world, lead, site, "k2")).waits_for is None


@pytest.mark.parametrize(
    ("local", "delivery", "engagement", "status", "fact"),
    [
        ("open", Delivery.DELIVERED, Engagement.OPENED, LeadStatus.OPENED, None),
        ("machine-open", Delivery.DELIVERED, Engagement.NONE, LeadStatus.EMAIL_SENT, None),
        ("click", Delivery.DELIVERED, Engagement.CLICKED, LeadStatus.OPENED, None),
        ("bounce", Delivery.BOUNCED, Engagement.NONE, LeadStatus.BOUNCED, AddressFact.BOUNCED),
        ("blocked", Delivery.BLOCKED, Engagement.NONE, LeadStatus.EMAIL_SENT, None),
        ("deferred", Delivery.DELIVERED, Engagement.NONE, LeadStatus.EMAIL_SENT, None),
        ("spam", Delivery.DELIVERED, Engagement.NONE, LeadStatus.EMAIL_SENT, AddressFact.COMPLAINED),
        ("unsub", Delivery.DELIVERED, Engagement.NONE, LeadStatus.EMAIL_SENT, AddressFact.UNSUBSCRIBED),
        ("drop", Delivery.DROPPED, Engagement.NONE, LeadStatus.BOUNCED, AddressFact.BOUNCED),
    ],
)
async def test_what_becomes_of_a_mail_is_followed(world, local, delivery, engagement, status, fact):
    address = f"{local}@acme.example.com"
    lead, site = await world.has_lead("Acme", email=address), await a_site(world)
    mail = await queued(world, lead, site)
    await dispatched(world)
    for _ in range(3):
        world.clock.move(minutes=5)
        await told(world)

    found = await mail_of(world, mail)
    async with world.database.read(world.workspace_id) as uow:
        standing = await uow.addresses.standing([address])
    assert (found.delivery, found.engagement) == (delivery, engagement)
    assert (await world.lead(lead.id)).status is status
    assert standing == ({address: fact} if fact else {})
    assert found.smtp_id.startswith("<")
    if fact:
        with pytest.raises(Invalid, match="Not reachable"):
            await queued(world, lead, site, "k2", queue=True)


async def test_any_order_and_repetition_of_events_ends_the_same(world):
    lead, site = await world.has_lead("Acme", email="quiet@acme.example.com"), await a_site(world)
    mail = await queued(world, lead, site)
    await dispatched(world)
    sent = world.demo.sendgrid.mails[0]
    ends = set()
    events = [
        {"event": "processed", "smtp-id": sent.smtp_id},
        {"event": "delivered"},
        {"event": "open", "useragent": "Firefox"},
        {"event": "click", "url": "https://a", "useragent": "Firefox"},
        {"event": "something new"},
        {"event": "bounce", "type": "bounce", "reason": "550 5.1.1"},
    ]
    now = int(world.clock().timestamp())
    made = [
        {
            **event,
            "email": sent.to,
            "timestamp": now - 100 + 20 * place,
            "sg_event_id": f"e{place}",
            "sg_message_id": sent.sg_message_id,
        }
        for place, event in enumerate(events)
    ]
    for seed in range(12):
        drawn = random.Random(seed)
        heard = [*made, *drawn.choices(made, k=4)]
        drawn.shuffle(heard)
        async with world.database.begin(world.workspace_id) as uow:
            await _forget(uow, mail)
        for start in range(0, len(heard), 3):
            await world.demo.sendgrid.deliver(heard[start : start + 3], duplicate=drawn.random() < 0.3)
            await told(world)
        found = await mail_of(world, mail)
        async with world.database.read(world.workspace_id) as uow:
            standing = await uow.addresses.standing([sent.to])
        ends.add(
            (found.delivery, found.engagement, found.smtp_id, (await world.lead(lead.id)).opens, *standing.items())
        )

    assert ends == {
        (Delivery.BOUNCED, Engagement.CLICKED, sent.smtp_id, 1, ("quiet@acme.example.com", AddressFact.BOUNCED))
    }


async def _forget(uow, mail):
    """As if nothing had been heard of the mail yet."""
    tenant = uow.mails._tenant
    for table in (mail_facts, inbox, addresses):
        await tenant.change(delete(table))
    blank = {"delivery": Delivery.NONE, "engagement": Engagement.NONE, "machine_opens": 0, "smtp_id": ""}
    await tenant.change(update(mails).where(mails.c.id == mail.id).values(**blank))
    await tenant.change(update(leads).values(opens=0))


async def test_nothing_is_sent_after_a_stop_was_recorded(world):
    lead, site = await world.has_lead("Acme", email="quiet@acme.example.com"), await a_site(world)
    await queued(world, lead, site)
    await dispatched(world)
    later = await queued(world, lead, site, "k2", queue=True)
    await world.demo.sendgrid.emit(world.demo.sendgrid.mails[0], "spamreport")
    await told(world)

    assert (await mail_of(world, later)).state is MailState.REFUSED
    assert await dispatched(world, hours=30) == 0


async def test_an_account_that_is_closed_stops_every_site(world):
    lead, site = await world.has_lead("Acme"), await a_site(world)
    await queued(world, lead, site)
    await dispatched(world)
    await world.demo.sendgrid.emit(world.demo.sendgrid.mails[0], "account_status_change")
    await told(world)

    (budget,) = await world.house.services.sites.budgets(world.workspace_id, ANA)
    assert "compliance_suspend" in budget.site.stopped


async def test_used_up_credits_stop_every_site_and_a_fault_of_one_mail_none(world):
    lead, site = await world.has_lead("Acme"), await a_site(world)
    for key, reason in (("k1", "Spam Content (if Spam Checker app is enabled)"), ("k2", NO_CREDITS)):
        (budget,) = await world.house.services.sites.budgets(world.workspace_id, ANA)
        assert budget.site.stopped == ""
        await queued(world, lead, site, key, queue=True)
        assert await dispatched(world, hours=25) == 1
        await world.demo.sendgrid.emit(world.demo.sendgrid.mails[-1], "dropped", reason=reason)
        await told(world)

    (budget,) = await world.house.services.sites.budgets(world.workspace_id, ANA)
    assert "credits are used up" in budget.site.stopped


async def test_without_a_site_or_a_key_the_offer_says_what_to_do(world):
    lead, service = await world.has_lead("Acme"), world.house.services.mails
    assert "/outreach sites" in (await service.offer(world.workspace_id, ANA, lead.id)).obstacle

    service.connected = False
    with pytest.raises(Unavailable, match="SENDGRID_API_KEY"):
        await queued(world, lead, replace(await a_site(world), id=new_id()))


# The doors


async def unsubscribe_link(world, email="quiet@acme.example.com"):
    lead, site = await world.has_lead("Acme", email=email), await a_site(world)
    await queued(world, lead, site)
    await dispatched(world)
    return world.demo.sendgrid.mails[0].headers["List-Unsubscribe"].strip("<>"), lead, site


async def test_looking_at_the_link_changes_nothing_and_posting_unsubscribes(world):
    link, lead, site = await unsubscribe_link(world)
    async with httpx.AsyncClient(trust_env=False) as browser:
        seen = [await browser.get(link) for _ in range(2)]
        held = await queued(world, lead, site, "k2", queue=True)
        done = [await browser.post(link, data={"List-Unsubscribe": "One-Click"}) for _ in range(2)]
        after = await browser.get(link)

    assert [answer.status_code for answer in (*seen, *done, after)] == [200] * 5
    assert "<button>Unsubscribe</button>" in seen[1].text and "quiet@" not in seen[1].text
    assert "You are unsubscribed" in done[0].text == after.text
    async with world.database.read(world.workspace_id) as uow:
        (record,) = await uow.addresses.history("quiet@acme.example.com")
    assert (record.fact, record.source) == (AddressFact.UNSUBSCRIBED, "one-click unsubscribe")
    assert (await mail_of(world, held)).state is MailState.REFUSED


async def test_a_tampered_token_unsubscribes_nobody(world):
    link, *_ = await unsubscribe_link(world)
    base, _, token = link.rpartition("/")
    swapped = {f"{token[:at]}{'b' if token[at] != 'b' else 'c'}{token[at + 1 :]}" for at in range(len(token))}
    async with httpx.AsyncClient(trust_env=False) as browser:
        for bad in [*sorted(swapped)[::7], token[:-1], f"{token}a", "x", "a" * 5_000]:
            answer = await browser.post(f"{base}/{bad}", data={"List-Unsubscribe": "One-Click"})
            assert "not one of ours" in answer.text

    async with world.database.read(world.workspace_id) as uow:
        assert await uow.addresses.history("quiet@acme.example.com") == []


@pytest.mark.parametrize("spoil", ["body", "signature", "timestamp", "no headers", "old"])
async def test_events_without_a_true_signature_are_refused(world, spoil):
    lead, site = await world.has_lead("Acme", email="quiet@acme.example.com"), await a_site(world)
    await queued(world, lead, site)
    await dispatched(world)
    sandbox = world.demo.sendgrid
    event = await sandbox.emit(sandbox.mails[0], "processed")
    body = sandbox.deliveries[-1].body
    headers = sandbox._signed(body, world.clock() - timedelta(days=2 if spoil == "old" else 0))
    signature, timestamp = (next(name for name in headers if name.endswith(end)) for end in ("Signature", "Timestamp"))
    if spoil == "body":
        body = body.replace(b"processed", b"delivered")
    elif spoil == "signature":
        headers[signature] = headers[signature][:-8] + "AAAAAAA="
    elif spoil == "timestamp":
        headers[timestamp] = str(int(headers[timestamp]) + 1)
    elif spoil == "no headers":
        headers = {}

    answer = await world.api.post("/sendgrid/webhook", content=body, headers=headers)

    assert (event["event"], answer.status_code) == ("processed", 403)
