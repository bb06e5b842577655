"""What nobody should send, sent to every door: refused in words, nothing changed, the house still standing."""

import json
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from structlog.testing import capture_logs

from bot.outreach.leads import LeadStatus
from tests.handlers.api_given import page, raw

DOORS = [
    ("POST", "/api/leads"),
    ("PATCH", "/api/leads/{lead}"),
    ("POST", "/api/leads/{lead}/writeback"),
    ("POST", "/api/plusvibe/leads/push"),
    ("POST", "/api/plusvibe/leads/complete"),
    ("POST", "/api/audits/complete"),
]
AT_EVERY_DOOR = pytest.mark.parametrize(("method", "path"), DOORS, ids=[f"{method} {path}" for method, path in DOORS])
NO_JSON = {
    "nothing but an opening": b"{",
    "100,000 lists deep": b"[" * 100_000 + b"]" * 100_000,
    "100,000 objects deep": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "a number of 5,000 digits": b'{"score": ' + b"9" * 5_000 + b"}",
    "NaN": b'{"score": NaN}',
    "Infinity": b'{"score": Infinity}',
    "1e999": b'{"score": 1e999}',
    "-1e999 deep inside": b'{"a": [{"b": -1e999}]}',
    "not UTF-8": b'{"companyName": "\xff\xfe"}',
    "a form": b"companyName=Acme",
    "single quotes": b"{'companyName': 'Acme'}",
    "two objects": b"{}{}",
    "a zero": b"\0",
}
NO_OBJECT = {"a list": [], "a text": "Acme", "a number": 7, "true": True, "a list of objects": [{}]}


@AT_EVERY_DOOR
@pytest.mark.parametrize("content", NO_JSON.values(), ids=NO_JSON)
async def test_what_is_no_json_is_refused(world, method, path, content):
    lead = await world.has_lead("Acme")

    with capture_logs() as lines:
        answer = await raw(world, method, path.format(lead=lead.id), content)

    assert answer.status_code == 422, answer.text
    assert answer.json()["error"] == "invalid"
    assert await world.lead(lead.id) == lead
    assert "failed" not in {line["event"] for line in lines}


@AT_EVERY_DOOR
@pytest.mark.parametrize("body", NO_OBJECT.values(), ids=NO_OBJECT)
async def test_what_is_no_object_is_refused(world, method, path, body):
    lead = await world.has_lead("Acme")

    answer = await world.api.request(method, path.format(lead=lead.id), json=body)

    assert answer.status_code == 422, answer.text
    assert answer.json()["error"] == "invalid"


@AT_EVERY_DOOR
async def test_eleven_megabytes_are_refused(world, method, path):
    lead = await world.has_lead("Acme")

    async def in_pieces():
        for _ in range(11):
            yield b" " * 1_048_576

    whole = await raw(world, method, path.format(lead=lead.id), b" " * 11 * 1_048_576)
    streamed = await raw(world, method, path.format(lead=lead.id), in_pieces())

    assert (whole.status_code, streamed.status_code) == (413, 413)


HALVES = ["\ud800", "Acme \udfff", "\ud83d alone"]


@pytest.mark.parametrize("text", HALVES, ids=ascii)
@pytest.mark.parametrize("place", ["a value", "a name", "a name deep inside"])
@AT_EVERY_DOOR
async def test_half_a_character_is_refused_or_cleaned_and_never_a_fault(either_world, method, path, place, text):
    lead = await either_world.has_lead("Acme")
    body = {
        "a value": {"companyName": text, "email": f"{text}@acme.com"},
        "a name": {text: 1, "leadIds": {text: 1}},
        "a name deep inside": {"scores": {text: "x"}, "issues": [{text: text}], "auditRunId": text, "leadId": lead.id},
    }

    answer = await raw(either_world, method, path.format(lead=lead.id), json.dumps(body[place]).encode())

    assert answer.status_code in {200, 201, 404, 422}, answer.text
    answer.json()
    assert (await either_world.api.get("/api/leads")).status_code == 200


