"""SendGrid's deliveries: whose they are and what they say, down to the byte."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as some

from bot.gateways.sendgrid_events import (
    LONGEST_TEXT,
    SendGridEvent,
    is_fresh,
    is_signed,
    load_key,
    parse_batch,
    parse_event,
    split_batch,
)

# SendGrid's own vector, from the tests of its libraries.
PRINTED = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6w"
    "EA3F+g=="
)
SIGNATURE = "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM="
TIMESTAMP = "1600112502"
BODY = (
    b'[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address",'
    b'"sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",'
    b'"sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0",'
    b'"smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]\r\n'
)


def printed(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


OTHER = printed(ec.generate_private_key(ec.SECP256R1()))


@pytest.mark.parametrize("typed", [PRINTED, f" {PRINTED}\n", f"{PRINTED[:64]}\n{PRINTED[64:]}"])
def test_the_official_vector_holds(typed: str) -> None:
    assert is_signed(load_key(typed), BODY, signature=SIGNATURE, timestamp=TIMESTAMP)


@pytest.mark.parametrize(
    ("key", "body", "signature", "timestamp"),
    [
        pytest.param(PRINTED, BODY[:-2], SIGNATURE, TIMESTAMP, id="without its line break"),
        pytest.param(PRINTED, BODY.replace(b"\r\n", b"\n"), SIGNATURE, TIMESTAMP, id="another line break"),
        pytest.param(PRINTED, json.dumps(json.loads(BODY)).encode(), SIGNATURE, TIMESTAMP, id="parsed and written"),
        pytest.param(PRINTED, BODY.replace(b"hello", b"jello"), SIGNATURE, TIMESTAMP, id="another address"),
        pytest.param(PRINTED, b"", SIGNATURE, TIMESTAMP, id="no body"),
        pytest.param(OTHER, BODY, SIGNATURE, TIMESTAMP, id="another key"),
        pytest.param(PRINTED, BODY, SIGNATURE, "1600112503", id="a second later"),
        pytest.param(PRINTED, BODY, SIGNATURE, "", id="no time"),
        pytest.param(PRINTED, BODY, SIGNATURE, "\ud800", id="half a character for a time"),
        pytest.param(PRINTED, TIMESTAMP.encode() + BODY, SIGNATURE, "", id="the time moved into the body"),
        pytest.param(PRINTED, b"02" + BODY, SIGNATURE, TIMESTAMP[:-2], id="two digits of it moved"),
        pytest.param(PRINTED, BODY, "", TIMESTAMP, id="no signature"),
        pytest.param(PRINTED, BODY, SIGNATURE[:-4], TIMESTAMP, id="cut"),
        pytest.param(PRINTED, BODY, f"{SIGNATURE}!", TIMESTAMP, id="no base64"),
        pytest.param(PRINTED, BODY, "Žluťoučký", TIMESTAMP, id="not even ASCII"),
        pytest.param(PRINTED, BODY, base64.b64encode(bytes(64)).decode(), TIMESTAMP, id="nought"),
        pytest.param(PRINTED, BODY, base64.b64encode(b"0\x06\x02\x01\x00\x02\x01\x00").decode(), TIMESTAMP, id="0, 0"),
    ],
)
def test_a_signature_is_of_these_bytes_by_this_key(key: str, body: bytes, signature: str, timestamp: str) -> None:
    assert not is_signed(load_key(key), body, signature=signature, timestamp=timestamp)


def test_no_byte_of_a_signature_may_differ() -> None:
    key, good = load_key(PRINTED), base64.b64decode(SIGNATURE)
    wrong = [good[:at] + bytes([good[at] ^ flip]) + good[at + 1 :] for at in range(len(good)) for flip in (1, 0x80)]

    assert not any(
        is_signed(key, BODY, signature=base64.b64encode(given).decode(), timestamp=TIMESTAMP) for given in wrong
    )


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("", id="empty"),
        pytest.param("key", id="a word"),
        pytest.param("klíč", id="not ASCII"),
        pytest.param(PRINTED[:-8], id="cut"),
        pytest.param(f"-----BEGIN PUBLIC KEY-----\n{PRINTED}\n-----END PUBLIC KEY-----", id="in armour"),
        pytest.param(printed(ec.generate_private_key(ec.SECP384R1())), id="another curve"),
        pytest.param(printed(rsa.generate_private_key(65537, 2048)), id="RSA"),
    ],
)
def test_what_is_no_key_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="no key of SendGrid"):
        load_key(typed)


SIGNED_AT = datetime.fromtimestamp(int(TIMESTAMP), UTC)


@pytest.mark.parametrize(
    ("timestamp", "passed", "fresh"),
    [
        pytest.param(TIMESTAMP, timedelta(), True, id="now"),
        pytest.param(TIMESTAMP, timedelta(hours=24, minutes=10), True, id="the last of a day's tries"),
        pytest.param(TIMESTAMP, timedelta(hours=24, minutes=10, seconds=1), False, id="too late"),
        pytest.param(TIMESTAMP, -timedelta(minutes=10), True, id="their clock ahead"),
        pytest.param(TIMESTAMP, -timedelta(minutes=10, seconds=1), False, id="from the future"),
        pytest.param("", timedelta(), False, id="empty"),
        pytest.param("soon", timedelta(), False, id="words"),
        pytest.param("-1600112502", timedelta(), False, id="negative"),
        pytest.param("1600112502000", timedelta(), False, id="milliseconds"),
        pytest.param("9" * 5000, timedelta(), False, id="endless"),
        pytest.param("١٦٠٠١١٢٥٠٢", timedelta(), False, id="other digits"),
        pytest.param("nan", timedelta(), False, id="nan"),
        pytest.param("0", timedelta(), False, id="nought"),
    ],
)
def test_a_signature_is_fresh_for_a_day(timestamp: str, passed: timedelta, fresh: bool) -> None:
    assert is_fresh(timestamp, SIGNED_AT + passed) is fresh


def test_how_long_a_signature_is_fresh_may_be_told() -> None:
    assert not is_fresh(TIMESTAMP, SIGNED_AT + timedelta(minutes=6), timedelta(minutes=5))


@pytest.mark.parametrize(
    ("raw", "events"),
    [
        pytest.param(b'[{"a": 1},\r\n{"b":"\xc5\xbd"}]\r\n', [b'{"a":1}', b'{"b":"\\u017d"}'], id="two, compact"),
        pytest.param(b"[]\r\n", [], id="none"),
        pytest.param(b'[7,{"a":1},null,[{}],"x"]', [b'{"a":1}'], id="what is no object is left out"),
        pytest.param(b'\xef\xbb\xbf[{"a":1}]', [b'{"a":1}'], id="byte order mark"),
        pytest.param(b'[{"a":"x\xffy\ty"}]', [b'{"a":"x\\ufffdy\\ty"}'], id="bytes no text has"),
        pytest.param(b'[{"a":"\\ud800"}]', [b'{"a":"\\ud800"}'], id="half a character"),
        pytest.param(b'[{"a":1e999},{"b":2}]', [b'{"a":Infinity}', b'{"b":2}'], id="too large a number beside it"),
        pytest.param(b'[{"a":' + b"9" * 5000 + b'},{"b":2}]', [b'{"a":NaN}', b'{"b":2}'], id="too long a number"),
        pytest.param(b"", None, id="empty"),
        pytest.param(b"[{}", None, id="cut"),
        pytest.param(b'{"event":"open"}', None, id="one alone"),
        pytest.param(b"[1,2]", None, id="numbers"),
        pytest.param(b"null", None, id="null"),
        pytest.param(b"\xff\xfe\x00", None, id="no text"),
        pytest.param(b"[" * 100_000, None, id="too deep"),
    ],
)
def test_a_delivery_is_split_into_its_events(raw: bytes, events: list[bytes] | None) -> None:
    assert split_batch(raw) == events
    assert parse_batch(raw) == (None if events is None else [parse_event(event) or event for event in events])


def event(**payload: Any) -> SendGridEvent:
    parsed = parse_event(json.dumps(payload).encode())
    assert parsed is not None
    return parsed


SAMPLES = """
[{"email":"ana@example.com","timestamp":1763712000,"smtp-id":"<kA5kcHA8SVGtVh5S9rAUew@ismtpd0004p1iad1.sendgrid.net>",
  "event":"processed","outreach_mail_id":"mail-1","sg_event_id":"cHJvY2Vzc2Vk",
  "sg_message_id":"kA5kcHA8SVGtVh5S9rAUew.recvd-5f9ffdf494-9kc6l-1-673C6EB0-B.0","send_at":0},
 {"email":"ana@example.com","timestamp":1763712002,"smtp-id":"<kA5k@x>","event":"deferred",
  "response":"451 4.7.1 Greylisted","attempt":"0","tls":1,"domain":"example.com","from":"","sg_event_id":"e2"},
 {"email":"ana@example.com","timestamp":1763712300,"smtp-id":"<kA5k@x>","event":"delivered","ip":"149.72.1.1","tls":1,
  "response":"250 2.0.0 OK","sg_event_id":"e3"},
 {"email":"ana@example.com","timestamp":1763712400,"event":"open","useragent":"Mozilla/5.0","ip":"66.249.84.1",
  "sg_machine_open":true,"sg_content_type":"html","sg_event_id":"e4"},
 {"email":"ana@example.com","timestamp":1763712500,"event":"click","url":"https://example.com/audit",
  "url_offset":{"index":0,"type":"html"},"useragent":"Mozilla/5.0","ip":"203.0.113.9","sg_event_id":"e5"},
 {"email":"bob@example.com","timestamp":1763712600,"event":"bounce","type":"bounce",
  "bounce_classification":"Invalid Address","status":"5.1.1","reason":"550 5.1.1 no such account","ip":"149.72.1.1",
  "tls":1,"sg_event_id":"e6"},
 {"email":"eve@example.com","timestamp":1763712700,"event":"dropped","reason":"Bounced Address","status":"5.0.0",
  "sg_event_id":"e7"},
 {"email":"ana@example.com","timestamp":1763712800,"event":"group_unsubscribe","asm_group_id":12345,
  "useragent":"Mozilla/5.0","ip":"203.0.113.9","url":"https://example.com/u","sg_event_id":"e8"},
 {"event":"account_status_change","type":"compliance_suspend","timestamp":1763712900,"sg_event_id":"e9"}]
