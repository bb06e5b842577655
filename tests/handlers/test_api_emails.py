"""The JSON doors of drafts: pages, one for a lead, approvals that tell the truth."""

import asyncio

from bot.outreach.access import Role, person
from bot.outreach.drafts import DraftState
from tests.handlers.api_given import bearing
from tests.scenarios.draft_given import draft_now, drafted, edit_of
from tests.scenarios.given import times_added

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
