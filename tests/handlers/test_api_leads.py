"""`/api/leads`: made, listed, found, changed, by the names the contract has."""

import asyncio
from uuid import uuid4

import pytest

from bot.outreach.leads import LeadDraft, LeadStatus
from bot.outreach.members import Workspace
from tests.handlers.api_given import names, page

LEAD_NAMES = {
    "id", "email", "firstName", "lastName", "companyName", "domain", "phone", "website", "city", "country", "industry",
    "companySize", "revenue", "status", "grade", "topIssue", "opens", "auditRunId", "campaignId", "plusvibeLeadData",
    "createdAt", "updatedAt",
}  # fmt: skip
WHOLE = {
    "email": "jane@acme.example.com",
    "firstName": "Jane",
    "lastName": "Doe",
    "companyName": "Acme",
    "domain": "acme.example.com",
    "phone": "+420 123 456 789",
    "website": "https://acme.example.com",
    "city": "Brno",
    "country": "Czechia",
    "industry": "Retail",
    "companySize": "11-50",
    "revenue": "1M-5M",
    "status": "new",
}


async def test_a_new_lead_reads_as_it_was_written(either_world):
    made = await either_world.api.post("/api/leads", json=WHOLE)
    read = await either_world.api.get(f"/api/leads/{made.json()['id']}")

    assert made.status_code == 201
    assert set(made.json()) == LEAD_NAMES
    assert {name: made.json()[name] for name in WHOLE} == WHOLE
    assert read.status_code == 200
    assert read.json() == made.json()


async def test_a_second_lead_with_the_same_email_names_the_first(either_world):
    first = await either_world.api.post("/api/leads", json={"email": "jane@acme.example.com"})

    second = await either_world.api.post("/api/leads", json={"email": " JANE@acme.example.com "})

    assert second.status_code == 409
    assert second.json() == {"error": "duplicate", "id": first.json()["id"]}


async def test_of_ten_equal_leads_at_once_one_is_made(either_world):
    body = {"email": "jane@acme.example.com"}

    answers = await asyncio.gather(*(either_world.api.post("/api/leads", json=body) for _ in range(10)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
    assert len({answer.json()["id"] for answer in answers}) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param({}, "email", id="nothing at all"),
        pytest.param({"email": "jane@"}, "email", id="half an address"),
        pytest.param({"email": "jane@acme"}, "email", id="no top level domain"),
        pytest.param({"email": "a@acme.com\r\nBcc: all@acme.com"}, "email", id="a header in the address"),
        pytest.param({"email": "j" * 65 + "@acme.com"}, "email", id="a name part of 65 characters"),
        pytest.param({"companyName": "A" * 501}, "companyName", id="a company of 501 characters"),
    ],
)
async def test_an_unusable_field_is_named(world, body, field):
    answer = await world.api.post("/api/leads", json=body)

    assert answer.status_code == 422
    assert answer.json()["error"] == "invalid"
    assert answer.json()["field"] == field
    assert not (await page(world))["leads"]


async def test_unknown_fields_are_ignored_and_null_means_not_given(world):
    body = {"email": "jane@acme.example.com", "firstName": None, "status": None, "shoeSize": 44, "id": "mine"}

    made = await world.api.post("/api/leads", json=body)

    assert made.status_code == 201
    assert made.json()["id"] != "mine"
    assert made.json()["firstName"] == ""
    assert made.json()["status"] == "new"


async def test_the_legacy_status_may_be_brought_along_and_is_never_chosen_again(world):
    old = await world.api.post("/api/leads", json={"email": "jane@acme.example.com", "status": "sent"})

    again = await world.api.patch(f"/api/leads/{old.json()['id']}", json={"status": "sent"})

    assert (old.status_code, old.json()["status"]) == (201, "sent")
    assert (again.status_code, again.json()["field"]) == (422, "status")


async def test_patch_changes_what_is_given_and_nothing_else(world):
    made = (await world.api.post("/api/leads", json=WHOLE)).json()

    changed = await world.api.patch(f"/api/leads/{made['id']}", json={"city": "Praha", "status": "converted"})

    unchanged = LEAD_NAMES - {"city", "status", "updatedAt"}
    assert changed.status_code == 200
    assert changed.json()["city"] == "Praha"
    assert changed.json()["status"] == "converted"
    assert {name: changed.json()[name] for name in unchanged} == {name: made[name] for name in unchanged}
    assert (await world.lead(made["id"])).status_by_hand


async def test_patch_to_somebody_elses_email_names_them(world):
    taken = await world.has_lead("Acme")
    other = await world.has_lead("Beta")

    answer = await world.api.patch(f"/api/leads/{other.id}", json={"email": taken.email})

    assert answer.status_code == 409
    assert answer.json() == {"error": "duplicate", "id": taken.id}
    assert (await world.lead(other.id)).email == other.email


