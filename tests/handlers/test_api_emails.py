"""The JSON doors of drafts: pages, one for a lead, approvals that tell the truth."""

import asyncio
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from bot.outreach.access import Role, person
from bot.outreach.drafts import DraftState
from bot.outreach.limits import OverLimit
from handlers.web import add_error_answers
from tests.handlers.api_given import bearing
from tests.scenarios.draft_given import draft_now, drafted, edit_of
from tests.scenarios.given import times_added
from tests.scenarios.mail_given import has_site

BEN = person("UBEN", "Ben", Role.EDITOR)


async def test_a_draft_is_made_for_a_lead_in_the_tone_asked_for(world):
    lead = await world.has_lead("Acme", ready=True)

    answer = await world.api.post(f"/api/leads/{lead.id}/emails", json={"tone": "formal"})

    assert answer.status_code == 201, answer.text
    email = answer.json()
    assert (email["leadId"], email["type"], email["status"], email["revision"]) == (lead.id, "manual", "waiting", 1)
    assert email["writebackStatus"] == "pending" and email["recipient"] == lead.email
    assert email["subject"] and email["body"] == email["letters"][0]["body"]
    assert (await world.api.post(f"/api/leads/{lead.id}/emails", json={"tone": "rude"})).status_code == 422
    assert (await world.api.post("/api/leads/none/emails")).status_code == 404


async def test_without_an_audit_the_cure_is_told(world):
    lead = await world.has_lead("Acme")

    answer = await world.api.post(f"/api/leads/{lead.id}/emails")

    assert answer.status_code == 422
    assert "Start an audit" in answer.json()["message"]


async def test_pages_of_one_state_follow_their_cursors(world):
    made = [(await drafted(world, f"Company {number}"))[1].id for number in range(3)]

    first = (await world.api.get("/api/emails", params={"state": "waiting", "limit": 2})).json()
    second = (
        await world.api.get("/api/emails", params={"state": "waiting", "limit": 2, "cursor": first["nextCursor"]})
    ).json()

    assert [email["id"] for email in first["emails"] + second["emails"]] == made
    assert second["nextCursor"] is None and second["previousCursor"]
    assert (await world.api.get("/api/emails", params={"state": "sent"})).json()["emails"] == []
    assert (await world.api.get("/api/emails", params={"state": "odd"})).status_code == 422
    assert (await world.api.get("/api/emails", params={"cursor": first["nextCursor"]})).status_code == 422


async def test_an_approval_hands_over_and_a_second_one_hears_of_the_first(world):
    lead, draft = await drafted(world)

    answer = await world.api.post(f"/api/emails/{draft.id}/approve")
    again = await world.api.post(f"/api/emails/{draft.id}/approve", json={"revision": 1})

    assert answer.status_code == 200, answer.text
    assert (answer.json()["status"], answer.json()["writebackStatus"]) == ("handed_over", "written")
    assert answer.json()["decidedAt"] and len(answer.json()["approvedBy"]) == 1
    assert again.status_code == 409 and again.json()["error"] == "already_decided"
    assert "approved revision 1" in again.json()["message"]
    assert times_added(world, lead.email) == 1


async def test_an_older_revision_is_stale_and_the_difference_is_told(world):
    _, draft = await drafted(world)
    await edit_of(world, draft, user=BEN, subject="Other")

    answer = await world.api.post(f"/api/emails/{draft.id}/approve", json={"revision": 1})

    assert answer.status_code == 409
    told = answer.json()
    assert (told["error"], told["revision"], told["editedBy"]) == ("stale", 2, "UBEN")
    assert told["changes"] == [{"step": 1, "part": "subject", "old": draft.subject, "new": "Other"}]
    assert (await draft_now(world, draft)).state is DraftState.WAITING


async def test_of_many_calls_at_once_one_approves(world):
    lead, draft = await drafted(world)

    answers = await asyncio.gather(*(world.api.post(f"/api/emails/{draft.id}/approve") for _ in range(5)))

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]
    assert times_added(world, lead.email) == 1


