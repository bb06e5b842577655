"""Dying at a chosen point, inside this process: from there on nothing the dead one tries has any effect."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiolimiter import AsyncLimiter
from slack_sdk.web.async_client import AsyncWebClient

from bot.gateways.plusvibe import PlusVibe
from tests.world import World

CALLS = {
    PlusVibe: ("add_leads", "enrolled_emails", "update_variables"),
    AsyncWebClient: ("chat_postMessage", "chat_update", "conversations_history", "files_upload_v2"),
}


class Died(BaseException):
    """The process is gone. No `except Exception` may survive it."""


class Crashes:
    """The points an action passes: every commit and every call of a vendor, before and after it."""

    def __init__(self) -> None:
        self.passed: list[str] = []
        self._at: int | None = None

    def point(self, name: str) -> None:
        if self._at is not None and len(self.passed) > self._at:
            raise Died
        self.passed.append(name)
        if self._at is not None and len(self.passed) > self._at:
            raise Died

    async def die_at(self, index: int, action: Callable[[], Awaitable[object]]) -> bool:
        """Run the action until its point with this index. False when it ended before."""
        self.passed, self._at = [], index
        try:
            await action()
        except Died:
            return True
        finally:
            self._at = None
        return False


def watched(world: World, patch: pytest.MonkeyPatch) -> Crashes:
    """Watch the commits and vendors' calls of this world. Calls are not paced, for there will be hundreds."""
    crashes = Crashes()
    begin = world.database.begin

    @asynccontextmanager
    async def begin_watched(workspace_id: str) -> AsyncIterator[Any]:
        async with begin(workspace_id) as uow:
            yield uow
            crashes.point("before commit")
        crashes.point("after commit")

    patch.setattr(world.database, "begin", begin_watched)
    for owner, names in CALLS.items():
        for name in names:
            patch.setattr(owner, name, _watched_call(crashes, name, getattr(owner, name)))
    patch.setattr(AsyncLimiter, "acquire", _at_once)
    world.plusvibe.unknowns.limiter = False
    return crashes


def _watched_call(crashes: Crashes, name: str, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def watched_call(*args: Any, **named: Any) -> Any:
        crashes.point(f"before {name}")
        answer = await call(*args, **named)
        crashes.point(f"after {name}")
        return answer

    return watched_call


async def _at_once(limiter: AsyncLimiter, amount: float = 1) -> None:
    return None


async def come_back(world: World, *, ticks: int = 2) -> None:
    """The next process, after every lease of the dead one has run out, takes up what is due."""
    world.clock.move(minutes=5)
    for _ in range(ticks):
        await world.tick(seconds=5)