@pytest.mark.parametrize("status", ["sent", "elsewhere", None, 7], ids=str)
async def test_patch_refuses_a_status_nobody_may_choose(world, status):
    lead = await world.has_lead("Acme")

    answer = await world.api.patch(f"/api/leads/{lead.id}", json={"status": status})

    assert answer.status_code == 422
    assert (await world.lead(lead.id)).status is LeadStatus.NEW


async def test_a_lead_tells_what_its_writeback_wrote(world):
    lead = await world.has_lead("Acme", ready=True)

    told = (await world.api.get(f"/api/leads/{lead.id}")).json()

    variables = told["plusvibeLeadData"]["lastOutboundWriteback"]["variables"]
    assert (told["status"], told["grade"], told["topIssue"]) == ("email_generated", "D", "No page says what it costs")
    assert told["auditRunId"] == f"run-{lead.id}"
    assert variables["custom_audit_grade"] == "D"
    assert {"email_subject", "email_body", "email_cta"} < set(variables)


# The list


async def test_the_list_is_sorted_either_way(world):
    await world.has_lead("Beta", status=LeadStatus.CONVERTED, opens=9)
    await world.has_lead("Acme", status=LeadStatus.NEW, opens=1, grade="B")
    await world.has_lead("Ćevap", status=LeadStatus.OPENED, opens=4, grade="A")
    orders = {
        "company": ["Acme", "Beta", "Ćevap"],
        "-company": ["Ćevap", "Beta", "Acme"],
        "created": ["Ćevap", "Acme", "Beta"],
        "-created": ["Beta", "Acme", "Ćevap"],
        "opens": ["Beta", "Ćevap", "Acme"],
        "-opens": ["Acme", "Ćevap", "Beta"],
        "status": ["Acme", "Ćevap", "Beta"],
        "grade": ["Ćevap", "Acme", "Beta"],
    }

    assert {sort: await names(world, sort=sort) for sort in orders} == orders


async def test_the_list_is_searched_and_filtered(either_world):
    await either_world.has_lead("Acme", status=LeadStatus.OPENED)
    await either_world.has_lead("Acme Labs")
    await either_world.has_lead("Beta", status=LeadStatus.OPENED)

    assert sorted(await names(either_world, q="acme")) == ["Acme", "Acme Labs"]
    assert await names(either_world, q="labs acme") == ["Acme Labs"]
    assert sorted(await names(either_world, status="opened")) == ["Acme", "Beta"]
    assert await names(either_world, q="ACME", status="opened") == ["Acme"]
    assert await names(either_world, q="nobody") == []


async def test_the_total_is_known_except_while_searching(world):
    for company in ("Acme", "Beta", "Gamma"):
        await world.has_lead(company)
    await world.has_lead("Delta", status=LeadStatus.OPENED)

    assert (await page(world, limit=1))["total"] == 4
    assert (await page(world, status="opened"))["total"] == 1
    assert (await page(world, status="bounced"))["total"] == 0
    assert (await page(world, q="acme"))["total"] is None


async def test_cursors_lead_through_every_page_and_back(either_world):
    for number in range(7):
        await either_world.has_lead(f"Co {number}")

    for query in ({}, {"sort": "company"}, {"sort": "-company", "q": "co"}, {"status": "new"}):
        pages = [await page(either_world, limit=3, **query)]
        while pages[-1]["nextCursor"]:
            pages.append(await page(either_world, limit=3, cursor=pages[-1]["nextCursor"], **query))
        back = await page(either_world, limit=3, cursor=pages[-1]["previousCursor"], **query)

        seen = [lead["companyName"] for found in pages for lead in found["leads"]]
        assert seen == await names(either_world, **query)
        assert [len(found["leads"]) for found in pages] == [3, 3, 1]
        assert pages[0]["previousCursor"] is None
        assert back["leads"] == pages[1]["leads"]


async def test_pages_stay_right_while_leads_come_and_go(world):
    leads = [await world.has_lead(f"Co {number}") for number in range(6)]
    first = await page(world, sort="-created", limit=2)
    await world.has_lead("Late Co")
    async with world.database.begin(world.workspace_id) as uow:
        await uow.leads.remove(leads[1].id, world.clock())

    second = await page(world, sort="-created", limit=2, cursor=first["nextCursor"])

    assert [lead["companyName"] for lead in second["leads"]] == ["Co 2", "Co 3"]


async def test_a_cursor_of_another_question_is_refused(world):
    for number in range(3):
        await world.has_lead(f"Co {number}")
    mismatched = [
        ({}, {"status": "new"}),
        ({}, {"q": "co"}),
        ({"sort": "company"}, {"sort": "created"}),
        ({"sort": "company"}, {"sort": "-company"}),
        ({"status": "new"}, {"status": "opened"}),
    ]

    for made_for, used_for in mismatched:
        cursor = (await page(world, limit=1, **made_for))["nextCursor"]
        answer = await world.api.get("/api/leads", params={"cursor": cursor, **used_for})

        assert (answer.status_code, answer.json()["field"]) == (422, "cursor"), used_for


