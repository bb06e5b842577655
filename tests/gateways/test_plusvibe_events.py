"""Webhook bodies: whose they are and what they say, down to the byte."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.gateways.plusvibe_events import PlusVibeEvent, parse_event, verify_signature

SECRET = "whsec-1"
BODY = '{"webhook_event":"EMAIL_SENT","subject":"Ahoj, Žofie"}'.encode()
GOOD = hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("headers", "holds"),
    [
        pytest.param({"signature": GOOD}, True, id="as delivered"),
        pytest.param({"Signature": GOOD}, True, id="capital name"),
        pytest.param({"signature": GOOD.upper()}, True, id="capital digits"),
        pytest.param({"signature": f"sha256={GOOD}"}, True, id="with its kind"),
        pytest.param({"signature": f" {GOOD} "}, True, id="blanks around"),
        pytest.param({"x-webhook-signature": GOOD}, True, id="x-webhook-signature"),
        pytest.param({"X-PlusVibe-Signature": GOOD}, True, id="x-plusvibe-signature"),
        pytest.param({"x-signature": GOOD}, True, id="x-signature"),
        pytest.param({"signature": "sig1=:abc:", "x-signature": GOOD}, True, id="a proxy's own signature before it"),
        pytest.param({"signature": GOOD[:-1]}, False, id="one digit short"),
        pytest.param({"signature": GOOD[:-1] + ("0" if GOOD[-1] != "0" else "1")}, False, id="one digit wrong"),
        pytest.param({"signature": ""}, False, id="empty"),
        pytest.param({"signature": "Žluťoučký"}, False, id="not even ASCII"),
        pytest.param({"authorization": GOOD}, False, id="another header"),
        pytest.param({}, False, id="unsigned"),
    ],
)
def test_a_signature_holds_or_not(headers: dict[str, str], holds: bool) -> None:
    assert verify_signature(SECRET, BODY, headers) is holds


@pytest.mark.parametrize("body", [BODY + b"\n", BODY[:-1], BODY.replace(b",", b", "), b""])
def test_a_signature_is_of_the_bytes_not_of_the_meaning(body: bytes) -> None:
    assert not verify_signature(SECRET, body, {"signature": GOOD})


def test_without_a_secret_nothing_is_verified() -> None:
    unkeyed = hmac.new(b"", BODY, hashlib.sha256).hexdigest()

    assert not verify_signature("", BODY, {"signature": unkeyed})


def event(**payload: Any) -> PlusVibeEvent:
    parsed = parse_event(json.dumps(payload).encode())
    assert parsed is not None
    return parsed


NINE = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("payload", "told"),
    [
        pytest.param(
            {"webhook_event": "ALL_EMAIL_REPLIES", "camp_id": "c1", "email": "jane@acme.example",
             "from_email": "colleague@acme.example", "to_email": "us@ours.example", "subject": "Re: Hi",
             "message_id": "<m1>", "label": "INTERESTED", "sentiment": "POSITIVE",
             "replied_date": "2026-03-01T10:30:00+01:00"},
            {"event": "ALL_EMAIL_REPLIES", "campaign_provider_id": "c1", "email": "jane@acme.example",
             "subject": "Re: Hi", "message_id": "<m1>", "label": "INTERESTED", "sentiment": "positive",
             "occurred_at": NINE},
            id="reply, camp_id",
        ),
        pytest.param(
            {"webhook_event": "first_email_replies", "campaign_id": "c1", "from_email": "jane@acme.example",
             "source_message_id": "<m1>", "latest_subject": "Re: Hi", "modified_at": "2026-03-01T09:30:00.000Z"},
            {"event": "FIRST_EMAIL_REPLIES", "campaign_provider_id": "c1", "email": "jane@acme.example",
             "message_id": "<m1>", "subject": "Re: Hi", "occurred_at": NINE},
            id="reply, the other names, small letters",
        ),
        pytest.param(
            {"webhook_event": "LEAD_MARKED_AS_MEETING_BOOKED", "email": "jane@acme.example", "sentiment": "delighted"},
            {"label": "MEETING_BOOKED", "sentiment": "", "email": "jane@acme.example"},
            id="label only in the event's name, unknown sentiment",
        ),
        pytest.param(
            {"webhook_event": "BOUNCED_EMAIL", "lead_email": "jane@acme.example", "sender_email": "us@ours.example",
             "msg": "550 no such user", "date": "2026-03-01T09:30:00Z", "camp_id": "c1", "campaign_id": "c1"},
            {"email": "jane@acme.example", "bounce_message": "550 no such user", "occurred_at": NINE},
            id="bounce",
        ),
        pytest.param(
            {"webhook_event": "EMAIL_SENT", "to_email": "jane@acme.example", "sent_on": "2026-03-01T09:30:00"},
            {"email": "jane@acme.example", "occurred_at": NINE},
            id="sent, known by its recipient, time without zone",
        ),
        pytest.param(
            {"webhook_event": "ALL_EMAIL_REPLIES", "to_email": "us@ours.example", "replied_date": "yesterday"},
            {"email": "", "occurred_at": None},
            id="our own mailbox is nobody's lead",
        ),
        pytest.param(
            {"webhook_event": ["EMAIL_SENT"], "email": {"a": 1}, "subject": None, "label": True, "message_id": 7},
            {"event": "", "email": "", "subject": "", "label": "", "message_id": "7"},
            id="wrong types",
        ),
        pytest.param({}, {"event": "", "email": "", "is_sample": False}, id="empty object"),
        pytest.param(
            {"webhook_event": "EMAIL_SENT", "subject": "a\u0000b\ud800c"}, {"subject": "ab?c"}, id="unstorable text"
        ),
    ],
)  # fmt: skip
def test_what_an_event_tells(payload: dict[str, Any], told: dict[str, Any]) -> None:
    parsed = event(**payload)

    assert {name: getattr(parsed, name) for name in told} == told


@pytest.mark.parametrize(
    "payload",
    [
        {"workspace_name": "John Doe Workspace"},
        {"email": "jane@Nonexistent-Domain.com"},
        {"email_account_name": "john@yourcompany.com"},
        {"sender_email": "john@yourcompany.com", "lead_email": "jane@acme.example"},
    ],
    ids=str,
)
def test_the_sample_of_a_new_hook_is_known(payload: dict[str, str]) -> None:
    assert event(webhook_event="ALL_EMAIL_REPLIES", **payload).is_sample


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"null", b"[]", b'"text"', b"7", b"{", b'{"a":1}{"b":2}', b"\xff\xfe", b"\x00" * 50,
        b'{"a":NaN}', b'{"a":Infinity}', b'{"a":1e999}', b'{"a":' + b"9" * 5000 + b"}", b'{"a":' + b"9" * 19 + b"}",
        b'{"a":' * 60_000, b'{"a":' * 30 + b"1" + b"}" * 30, b'{"a":' + b"[" * 500 + b"]" * 500 + b"}",
    ],
    ids=lambda raw: repr(raw[:12]),
)  # fmt: skip
def test_what_is_no_event_is_none(raw: bytes) -> None:
    assert parse_event(raw) is None


@given(some.binary(max_size=200))
def test_no_bytes_break_the_reader(raw: bytes) -> None:
    parse_event(raw)


@given(some.dictionaries(
    some.sampled_from(["webhook_event", "email", "message_id", "label", "sentiment", "replied_date", "camp_id", "msg"]),
    some.recursive(some.none() | some.booleans() | some.integers() | some.floats() | some.text(),
                   lambda inner: some.lists(inner, max_size=3), max_leaves=5)))  # fmt: skip
def test_no_values_break_the_reader(payload: dict[str, Any]) -> None:
    parse_event(json.dumps(payload).encode())


REPLY = {"webhook_event": "ALL_EMAIL_REPLIES", "email": "jane@acme.example", "message_id": "<m1>", "camp_id": "c1"}
LABEL = {"webhook_event": "LEAD_MARKED_AS_INTERESTED", "email": "jane@acme.example", "message_id": "<m1>"}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param(REPLY, {**REPLY, "retry": 2, "campaign_id": "c1"}, True, id="told again with other trimmings"),
        pytest.param(REPLY, {**REPLY, "webhook_event": "FIRST_EMAIL_REPLIES"}, False, id="another event of one reply"),
        pytest.param(REPLY, {**REPLY, "message_id": "<m2>"}, False, id="another reply"),
        pytest.param(REPLY, {**REPLY, "email": "joe@acme.example"}, False, id="a forwarded thread's second person"),
        pytest.param(LABEL, dict(LABEL), True, id="a label delivered twice"),
        pytest.param({**LABEL, "modified_at": "1"}, {**LABEL, "modified_at": "2"}, False, id="a label set again"),
    ],
)
def test_the_key_tells_repetition_from_news(one: dict[str, Any], other: dict[str, Any], same: bool) -> None:
    assert (event(**one).key == event(**other).key) is same


def test_the_key_holds_no_address() -> None:
    assert "jane" not in event(**REPLY).key
