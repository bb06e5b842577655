"""What the tests of the JSON doors share."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from bot.gateways.http import Patience
from bot.outreach.access import Role, person
from tests.world import World

ADMIN = person("U0ANANOVAK", "Ana", Role.ADMIN)
HASTY = Patience(
    read=timedelta(seconds=0.3),
    total=timedelta(seconds=0.5),
    attempts=2,
    budget=timedelta(seconds=2),
    first_wait=timedelta(milliseconds=5),
    longest_wait=timedelta(milliseconds=20),
)
# For tests in which nobody hangs: a busy machine is no failure.
BRISK = replace(HASTY, read=timedelta(seconds=10), total=timedelta(seconds=15), budget=timedelta(seconds=15))
SCORES = {"seo": 58, "performance": 61, "security": 72, "ux": 70, "ai_visibility": 44, "brand": 80}


def hurry(world: World, patience: Patience = HASTY) -> None:
    """The PlusVibe client without its long waits, so that a test of a failure takes no longer than its point."""
    world.house.services.pushes._plusvibe._vendor._patience = patience


async def bearing(world: World, *scopes: str) -> dict[str, str]:
    """The header of a fresh token with these scopes."""
    text = await world.house.services.tokens.create(world.workspace_id, ADMIN, "test", scopes)
    return {"Authorization": f"Bearer {text}"}


def finished(run: str = "run-7", **more: Any) -> dict[str, Any]:
    """The body of a finished audit."""
    body: dict[str, Any] = {
        "auditRunId": run,
        "auditUrl": f"https://audits.example.com/{run}",
        "score": 64,
        "scores": SCORES,
        "grade": "D",
        "topIssue": "No page says what it costs",
        "issues": [{"title": "No page says what it costs", "severity": "high", "fix": "Publish a price list"}],
        "summary": "The site loads slowly and hides its prices.",
        "pagesAudited": 12,
        "completedAt": datetime(2026, 3, 2, 9, tzinfo=UTC).isoformat(),
    }
    return body | more


async def names(world: World, **params: Any) -> list[str]:
    """The companies on one page of the list."""
    return [lead["companyName"] for lead in (await page(world, **params))["leads"]]


async def page(world: World, **params: Any) -> dict[str, Any]:
    """One page of the list."""
    answer = await world.api.get("/api/leads", params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def raw(world: World, method: str, path: str, content: bytes, **headers: str) -> httpx.Response:
    """A request with exactly these bytes."""
    headers = {"content-type": "application/json", **headers}
    return await world.api.request(method, path, content=content, headers=headers)
