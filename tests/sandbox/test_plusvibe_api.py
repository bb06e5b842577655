"""The stand-in's API, against what is known of the real one."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.outreach.addresses import plusvibe_accepts
from bot.sandbox.plusvibe import seed
from bot.sandbox.plusvibe.app import plusvibe_app
from bot.sandbox.plusvibe.unknowns import Unknowns
from bot.sandbox.plusvibe.world import API_KEY, WORKSPACE_ID, PlusVibeWorld
from bot.sandbox.serving import serving

HERE = {"workspace_id": WORKSPACE_ID}


@pytest.fixture
async def world() -> AsyncIterator[PlusVibeWorld]:
    world = PlusVibeWorld(unknowns=Unknowns(limiter=False))
    seed.seed_campaigns(world)
    yield world
    await world.aclose()


@pytest.fixture
async def api(world: PlusVibeWorld) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        serving(plusvibe_app(world)) as url,
        httpx.AsyncClient(base_url=f"{url}/api/v1", headers={"x-api-key": API_KEY}, trust_env=False) as client,
    ):
        yield client


async def add(api: httpx.AsyncClient, *emails: str, campaign: str = seed.AUDIT_LETTER, **flags: Any) -> dict[str, Any]:
    body = {**HERE, "campaign_id": campaign, "leads": [{"email": email} for email in emails], **flags}
    answer = (await api.post("/lead/add", json=body)).json()
    assert isinstance(answer, dict)
    return answer


async def test_a_key_is_needed_everywhere(api: httpx.AsyncClient) -> None:
    assert (await api.get("/authenticate", headers={"x-api-key": "no"})).status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "query", "body", "status"),
    [
        ("GET", "/campaign/list-all", HERE, None, 200),
        ("GET", "/campaign/list-all", {}, None, 400),
        ("GET", "/hook/list", HERE, None, 200),
        ("POST", "/lead/delete", HERE, {"delete_list": ["a@b.example"]}, 400),
        ("POST", "/lead/delete", {}, {**HERE, "delete_list": ["a@b.example"]}, 200),
        ("DELETE", "/hook/del", HERE, {"ids": []}, 400),
        ("DELETE", "/hook/del", {}, {**HERE, "ids": []}, 200),
        ("GET", "/campaign/list-all", {"workspace_id": "other"}, None, 403),
    ],
)
async def test_the_workspace_stands_in_the_query_of_a_get_and_in_the_body_of_the_rest(
    api: httpx.AsyncClient, method: str, path: str, query: dict[str, str], body: Any, status: int
) -> None:
    answer = await api.request(method, path, params=query, json=body)

    assert answer.status_code == status
    assert status != 400 or "workspace_id is required" in answer.text


async def test_five_calls_a_second_and_no_more(world: PlusVibeWorld, api: httpx.AsyncClient) -> None:
    world.unknowns.limiter, world.unknowns.retry_after_seconds = True, 1

    answers = [await api.get("/authenticate") for _ in range(7)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
    assert answers[-1].headers["retry-after"] == "1"


@pytest.mark.parametrize(
    "email", ["a+b@acme.example", "-a@acme.example", "a@acme", "a@acme.example\n", "", "ž@acme.example", "a@b..com"]
)
async def test_one_bad_address_refuses_the_batch_and_names_it(
    world: PlusVibeWorld, api: httpx.AsyncClient, email: str
) -> None:
    answer = await add(api, "fine@acme.example", email)

    refused = not plusvibe_accepts(email)
    assert (answer["status"] == "error") is refused
    assert not refused or "leads>1>email" in answer["message"]
    assert bool(world.leads) is not refused


async def test_counters_add_up(world: PlusVibeWorld, api: httpx.AsyncClient) -> None:
    await add(api, "old@acme.example")

    answer = await add(api, "new@acme.example", "NEW@acme.example", "old@acme.example")

    assert answer == {
        "status": "success", "total_sent": 3, "leads_uploaded": 1, "already_in_campaign": 1,
        "duplicate_email_count": 1, "invalid_email_count": 0, "skipped": 0, "overwritten": 0,
        "overflowed_lead_count": 0, "remaining_in_plan": 49_998,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("flags", "elsewhere", "counter"),
    [
        ({}, seed.AUTUMN, "leads_uploaded"),
        ({"skip_if_in_workspace": True}, seed.SPRING, "skipped"),
        ({"skip_lead_in_active_pause_camp": True}, seed.AUTUMN, "skipped"),
        ({"skip_lead_in_active_pause_camp": True}, seed.SPRING, "leads_uploaded"),
        ({"skip_lead_for_active_only_camp": True}, seed.AUTUMN, "leads_uploaded"),
        ({"skip_lead_for_active_only_camp": True}, seed.QUICK_WINS, "skipped"),
        ({"is_overwrite": True}, seed.AUDIT_LETTER, "overwritten"),
        ({"is_overwrite": False}, seed.AUDIT_LETTER, "already_in_campaign"),
    ],
)
async def test_flags_decide_what_becomes_of_a_lead_known_elsewhere(
    world: PlusVibeWorld, api: httpx.AsyncClient, flags: dict[str, Any], elsewhere: str, counter: str
) -> None:
    world.enrol(elsewhere, "jane@acme.example")

    answer = await add(api, "jane@acme.example", **flags)

    assert answer[counter] == 1


async def test_a_full_plan_overflows(world: PlusVibeWorld, api: httpx.AsyncClient) -> None:
    world.unknowns.plan_leads = 1

    answer = await add(api, "a@acme.example", "b@acme.example")

    assert (answer["leads_uploaded"], answer["overflowed_lead_count"], answer["remaining_in_plan"]) == (1, 1, 0)


@pytest.mark.parametrize(("resume", "status"), [(True, "ACTIVE"), (False, "COMPLETED")])
async def test_a_completed_campaign_resumes_only_by_its_flag(
    world: PlusVibeWorld, api: httpx.AsyncClient, resume: bool, status: str
) -> None:
    world.campaigns[seed.AUDIT_LETTER].status = "COMPLETED"

    await add(api, "jane@acme.example", resume_camp_if_completed=resume)

    assert world.campaigns[seed.AUDIT_LETTER].status == status


async def test_custom_variables_are_stored_with_their_prefix_even_twice(
    world: PlusVibeWorld, api: httpx.AsyncClient
) -> None:
    lead = {"email": "jane@acme.example", "first_name": "Jane", "shoe_size": 38,
            "custom_variables": {"icebreaker": "Hi", "custom_grade": "A"}}  # fmt: skip
    await api.post("/lead/add", json={**HERE, "campaign_id": seed.AUDIT_LETTER, "leads": [lead]})

    (row,) = (await api.get("/lead/get", params={**HERE, "email": "jane@acme.example"})).json()

    assert row["lead_data"] | {"_id": ""} == {
        "_id": "", "email": "jane@acme.example", "label": "", "first_name": "Jane", "custom_shoe_size": "38",
        "custom_icebreaker": "Hi", "custom_custom_grade": "A",
    }  # fmt: skip


async def test_one_address_is_a_lead_per_campaign(api: httpx.AsyncClient) -> None:
    await add(api, "jane@acme.example")
    await add(api, "jane@acme.example", campaign=seed.AUTUMN)

    rows = (await api.get("/lead/get", params={**HERE, "email": "jane@acme.example"})).json()

    assert {row["campaign"] for row in rows} == {seed.AUDIT_LETTER, seed.AUTUMN}


async def test_lead_pages_begin_at_one_and_end_short(world: PlusVibeWorld, api: httpx.AsyncClient) -> None:
    for number in range(5):
        world.enrol(seed.AUDIT_LETTER, f"p{number}@acme.example", custom={"note": "x"})

    order: dict[str, str | int] = {**HERE, "limit": 2, "sort": "_id", "direction": "asc"}
    pages = [(await api.get("/lead/workspace-leads", params={**order, "page": page})).json() for page in (1, 2, 3, 4)]

    assert [[row["email"][:2] for row in page] for page in pages] == [["p0", "p1"], ["p2", "p3"], ["p4"], []]
    assert "custom_note" not in pages[0][0]


async def test_statuses_are_counted_and_compared_exactly(world: PlusVibeWorld, api: httpx.AsyncClient) -> None:
    world.enrol(seed.AUDIT_LETTER, "a@acme.example")
    world.enrol(seed.AUDIT_LETTER, "b@acme.example").status = "CONTACTED"

    counts = (await api.get("/lead/count/lead-status", params=HERE)).json()
    contacted = (await api.get("/lead/workspace-leads", params={**HERE, "status": "CONTACTED"})).json()

    assert {row["status"]: row["count"] for row in counts} == {"NOT_CONTACTED": 1, "CONTACTED": 1}
    assert [row["email"] for row in contacted] == ["b@acme.example"]


async def test_a_label_goes_inside_the_variables_and_native_names_stay_native(
    world: PlusVibeWorld, api: httpx.AsyncClient
) -> None:
    lead = world.enrol(seed.AUDIT_LETTER, "jane@acme.example")
    variables = {"label": "INTERESTED", "city": "Brno", "grade": "A"}

    await api.post("/lead/data/update", json={**HERE, "email": lead.email, "variables": variables})

    assert (lead.label, lead.native, lead.custom) == ("INTERESTED", {"city": "Brno"}, {"custom_grade": "A"})


@pytest.mark.parametrize("status", ["PAUSED", "completed", "CONTACTED"])
async def test_completed_is_the_only_status_to_set(world: PlusVibeWorld, api: httpx.AsyncClient, status: str) -> None:
    lead = world.enrol(seed.AUDIT_LETTER, "jane@acme.example")
    body = {**HERE, "campaign_id": seed.AUDIT_LETTER, "email": lead.email, "new_status": status}

    answer = await api.post("/lead/update/status", json=body)

    assert (answer.status_code, lead.status) == (400, "NOT_CONTACTED")


@pytest.mark.parametrize(
    ("scope", "left"),
    [
        ({"campaign_id": seed.AUDIT_LETTER}, {"joe@acme.example", "jane@acme.example in autumn"}),
        ({}, {"joe@acme.example"}),
        ({"delete_all_from_company": True}, set()),
    ],
)
async def test_deleting_reaches_as_far_as_its_scope(
    world: PlusVibeWorld, api: httpx.AsyncClient, scope: dict[str, Any], left: set[str]
) -> None:
    for campaign, email in ((seed.AUDIT_LETTER, "jane"), (seed.AUTUMN, "jane"), (seed.AUDIT_LETTER, "joe")):
        world.enrol(campaign, f"{email}@acme.example")

    await api.post("/lead/delete", json={**HERE, "delete_list": ["JANE@acme.example"], **scope})

    assert {email + (" in autumn" if campaign == seed.AUTUMN else "") for campaign, email in world.leads} == left


async def test_lists_come_in_the_envelopes_seen_live(world: PlusVibeWorld, api: httpx.AsyncClient) -> None:
    world.add_hook("http://127.0.0.1:9/", secret="s", events=["EMAIL_SENT"])

    hooks = (await api.get("/hook/list", params=HERE)).json()
    accounts = (await api.get("/account/list", params=HERE)).json()
    nothing = (await api.get("/campaign/list-all", params={**HERE, "skip": 99})).json()

    assert (hooks["hooks"][0]["secret"], hooks["hooks"][0]["evt_types"]) == ("s", ["EMAIL_SENT"])
    assert accounts["accounts"]
    assert nothing == {}


@pytest.mark.parametrize("ignored", [True, False])
async def test_an_unmatched_unibox_filter_is_ignored_and_pages_are_tiny(
    world: PlusVibeWorld, api: httpx.AsyncClient, ignored: bool
) -> None:
    world.unknowns.unmatched_unibox_filter_ignored = ignored
    world.messages = [{"id": str(n), "lead": "a@b.example", "direction": "IN", "campaign_id": "", "label": "",
                       "body": {}} for n in range(6)]  # fmt: skip

    first = (await api.get("/unibox/emails", params={**HERE, "lead": "nobody@b.example"})).json()
    second = (await api.get("/unibox/emails", params={**HERE, "page_trail": "pt_4", "preview_only": "true"})).json()

    assert [row["id"] for row in first["data"]] == (["5", "4", "3", "2"] if ignored else [])
    assert [row["id"] for row in second["data"]] == ["1", "0"]
    assert (second["page_trail"], second["data"][0]["body"]) == ("", None)


@pytest.mark.parametrize(
    ("fault", "answered", "enrolled"),
    [
        ({"status": 500}, 500, False),
        ({"status": 502, "effect": True}, 502, True),
        ({"garbage": True}, 200, True),
        ({"drop_after_effect": True}, None, True),
    ],
)
async def test_faults_keep_effect_and_answer_apart(
    world: PlusVibeWorld, api: httpx.AsyncClient, fault: dict[str, Any], answered: int | None, enrolled: bool
) -> None:
    world.fail_next("/lead/add", **fault)
    body = {**HERE, "campaign_id": seed.AUDIT_LETTER, "leads": [{"email": "jane@acme.example"}]}

    try:
        status: int | None = (await api.post("/lead/add", json=body)).status_code
    except httpx.RemoteProtocolError:
        status = None

    assert (status, bool(world.leads)) == (answered, enrolled)
    assert (await api.post("/lead/add", json=body)).json()["status"] == "success"
