"""What the stand-in tells our doors: signed events as a mail's life goes on, and replies."""

import email.policy
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from bot.gateways.sendgrid_events import is_signed, load_key, parse_event, split_batch
from bot.sandbox.sendgrid.life import life_of
from bot.sandbox.sendgrid.mails import ActKind, SentMail
from bot.sandbox.sendgrid.signing import pack
from bot.sandbox.sendgrid.world import SendGridWorld
from bot.sandbox.serving import serving

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MAIL = SentMail(
    id="m-0",
    at=NOW,
    sender="lena@sunnyaudits.example",
    sender_name="Lena Brandt",
    to="ana@acme.example",
    to_name="Ana",
    subject="Your website",
    text="Hello Ana,\n\nsee https://audits.example/1.",
    html='<p>Hello</p><a href="https://audits.example/1?a=1&amp;b=2">See</a>',
    message_id="kA5kcHA8SVGtVh5S9rAUew",
    smtp_id="<kA5kcHA8SVGtVh5S9rAUew@ismtpd-sandbox.sendgrid.net>",
    sg_message_id="kA5kcHA8SVGtVh5S9rAUew.recvd-sandbox-1-0",
    custom_args={"outreach_mail_id": "ours-1", "type": "email"},
)


@dataclass
class Here:
    """Our doors and our clock. answers: the next statuses, then 200."""

    now: datetime = NOW
    answers: list[int] = field(default_factory=list)
    batches: list[tuple[bytes, httpx.Headers]] = field(default_factory=list)
    replies: list[tuple[dict[str, bytes], str]] = field(default_factory=list)
    one_clicks: list[tuple[str, bytes]] = field(default_factory=list)

    def clock(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for body, _ in self.batches for event in json.loads(body)]

    @property
    def names(self) -> list[str]:
        return [event["event"] for event in self.events]

    def app(self) -> FastAPI:
        app = FastAPI()

        async def webhook(request: Request) -> Response:
            self.batches.append((await request.body(), httpx.Headers(request.headers.raw)))
            return Response(status_code=self.answers.pop(0) if self.answers else 200)

        async def inbound(request: Request) -> Response:
            raw, kind = await request.body(), request.headers["content-type"]
            self.replies.append((_parts(raw), kind))
            return Response(status_code=self.answers.pop(0) if self.answers else 200)

        async def one_click(request: Request) -> Response:
            self.one_clicks.append((request.headers["content-type"], await request.body()))
            return Response(status_code=200)

        for path, door in (("/webhook", webhook), ("/inbound", inbound), ("/u/1", one_click)):
            app.add_api_route(path, door, methods=["POST"], response_model=None)
        return app


def _parts(raw: bytes) -> dict[str, bytes]:
    *parts, end = raw.split(b"--xYzZY")
    assert end == b"--\r\n"
    heads = [part.removesuffix(b"\r\n").partition(b"\r\n\r\n") for part in parts[1:]]
    return {head.split(b'"')[1].decode(): content for head, _, content in heads}


@pytest.fixture
def here() -> Here:
    return Here()


@pytest.fixture
async def url(here: Here) -> AsyncIterator[str]:
    async with serving(here.app()) as url:
        yield url


@pytest.fixture
async def world(here: Here, url: str) -> AsyncIterator[SendGridWorld]:
    world = SendGridWorld(clock=here.clock)
    world.webhook_url, world.inbound_url = f"{url}/webhook", f"{url}/inbound"
    yield world
    await world.aclose()


def mail_to(address: str, mail_id: str = "m-0", **others: Any) -> SentMail:
    return replace(MAIL, id=mail_id, to=address, events=[], acts=[], **others)


async def test_a_batch_is_signed_over_its_timestamp_and_its_raw_bytes(world: SendGridWorld, here: Here) -> None:
    status = await world.deliver([{"event": "a", "email": "ž"}, {"event": "b"}])

    ((body, headers),) = here.batches
    key = load_key(world.public_key)
    signature = headers["X-Twilio-Email-Event-Webhook-Signature"]
    timestamp = headers["X-Twilio-Email-Event-Webhook-Timestamp"]
    assert status == 200
    assert body == '[{"event":"a","email":"ž"},\r\n{"event":"b"}]\r\n'.encode()
    assert (headers["user-agent"], headers["content-type"]) == ("SendGrid Event API", "application/json")
    assert (len(world.public_key), timestamp) == (124, str(int(NOW.timestamp())))
    assert is_signed(key, body, signature=signature, timestamp=timestamp)
    assert not is_signed(key, body.strip(), signature=signature, timestamp=timestamp)


