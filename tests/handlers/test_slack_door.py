"""`POST /slack/events`: only Slack comes in, everything is answered in time, and a repeated delivery has one effect."""

import asyncio
import json
import logging
import time
from urllib.parse import urlencode

import pytest
from slack_sdk.signature import SignatureVerifier
from structlog.testing import capture_logs

from blocks import ids
from bot.outreach.leads import LeadStatus
from bot.sandbox.plusvibe import seed
from bot.sandbox.slack.server import ANA, OUTREACH
from handlers.slack_door import slack_events
from tests.handlers.api_given import hurry
from tests.scenarios.hands import block_of, press, press_under, shown
from tests.world import World

DOOR = "/slack/events"
COMMAND = {"command": "/leads", "text": "show canary@acme.example.com", "user_id": ANA, "user_name": "ana",
           "channel_id": OUTREACH, "team_id": "T0ACMEOUT", "trigger_id": "1.2.x"}  # fmt: skip
FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json"}


def signature(world: World, body: bytes, *, at: float = 0, secret: str = "") -> dict[str, str]:
    """Slack's two headers for these bytes. at: seconds from now."""
    stamp = str(int(time.time() + at))
    signer = SignatureVerifier(secret or world.slack.workspace.signing_secret)
    signed = signer.generate_signature(timestamp=stamp, body=body)
    return {"x-slack-request-timestamp": stamp, "x-slack-signature": signed}


async def knock(world, body, *, headers=None, kind=FORM):
    """A delivery with exactly these bytes; signed as Slack does unless the headers are given."""
    headers = signature(world, body) if headers is None else headers
    answer = await world.api.post(DOOR, content=body, headers={**kind, **headers})
    await world.idle()
    return answer


def form(**fields):
    return urlencode(COMMAND | fields).encode()


def interaction(**payload):
    whole = {"user": {"id": ANA, "team_id": "T0ACMEOUT"}, "team": {"id": "T0ACMEOUT"}, "trigger_id": "1.2.y", **payload}
    return urlencode({"payload": json.dumps(whole)}).encode()


# Who may come in


async def test_a_signed_command_comes_in(world):
    answer = await knock(world, form())

    assert answer.status_code == 200


