"""The stand-in's API, against what SendGrid documents."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from bot.gateways.sendgrid import OutgoingMail, SendGrid
from bot.sandbox.sendgrid.api import api_router, mails_of
from bot.sandbox.sendgrid.validation import WrongType, problems_of
from bot.sandbox.sendgrid.world import SendGridWorld
from bot.sandbox.serving import serving

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def body(**others: Any) -> dict[str, Any]:
    return {
        "personalizations": [{"to": [{"email": "ana@acme.example", "name": "Ana"}]}],
        "from": {"email": "lena@sunnyaudits.example", "name": "Lena Brandt"},
        "subject": "Your website",
        "content": [{"type": "text/plain", "value": "Hello"}, {"type": "text/html", "value": "<p>Hello</p>"}],
    } | others


def to(*addresses: str, **others: Any) -> dict[str, Any]:
    return {"to": [{"email": address} for address in addresses], **others}


@pytest.fixture
async def world() -> AsyncIterator[SendGridWorld]:
    world = SendGridWorld(clock=lambda: NOW)
    yield world
    await world.aclose()


@pytest.fixture
async def url(world: SendGridWorld) -> AsyncIterator[str]:
    app = FastAPI()
    app.include_router(api_router(world), prefix="/vendors")
    async with serving(app) as url:
        yield f"{url}/vendors"


@pytest.fixture
async def api(world: SendGridWorld, url: str) -> AsyncIterator[httpx.AsyncClient]:
    key = {"Authorization": f"Bearer {world.api_key}"}
    async with httpx.AsyncClient(base_url=f"{url}/v3", headers=key, trust_env=False, timeout=20) as client:
        yield client


async def test_a_mail_is_queued_under_an_id_of_22_characters(world: SendGridWorld, api: httpx.AsyncClient) -> None:
    answer = await api.post("/mail/send", json=body(custom_args={"outreach_mail_id": "m1"}, headers={"X-A": "b"}))

    (mail,) = world.mails
    assert (answer.status_code, answer.content, len(answer.headers["x-message-id"])) == (202, b"", 22)
    assert mail.message_id == answer.headers["X-Message-Id"]
    assert mail.smtp_id == f"<{mail.message_id}@ismtpd-sandbox.sendgrid.net>"
    assert mail.sg_message_id.split(".", 1)[0] == mail.message_id
    assert (mail.sender, mail.to, mail.subject) == ("lena@sunnyaudits.example", "ana@acme.example", "Your website")
    assert (mail.text, mail.html, mail.at) == ("Hello", "<p>Hello</p>", NOW)
    assert (mail.custom_args, mail.headers) == ({"outreach_mail_id": "m1"}, {"X-A": "b"})


async def test_personalizations_share_an_id_and_override_what_is_common(
    world: SendGridWorld, api: httpx.AsyncClient
) -> None:
    first = to("a@acme.example", subject="Hers", headers={"X-A": "own"}, custom_args={"k": "own"})
    second = to("b@acme.example", cc=[{"email": "c@acme.example"}])
    common: dict[str, Any] = {"headers": {"X-A": "all", "X-B": "all"}, "custom_args": {"k": "all"}}

    await api.post(
        "/mail/send", json=body(personalizations=[first, second], reply_to={"email": "r@x.example"}, **common)
    )

    assert [mail.to for mail in world.mails] == ["a@acme.example", "b@acme.example", "c@acme.example"]
    assert [mail.subject for mail in world.mails] == ["Hers", "Your website", "Your website"]
    assert [dict(mail.headers)["X-A"] for mail in world.mails] == ["own", "all", "all"]
    assert [dict(mail.custom_args)["k"] for mail in world.mails] == ["own", "all", "all"]
    assert {mail.reply_to for mail in world.mails} == {"r@x.example"}
    assert len({mail.message_id for mail in world.mails}) == 1
    assert len({mail.id for mail in world.mails}) == 3


async def test_a_mail_that_is_only_checked_goes_nowhere(world: SendGridWorld, api: httpx.AsyncClient) -> None:
    sandboxed = {"sandbox_mode": {"enable": True}}

    good = await api.post("/mail/send", json=body(mail_settings=sandboxed))
    bad = await api.post("/mail/send", json=body(mail_settings=sandboxed, subject=""))

    assert (good.status_code, good.content, bad.status_code) == (200, b"", 400)
    assert world.mails == []
    assert await world.live() == 0


@pytest.mark.parametrize(
    ("others", "field", "message"),
    [
        ({"personalizations": []}, "personalizations", "The personalizations field is required"),
        ({"personalizations": [{"to": []}]}, "personalizations.0.to", "The to parameter is required"),
        (
            {"personalizations": [to("a@b.example"), to("no")]},
            "personalizations.1.to.0.email",
            "Does not contain a valid",
        ),
        ({"personalizations": [to("a@b")]}, "personalizations.0.to.0.email", "Does not contain a valid"),
        ({"personalizations": [to("a@b.example\n")]}, "personalizations.0.to.0.email", "Does not contain a valid"),
        (
            {"personalizations": [{"to": [{"email": "a@b.example", "name": "X; Y"}]}]},
            "personalizations.0.to.0.name",
            "",
        ),
        ({"personalizations": [to("a@b.example", "A@b.example")]}, "personalizations", "Each unique email address"),
        ({"personalizations": [to("a@b.example")] * 1001}, "personalizations", "You have provided 1001"),
        ({"personalizations": [to(*(f"a{n}@b.example" for n in range(1001)))]}, "personalizations", "1000 total recip"),
        ({"from": None}, "from.email", "The from object must be provided"),
        ({"from": {"email": "lena"}}, "from.email", "The from email does not contain a valid address."),
        ({"from": {"email": "lená@b.example"}}, "from.email", "The from email does not contain a valid address."),
        ({"reply_to": {"email": "a@b.example"}, "reply_to_list": [{"email": "c@b.example"}]}, "reply_to", ""),
        ({"reply_to_list": [{"email": "no"}]}, "reply_to.email", ""),
        ({"subject": ""}, "subject", "The subject is required."),
        ({"content": []}, "content", "Unless a valid template_id is provided"),
        ({"content": [{"type": "text/plain", "value": ""}]}, "content.0.value", "at least one character in length."),
        ({"content": [{"type": "text/html", "value": "a"}, {"type": "text/plain", "value": "b"}]}, "content", "1341"),
        ({"attachments": [{"content": "%", "filename": "a"}]}, "attachments.0.content", "must be base64 encoded."),
        ({"custom_args": {"lead": 1}}, "custom_args", "All values of custom arguments object must be strings"),
        ({"custom_args": {"lead": "x" * 10_000}}, "custom_args", "10000 bytes"),
        ({"headers": {"Reply-To": "a@b.example"}}, "headers.Reply-To", "Header cannot be one of the reserved keys."),
        ({"headers": {"X A": "b"}}, "headers.X A", "Header names"),
        ({"send_at": int(NOW.timestamp()) + 72 * 3600 + 60}, "send_at", "Scheduling more than 72 hours"),
        ({"send_at": "soon"}, "send_at", "integer"),
        (
            {"mail_settings": {"sandbox_mode": {"enable": "true"}}},
            "mail_settings.sandbox_mode.enable",
            "The sandbox mode enable param should be a boolean value.",
        ),
    ],
)
async def test_a_broken_rule_refuses_the_whole_request_and_names_the_field(
    world: SendGridWorld, api: httpx.AsyncClient, others: dict[str, Any], field: str, message: str
) -> None:
    answer = await api.post("/mail/send", json=body(**others))

    errors = {error["field"]: error for error in answer.json()["errors"]}
    assert answer.status_code == 400
    assert "x-message-id" not in answer.headers
    assert message in errors[field]["message"]
    assert set(errors[field]) == {"message", "field", "help"}
    assert world.mails == []


@pytest.mark.parametrize(
    "raw",
    [b"{", b"[]", b"null", b'"x"', b'{"personalizations": {}}', b'{"from": 1}', b"[" * 100_000, b"1" * 5000,
     json.dumps(body(subject=1)).encode(), json.dumps(body(headers={"X-A": 1})).encode(),
     json.dumps(body(subject="\ud800")).encode()],
)  # fmt: skip
async def test_what_is_no_mail_at_all_is_a_bare_bad_request(
    world: SendGridWorld, api: httpx.AsyncClient, raw: bytes
) -> None:
    answer = await api.post("/mail/send", content=raw, headers={"Content-Type": "application/json"})

    assert answer.status_code == 400
    assert answer.json() == {"errors": [{"message": "Bad Request", "field": None, "help": None}]}
    assert world.mails == []


@pytest.mark.parametrize(
    ("content", "content_type", "message"),
    [
        (b"{}", "text/plain", "Content-Type should be application/json"),
        (b'{"subject": "\xff"}', "application/json", "Invalid UTF8 in request"),
    ],
)
async def test_the_body_must_be_json_in_utf8(
    api: httpx.AsyncClient, content: bytes, content_type: str, message: str
) -> None:
    answer = await api.post("/mail/send", content=content, headers={"Content-Type": content_type})

    assert (answer.status_code, answer.json()["errors"][0]["message"]) == (415, message)


async def test_a_wrong_key_is_refused_everywhere(world: SendGridWorld, api: httpx.AsyncClient) -> None:
    wrong = {"Authorization": "Bearer SG.no"}

    answers = [await api.post("/mail/send", json=body(), headers=wrong), await api.get("/scopes", headers=wrong)]

    words = "The provided authorization grant is invalid, expired, or revoked"
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json() == {"errors": [{"message": words, "field": None, "help": None}]}
    assert world.mails == []


async def test_the_keys_scopes_are_told_and_asked_for(world: SendGridWorld, api: httpx.AsyncClient) -> None:
    told = (await api.get("/scopes")).json()
    world.scopes = ["alerts.read"]
    refused = await api.post("/mail/send", json=body())

    assert told == {"scopes": ["mail.send"]}
    assert (refused.status_code, refused.json()["errors"][0]["message"]) == (403, "access forbidden")


async def test_only_verified_domains_may_send(world: SendGridWorld, api: httpx.AsyncClient) -> None:
    world.verified_domains = {"other.example"}

    refused = await api.post("/mail/send", json=body())
    world.verified_domains.add("sunnyaudits.example")
    taken = await api.post("/mail/send", json=body())

    assert "does not match a verified Sender Identity" in refused.json()["errors"][0]["message"]
    assert (refused.status_code, taken.status_code, len(world.mails)) == (403, 202, 1)


async def test_a_mail_above_30_mb_is_refused_with_a_page(world: SendGridWorld, api: httpx.AsyncClient) -> None:
    raw = b'{"subject": "' + b"x" * (30 * 1024 * 1024) + b'"}'

    answer = await api.post("/mail/send", content=raw, headers={"Content-Type": "application/json"})

    assert answer.status_code == 413
    assert "<title>413 Request Entity Too Large</title>" in answer.text


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/mail/send", 405), ("GET", "/nothing", 404)])
async def test_other_ways_and_methods_are_not_known(
    api: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await api.request(method, path)

    assert answer.status_code == status
    assert answer.json()["errors"]


async def test_a_rate_limit_tells_when_it_ends(world: SendGridWorld, api: httpx.AsyncClient) -> None:
    world.faults.fail_next(status=429, reset_seconds=30)

    answer, next_answer = [await api.post("/mail/send", json=body()) for _ in range(2)]

    assert (answer.status_code, next_answer.status_code, len(world.mails)) == (429, 202, 1)
    assert answer.json()["errors"][0]["message"] == "too many requests"
    assert answer.headers["x-ratelimit-remaining"] == "0"
    assert answer.headers["x-ratelimit-reset"] == str(int(NOW.timestamp()) + 30)


@pytest.mark.parametrize(
    ("fault", "status", "kind", "mails"),
    [
        ({"status": 500}, 500, "application/json", 0),
        ({"status": 500, "effect": True}, 500, "application/json", 1),
        ({"status": 503}, 503, "text/html", 0),
        ({"status": 413}, 413, "text/html", 0),
        ({"status": 401, "message": "Maximum credits exceeded"}, 401, "application/json", 0),
    ],
)
async def test_faults_answer_instead(
    world: SendGridWorld, api: httpx.AsyncClient, fault: dict[str, Any], status: int, kind: str, mails: int
) -> None:
    world.faults.fail_next(**fault)

    answer = await api.post("/mail/send", json=body())

    assert (answer.status_code, len(world.mails)) == (status, mails)
    assert answer.headers["content-type"].startswith(kind)
    assert fault.get("message", "") in answer.text


async def test_a_dropped_connection_hides_that_the_mail_was_taken(world: SendGridWorld, api: httpx.AsyncClient) -> None:
    world.faults.fail_next(drop_after_effect=True)

    with pytest.raises(httpx.RemoteProtocolError):
        await api.post("/mail/send", json=body())

    assert len(world.mails) == 1


async def test_a_slow_answer_comes_after_the_mail_was_taken(world: SendGridWorld, api: httpx.AsyncClient) -> None:
    world.faults.fail_next(hang_seconds=60)

    with pytest.raises(httpx.ReadTimeout):
        await api.post("/mail/send", json=body(), timeout=httpx.Timeout(20, read=0.5))

    async with asyncio.timeout(20):
        while not world.mails:
            await asyncio.sleep(0.01)


async def test_while_it_is_down_everything_answers_503(world: SendGridWorld, api: httpx.AsyncClient) -> None:
    world.faults.down = True

    answers = [await api.post("/mail/send", json=body()), await api.get("/scopes")]

    assert [answer.status_code for answer in answers] == [503, 503]
    assert world.mails == []


async def test_our_gateway_is_understood(world: SendGridWorld, url: str) -> None:
    mail = OutgoingMail(
        "m1",
        "lena@sunnyaudits.example",
        "Lena",
        "ana@acme.example",
        "Ana, Ltd; X",
        "Hi",
        "Text",
        "<p>H</p>",
        {"X-A": "b"},
    )
    gateway = SendGrid(url, world.api_key)
    try:
        problem, message_id = await gateway.check_key(), await gateway.send(mail)
    finally:
        await gateway.aclose()

    (taken,) = world.mails
    assert (problem, taken.message_id) == ("", message_id)
    assert taken.custom_args == {"outreach_mail_id": "m1"}


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "personalizations": st.lists(
                st.fixed_dictionaries({}, optional={"to": JSON, "subject": JSON, "from": JSON})
            ),
            "from": JSON | st.just({"email": "a@b.example"}),
            "content": JSON | st.just([{"type": "text/plain", "value": "a"}]),
            **dict.fromkeys(("subject", "reply_to", "reply_to_list", "headers", "custom_args", "template_id"), JSON),
            **dict.fromkeys(("mail_settings", "tracking_settings", "attachments", "send_at"), JSON),
        },
    )
)
def test_whatever_passes_the_checks_can_be_taken(others: dict[str, Any]) -> None:
    asked = body() | others
    try:
        problems = problems_of(asked, NOW)
    except WrongType:
        return

    if not problems:
        assert mails_of(asked, "x" * 22, SendGridWorld(clock=lambda: NOW))