def test_sendgrids_own_bytes_are_packed_alike() -> None:
    vector = {
        "email": "hello@world.com", "event": "dropped", "reason": "Bounced Address",
        "sg_event_id": "ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",
        "sg_message_id": "LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0",
        "smtp-id": "<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>", "timestamp": 1600112492,
    }  # fmt: skip

    assert pack([vector]).endswith(b'ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]\r\n')
    assert pack([vector]).startswith(b'[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address",')


@pytest.mark.parametrize(
    ("event", "fields", "told"),
    [
        ("processed", {}, {"smtp-id": MAIL.smtp_id, "send_at": 0}),
        ("dropped", {}, {"smtp-id": MAIL.smtp_id, "reason": "Bounced Address"}),
        ("deferred", {"attempt": "3"}, {"attempt": "3", "domain": "acme.example"}),
        ("delivered", {}, {"response": "250 2.0.0 OK", "tls": 1}),
        ("bounce", {}, {"type": "bounce", "status": "5.1.1", "bounce_classification": "Invalid Address"}),
        ("bounce", {"type": "blocked"}, {"type": "blocked", "status": "5.2.2"}),
        ("open", {}, {"sg_content_type": "html"}),
        ("open", {"sg_machine_open": True}, {"sg_machine_open": True}),
        (
            "click",
            {"url": "https://a.example"},
            {"url": "https://a.example", "url_offset": {"index": 0, "type": "html"}},
        ),
        ("spamreport", {}, {}),
        ("unsubscribe", {}, {}),
        ("group_unsubscribe", {"asm_group_id": 7}, {"asm_group_id": 7}),
        ("never_heard_of", {"odd": [1]}, {"odd": [1]}),
    ],
)
async def test_every_kind_of_event_tells_its_own(
    world: SendGridWorld, here: Here, event: str, fields: dict[str, Any], told: dict[str, Any]
) -> None:
    mail = mail_to("ana@acme.example")

    made = await world.emit(mail, event, **fields)

    common = {
        "email": "ana@acme.example", "event": event, "timestamp": int(NOW.timestamp()),
        "sg_message_id": MAIL.sg_message_id, "outreach_mail_id": "ours-1",
    }  # fmt: skip
    assert here.events == [made] == mail.events
    assert (common | told).items() <= made.items()


async def test_our_reader_understands_the_events(world: SendGridWorld, here: Here) -> None:
    await world.emit(mail_to("ana@acme.example"), "bounce")

    (one,) = split_batch(here.batches[0][0]) or []
    read = parse_event(one)
    assert read is not None
    assert (read.event, read.mail_id, read.type) == ("bounce", "ours-1", "bounce")
    assert (read.message_id, read.smtp_id, read.at) == (MAIL.message_id, MAIL.smtp_id, NOW)


async def test_an_event_can_come_without_its_ids_and_the_account_has_events_too(
    world: SendGridWorld, here: Here
) -> None:
    await world.emit(mail_to("ana@acme.example"), "bounce", sg_message_id=None, outreach_mail_id=None)
    await world.emit(mail_to("ana@acme.example"), "account_status_change", type="ban")

    late_bounce, account = here.events
    assert {"sg_message_id", "outreach_mail_id"}.isdisjoint(late_bounce)
    assert set(account) == {"event", "type", "timestamp", "sg_event_id"}
    assert account["type"] == "ban"


async def test_a_batch_can_be_doubled_and_shuffled(world: SendGridWorld, here: Here) -> None:
    events = [{"event": str(number)} for number in range(20)]

    await world.deliver(events, duplicate=True, shuffle=True)

    assert sorted(here.names, key=int) == [str(number) for number in range(20) for _ in range(2)]
    assert here.names != [event["event"] for event in [*events, *events]]


@pytest.mark.parametrize(
    ("local", "events"),
    [
        ("bounce", ["processed", "bounce"]),
        ("blocked", ["processed", "bounce"]),
        ("deferred", ["processed", "deferred", "deferred", "delivered"]),
        ("drop", ["dropped"]),
        ("spam", ["processed", "delivered", "spamreport"]),
        ("unsub", ["processed", "delivered", "unsubscribe"]),
        ("open", ["processed", "delivered", "open"]),
        ("machine-open", ["processed", "delivered", "open"]),
        ("click", ["processed", "delivered", "open", "click"]),
        ("reply", ["processed", "delivered", "open"]),
        ("ooo", ["processed", "delivered"]),
        ("Reply+two", ["processed", "delivered", "open"]),
    ],
)
async def test_the_local_part_decides_what_happens(
    world: SendGridWorld, here: Here, local: str, events: list[str]
) -> None:
    mail = mail_to(f"{local}@acme.example")
    world.accept([mail])
    here.forward(3600)

    first, again = await world.live(), await world.live()

    assert (here.names, again) == (events, 0)
    assert first == len(events) + len(here.replies)
    assert len(here.replies) == (local.lower() in {"reply", "reply+two", "ooo"})
    assert len({event["sg_event_id"] for event in here.events}) == len(events)


