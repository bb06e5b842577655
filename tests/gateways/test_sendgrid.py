"""Handing mails to SendGrid: what goes over the wire, what is tried again, and what a person is told."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response

from bot.gateways.http import Patience
from bot.gateways.sendgrid import OutgoingMail, SendGrid
from bot.outreach.errors import Conflict, Invalid, OutreachError, Unavailable
from bot.sandbox.plusvibe.faults import CutResponse
from bot.sandbox.serving import serving

KEY = "SG.secret-key.0123"
JANE = "jane.secret@acme.example"
MAIL = OutgoingMail(
    mail_id="mail-1",
    from_email="ann@ours.example",
    from_name="Ann Ours",
    to_email=JANE,
    to_name="Žofie Nováková",
    subject="Ahoj",
    text="Hello",
    html="<p>Hello</p>",
    headers={"List-Unsubscribe": "<https://u.example/u/1>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
)
PATIENT = Patience(attempts=3, first_wait=timedelta(milliseconds=5), longest_wait=timedelta(seconds=1))


def refusal(status: int, message: str, field: str | None = None) -> Response:
    error = {"message": message, "field": field, "help": None}
    return Response(json.dumps({"errors": [error]}), status, media_type="application/json")


def html(status: int) -> Response:
    return Response("<html><title>413 Request Entity Too Large</title></html>", status, media_type="text/html")


def taken(message_id: str = "kA5kcHA8SVGtVh5S9rAUew", status: int = 202) -> Response:
    return Response(status_code=status, headers={"X-Message-Id": message_id})


@dataclass
class Desk:
    """Answers what the test scripts, and 202 after that. A number is a wait in seconds before the answer."""

    answers: deque[Response | float] = field(default_factory=deque)
    calls: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)

    @property
    def mail(self) -> Any:
        return self.calls[-1][2]

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.api_route("/v3/{path:path}", methods=["GET", "POST"])
        async def take(request: Request, path: str) -> Response:
            body = await request.body()
            self.calls.append((f"{request.method} {path}", dict(request.headers), json.loads(body) if body else None))
            answer = self.answers.popleft() if self.answers else taken()
            if isinstance(answer, Response):
                return answer
            await asyncio.sleep(answer)
            return taken()

        return app


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def url(desk: Desk) -> AsyncIterator[str]:
    async with serving(desk.app()) as url:
        yield url


@pytest.fixture
async def sendgrid(url: str) -> AsyncIterator[SendGrid]:
    async with aclosing(SendGrid(url, KEY, patience=PATIENT)) as gateway:
        yield gateway


async def failure(sendgrid: SendGrid) -> OutreachError:
    with pytest.raises(OutreachError) as caught:
        await sendgrid.send(MAIL)
    return caught.value


async def test_a_mail_goes_out_as_one_call_for_one_person(desk: Desk, sendgrid: SendGrid) -> None:
    assert await sendgrid.send(MAIL) == "kA5kcHA8SVGtVh5S9rAUew"

    [(path, headers, body)] = desk.calls
    assert path == "POST mail/send"
    assert headers["authorization"] == f"Bearer {KEY}"
    assert headers["content-type"] == headers["accept"] == "application/json"
    assert body == {
        "personalizations": [{"to": [{"email": JANE, "name": "Žofie Nováková"}]}],
        "from": {"email": "ann@ours.example", "name": "Ann Ours"},
        "subject": "Ahoj",
        "content": [{"type": "text/plain", "value": "Hello"}, {"type": "text/html", "value": "<p>Hello</p>"}],
        "headers": dict(MAIL.headers),
        "custom_args": {"outreach_mail_id": "mail-1"},
        "tracking_settings": {
            "click_tracking": {"enable": True, "enable_text": False},
            "open_tracking": {"enable": True},
            "subscription_tracking": {"enable": False},
            "ganalytics": {"enable": False},
        },
    }


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        pytest.param("Novak, Jane; MBA", "Novak Jane MBA", id="separators"),
        pytest.param(" Jane\r\n Novak,", "Jane Novak", id="line breaks"),
        pytest.param(",;", None, id="nothing left"),
        pytest.param("", None, id="no name"),
    ],
)
async def test_a_name_carries_no_list_separators(desk: Desk, sendgrid: SendGrid, typed: str, sent: str | None) -> None:
    await sendgrid.send(replace(MAIL, to_name=typed))

    assert desk.mail["personalizations"][0]["to"][0].get("name") == sent


async def test_what_is_empty_is_left_out(desk: Desk, sendgrid: SendGrid) -> None:
    await sendgrid.send(replace(MAIL, html="", from_name="", headers={}))

    assert desk.mail["content"] == [{"type": "text/plain", "value": "Hello"}]
    assert desk.mail["from"] == {"email": "ann@ours.example"}
    assert not {"headers", "reply_to"} & set(desk.mail)


async def test_replies_may_go_elsewhere(desk: Desk, sendgrid: SendGrid) -> None:
    await sendgrid.send(replace(MAIL, reply_to="reply+t1@reply.example"))

    assert desk.mail["reply_to"] == {"email": "reply+t1@reply.example"}


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        pytest.param(taken(status=200), "kA5kcHA8SVGtVh5S9rAUew", id="200 of SendGrid's own sandbox mode"),
        pytest.param(Response(status_code=202), "", id="no id"),
        pytest.param(taken("m" * 201), "", id="an id that is none"),
    ],
)
async def test_a_mail_is_taken_with_or_without_an_id(
    desk: Desk, sendgrid: SendGrid, answer: Response, told: str
) -> None:
    desk.answers.append(answer)

    assert await sendgrid.send(MAIL) == told


RECIPIENT = "SendGrid does not take the recipient's address."
SENDER = "SendGrid does not take the sender's address."
MESSAGE = "SendGrid refused the message."


@pytest.mark.parametrize(
    ("answer", "words", "part"),
    [
        pytest.param(refusal(400, f"{JANE} is wrong", "personalizations.0.to.0.email"), RECIPIENT, "to_email", id="to"),
        pytest.param(refusal(400, "The to parameter", "personalizations.0.to"), RECIPIENT, "to_email", id="no to"),
        pytest.param(refusal(400, "The from email", "from.email"), SENDER, "from_email", id="from"),
        pytest.param(refusal(400, "The from object", "from"), SENDER, "from_email", id="no from"),
        pytest.param(refusal(400, "The subject", "subject"), MESSAGE, None, id="subject"),
        pytest.param(refusal(400, "reserved", "headers.to"), MESSAGE, None, id="a header called to"),
        pytest.param(refusal(400, "Bad Request"), MESSAGE, None, id="no field"),
        pytest.param(Response('{"errors":[]}', 400), MESSAGE, None, id="no error"),
        pytest.param(Response('{"errors":{"a":1}}', 400), MESSAGE, None, id="errors as an object"),
        pytest.param(Response('{"errors":["to"]}', 400), MESSAGE, None, id="errors as texts"),
        pytest.param(Response('{"errors":[{"field":["to"],"message":7}]}', 400), MESSAGE, None, id="wrong types"),
        pytest.param(Response('["to"]', 400), MESSAGE, None, id="an array"),
        pytest.param(Response("[" * 100_000, 400), MESSAGE, None, id="too deep"),
        pytest.param(Response(b"\xff\xfe\x00", 400), MESSAGE, None, id="no text"),
        pytest.param(Response(status_code=400), MESSAGE, None, id="nothing"),
        pytest.param(html(413), MESSAGE, None, id="too large, a proxy's page"),
        pytest.param(refusal(415, "Invalid UTF8 in request"), MESSAGE, None, id="no UTF-8"),
    ],
)
async def test_a_mail_never_to_be_taken_is_invalid(
    desk: Desk, sendgrid: SendGrid, answer: Response, words: str, part: str | None
) -> None:
    desk.answers.append(answer)

    error = await failure(sendgrid)

    assert isinstance(error, Invalid) and error.field == part
    assert str(error) == words
    assert len(desk.calls) == 1


IDENTITY = "The from address does not match a verified Sender Identity. Mail cannot be sent until …"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(
            refusal(401, "The provided authorization grant is invalid, expired, or revoked"),
            "SENDGRID_API_KEY",
            id="401, a bad key",
        ),
        pytest.param(refusal(401, "Maximum credits exceeded"), "credits are used up", id="401, used up"),
        pytest.param(refusal(403, IDENTITY, "from"), "Verify the sender's address", id="403, the sender"),
        pytest.param(refusal(403, IDENTITY), "Verify the sender's address", id="403, the sender, no field"),
        pytest.param(refusal(403, "Other words", "from.email"), "Verify the sender's address", id="403, other words"),
        pytest.param(refusal(403, "access forbidden"), "SENDGRID_API_KEY", id="403, the scope"),
        pytest.param(html(403), "SENDGRID_API_KEY", id="403, a proxy's page"),
        pytest.param(html(401), "SENDGRID_API_KEY", id="401, a proxy's page"),
        pytest.param(html(402), "the payment", id="402"),
        pytest.param(refusal(404, "not found"), "SENDGRID_API_URL", id="404"),
        pytest.param(refusal(405, "POST method allowed only"), "SENDGRID_API_URL", id="405"),
    ],
)
async def test_what_no_waiting_mends_is_told_once(desk: Desk, sendgrid: SendGrid, answer: Response, words: str) -> None:
    desk.answers.append(answer)

    error = await failure(sendgrid)

    assert isinstance(error, Unavailable) and not error.transient and error.answered
    assert words in str(error)
    assert len(desk.calls) == 1


async def test_a_refusal_for_speed_is_tried_again(desk: Desk, sendgrid: SendGrid) -> None:
    desk.answers += [refusal(429, "too many requests"), refusal(429, "too many requests")]

    assert await sendgrid.send(MAIL)
    assert len(desk.calls) == 3


async def test_a_lasting_refusal_for_speed_had_no_effect(desk: Desk, sendgrid: SendGrid) -> None:
    desk.answers += [refusal(429, "too many requests")] * 9

    error = await failure(sendgrid)

    assert isinstance(error, Unavailable) and error.transient and error.answered
    assert len(desk.calls) == 3


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(refusal(500, "Internal"), id="500"),
        pytest.param(html(502), id="502"),
        pytest.param(html(503), id="503"),
        pytest.param(html(504), id="504"),
        pytest.param(CutResponse(), id="taken, then cut off"),
        pytest.param(Response(status_code=204), id="a success SendGrid does not promise"),
        pytest.param(Response(status_code=302, headers={"Location": "/login"}), id="led elsewhere"),
    ],
)
async def test_a_mail_whose_answer_is_lost_is_never_sent_twice(
    desk: Desk, sendgrid: SendGrid, answer: Response
) -> None:
    desk.answers.append(answer)

    error = await failure(sendgrid)

    assert isinstance(error, Unavailable) and not error.answered
    assert len(desk.calls) == 1


async def test_an_answer_too_late_is_a_lost_one(desk: Desk, url: str, hasty: Patience) -> None:
    desk.answers.append(20.0)
    async with aclosing(SendGrid(url, KEY, patience=hasty)) as sendgrid:
        error = await failure(sendgrid)

    assert isinstance(error, Unavailable) and error.transient and not error.answered
    assert len(desk.calls) <= 1


async def test_a_server_that_is_not_there_took_nothing() -> None:
    async with serving(FastAPI()) as url:
        pass
    async with aclosing(SendGrid(url, KEY, patience=PATIENT)) as sendgrid:
        error = await failure(sendgrid)

    assert isinstance(error, Unavailable) and error.transient and error.answered


async def test_the_last_look_stops_a_mail_before_every_try(desk: Desk, sendgrid: SendGrid) -> None:
    desk.answers.append(refusal(429, "too many requests"))
    looks = 0

    def last_look() -> None:
        nonlocal looks
        looks += 1
        if looks == 2:
            raise Conflict("They have unsubscribed.")

    with pytest.raises(Conflict):
        await sendgrid.send(MAIL, last_look)

    assert len(desk.calls) == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(Response('{"scopes":["mail.send","alerts.read"]}'), "", id="may send"),
        pytest.param(Response('{"scopes":["alerts.read"]}'), "Mail Send", id="may not send"),
        pytest.param(Response('{"scopes":[]}'), "SENDGRID_API_KEY", id="may do nothing"),
        pytest.param(refusal(401, "authorization required"), "SENDGRID_API_KEY", id="a bad key"),
        pytest.param(refusal(401, "Maximum credits exceeded"), "credits", id="used up"),
        pytest.param(refusal(403, "access forbidden"), "SENDGRID_API_KEY", id="a closed account"),
    ],
)
async def test_what_the_key_may_do(desk: Desk, sendgrid: SendGrid, answer: Response, words: str) -> None:
    desk.answers.append(answer)

    told = await sendgrid.check_key()

    assert words in told and bool(words) is bool(told)
    assert [path for path, *_ in desk.calls] == ["GET scopes"]


@pytest.mark.parametrize(
    "answer",
    [refusal(500, "Internal"), html(404), html(200), Response("[]"), Response('{"scopes":"mail.send"}'), CutResponse()],
    ids=["500", "404", "a page", "an array", "a text", "cut off"],
)
async def test_a_key_that_cannot_be_asked_about(desk: Desk, sendgrid: SendGrid, answer: Response) -> None:
    desk.answers += [answer] * 3

    with pytest.raises(Unavailable):
        await sendgrid.check_key()


async def test_asking_about_a_key_rides_out_a_passing_fault(desk: Desk, sendgrid: SendGrid) -> None:
    desk.answers += [html(503), Response('{"scopes":["mail.send"]}')]

    assert await sendgrid.check_key() == ""


def test_a_key_with_odd_characters_names_its_setting() -> None:
    with pytest.raises(Invalid, match="SENDGRID_API_KEY"):
        SendGrid("https://api.sendgrid.com", "SG.klíč")