SPOILT = {
    "unsigned": lambda good, world, body: {},
    "another secret": lambda good, world, body: signature(world, body, secret="another"),
    "a changed byte": lambda good, world, body: signature(world, body + b"x"),
    "301 seconds old": lambda good, world, body: signature(world, body, at=-302),
    "301 seconds ahead": lambda good, world, body: signature(world, body, at=302),
    "another time than signed": lambda good, world, body: (
        good | {"x-slack-request-timestamp": str(int(time.time()) + 9)}
    ),
    "a time that is no number": lambda good, world, body: good | {"x-slack-request-timestamp": "now"},
    "an empty time": lambda good, world, body: good | {"x-slack-request-timestamp": ""},
    "a time of 5,000 digits": lambda good, world, body: good | {"x-slack-request-timestamp": "9" * 5_000},
    "no time": lambda good, world, body: {"x-slack-signature": good["x-slack-signature"]},
    "no signature": lambda good, world, body: {"x-slack-request-timestamp": good["x-slack-request-timestamp"]},
    "an empty signature": lambda good, world, body: good | {"x-slack-signature": ""},
    "a signature that is no text": lambda good, world, body: good | {"x-slack-signature": b"v0=\xff\xfe"},
    "a signature cut short": lambda good, world, body: good | {"x-slack-signature": good["x-slack-signature"][:-1]},
    "another version": lambda good, world, body: good | {"x-slack-signature": "v1" + good["x-slack-signature"][2:]},
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
async def test_nobody_but_slack_comes_in_and_nothing_of_the_body_is_logged(world, spoil, caplog):
    body = form()
    headers = spoil(signature(world, body), world, body)

    with capture_logs() as lines, caplog.at_level(logging.DEBUG):
        answer = await knock(world, body, headers=headers)

    assert (answer.status_code, answer.text) == (401, "")
    assert "canary" not in f"{lines}{caplog.text}"
    assert not world.slack.workspace.calls


@pytest.mark.parametrize("name", ["x-slack-signature", "x-slack-request-timestamp"])
async def test_a_doubled_header_is_refused(world, name):
    body = form()
    headers = [*FORM.items(), *signature(world, body).items()]

    answer = await world.api.post(DOOR, content=body, headers=[*headers, (name, dict(headers)[name])])

    assert answer.status_code == 401


async def test_bytes_that_are_no_text_are_refused_without_a_fault(world):
    answer = await knock(world, b"\xff\xfe" + form(), headers=signature(world, form()))

    assert answer.status_code == 401


@pytest.mark.parametrize("body", [b"{" * 100_000, b'{"a":' * 100_000, b"payload=" + b"[" * 100_000], ids=len)
async def test_a_stranger_cannot_make_us_parse_anything(world, body):
    answer = await knock(world, body, headers={}, kind=JSON)

    assert answer.status_code == 401


@pytest.mark.parametrize("secret", ["", " "])
async def test_without_a_signing_secret_nothing_comes_in_by_http(world, secret):
    world.demo.web.include_router(slack_events(world.demo.app.bolt, secret), prefix="/closed")
    body = form()

    answers = [
        await world.api.post(f"/closed{DOOR}", content=body, headers={**FORM, **signature(world, body, secret=guess)})
        for guess in ("socket-mode", "x")
    ]

    assert [answer.status_code for answer in answers] == [401, 401]


async def test_a_signature_of_five_minutes_ago_still_counts(world):
    body = form()

    assert (await knock(world, body, headers=signature(world, body, at=-290))).status_code == 200
    assert (await knock(world, body, headers=signature(world, body, at=290))).status_code == 200


# What Slack asks of every app


async def test_slack_may_make_sure_the_address_is_ours(world):
    body = json.dumps({"type": "url_verification", "challenge": "3eZbrw1a", "token": "old"}).encode()

    answer = await knock(world, body, kind=JSON)

    assert answer.status_code == 200
    assert "3eZbrw1a" in answer.text


async def test_slack_may_check_our_certificate_without_signing(world):
    answer = await knock(world, b"token=old&ssl_check=1", headers={})

    assert answer.status_code == 200


async def test_a_certificate_check_smuggles_no_command_in(world):
    await world.has_lead("Acme", email="canary@acme.example.com")

    answer = await knock(world, form(ssl_check="1"), headers={})

    assert answer.status_code == 200
    assert answer.text == ""
    assert not world.slack.workspace.calls


# What we do not know


VIEW = {"id": "V1", "type": "modal", "state": {"values": {}}, "private_metadata": ""}
OLD = {"name": "dance", "type": "button", "value": "1"}
UNKNOWN = {
    "a command": (form(command="/dance"), FORM),
    "an action": (interaction(type="block_actions", actions=[{"action_id": "dance", "block_id": "b"}]), FORM),
    "a view": (interaction(type="view_submission", view={**VIEW, "callback_id": "dance"}), FORM),
    "a closed view": (interaction(type="view_closed", view={**VIEW, "callback_id": "dance"}), FORM),
    "options": (interaction(type="block_suggestion", action_id="dance", block_id="b", value="x"), FORM),
    "a shortcut": (interaction(type="shortcut", callback_id="dance", action_ts="1.2"), FORM),
    "a message shortcut": (interaction(type="message_action", callback_id="dance", message={"ts": "1"}), FORM),
    "an old dialog": (interaction(type="dialog_submission", callback_id="dance", submission={}, state=""), FORM),
    "an old message menu": (interaction(type="interactive_message", callback_id="dance", actions=[OLD]), FORM),
    "an interaction of a kind to come": (interaction(type="dance"), FORM),
    "an event": (b'{"type": "event_callback", "event_id": "Ev1", "event": {"type": "dance", "user": "U1"}}', JSON),
    "an event without a type": (b'{"type": "event_callback", "event_id": "Ev1", "event": {}}', JSON),
    "a callback of a kind to come": (b'{"type": "app_rate_limited", "team_id": "T1"}', JSON),
    "an empty object": (b"{}", JSON),
}


async def test_what_nobody_knows_is_answered_politely(world, caplog):
    with capture_logs() as lines, caplog.at_level(logging.ERROR):
        answers = {name: await knock(world, body, kind=kind) for name, (body, kind) in UNKNOWN.items()}

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(UNKNOWN, 200)
    assert not [line for line in lines if line["log_level"] == "error"]
    assert not caplog.records


UNREADABLE = {
    "a callback without an event": (b'{"type": "event_callback", "event_id": "Ev1"}', JSON),
    "an action without parts": (interaction(type="block_actions", actions=[{}]), FORM),
    "no action at all": (interaction(type="block_actions", actions=[]), FORM),
    "actions that are none": (interaction(type="block_actions", actions={"action_id": "x"}), FORM),
    "a view without a name": (interaction(type="view_submission", view={"id": "V1"}), FORM),
    "no view": (interaction(type="view_submission"), FORM),
    "a closed view that is none": (interaction(type="view_closed", view=[]), FORM),
    "no JSON": (b"{", JSON),
    "half a payload": (b"payload=%7B", FORM),
    "a list": (b"[]", JSON),
    "a payload that is a list": (b"payload=%5B%5D", FORM),
    "a payload that is a number": (b"payload=7", FORM),
    "a payload of 100,000 levels": (b"payload=" + b"[" * 100_000, FORM),
    "100,000 levels": (b'{"a":' * 100_000, JSON),
    "a number of 5,000 digits": (b'{"a": ' + b"9" * 5_000 + b"}", JSON),
    "odd parts": (b'{"type": "event_callback", "event": 7, "authorizations": 3}', JSON),
}


async def test_what_is_signed_and_yet_no_payload_is_refused_without_a_fault(world, caplog):
    with capture_logs() as lines, caplog.at_level(logging.ERROR):
        answers = {name: await knock(world, body, kind=kind) for name, (body, kind) in UNREADABLE.items()}

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(UNREADABLE, 400)
    assert not [line for line in lines if line["log_level"] == "error"]
    assert not caplog.records


async def test_a_payload_may_miss_what_it_usually_has(world):
    await world.has_lead("Acme")
    bare = [
        form(user_id="", user_name=""),
        form(channel_id=""),
        form(team_id=""),
        form(trigger_id=""),
        form(text="\ud83d\ude42".encode("utf-16", "surrogatepass").decode("utf-16")),
        interaction(type="block_actions", user={}, actions=[{"action_id": ids.OPEN_LEAD, "value": "x"}]),
        interaction(
            type="block_actions", actions=[{"action_id": ids.START_AUDIT}], view={**VIEW, "private_metadata": "{"}
        ),
        interaction(type="view_submission", view={**VIEW, "callback_id": ids.LEAD_ADD, "private_metadata": "x"}),
        interaction(type="view_submission", view={**VIEW, "callback_id": ids.PUSH_FORM}),
        interaction(type="block_suggestion", action_id=ids.PUSH_LEADS, block_id="b", value="\0"),
    ]

    answers = [await knock(world, body) for body in bare]

    assert [answer.status_code for answer in answers] == [200] * len(bare)


async def test_fifty_megabytes_are_refused(world):
    body = b"x" * 50 * 1_048_576

    answer = await world.api.post(DOOR, content=body, headers={**FORM, **signature(world, b"x")})

    assert answer.status_code == 413
    assert (await world.api.get("/healthz")).status_code == 200


# The same delivery again


async def again(world, times=3):
    """The last delivery that could do something, a few times more, one after another and at once."""
    last = [delivery for delivery in world.slack.deliveries if delivery.payload.get("type") != "block_suggestion"][-1]
    for _ in range(times - 2):
        await world.slack.replay(last)
        await world.idle()
    await asyncio.gather(world.slack.replay(last), world.slack.replay(last))
    await world.idle()


async def events(world, kind):
    async with world.database.read(world.workspace_id) as uow:
        return sum(event.kind == kind for event in await uow.events.log(limit=100))


async def test_a_push_delivered_four_times_is_one_push(either_world):
    hurry(either_world)
    lead = await either_world.has_lead("Acme", ready=True)
    await either_world.say("/push acme.example.com to Website audit letter")

    await again(either_world)

    assert sum(call.path == "/lead/add" for call in either_world.plusvibe.calls) == 1
    assert len(either_world.posts()) == 1
    assert await events(either_world, "push_started") == 1
    assert either_world.plusvibe.lead(seed.AUDIT_LETTER, lead.email)


async def test_a_refused_push_delivered_four_times_is_one_report(world):
    await world.has_lead("Acme")
    await world.say("/push acme.example.com to Website audit letter")

    await again(world)

    assert len(world.posts()) == 2
    assert await events(world, "push_blocked") == 1


async def test_start_audit_delivered_four_times_orders_one_audit(either_world):
    await either_world.has_lead("Acme")
    await either_world.say("/leads show acme.example.com")
    button = block_of(shown(either_world), ids.START_AUDIT)
    await press(either_world, ids.START_AUDIT, block_id=button["block_id"])

    await again(either_world)

    assert len(either_world.desk.runs) == 1
    assert await events(either_world, "audit_started") == 1


async def test_start_audit_of_a_report_delivered_four_times_orders_one_audit(world):
    await world.has_lead("Acme")
    await world.say("/push acme.example.com to Website audit letter")
    await press_under(world, world.posts()[-1], ids.REPORT_AUDIT)

    await again(world)

    assert len(world.desk.runs) == 1
    assert await events(world, "audit_started") == 1


@pytest.mark.parametrize(
    "given", [{"email": "jane@acme.example.com"}, {"company_name": "Acme"}], ids=["email", "no email"]
)
async def test_add_lead_delivered_four_times_adds_one(either_world, given):
    await either_world.say("/leads add")
    await either_world.submit({name: {"value": text} for name, text in given.items()})

    await again(either_world)

    assert (await either_world.api.get("/api/leads")).json()["total"] == 1
    assert await events(either_world, "lead_added") == 1


async def test_a_writeback_delivered_four_times_is_written_once(world):
    hurry(world)
    lead = await world.has_lead("Acme", ready=True, campaign_id=(await world.campaign()).id)
    world.plusvibe.enrol(seed.AUDIT_LETTER, lead.email)
    await world.say("/leads show acme.example.com")
    await press(world, ids.WRITE_BACK)

    await again(world)

    assert await events(world, "writeback_stored") == 1
    assert sum(call.path == "/lead/data/update" for call in world.plusvibe.calls) == 1


@pytest.mark.parametrize("act", [ids.MARK_COMPLETED, ids.REMOVE_LEAD])
async def test_acts_at_plusvibe_delivered_four_times_happen_once(world, act):
    hurry(world)
    campaign = await world.campaign()
    lead = await world.has_lead("Acme", ready=True, status=LeadStatus.REPLIED, campaign_id=campaign.id)
    world.plusvibe.enrol(seed.AUDIT_LETTER, lead.email)
    await world.say("/leads show acme.example.com")
    await press(world, act)
    asked = len(world.plusvibe.calls)
    kept = await world.lead(lead.id)

    await again(world)

    assert len(world.plusvibe.calls) == asked
    assert (await world.lead(lead.id)).last_action == kept.last_action


async def test_a_status_set_four_times_is_one_change(world):
    lead = await world.has_lead("Acme")
    await world.say("/leads show acme.example.com")
    await press(world, ids.SET_STATUS, selected="converted")

    await again(world)

    assert (await world.lead(lead.id)).status is LeadStatus.CONVERTED
    assert await events(world, "status_changed") == 1


# In time


@pytest.mark.parametrize("method", ["users.info", "views.open", "response_url"])
async def test_a_slow_slack_does_not_keep_our_answer(world, method):
    await world.has_lead("Acme")
    hold = world.slack.hold(method)
    line = "/leads show nobody@nowhere.example.com" if method == "response_url" else "/leads"

    delivery = await world.slack.run_command(ANA, OUTREACH, line)
    hold.release()
    await world.idle()

    assert delivery.ok
    assert delivery.seconds < 10  # at once, but for a busy machine; the hold has no end of its own


async def test_a_slow_submit_is_answered_before_three_seconds(world):
    await world.say("/leads add")
    async with world.database.begin(world.workspace_id):  # SQLite has one writer: the handler waits for this one
        delivery = await world.slack.submit(ANA, world.modal().id, {"company_name": {"value": "Acme"}})
    await world.idle()

    assert delivery.status == 200
    assert 2 < delivery.seconds < 10  # under three, but for a busy machine


# PlusVibe fails

FAULTS = {
    "refuses our key": {"status": 401},
    "is too busy": {"status": 429, "times": 9},
    "has a fault": {"status": 500},
    "does not answer": {"hang_seconds": 0.9, "effect": False},
    "answers in HTML": {"garbage": True, "effect": False},
    "says 200 and error": {"refused": True, "effect": False},
    "hangs up": {"drop_after_effect": True, "effect": False},
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_a_push_that_plusvibe_fails_says_so_and_nothing_counts_as_pushed(world, fault):
    hurry(world)
    lead = await world.has_lead("Acme", ready=True)
    world.plusvibe.fail_next("/lead/add", **fault)

    with capture_logs() as lines:
        await world.say("/push acme.example.com to Website audit letter")

    said = " ".join(message.text for message in world.posts())
    assert "PlusVibe" in said
    assert "Pushed 1" not in said
    assert (await world.lead(lead.id)).campaign_id is None
    assert not world.plusvibe.leads
    assert lead.email not in str(lines)
    assert any(line.get("reference") for line in lines), "somebody must be able to find it in the log"


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_a_sync_that_plusvibe_fails_says_so_with_a_reference(world, fault):
    hurry(world)
    world.plusvibe.fail_next("/campaign/list-all", **{**fault, "times": 9})
    await world.say("/outreach")
    with capture_logs() as lines:
        await world.say("/leads")
        await press(world, ids.SYNC_NOW)

    assert "PlusVibe" in json.dumps(world.modal().payload)
    assert [line["log_level"] for line in lines if line.get("reference")] == ["warning"]
