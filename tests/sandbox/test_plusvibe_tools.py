"""The switches on the local workspace's page: what they do at the stand-in, and what they say."""

import httpx
import pytest
from fastapi import FastAPI

from bot.sandbox.plusvibe import seed
from bot.sandbox.plusvibe.tools import tools_router
from bot.sandbox.plusvibe.world import PlusVibeWorld


@pytest.fixture
def plusvibe() -> PlusVibeWorld:
    made = PlusVibeWorld()
    seed.seed_campaigns(made)
    return made


@pytest.fixture
def press(plusvibe):
    """Press one of the switches; what it says."""
    web = FastAPI()
    web.include_router(tools_router(plusvibe))

    async def pressed(name: str, **headers: str) -> str:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(web), base_url="http://localhost") as client:
            answer = await client.post(f"/plusvibe/tools/{name}", headers=headers)
        return answer.json().get("message") or answer.json()["detail"]

    return pressed


async def test_e_mails_go_out_to_whoever_waits_and_then_somebody_replies(plusvibe, press):
    lead = plusvibe.enrol(seed.AUDIT_LETTER, "jane@acme.example", {}, {})

    assert await press("send") == "PlusVibe sent 1 e-mail."
    assert await press("send") == "Nobody waits for a first e-mail: push some leads."
    assert await press("reply") == "jane@acme.example replied, interested."
    assert (lead.step, lead.status, lead.label) == (1, "REPLIED", "INTERESTED")


async def test_nobody_replies_before_anybody_was_written_to(press):
    assert await press("reply") == "Nobody was written to yet."


async def test_plusvibe_goes_down_and_comes_back(plusvibe, press):
    assert await press("down") == "PlusVibe is down: every call answers 503."
    assert plusvibe.down
    assert await press("down") == "PlusVibe is up again."


async def test_another_sites_page_cannot_press(plusvibe, press):
    assert "another origin" in await press("down", origin="https://evil.example")
    assert not plusvibe.down
