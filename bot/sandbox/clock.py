"""The demo's clock: the wall clock, which a person may move on, and the buttons that do."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

from fastapi import APIRouter, Depends

from bot.clock import utc_now
from bot.sandbox.slack.guard import only_from_here

AN_HOUR = timedelta(hours=1)
NextDigest = Callable[[], Awaitable[datetime | None]]


class MovableClock:
    """Runs like the wall clock, only ever ahead of it: what happened never lies in the future.

    kept_in: a file that remembers how far it is ahead, for the data beside it has that time already.
    """

    def __init__(self, kept_in: Path | None = None) -> None:
        self._kept_in = kept_in
        known = kept_in.read_text(encoding="utf-8") if kept_in and kept_in.exists() else "0"
        self.ahead = timedelta(seconds=max(0.0, float(known)))

    def __call__(self) -> datetime:
        return utc_now() + self.ahead

    def move_on(self, by: timedelta) -> None:
        """Later by so much; never back."""
        self.ahead += max(by, timedelta(0))
        if self._kept_in is not None:
            self._kept_in.write_text(str(self.ahead.total_seconds()), encoding="utf-8")


def clock_router(clock: MovableClock, next_digest: NextDigest, changed: Callable[[], None]) -> APIRouter:
    """`POST …/next-digest` and `…/hour`; each answers with a `message` for the person who pressed.

    The clock's jobs look every second or two, so what became due happens by itself. changed: the page is out of date.
    """
    router = APIRouter(prefix="/clock/tools", include_in_schema=False, dependencies=[Depends(only_from_here)])

    async def hour() -> dict[str, str]:
        clock.move_on(AN_HOUR)
        changed()
        return {"message": f"One hour later: it is {_said(clock())} now."}

    async def digest() -> dict[str, str]:
        due_at = await next_digest()
        if due_at is None:
            return {"message": "No digest comes: choose one with /outreach digest in a channel."}
        clock.move_on(due_at - clock())
        changed()
        return {"message": f"It is {_said(clock())} now, and the digest is due. With nothing new in it none is posted."}

    router.add_api_route("/hour", hour, methods=["POST"], response_model=None)
    router.add_api_route("/next-digest", digest, methods=["POST"], response_model=None)
    return router


def _said(at: datetime) -> str:
    return f"{at:%A %-d %B %H:%M} UTC"