async def test_the_named_differ_where_their_events_are_alike(world: SendGridWorld, here: Here) -> None:
    names = ("blocked", "machine-open", "click")
    world.accept([mail_to(f"{name}@acme.example", name) for name in names])
    here.forward(3600)

    await world.live()

    last = {name: next(m for m in world.mails if m.id == name).events[-1] for name in names}
    assert last["blocked"]["type"] == "blocked"
    assert last["machine-open"]["sg_machine_open"] is True
    assert last["click"]["url"] == "https://audits.example/1?a=1&b=2"


async def test_things_happen_when_they_are_due_and_carry_that_time(world: SendGridWorld, here: Here) -> None:
    world.accept([mail_to("open@acme.example")])

    steps = []
    for seconds in (0, 1, 1, 28):
        here.forward(seconds)
        steps.append((await world.live(), here.names[-1]))

    assert steps == [(1, "processed"), (0, "processed"), (1, "delivered"), (1, "open")]
    assert [event["timestamp"] - int(NOW.timestamp()) for event in here.events] == [0, 2, 30]


async def test_a_mail_that_bounced_has_no_further_life(world: SendGridWorld, here: Here) -> None:
    mail = mail_to("click@acme.example")
    world.accept([mail])

    await world.emit(mail, "bounce")
    here.forward(3600)

    assert await world.live() == 0
    assert here.names == ["bounce"]


@pytest.mark.parametrize(
    ("event", "fields", "reason"),
    [
        ("bounce", {}, "Bounced Address"),
        ("spamreport", {}, "Spam Reporting Address"),
        ("unsubscribe", {}, "Unsubscribed Address"),
        ("bounce", {"type": "blocked"}, None),
    ],
)
async def test_later_mail_to_a_lost_address_is_taken_and_dropped(
    world: SendGridWorld, here: Here, event: str, fields: dict[str, Any], reason: str | None
) -> None:
    await world.emit(mail_to("ana@acme.example"), event, **fields)
    here.batches.clear()

    world.accept([mail_to("Ana@acme.example", "m-1")])
    await world.live()

    (heard,) = here.events
    assert heard["event"] == ("dropped" if reason else "processed")
    assert heard.get("reason") == reason


def test_everybody_elses_life_is_drawn_from_the_address() -> None:
    people = [f"p{number}@acme.example" for number in range(400)]
    lives = [life_of(person, seed=1) for person in people]
    count = len(lives)

    opened = [life for life in lives if any(step.what == "open" for step in life)]
    clicked = [life for life in lives if any(step.what == "click" for step in life)]

    assert lives == [life_of(person, seed=1) for person in people]
    assert lives != [life_of(person, seed=2) for person in people]
    assert all([step.what for step in life][:2] == ["processed", "delivered"] for life in lives)
    assert all(timedelta(seconds=1) <= life[1].after <= timedelta(seconds=5) for life in lives)
    assert all(list(life) == sorted(life, key=lambda step: step.after) for life in lives)
    assert count / 2 < len(opened) < count
    assert 0 < len(clicked) < len(opened)


async def test_a_refused_batch_comes_again_ever_later_for_a_day(world: SendGridWorld, here: Here) -> None:
    here.answers = [500] * 100
    await world.emit(mail_to("ana@acme.example"), "delivered")
    tries = []
    for _ in range(30 * 60):
        here.forward(60)
        before = len(here.batches)
        await world.live()
        tries += [here.now - NOW] if len(here.batches) > before else []

    waits = [later - earlier for earlier, later in zip([timedelta(0), *tries], tries, strict=False)]
    assert waits == sorted(waits)
    assert timedelta(minutes=1) == waits[0] < waits[-1]
    assert timedelta(hours=20) < tries[-1] <= timedelta(hours=24)
    assert len({body for body, _ in here.batches}) == 1


