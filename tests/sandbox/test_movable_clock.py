"""The demo's clock and its two buttons."""

from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI

from bot.clock import utc_now
from bot.sandbox.clock import MovableClock, clock_router

OWN, FOREIGN = "http://127.0.0.1:3000", "http://evil.example"


@pytest.fixture
def clock():
    return MovableClock()


@pytest.fixture
async def page(clock):
    """A browser on the page; `changes` counts how often it was told to look again."""

    async def next_digest():
        return page.due_at

    app = FastAPI()
    app.include_router(clock_router(clock, next_digest, lambda: page.changes.append(1)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=OWN) as page:
        page.due_at, page.changes = None, []
        yield page


async def test_an_hour_later(page, clock):
    answer = await page.post("/clock/tools/hour")

    assert answer.json()["message"].startswith("One hour later: it is ")
    assert clock.ahead == timedelta(hours=1)
    assert page.changes


async def test_on_to_the_next_digest(page, clock):
    page.due_at = utc_now() + timedelta(hours=30)

    answer = await page.post("/clock/tools/next-digest")

    assert "the digest is due" in answer.json()["message"]
    assert clock() >= page.due_at


async def test_without_a_digest_it_stays(page, clock):
    answer = await page.post("/clock/tools/next-digest")

    assert "/outreach digest" in answer.json()["message"]
    assert clock.ahead == timedelta(0)


@pytest.mark.parametrize("headers", [{"Origin": FOREIGN}, {"Host": "evil.example"}], ids=["origin", "host"])
async def test_no_other_site_moves_it(page, clock, headers):
    answer = await page.post("/clock/tools/hour", headers=headers)

    assert (answer.status_code, clock.ahead) == (403, timedelta(0))


async def test_a_link_does_not_move_it(page, clock):
    assert (await page.get("/clock/tools/hour")).status_code == 405


def test_it_never_goes_back_and_is_remembered(tmp_path):
    clock = MovableClock(tmp_path / "clock")
    clock.move_on(timedelta(hours=3))
    clock.move_on(timedelta(hours=-9))

    again = MovableClock(tmp_path / "clock")

    assert again.ahead == clock.ahead == timedelta(hours=3)
