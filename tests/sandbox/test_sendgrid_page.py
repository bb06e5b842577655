"""The prospects' inbox: what it shows, and its buttons."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from bot.sandbox.sendgrid.mails import SentMail, first_link, one_click_url
from bot.sandbox.sendgrid.page import page_router
from bot.sandbox.sendgrid.story import states_of
from bot.sandbox.sendgrid.world import SendGridWorld
from bot.sandbox.serving import serving

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
EVIL = "\"'></iframe></textarea><script>alert(1)</script>"
MAIL = SentMail(
    id="m-0",
    at=NOW,
    sender="lena@sunnyaudits.example",
    sender_name="Lena Brandt",
    to="ana@acme.example",
    subject="Your website",
    text="Hello",
    html='<p>Hello</p><a href="https://audits.example/1">See</a>',
    message_id="m",
    smtp_id="<m@ismtpd-sandbox.sendgrid.net>",
    sg_message_id="m.recvd-sandbox-1-0",
)


@dataclass
class Doors:
    """Our side, which takes everything."""

    replies: list[bytes] = field(default_factory=list)
    one_clicks: list[bytes] = field(default_factory=list)

    def add_to(self, app: FastAPI) -> None:
        async def inbound(request: Request) -> Response:
            self.replies.append(await request.body())
            return Response(status_code=200)

        async def one_click(request: Request) -> Response:
            self.one_clicks.append(await request.body())
            return Response(status_code=204)

        app.add_api_route("/inbound", inbound, methods=["POST"], response_model=None)
        app.add_api_route("/u/1", one_click, methods=["POST"], response_model=None)


@pytest.fixture
def doors() -> Doors:
    return Doors()


@pytest.fixture
async def world() -> AsyncIterator[SendGridWorld]:
    world = SendGridWorld(clock=lambda: NOW)
    yield world
    await world.aclose()


@pytest.fixture
async def browser(world: SendGridWorld, doors: Doors) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.include_router(page_router(world))
    doors.add_to(app)
    async with (
        serving(app) as url,
        httpx.AsyncClient(base_url=url, trust_env=False, follow_redirects=True, timeout=20) as client,
    ):
        world.inbound_url = f"{url}/inbound"
        yield client


def accepted(world: SendGridWorld, **others: Any) -> SentMail:
    mail = replace(MAIL, events=[], acts=[], **others)
    world.accept([mail])
    return mail


def one_click(url: str) -> dict[str, str]:
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


async def test_an_empty_inbox_says_how_it_is_filled(browser: httpx.AsyncClient) -> None:
    page = (await browser.get("/inbox")).text

    assert "No mail yet" in page
    assert "<table" not in page


async def test_the_newest_mail_stands_first(world: SendGridWorld, browser: httpx.AsyncClient) -> None:
    accepted(world, id="m-1", subject="The older")
    accepted(world, id="m-2", subject="The newer", at=NOW + timedelta(minutes=1))

    page = (await browser.get("/inbox")).text

    assert page.index("The newer") < page.index("The older")
    assert "2 mails" in page


async def test_many_mails_are_paged(world: SendGridWorld, browser: httpx.AsyncClient) -> None:
    for number in range(51):
        accepted(world, id=f"m-{number}", subject=f"Mail {number}.")

    first, second, beyond = [(await browser.get("/inbox", params={"page": page})).text for page in (1, 2, 10**9)]

    assert "Mail 50." in first and "Mail 0." not in first and "Older" in first
    assert "Mail 0." in second and "Newer" in second and "Older" not in second
    assert beyond == second


async def test_a_mail_is_shown_as_its_recipient_gets_it(world: SendGridWorld, browser: httpx.AsyncClient) -> None:
    mail = accepted(world, headers={"X-Kind": "first touch"}, reply_to="reply+1@sunnyaudits.example")
    await world.live()

    page = (await browser.get(f"/inbox/{mail.id}")).text

    frame = re.search(r"<iframe [^>]*>", page)
    assert frame is not None
    assert 'sandbox=""' in frame[0]
    assert "&lt;p&gt;Hello&lt;/p&gt;" in frame[0]
    for shown in ("Lena Brandt", "reply+1@sunnyaudits.example", "first touch", "processed", "<pre>Hello</pre>"):
        assert shown in page


async def test_nothing_in_a_mail_can_break_the_page(world: SendGridWorld, browser: httpx.AsyncClient) -> None:
    mail = accepted(
        world, subject=EVIL, html=EVIL, text=EVIL, sender_name=EVIL, to_name=EVIL, reply_to=EVIL, sender=EVIL,
        headers={EVIL: EVIL}, custom_args={EVIL: EVIL},
    )  # fmt: skip
    await world.emit(mail, "bounce", reason=EVIL)
    await world.reply(replace(mail, reply_to="", sender="lena@x.example"), EVIL)

    for path in ("/inbox", f"/inbox/{mail.id}"):
        page = (await browser.get(path)).text
        assert "<script" not in page
        assert "&lt;script" in page


@pytest.mark.parametrize(
    ("button", "event", "state"),
    [("open", "open", "opened"), ("click", "click", "clicked"), ("bounce", "bounce", "bounced"),
     ("complain", "spamreport", "complained")],
)  # fmt: skip
async def test_buttons_play_the_prospect(
    world: SendGridWorld, browser: httpx.AsyncClient, button: str, event: str, state: str
) -> None:
    mail = accepted(world)

    page = await browser.post(f"/inbox/{mail.id}/{button}")

    assert page.status_code == 200
    assert [each["event"] for each in mail.events] == [event]
    assert state in page.text
    assert event != "click" or mail.events[0]["url"] == "https://audits.example/1"


async def test_unsubscribe_does_what_a_mailbox_provider_does(
    world: SendGridWorld, doors: Doors, browser: httpx.AsyncClient
) -> None:
    mail = accepted(world, headers=one_click(f"{browser.base_url}/u/1"))

    page = (await browser.post(f"/inbox/{mail.id}/unsubscribe")).text

    assert doors.one_clicks == [b"List-Unsubscribe=One-Click"]
    assert "our address answered 204" in page
    assert mail.events == []


async def test_a_mail_without_link_or_way_out_has_no_such_button(
    world: SendGridWorld, browser: httpx.AsyncClient
) -> None:
    mail = accepted(world, html="<p>Hello</p>")

    page = (await browser.get(f"/inbox/{mail.id}")).text
    answers = [await browser.post(f"/inbox/{mail.id}/{act}") for act in ("click", "unsubscribe", "no-such")]

    assert page.count("<button disabled") == 2
    assert [answer.status_code for answer in answers] == [404] * 3
    assert mail.events == []


async def test_a_typed_reply_reaches_us_above_our_own_words(
    world: SendGridWorld, doors: Doors, browser: httpx.AsyncClient
) -> None:
    mail = accepted(world)

    page = (await browser.post(f"/inbox/{mail.id}/reply", data={"text": "Yes,\r\ncall me <now>."})).text

    (form,) = doors.replies
    sent = message_from_bytes(form.split(b'name="email"\r\n\r\n')[1].split(b"\r\n--xYzZY")[0])
    assert sent["In-Reply-To"] == mail.smtp_id
    assert str(sent.get_payload()).splitlines()[:2] == ["Yes,", "call me <now>."]
    assert "> Hello" in str(sent.get_payload())
    assert "call me &lt;now&gt;." in page and "replied" in page


async def test_an_empty_reply_is_none(world: SendGridWorld, doors: Doors, browser: httpx.AsyncClient) -> None:
    mail = accepted(world)

    await browser.post(f"/inbox/{mail.id}/reply", data={"text": "  "})
    await browser.post(f"/inbox/{mail.id}/reply")

    assert doors.replies == []


async def test_the_switch_turns_sendgrid_off_and_on(world: SendGridWorld, browser: httpx.AsyncClient) -> None:
    down, up = (await browser.post("/inbox/down")).text, (await browser.post("/inbox/down")).text

    assert "answers 503" in down
    assert "answers 503" not in up
    assert not world.faults.down


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("POST", "/open"), ("POST", "/reply")])
async def test_what_is_gone_is_not_found(browser: httpx.AsyncClient, method: str, path: str) -> None:
    assert (await browser.request(method, f"/inbox/none{path}")).status_code == 404


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Host": "rebound.example"}]
)
@pytest.mark.parametrize("button", ["open", "unsubscribe", "reply"])
async def test_another_site_cannot_press_the_buttons(
    world: SendGridWorld, doors: Doors, browser: httpx.AsyncClient, headers: dict[str, str], button: str
) -> None:
    mail = accepted(world, headers=one_click(f"{browser.base_url}/u/1"))

    answer = await browser.post(f"/inbox/{mail.id}/{button}", headers=headers, data={"text": "Hi"})

    assert answer.status_code == 403
    assert (mail.events, mail.acts, doors.replies, doors.one_clicks) == ([], [], [], [])


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([], ["accepted"]),
        (["delivered", "processed"], ["delivered"]),
        (["delivered", "open", "click", "open"], ["delivered", "opened", "clicked"]),
        (["delivered", "bounce"], ["bounced"]),
        (["dropped"], ["dropped"]),
        (["processed", "group_unsubscribe"], ["processed", "unsubscribed"]),
    ],
)
async def test_the_state_is_how_far_it_got_and_what_the_person_did(
    world: SendGridWorld, events: list[str], words: list[str]
) -> None:
    mail = accepted(world)
    for event in events:
        await world.emit(mail, event)

    assert [state.word for state in states_of(mail)] == words


@pytest.mark.parametrize(
    ("headers", "url"),
    [
        (one_click("https://u.example/1"), "https://u.example/1"),
        ({"list-unsubscribe": "<mailto:u@x>, <http://u.example/1>",
          "LIST-UNSUBSCRIBE-POST": "List-Unsubscribe=One-Click"}, "http://u.example/1"),
        ({"List-Unsubscribe": "<https://u.example/1>"}, ""),
        ({**one_click("mailto:u@x.example")}, ""),
        ({**one_click("javascript:alert(1)")}, ""),
        ({}, ""),
    ],
)  # fmt: skip
def test_one_click_needs_both_headers_and_a_web_address(headers: dict[str, str], url: str) -> None:
    assert one_click_url(replace(MAIL, headers=headers)) == url


@pytest.mark.parametrize(
    ("html", "text", "link"),
    [
        ('<a href="mailto:x@y">m</a><a href="https://a.example/?a=1&amp;b=2">l</a>', "", "https://a.example/?a=1&b=2"),
        ('<a href="https://u.example/1">Unsubscribe</a><a href="https://b.example">b</a>', "", "https://b.example"),
        ("", "see https://c.example/x and https://d.example", "https://c.example/x"),
        ('<a href="javascript:alert(1)">x</a><img src="https://a.example/p.png">', "", ""),
    ],
)
def test_the_first_link_is_one_a_reader_would_follow(html: str, text: str, link: str) -> None:
    assert first_link(replace(MAIL, html=html, text=text, headers=one_click("https://u.example/1"))) == link