UGLY = {
    "3,000 characters": "A" * 3_000,
    "3,000 emoji": "🙂" * 3_000,
    "a mention of everybody": "<!channel> <!here> <@U0ANANOVAK>",
    "a disguised link": "<https://evil.example.com|acme.com>",
    "a zero inside": "Ac\0me",
    "right to left": "\u202eemcA",
    "line breaks": "Acme\r\n\r\nBcc: all",
    "mark-up": "<script>alert(1)</script> *bold* _it_ ~no~ `code`",
    "a template": "{{ 7 * 7 }} {% for a in b %}",
    "a formula": '=HYPERLINK("https://evil.example.com")',
    "only spaces": "  \u00a0\u2003 ",
    "combining marks": "a" + "\u0301" * 200,
}


@pytest.mark.parametrize("name", UGLY.values(), ids=UGLY)
async def test_an_ugly_name_is_kept_as_it_is_or_refused_and_shown_without_harm(either_world, name):
    made = await either_world.api.post("/api/leads", json={"companyName": name, "email": "jane@acme.example.com"})

    if len(name) > 500:
        assert (made.status_code, made.json()["field"]) == (422, "companyName")
        return
    assert made.status_code == 201
    assert made.json()["companyName"] == " ".join(name.replace("\0", "").split())
    await either_world.say("/leads")
    await either_world.say(f"/leads show {made.json()['id']}")
    await either_world.say("/push jane@acme.example.com to Website audit letter")
    shown = json.dumps([message.__dict__ for message in either_world.posts()], default=str)
    assert "<!channel>" not in shown.replace("&lt;!channel&gt;", "")
    assert "<https://evil" not in shown


@pytest.mark.parametrize("field", ["firstName", "lastName", "companyName", "domain", "phone", "website", "city"])
async def test_no_field_takes_3000_characters(world, field):
    answer = await world.api.post("/api/leads", json={"email": "jane@acme.example.com", field: "a" * 3_000})

    assert answer.status_code == 422
    assert (await page(world))["leads"] == []


@pytest.mark.parametrize(
    "address",
    ["a@b", '"a b"@x.com', "a@[127.0.0.1]", "a@x.com\r\nRCPT TO:<v@y.com>", "a" * 65 + "@x.com",
     "a@" + "x" * 250 + ".com", "a" * 100_000 + "@x.com", ".a@x.com", "a..b@x.com", "a.@x.com", "a@-x.com", "a@x..com", "a@localhost",
     "a@\u200bx.com", "<!channel>@x.com", "=cmd|' /C calc'!A0@x.com", "a@x.com,b@x.com", "@", " "],
    ids=lambda address: ascii(address)[:24],
)  # fmt: skip
async def test_an_address_nobody_can_write_to_is_refused(world, address):
    answer = await world.api.post("/api/leads", json={"email": address})

    assert answer.status_code == 422, answer.text
    assert (await page(world))["leads"] == []


async def test_addresses_that_look_alike_after_normalising_are_one_lead(either_world):
    first = await either_world.api.post("/api/leads", json={"email": "a@example-shop.com"})

    same = [
        await either_world.api.post("/api/leads", json={"email": address})
        for address in ("A@Example-Shop.com", " a@example-shop.com\n", "a@ⓔxample-shop.com")
    ]

    assert [answer.status_code for answer in same] == [409] * 3
    assert {answer.json()["id"] for answer in same} == {first.json()["id"]}


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**30, 1e300, True, "7"], ids=str)
async def test_numbers_beyond_what_is_stored_are_refused_or_ignored(either_world, number):
    lead = await either_world.has_lead("Acme")
    report = {"leadId": lead.id, "auditRunId": "run-1", "pagesAudited": number, "score": number}

    reported = await either_world.api.post("/api/audits/complete", json=report)
    made = await either_world.api.post(
        "/api/leads", json={"email": "j@acme.example.com", "opens": number, "score": number}
    )

    assert reported.status_code in {200, 422}
    assert (made.status_code, made.json()["opens"]) == (201, 0)


