"""Who may come through the JSON doors: nobody without a token, a token only within its scopes."""

from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from bot.outreach.access import SCOPES
from bot.outreach.members import Workspace
from tests.handlers.api_given import ADMIN, bearing, finished, raw

NOBODYS = "5b0c8f0e-6b0f-4c53-8a5e-6b8f5d1f0a02"
LEAD = "/api/leads/5b0c8f0e-6b0f-4c53-8a5e-6b8f5d1f0a01"
# Each door: a body it takes, and the scopes that open it.
READING = {"leads:read", "leads:write", "pushes:write", "emails:read", "emails:write"}
DOORS = {
    ("GET", "/api/leads"): (None, READING),
    ("POST", "/api/leads"): ({"email": "jane@acme.example.com"}, {"leads:write"}),
    ("GET", LEAD): (None, READING),
    ("PATCH", LEAD): ({"city": "Brno"}, {"leads:write"}),
    ("POST", f"{LEAD}/audit"): (None, {"leads:write"}),
    ("POST", f"{LEAD}/writeback"): ({"tone": "formal"}, {"leads:write"}),
    ("POST", f"{LEAD}/emails"): ({"tone": "formal"}, {"emails:write"}),
    ("GET", "/api/emails"): (None, READING),
    ("POST", f"/api/emails/{NOBODYS}/approve"): ({"revision": 1}, {"emails:write"}),
    ("GET", "/api/pipeline"): (None, READING),
    ("POST", "/api/plusvibe/leads/push"): ({"campaignId": "c", "leadIds": ["l"]}, {"pushes:write"}),
    ("POST", "/api/plusvibe/leads/complete"): ({"leadIds": ["l"]}, {"pushes:write"}),
    ("POST", "/api/audits/complete"): (finished(leadId="l"), {"audits:write"}),
    ("GET", f"/api/imports/{NOBODYS}"): (None, {"imports:write"}),
    ("GET", f"/api/imports/{NOBODYS}/rejects.csv"): (None, {"imports:write"}),
    ("POST", f"/api/imports/{NOBODYS}/undo"): (None, {"imports:write"}),
}


@pytest.mark.parametrize("scope", SCOPES)
async def test_a_token_opens_the_doors_of_its_scope_only(world, scope):
    headers = await bearing(world, scope)

    for (method, path), (body, opened_by) in DOORS.items():
        answer = await world.api.request(method, path, json=body, headers=headers)

        # An unknown lead is not found by those who may look, and forbidden to those who may not.
        allowed = {200, 201, 404} if scope in opened_by else {403, 404} if path.startswith(LEAD) else {403}
        assert answer.status_code in allowed, (method, path, answer.text)
        if answer.status_code == 403:
            assert answer.json()["error"] == "forbidden"
            assert any(scope in answer.json()["message"] for scope in opened_by)


@pytest.mark.parametrize("scope", SCOPES)
async def test_a_token_outside_its_scope_changes_nothing_of_a_lead_that_is_there(world, scope):
    lead = await world.has_lead("Acme", ready=True, campaign_id=(await world.campaign()).id)
    headers = await bearing(world, scope)
    closed = {door: body for door, (body, opened_by) in DOORS.items() if scope not in opened_by}

    for (method, path), body in closed.items():
        path = path.replace(LEAD, f"/api/leads/{lead.id}")
        answer = await world.api.request(method, path, json=body, headers=headers)

        assert answer.status_code == 403, (method, path)
    assert await world.lead(lead.id) == lead


@pytest.mark.parametrize(
    "header",
    [
        pytest.param({}, id="no header"),
        pytest.param({"Authorization": ""}, id="empty"),
        pytest.param({"Authorization": "Bearer"}, id="no token"),
        pytest.param({"Authorization": "Bearer nobody-knows"}, id="unknown"),
        pytest.param({"Authorization": "demo-token"}, id="no scheme"),
        pytest.param({"Authorization": "Basic demo-token"}, id="another scheme"),
        pytest.param({"Authorization": "Bearer demo-token2"}, id="one letter more"),
        pytest.param({"Authorization": b"Bearer \xff\xfe"}, id="not text"),
    ],
)
async def test_nobody_comes_in_without_a_token(world, header):
    world.api.headers.pop("Authorization")

    for (method, path), (body, _) in DOORS.items():
        answer = await world.api.request(method, path, json=body, headers=header)

        assert answer.status_code == 401, (method, path)
        assert answer.json()["error"] == "unauthorized"
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_without_a_token_a_malformed_body_is_not_even_looked_at(world):
    world.api.headers.pop("Authorization")

    for content in (b"{", b"[1,", b"\xff\xfe", b"{}", b'{"leadIds": 7}', b"[" * 100_000):
        answer = await raw(world, "POST", "/api/plusvibe/leads/push", content)

        assert answer.status_code == 401


async def test_the_scheme_may_be_written_in_any_case(world):
    answer = await world.api.get("/api/leads", headers={"Authorization": "bearer demo-token"})

    assert answer.status_code == 200


async def test_an_ended_token_opens_nothing(world):
    headers = await bearing(world, "leads:read")
    async with world.database.begin(world.workspace_id) as uow:
        (token,) = await uow.tokens.all()
        await uow.tokens.revoke(token.id, world.clock())

    answer = await world.api.get("/api/leads", headers=headers)

    assert answer.status_code == 401


async def test_a_token_of_another_workspace_opens_nothing_here(world):
    other = Workspace(str(uuid4()), "T0OTHER", "Other")
    async with world.database.begin_unbound() as directory:
        await directory.workspaces.add(other)
    text = await world.house.services.tokens.create(other.id, ADMIN, "theirs", list(SCOPES))

    answer = await world.api.get("/api/leads", headers={"Authorization": f"Bearer {text}"})

    assert answer.status_code == 401


async def test_a_token_is_kept_as_a_hash_and_never_logged(world):
    with capture_logs() as lines:
        headers = await bearing(world, "leads:read")
        await world.api.get("/api/leads", headers=headers)
        await world.api.post("/api/leads", headers=headers, json={})
    text = headers["Authorization"].removeprefix("Bearer ")

    async with world.database.read(world.workspace_id) as uow:
        (token,) = await uow.tokens.all()
    assert token.hash != text
    assert text not in str(lines)


async def test_a_reader_may_see_raw_payloads_only_with_a_reading_scope(world):
    lead = await world.has_lead("Acme", plusvibe_lead_data={"label": "INTERESTED", "raw": {"body": "private"}})

    by_reader = await world.api.get(f"/api/leads/{lead.id}", headers=await bearing(world, "leads:read"))
    by_pusher = await world.api.get(f"/api/leads/{lead.id}", headers=await bearing(world, "pushes:write"))

    assert by_reader.json()["plusvibeLeadData"] == {"label": "INTERESTED", "raw": {"body": "private"}}
    assert by_pusher.json()["plusvibeLeadData"] == {"label": "INTERESTED"}