async def test_a_repeated_batch_is_signed_anew_and_stops_once_taken(world: SendGridWorld, here: Here) -> None:
    here.answers = [503]
    await world.emit(mail_to("ana@acme.example"), "delivered")
    here.forward(60)
    await world.live()
    here.forward(24 * 3600)
    await world.live()

    stamps = [headers["X-Twilio-Email-Event-Webhook-Timestamp"] for _, headers in here.batches]
    assert [int(stamp) - int(NOW.timestamp()) for stamp in stamps] == [0, 60]
    assert [delivery.status for delivery in world.deliveries] == [503, 200]


@pytest.mark.parametrize("webhook", ["", "http://127.0.0.1:9/"])
async def test_nothing_breaks_while_nobody_listens(world: SendGridWorld, here: Here, webhook: str) -> None:
    world.webhook_url = world.inbound_url = webhook
    mail = mail_to("reply@acme.example")
    world.accept([mail])
    here.forward(3600)

    assert await world.live() == 4
    assert await world.deliver([{"event": "a"}]) == 0
    assert [act.status for act in mail.acts] == [0]


async def test_a_reply_is_a_message_in_our_thread(world: SendGridWorld, here: Here) -> None:
    long_token = f"reply+{'a' * 58}@reply.sunnyaudits.example"
    mail = mail_to("ana@acme.example", reply_to=long_token)

    status = await world.reply(mail, "Žádný problém.\nAna")

    ((parts, kind),) = here.replies
    message = cast(EmailMessage, email.message_from_bytes(parts["email"], policy=email.policy.default))
    assert (status, kind) == (200, "multipart/form-data; boundary=xYzZY")
    assert json.loads(parts["envelope"]) == {"to": [long_token], "from": "ana@acme.example"}
    assert (message["From"], message["To"]) == ("Ana <ana@acme.example>", long_token)
    assert (message["Subject"], message["In-Reply-To"]) == ("Re: Your website", MAIL.smtp_id)
    assert message["Message-ID"].endswith("@acme.example>")
    assert message.get_content().split("\n")[0].strip() == "Žádný problém."
    assert [(act.kind, act.text) for act in mail.acts] == [(ActKind.REPLY, "Žádný problém.\nAna")]


async def test_without_a_reply_address_the_sender_is_answered(world: SendGridWorld, here: Here) -> None:
    await world.reply(mail_to("ana@acme.example"), "Hi", subject="Other\r\nBcc: x", headers={"Message-ID": "<same@a>"})

    message = email.message_from_bytes(here.replies[0][0]["email"], policy=email.policy.default)
    assert (message["To"], message["Subject"]) == ("lena@sunnyaudits.example", "Other Bcc: x")
    assert (message["Message-ID"], message["Bcc"]) == ("<same@a>", None)


async def test_answers_by_themselves_quote_us_or_say_that_a_program_wrote_them(
    world: SendGridWorld, here: Here
) -> None:
    world.accept([mail_to("reply@acme.example", "a"), mail_to("ooo@acme.example", "b")])
    here.forward(3600)
    await world.live()

    away, person = (email.message_from_bytes(p["email"], policy=email.policy.default) for p, _ in here.replies)
    assert (away["Auto-Submitted"], away["Subject"]) == ("auto-replied", "Automatic reply: Your website")
    assert person["Auto-Submitted"] is None
    assert "> Hello Ana," in person.get_content()
    assert "Lena Brandt <lena@sunnyaudits.example> wrote:" in person.get_content()


async def test_a_refused_reply_comes_again_unchanged(world: SendGridWorld, here: Here) -> None:
    here.answers = [500]
    await world.reply(mail_to("ana@acme.example"), "Hi")
    here.forward(60)
    await world.live()

    first, second = (parts for parts, _ in here.replies)
    assert first == second


async def test_a_mail_with_a_one_click_header_is_left_by_it(world: SendGridWorld, here: Here, url: str) -> None:
    headers = {
        "list-unsubscribe": f"<mailto:u@x.example>, <{url}/u/1>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    mail = mail_to("unsub@acme.example", headers=headers)
    world.accept([mail])
    here.forward(3600)
    await world.live()

    assert here.one_clicks == [("application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click")]
    assert here.names == ["processed", "delivered"]
    assert [(act.kind, act.status) for act in mail.acts] == [(ActKind.UNSUBSCRIBE, 200)]


async def test_a_page_hears_of_every_change(world: SendGridWorld) -> None:
    heard: list[int] = []
    world.changed = lambda: heard.append(1)
    mail = mail_to("ana@acme.example")

    world.accept([mail])
    await world.emit(mail, "open")
    await world.reply(mail, "Hi")

    assert len(heard) == 3
