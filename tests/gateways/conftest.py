"""A PlusVibe on a real port of this machine, and our gateway pointed at it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from bot.gateways.http import Patience
from bot.gateways.plusvibe import PlusVibe
from bot.sandbox.plusvibe.app import plusvibe_app
from bot.sandbox.plusvibe.seed import seed_campaigns
from bot.sandbox.plusvibe.unknowns import Unknowns
from bot.sandbox.plusvibe.world import API_KEY, WORKSPACE_ID, PlusVibeWorld
from bot.sandbox.serving import serving


@pytest.fixture
def hasty() -> Patience:
    """Waits in milliseconds, so that a test of a failure takes little longer than its point, on a busy machine too."""
    return Patience(
        read=timedelta(seconds=0.8),
        total=timedelta(seconds=3),
        attempts=3,
        budget=timedelta(seconds=5),
        first_wait=timedelta(milliseconds=5),
        longest_wait=timedelta(seconds=1),
    )


@pytest.fixture
async def world() -> AsyncIterator[PlusVibeWorld]:
    """A fresh workspace with the seeded campaigns; its limiter is off unless a test turns it on."""
    world = PlusVibeWorld(unknowns=Unknowns(limiter=False, webhook_retry_seconds=0.01))
    seed_campaigns(world)
    yield world
    await world.aclose()


@pytest.fixture
async def api_url(world: PlusVibeWorld) -> AsyncIterator[str]:
    """The base address of the API."""
    async with serving(plusvibe_app(world)) as url:
        yield f"{url}/api/v1"


@pytest.fixture
async def closing() -> AsyncIterator[AsyncExitStack]:
    """Closes what a test opens, also when the test fails."""
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
async def plusvibe(api_url: str, hasty: Patience) -> AsyncIterator[PlusVibe]:
    """Our gateway, quicker than the vendor's rate allows."""
    gateway = PlusVibe(api_url, API_KEY, WORKSPACE_ID, calls_per_second=1000, patience=hasty)
    yield gateway
    await gateway.aclose()