async def test_a_spoilt_cursor_is_refused(world):
    for number in range(3):
        await world.has_lead(f"Co {number}")
    cursor = (await page(world, limit=1))["nextCursor"]
    spoilt = {
        "cut short": cursor[:-4],
        "cut to three letters": cursor[:3],
        "backwards": cursor[::-1],
        "garbage": "garbage",
        "a zero": "\0",
        "not ascii": "žluťoučký",
        "endless": cursor * 50,
        "deep": "W1tbW1tbW1tbW1tbW1tb" * 90,
    }

    answers = {name: await world.api.get("/api/leads", params={"cursor": text}) for name, text in spoilt.items()}

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(spoilt, 422)
    assert {answer.json()["error"] for answer in answers.values()} == {"invalid"}


@pytest.mark.parametrize(("name", "value"), [
    ("limit", 0), ("limit", -1), ("limit", 10**6), ("limit", 10**30), ("limit", "ten"), ("sort", "shoes"),
    ("sort", "--company"), ("status", "asleep"), ("q", "a" * 201),
])  # fmt: skip
async def test_a_question_that_makes_no_sense_is_refused_by_name(world, name, value):
    answer = await world.api.get("/api/leads", params={name: value})

    assert (answer.status_code, answer.json()["error"], answer.json()["field"]) == (422, "invalid", name)


async def test_empty_parameters_are_as_good_as_none(world):
    await world.has_lead("Acme")

    answer = await world.api.get("/api/leads?q=&status=&sort=&cursor=&limit=")

    assert answer.status_code == 200
    assert [lead["companyName"] for lead in answer.json()["leads"]] == ["Acme"]


async def test_any_words_may_be_searched_for(either_world):
    await either_world.has_lead("Acme")
    typed = ["%", "_", "'", '"', "\\", "*", "a*", "NEAR(a b)", "-acme", "acme OR beta", "(", "\0", "🙂" * 50, "İ"]

    answers = {words: await either_world.api.get("/api/leads", params={"q": words}) for words in typed}

    assert {words: answer.status_code for words, answer in answers.items()} == dict.fromkeys(typed, 200)


# Leads that are not there


NOWHERE = [str(uuid4()), "not-a-uuid", "0", "-1", "%00", "%2e%2e", "é", "x" * 3_000, "'; drop table leads; --"]


async def test_an_unknown_lead_is_not_found_at_any_door(either_world):
    doors = [("GET", ""), ("PATCH", ""), ("POST", "/audit"), ("POST", "/writeback")]

    for lead_id in NOWHERE:
        for method, act in doors:
            answer = await either_world.api.request(method, f"/api/leads/{lead_id}{act}", json={})

            assert answer.status_code == 404, (lead_id[:40], method, act, answer.text)
            assert answer.json()["error"] == "not_found"


async def test_another_workspaces_lead_is_not_found_at_any_door(world):
    campaign = await world.campaign()
    other = Workspace(str(uuid4()), "T0OTHER", "Other")
    async with world.database.begin_unbound() as directory:
        await directory.workspaces.add(other)
    async with world.database.begin(other.id) as uow:
        draft = LeadDraft("jane@acme.example.com", domain="acme.example.com")
        theirs = await uow.leads.add(str(uuid4()), draft, key="jane@acme.example.com", at=world.clock())

    found = {
        "read": await world.api.get(f"/api/leads/{theirs.id}"),
        "change": await world.api.patch(f"/api/leads/{theirs.id}", json={"city": "Brno"}),
        "audit": await world.api.post(f"/api/leads/{theirs.id}/audit"),
        "write back": await world.api.post(f"/api/leads/{theirs.id}/writeback"),
        "push": await world.api.post(
            "/api/plusvibe/leads/push", json={"campaignId": campaign.id, "leadIds": [theirs.id]}
        ),
        "complete": await world.api.post("/api/plusvibe/leads/complete", json={"leadIds": [theirs.id]}),
        "report": await world.api.post("/api/audits/complete", json={"leadId": theirs.id, "auditRunId": "run-1"}),
        "report by domain": await world.api.post(
            "/api/audits/complete", json={"domain": "acme.example.com", "auditRunId": "run-1"}
        ),
    }

    assert {act: answer.status_code for act, answer in found.items()} == dict.fromkeys(found, 404)
    assert (await page(world))["leads"] == []
    assert (await world.api.post("/api/leads", json={"email": "jane@acme.example.com"})).status_code == 201
