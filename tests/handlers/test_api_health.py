"""The doors for whoever watches, the page of the API, and what is not there."""

import pytest
from sqlalchemy import text

from tests.world import built

DOORS = {
    "/api/leads": {"get", "post"},
    "/api/leads/{lead_id}": {"get", "patch"},
    "/api/leads/{lead_id}/audit": {"post"},
    "/api/leads/{lead_id}/writeback": {"post"},
    "/api/plusvibe/leads/push": {"post"},
    "/api/plusvibe/leads/complete": {"post"},
    "/api/audits/complete": {"post"},
    "/unsubscribe/{token}": {"get", "post"},
    "/healthz": {"get"},
    "/readyz": {"get"},
    "/metrics": {"get"},
}


@pytest.fixture
def anybody(world):
    """A caller without a token."""
    del world.api.headers["Authorization"]
    return world.api


async def test_whoever_watches_needs_no_token(anybody):
    alive, ready = await anybody.get("/healthz"), await anybody.get("/readyz")

    assert (alive.status_code, alive.json()["status"]) == (200, "ok")
    assert (ready.status_code, ready.json()["status"]) == (200, "ok")


async def test_a_schema_that_is_not_current_is_not_ready(postgres_url):
    async with built(postgres_url) as world:
        async with world.database._writing.begin() as connection:
            await connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))

        alive, ready = await world.api.get("/healthz"), await world.api.get("/readyz")

    assert alive.status_code == 200
    assert ready.status_code == 503
    assert ready.json()["status"] == "not ready"


async def test_the_figures_are_read_by_prometheus(anybody, world):
    await world.tick()

    answer = await anybody.get("/metrics")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert "outreach_clock_runs_total" in answer.text


async def test_every_door_is_described(anybody):
    page, described = await anybody.get("/docs"), (await anybody.get("/openapi.json")).json()

    ours = {path: set(acts) for path, acts in described["paths"].items() if not path.startswith("/sandbox")}
    assert page.status_code == 200
    assert {path: ours.get(path) for path in DOORS} == DOORS
    assert not {"/slack/events", "/leads/{lead_id}"} & set(ours)


async def test_the_description_holds_together(anybody):
    described = (await anybody.get("/openapi.json")).json()

    known = {f"#/components/schemas/{name}" for name in described["components"]["schemas"]}
    asked = [act for acts in described["paths"].values() for act in acts.values()]
    ids = [act["operationId"] for act in asked]
    assert described["openapi"].startswith("3.")
    assert _references(described) <= known
    assert len(set(ids)) == len(ids)
    assert all(act["responses"] for act in asked)


async def test_the_description_asks_for_the_token_and_names_fields_as_they_are_sent(anybody):
    described = (await anybody.get("/openapi.json")).json()

    schemas = described["components"]["schemas"]
    scheme = next(iter(described["components"]["securitySchemes"]))
    assert described["components"]["securitySchemes"][scheme]["scheme"] == "bearer"
    for path, acts in described["paths"].items():
        if path.startswith("/api"):
            assert all(act["security"] == [{scheme: []}] for act in acts.values()), path
    assert {"firstName", "companySize", "status"} < set(schemas["LeadBody"]["properties"])
    assert set(schemas["PushBody"]["required"]) == {"campaignId", "leadIds"}


def _references(part):
    if isinstance(part, dict):
        own = {part["$ref"]} if "$ref" in part else set()
        return own.union(*(_references(inner) for inner in part.values()))
    return set().union(*(_references(inner) for inner in part)) if isinstance(part, list) else set()


@pytest.mark.parametrize(
    ("method", "path", "status", "error"),
    [
        ("GET", "/api/shoes", 404, "not_found"),
        ("GET", "/nowhere", 404, "not_found"),
        ("DELETE", "/api/leads", 405, "method_not_allowed"),
        ("GET", "/plusvibe/webhook", 405, "method_not_allowed"),
        ("GET", "/sendgrid/webhook", 405, "method_not_allowed"),
        ("PUT", "/api/leads/1", 405, "method_not_allowed"),
    ],
)
async def test_a_door_that_is_not_there_says_so_in_json(world, method, path, status, error):
    answer = await world.api.request(method, path)

    assert answer.status_code == status
    assert answer.json()["error"] == error


async def test_a_leads_bookmark_tells_nothing_of_the_lead(anybody, world):
    lead = await world.has_lead("Acme")

    there = await anybody.get(f"/leads/{lead.id}")
    nowhere = await anybody.get("/leads/%3Cscript%3Ealert(1)")

    assert there.status_code == nowhere.status_code == 200
    assert f"/leads show {lead.id}" in there.text
    assert "Acme" not in there.text
    assert "<script>alert" not in nowhere.text