async def test_a_token_needs_the_scope(world):
    _, draft = await drafted(world)
    reading, writing = await bearing(world, "emails:read"), await bearing(world, "emails:write")

    assert (await world.api.get("/api/emails", headers=reading)).status_code == 200
    refused = await world.api.post(f"/api/emails/{draft.id}/approve", headers=reading)
    assert refused.status_code == 403 and "emails:write" in refused.json()["message"]
    assert (await world.api.post(f"/api/emails/{draft.id}/approve", headers=writing)).status_code == 200


async def test_a_draft_nobody_knows_is_not_found(world):
    assert (await world.api.post("/api/emails/none/approve")).status_code == 404


# Sent directly


async def test_an_approval_without_a_campaign_tells_when_its_email_leaves(world):
    await has_site(world)
    lead, draft = await drafted(world, linked=False)

    answer = await world.api.post(f"/api/emails/{draft.id}/approve")

    assert answer.status_code == 200, answer.text
    email = answer.json()
    assert (email["status"], email["mail"], email["waitsFor"], email["problem"]) == ("approved", "held", None, "")
    assert email["leavesAt"] > email["decidedAt"]
    await world.tick(seconds=61)
    await world.tick(seconds=3)
    assert (await world.api.get("/api/emails", params={"state": "sent"})).json()["emails"][0]["mail"] == "accepted"
    assert [mail.to for mail in world.demo.sendgrid.mails] == [lead.email]


async def test_a_used_up_day_is_429_with_its_numbers_and_decides_nothing_unless_it_may_queue(world):
    await has_site(world, daily_cap=1)
    first, second = [(await drafted(world, name, linked=False))[1] for name in ("Acme", "Bolt")]
    await world.api.post(f"/api/emails/{first.id}/approve")

    refused = await world.api.post(f"/api/emails/{second.id}/approve")
    assert refused.status_code == 429
    told = refused.json()
    assert told.pop("resets_at").endswith("Z")
    assert told == {"error": "limit_reached", "limit": 1, "used": 1, "scope": "site"}
    assert (await draft_now(world, second)).state is DraftState.WAITING

    queued = await world.api.post(f"/api/emails/{second.id}/approve", json={"queue": True})
    assert (queued.status_code, queued.json()["mail"], queued.json()["waitsFor"]) == (200, "held", "cap")


async def test_with_two_sites_the_caller_says_which(world):
    await has_site(world, "Moony")
    sunny = await has_site(world, "Sunny")
    _, draft = await drafted(world, linked=False)

    unsaid = await world.api.post(f"/api/emails/{draft.id}/approve")
    unknown = await world.api.post(f"/api/emails/{draft.id}/approve", json={"siteId": "none"})
    said = await world.api.post(f"/api/emails/{draft.id}/approve", json={"siteId": sunny.id})

    assert [answer.status_code for answer in (unsaid, unknown, said)] == [422, 422, 200]
    assert unsaid.json()["field"] == "siteId"
    assert said.json()["mail"] == "held"


RESETS = datetime(2026, 3, 3, tzinfo=UTC)
REFUSALS = {
    "a used-up day": (
        OverLimit("Full.", limit=100, used=100, resets_at=RESETS, scope="site"),
        {"error": "limit_reached", "limit": 100, "used": 100, "resets_at": "2026-03-03T00:00:00Z", "scope": "site"},
    ),
    "a prospect who rests": (
        OverLimit("Rests.", limit=1, used=1, resets_at=RESETS, scope="prospect"),
        {"error": "limit_reached", "limit": 1, "used": 1, "resets_at": "2026-03-03T00:00:00Z", "scope": "prospect"},
    ),
}
PATHS = ("/api/emails", "/api/leads", "/api/pipeline")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("refusal", "body"), REFUSALS.values(), ids=REFUSALS)
async def test_whatever_path_runs_into_a_limit_says_it_alike(path, refusal, body):
    app = FastAPI()
    add_error_answers(app)

    @app.get(path)
    async def refuse() -> None:
        raise refusal

    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        answer = await client.get(path)

    assert (answer.status_code, answer.json()) == (429, body)
