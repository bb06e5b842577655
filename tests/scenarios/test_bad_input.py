"""What nobody should send, sent to every door: refused in words, nothing changed, the house still standing."""

import json
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from structlog.testing import capture_logs

from bot.outreach.leads import LeadStatus
from bot.sandbox.slack.page import page_router
from bot.sandbox.slack.server import ANA
from tests.handlers.api_given import finished, page, raw

DOORS = [
    ("POST", "/api/leads"),
    ("PATCH", "/api/leads/{lead}"),
    ("POST", "/api/leads/{lead}/writeback"),
    ("POST", "/api/plusvibe/leads/push"),
    ("POST", "/api/plusvibe/leads/complete"),
    ("POST", "/api/audits/complete"),
]
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
NO_OBJECT = [[], "Acme", 7, True, [{}]]


@pytest.mark.parametrize("content", NO_JSON.values(), ids=NO_JSON)
async def test_what_is_no_json_is_refused_at_every_door(world, content):
    lead = await world.has_lead("Acme")

    with capture_logs() as lines:
        answers = [await raw(world, method, path.format(lead=lead.id), content) for method, path in DOORS]

    assert [(answer.status_code, answer.json()["error"]) for answer in answers] == [(422, "invalid")] * len(DOORS)
    assert await world.lead(lead.id) == lead
    assert "failed" not in {line["event"] for line in lines}


@pytest.mark.parametrize("body", NO_OBJECT, ids=str)
async def test_what_is_no_object_is_refused_at_every_door(world, body):
    lead = await world.has_lead("Acme")

    answers = [await world.api.request(method, path.format(lead=lead.id), json=body) for method, path in DOORS]

    assert [(answer.status_code, answer.json()["error"]) for answer in answers] == [(422, "invalid")] * len(DOORS)


async def test_eleven_megabytes_are_refused_at_every_door(world):
    lead = await world.has_lead("Acme")

    async def in_pieces():
        for _ in range(11):
            yield b" " * 1_048_576

    for method, path in DOORS:
        whole = await raw(world, method, path.format(lead=lead.id), b" " * 11 * 1_048_576)
        streamed = await raw(world, method, path.format(lead=lead.id), in_pieces())

        assert (whole.status_code, streamed.status_code) == (413, 413), path


@pytest.mark.parametrize(
    ("purpose", "megabytes", "words"),
    [
        ({}, 11, "fair.csv is over 10 MB, the most Slack takes in a form."),
        ({"message": "true"}, 101, "fair.csv is over 100 MB, the most Slack takes in a message here."),
    ],
)
async def test_a_file_too_large_for_slack_is_refused_in_words(world, purpose, megabytes, words):
    world.demo.web.include_router(page_router(world.slack))
    params = {"user": ANA, "name": "fair.csv", **purpose}

    answer = await world.api.post("/client/hands/upload", params=params, content=b" " * megabytes * 1_000_000)

    assert (answer.status_code, answer.json()["message"]) == (413, words)


@pytest.mark.parametrize("half", ["\ud800", "Acme \udfff", "\ud83d alone"], ids=ascii)
async def test_half_a_character_is_refused_or_cleaned_and_never_a_fault(either_world, half):
    lead = await either_world.has_lead("Acme")
    bodies = [
        {"companyName": half, "email": f"{half}@acme.com"},
        {half: 1, "leadIds": {half: 1}},
        {"scores": {half: "x"}, "issues": [{half: half}], "auditRunId": half, "leadId": lead.id},
        {"issues": [{"title": half}], "auditRunId": "run-1", "summary": half, "leadId": lead.id},
    ]

    for method, path in DOORS:
        for body in bodies:
            answer = await raw(either_world, method, path.format(lead=lead.id), json.dumps(body).encode())

            assert answer.status_code in {200, 201, 404, 422}, answer.text
            answer.json()


