"""What every door needs, made once for each workspace."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.outreach.members import Workspace
from bot.services.all import Services
from bot.services.under_way import break_off
from handlers.posting import Poster

log = structlog.get_logger()


class Newest:
    """The newest click or keystroke in each modal, as far as this process has seen; the last thousand modals."""

    def __init__(self) -> None:
        self._at: dict[str, str] = {}

    def is_it(self, view_id: str, at: str) -> bool:
        """Whether nothing newer than this came from the modal so far. at: Slack's `action_ts`."""
        newest = max(at, self._at.pop(view_id, ""))
        self._at[view_id] = newest
        if len(self._at) > 1_000:
            del self._at[next(iter(self._at))]
        return newest == at


class Watching:
    """Modals that are redrawn by themselves while something goes on. A stop does not wait for them."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def follows(self) -> int:
        """How many."""
        return len(self._tasks)

    def begin(self, following: Coroutine[Any, Any, None]) -> None:
        """Follow until it ends by itself."""
        task = asyncio.create_task(following)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.warning("modal not followed", error=type(error).__name__)

    async def stop(self) -> None:
        """Leave them as they are."""
        await break_off(self._tasks)


@dataclass(frozen=True, slots=True)
class House:
    """What every door needs: the use cases, the poster, Slack, the workspace and where messages go by default."""

    services: Services
    poster: Poster
    slack: AsyncWebClient
    workspace: Workspace
    channel: str = ""
    base_url: str = ""
    team_url: str = ""
    newest: Newest = field(default_factory=Newest)
    watching: Watching = field(default_factory=Watching)