anything = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False, allow_infinity=False) | some.text(),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
FIELDS = some.sampled_from(
    ["email", "firstName", "companyName", "domain", "website", "status", "leadIds", "campaignId", "leadId",
     "auditRunId", "auditUrl", "score", "scores", "grade", "topIssue", "issues", "summary", "pagesAudited", "completedAt", "tone"]
)  # fmt: skip


@AT_EVERY_DOOR
async def test_whatever_is_sent_the_answer_is_ours(world, method, path):
    lead = await world.has_lead("Acme")
    bodies: list[object] = []

    @settings(max_examples=40, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(some.dictionaries(FIELDS, anything, max_size=6))
    def gather(body):
        bodies.append(body)

    gather()

    for body in bodies:
        answer = await raw(world, method, path.format(lead=lead.id), json.dumps(body).encode())
        assert answer.status_code < 500, (body, answer.text)
        answer.json()


# In Slack

TYPED = [
    "/leads show",
    "/leads show " + "x" * 3_000,
    "/leads show \u0000",
    "/leads show <!channel>",
    "/leads shoes & socks",
    "/leads ‘show’ “acme”",
    "/leads show\u00a0\u00a0nobody@nowhere.example.com",
    "/push",
    "/push to",
    "/push to to to",
    "/push acme.example.com",
    "/push acme.example.com to",
    "/push acme.example.com to Nowhere",
    "/push <mailto:jane@acme.example.com|jane@acme.example.com> to Nowhere",
    "/push " + "acme.example.com " * 400 + "to Website audit letter",
    "/push %27;drop/**/table-- to Website audit letter",
    "/outreach dance",
    "/outreach why",
    "/outreach why nobody@nowhere.example.com",
    "/outreach help nothing",
    "/outreach log \u202e",
    "/outreach " + "🙂" * 1_000,
]


@pytest.mark.parametrize("line", TYPED, ids=lambda line: ascii(line)[:40])
async def test_whatever_is_typed_is_answered_in_words(world, line):
    await world.has_lead("Acme")

    with capture_logs() as lines:
        delivery = await world.say(line)

    said = world.told() or world.slack.workspace.modals.get("U0ANANOVAK") or world.posts()
    assert delivery.ok
    assert said, "nobody was told anything"
    assert not [entry for entry in lines if entry["log_level"] == "error"]
    assert not world.plusvibe.leads


async def test_a_lead_that_is_gone_is_explained_and_nothing_is_pushed(world):
    lead = await world.has_lead("Acme", ready=True)
    async with world.database.begin(world.workspace_id) as uow:
        await uow.leads.remove(lead.id, world.clock())

    shown = await world.say(f"/leads show {lead.id}")
    pushed = await world.say("/push acme.example.com to Website audit letter")
    body = {"campaignId": (await world.campaign()).id, "leadIds": [lead.id]}
    by_api = await world.api.post("/api/plusvibe/leads/push", json=body)

    assert shown.ok
    assert pushed.ok
    assert len(world.told()) == 2
    assert by_api.status_code == 404
    assert not world.plusvibe.leads


async def test_a_status_set_by_hand_without_a_writeback_is_caught_by_the_guard(world):
    lead = await world.has_lead("Acme")
    await world.api.patch(f"/api/leads/{lead.id}", json={"status": "email_generated"})

    body = {"campaignId": (await world.campaign()).id, "leadIds": [lead.id, lead.id]}
    answer = await world.api.post("/api/plusvibe/leads/push", json=body)

    assert answer.status_code == 409
    assert answer.json()["notReady"][0]["status"] == LeadStatus.EMAIL_GENERATED
    assert len(answer.json()["notReady"]) == 1


async def test_ten_thousand_unknown_leads_are_not_found_at_once(world):
    body = {"campaignId": (await world.campaign()).id, "leadIds": [str(uuid4()) for _ in range(10_000)]}

    answer = await world.api.post("/api/plusvibe/leads/push", json=body)

    assert answer.status_code == 404
    assert len(answer.json()["message"]) < 300