UGLY = {
    "500 characters": "A" * 500,
    "500 emoji": "🙂" * 500,
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
async def test_an_ugly_name_is_kept_as_it_is_and_shown_without_harm(world, name):
    made = await world.api.post("/api/leads", json={"companyName": name, "email": "jane@acme.example.com"})

    assert made.status_code == 201
    assert made.json()["companyName"] == " ".join(name.replace("\0", "").split())
    await world.say("/leads")
    await world.say(f"/leads show {made.json()['id']}")
    await world.say("/push jane@acme.example.com to Website audit letter")
    shown = json.dumps([message.__dict__ for message in world.posts()], default=str)
    assert "<!channel>" not in shown
    assert "<https://evil" not in shown


async def test_no_field_takes_3000_characters(world):
    for field in ("firstName", "lastName", "companyName", "domain", "phone", "website", "city", "revenue"):
        for text in ("a" * 3_000, "🙂" * 3_000):
            answer = await world.api.post("/api/leads", json={"email": "jane@acme.example.com", field: text})

            assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert (await page(world))["leads"] == []


BAD_ADDRESSES = [
    "a@b",
    '"a b"@x.com',
    "a@[127.0.0.1]",
    "a@x.com\r\nRCPT TO:<v@y.com>",
    "a" * 65 + "@x.com",
    "a@" + "x" * 250 + ".com",
    "a" * 100_000 + "@x.com",
    ".a@x.com",
    "a..b@x.com",
    "a.@x.com",
    "a@-x.com",
    "a@x..com",
    "a@localhost",
    "a@\u200bx.com",
    "<!channel>@x.com",
    "=cmd|' /C calc'!A0@x.com",
    "a@x.com,b@x.com",
    "@",
    " ",
]


async def test_an_address_nobody_can_write_to_is_refused(world):
    answers = {address[:40]: await world.api.post("/api/leads", json={"email": address}) for address in BAD_ADDRESSES}

    assert {address: answer.status_code for address, answer in answers.items()} == dict.fromkeys(answers, 422)
    assert (await page(world))["leads"] == []


async def test_addresses_that_look_alike_after_normalising_are_one_lead(either_world):
    first = await either_world.api.post("/api/leads", json={"email": "a@example-shop.com"})

    same = [
        await either_world.api.post("/api/leads", json={"email": address})
        for address in ("A@Example-Shop.com", " a@example-shop.com\n", "a@ⓔxample-shop.com")
    ]

    assert [answer.status_code for answer in same] == [409] * 3
    assert {answer.json()["id"] for answer in same} == {first.json()["id"]}


async def test_numbers_beyond_what_is_stored_are_refused_or_ignored(either_world):
    lead = await either_world.has_lead("Acme")
    for place, number in enumerate([2**63, -(2**63) - 1, 10**30, 1e300, True, "7"]):
        report = {"leadId": lead.id, "auditRunId": f"run-{place}", "pagesAudited": number, "score": number}
        draft = {"email": f"j{place}@acme.example.com", "opens": number, "score": number}

        reported = await either_world.api.post("/api/audits/complete", json=report)
        made = await either_world.api.post("/api/leads", json=draft)

        assert reported.status_code in {200, 422}
        assert (made.status_code, made.json()["opens"]) == (201, 0)


FINISHED = [*finished(), "leadId"]
anything = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False, allow_infinity=False) | some.text(),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
FIELDS = some.sampled_from([*FINISHED, "email", "firstName", "domain", "status", "leadIds", "campaignId", "tone"])


async def test_whatever_is_sent_the_answer_is_ours(world):
    lead = await world.has_lead("Acme")
    bodies: list[object] = []

    @settings(max_examples=60, database=None, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(some.dictionaries(FIELDS, anything, max_size=6))
    def gather(body):
        bodies.append(body)

    gather()

    for method, path in DOORS:
        for body in bodies:
            answer = await raw(world, method, path.format(lead=lead.id), json.dumps(body).encode())

            assert answer.status_code < 500, (path, body, answer.text)
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