"""
AT = datetime(2025, 11, 21, 8, tzinfo=UTC)
TOLD: list[dict[str, Any]] = [
    {"event": "processed", "email": "ana@example.com", "mail_id": "mail-1", "message_id": "kA5kcHA8SVGtVh5S9rAUew",
     "smtp_id": "<kA5kcHA8SVGtVh5S9rAUew@ismtpd0004p1iad1.sendgrid.net>", "at": AT, "is_machine": False, "type": ""},
    {"event": "deferred", "response": "451 4.7.1 Greylisted", "smtp_id": "<kA5k@x>", "at": AT + timedelta(seconds=2)},
    {"event": "delivered", "response": "250 2.0.0 OK", "ip": "149.72.1.1", "mail_id": "", "message_id": ""},
    {"event": "open", "is_machine": True, "useragent": "Mozilla/5.0", "smtp_id": ""},
    {"event": "click", "url": "https://example.com/audit", "ip": "203.0.113.9", "is_machine": False},
    {"event": "bounce", "type": "bounce", "classification": "Invalid Address", "status": "5.1.1",
     "reason": "550 5.1.1 no such account", "email": "bob@example.com"},
    {"event": "dropped", "reason": "Bounced Address", "status": "5.0.0"},
    {"event": "group_unsubscribe", "url": "https://example.com/u"},
    {"event": "account_status_change", "type": "compliance_suspend", "email": "", "at": AT + timedelta(minutes=15)},
]  # fmt: skip


@pytest.mark.parametrize("place", range(len(TOLD)), ids=[told["event"] for told in TOLD])
def test_what_each_kind_of_event_tells(place: int) -> None:
    parsed = parse_event((split_batch(SAMPLES.encode()) or [])[place])

    told = TOLD[place]
    assert {name: getattr(parsed, name) for name in told} == told
    assert parsed is not None and parsed.raw == json.loads(SAMPLES)[place]


@pytest.mark.parametrize(
    ("payload", "told"),
    [
        pytest.param({"event": "delivered", "type": "email"}, {"event": "delivered", "type": ""}, id="type"),
        pytest.param({"event": "bounce", "type": "Blocked"}, {"type": "blocked"}, id="a bounce's own type"),
        pytest.param({"event": "bounce", "type": {"a": 1}}, {"type": ""}, id="a bounce's type no text"),
        pytest.param({"event": "open", "Message-ID": "m", "mail_id": "x", "smtp_id": "y", "key": "z"},
                     {"message_id": "", "mail_id": "", "smtp_id": ""}, id="names like ours"),
        pytest.param({"event": "open", "outreach_mail_id": ["mail-1"]}, {"mail_id": ""}, id="our name, a list"),
        pytest.param({"event": "open", "outreach_mail_id": 17}, {"mail_id": "17"}, id="our name, a number"),
        pytest.param({"event": "open", "category": ["a", "b"], "status": ["x"]}, {"status": ""}, id="lists"),
        pytest.param({"event": "open", "sg_machine_open": "yes"}, {"is_machine": False}, id="a text for true"),
        pytest.param({"event": "OPEN "}, {"event": "open"}, id="capitals"),
        pytest.param({"event": "new_kind"}, {"event": "new_kind"}, id="a kind nobody knows"),
        pytest.param({"event": ["open"], "email": None, "ip": True, "timestamp": True},
                     {"event": "", "email": "", "ip": "", "at": None}, id="wrong types"),
        pytest.param({}, {"event": "", "at": None}, id="an empty object"),
        pytest.param({"smtp-id": "kA5k@geopod-ismtpd-16>"}, {"smtp_id": "<kA5k@geopod-ismtpd-16>"}, id="half brackets"),
        pytest.param({"smtp-id": "<>"}, {"smtp_id": ""}, id="empty brackets"),
        pytest.param({"sg_message_id": "a_-b.c.d"}, {"message_id": "a_-b"}, id="the first dot only"),
        pytest.param({"sg_message_id": "a_-b"}, {"message_id": "a_-b"}, id="no dot"),
        pytest.param({"timestamp": "1763712000"}, {"at": AT}, id="a time as text"),
        pytest.param({"timestamp": 1763712000.0}, {"at": AT}, id="a time as a fraction"),
        pytest.param({"timestamp": 1763712000000}, {"at": None}, id="milliseconds"),
        pytest.param({"timestamp": -5}, {"at": None}, id="a negative time"),
        pytest.param({"timestamp": 0}, {"at": None}, id="no time"),
        pytest.param({"timestamp": 9999999999}, {"at": None}, id="in three hundred years"),
        pytest.param({"reason": "a\u0000b\ud800c"}, {"reason": "ab?c"}, id="unstorable text"),
        pytest.param({"useragent": "x" * 9999}, {"useragent": "x" * LONGEST_TEXT}, id="an endless text"),
    ],
)  # fmt: skip
def test_odd_events_are_read_with_patience(payload: dict[str, Any], told: dict[str, Any]) -> None:
    parsed = event(**payload)

    assert {name: getattr(parsed, name) for name in told} == told


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


CLICK = {"event": "click", "email": "jane@acme.example", "timestamp": 1763712000, "url": "https://a.example",
         "sg_message_id": "m1.recvd-1", "sg_event_id": "e1"}  # fmt: skip
DEFERRED = {"event": "deferred", "email": "jane@acme.example", "timestamp": 1763712000, "sg_message_id": "m1.recvd-1",
            "attempt": "0", "sg_event_id": "e1"}  # fmt: skip
ASYNC_BOUNCE = {"event": "bounce", "email": "jane@acme.example", "timestamp": 1763712000, "sg_event_id": "e1"}


def without(name: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in payload.items() if key != name}


@pytest.mark.parametrize(
    ("one", "other", "same", "second_same"),
    [
        pytest.param(CLICK, CLICK, True, True, id="told again"),
        pytest.param(CLICK, {**CLICK, "category": "x"}, True, True, id="told again with other trimmings"),
        pytest.param(CLICK, {**CLICK, "sg_event_id": "e2"}, False, True, id="told again under a new id"),
        pytest.param(CLICK, {**CLICK, "sg_event_id": "e2", "url": "https://b.example"}, False, False, id="other link"),
        pytest.param(CLICK, {**CLICK, "sg_event_id": "e2", "timestamp": 1763712001}, False, False, id="later"),
        pytest.param(CLICK, {**CLICK, "sg_event_id": "e2", "email": "joe@acme.example"}, False, False, id="another's"),
        pytest.param(CLICK, {**CLICK, "sg_event_id": "e2", "event": "open"}, False, False, id="other kind"),
        pytest.param(CLICK, {**CLICK, "sg_event_id": "e2", "sg_message_id": "m2.x"}, False, False, id="other mail"),
        pytest.param(DEFERRED, {**DEFERRED, "sg_event_id": "e2", "attempt": "1"}, False, False, id="other attempt"),
        pytest.param(ASYNC_BOUNCE, {**ASYNC_BOUNCE, "sg_event_id": "e2"}, False, True, id="a bounce of no message"),
        pytest.param(without("sg_event_id", CLICK), dict(reversed(without("sg_event_id", CLICK).items())), True, True,
                     id="no id, another order"),
        pytest.param(without("sg_event_id", CLICK), {**without("sg_event_id", CLICK), "ip": "1"}, False, True,
                     id="no id, other trimmings"),
        pytest.param(without("timestamp", CLICK), {**without("timestamp", CLICK), "sg_event_id": "e2"}, False, False,
                     id="no time to tell repetition from news by"),
    ],
)  # fmt: skip
def test_the_keys_tell_repetition_from_news(
    one: dict[str, Any], other: dict[str, Any], same: bool, second_same: bool
) -> None:
    assert (event(**one).key == event(**other).key) is same
    assert (event(**one).second_key == event(**other).second_key) is second_same


def test_the_keys_are_digests() -> None:
    parsed = event(**CLICK)

    assert {len(parsed.key), len(parsed.second_key)} == {64}
    assert int(parsed.key, 16) != int(parsed.second_key, 16)


ANYTHING = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
NAMES = some.sampled_from(
    ["event", "email", "timestamp", "sg_event_id", "sg_message_id", "smtp-id", "type", "url", "attempt", "reason",
     "outreach_mail_id", "sg_machine_open"])  # fmt: skip


@given(some.binary(max_size=200))
def test_no_bytes_break_the_reader(raw: bytes) -> None:
    parse_event(raw)
    parse_batch(raw)


@given(some.binary(max_size=60))
def test_no_bytes_within_an_event_cost_the_batch(raw: bytes) -> None:
    quoted = raw.replace(b"\\", b"").replace(b'"', b"")

    assert split_batch(b'[{"event":"open","useragent":"' + quoted + b'"},{"event":"click"}]\r\n') is not None


@given(some.lists(some.dictionaries(NAMES, ANYTHING), max_size=4))
def test_a_delivery_reads_as_its_events_do_one_by_one(payloads: list[dict[str, Any]]) -> None:
    raw = json.dumps(payloads).encode()

    assert parse_batch(raw) == [parse_event(event) or event for event in split_batch(raw) or []]


@given(some.lists(some.dictionaries(NAMES, ANYTHING), max_size=4))
def test_no_values_break_the_reader(payloads: list[dict[str, Any]]) -> None:
    events = split_batch(json.dumps(payloads).encode())

    assert events is not None and len(events) == len(payloads)
    for raw in events:
        parse_event(raw)


@given(ANYTHING)
def test_no_json_breaks_the_reader(payload: Any) -> None:
    raw = json.dumps(payload).encode()

    parse_event(raw)
    split_batch(raw)
