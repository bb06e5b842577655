"""Faults on demand and Slack's pace: what makes a call fail although the app did nothing wrong."""

import asyncio
import math
from dataclasses import dataclass, field

from bot.sandbox.slack.refusals import SlackError
from bot.sandbox.slack.settings import Settings


@dataclass
class Fault:
    """How the next `times` calls of `method` go wrong. `method` "*" means any.

    after_work: the method does its work and only its answer is lost, as when a connection breaks.
    """

    method: str
    error: str | None = None
    status: int | None = None
    retry_after: int | None = None
    times: int = 1
    after_work: bool = False

    def refusal(self) -> SlackError:
        headers = {"Retry-After": str(self.retry_after)} if self.retry_after is not None else {}
        name = self.error or ("ratelimited" if self.status == 429 else "internal_error")
        return SlackError(name, status=self.status or 200, headers=headers)


@dataclass
class Hold:
    """Calls of one method that hang until `release()`. `arrived` is set when the first one hangs."""

    method: str
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _released: asyncio.Event = field(default_factory=asyncio.Event)

    def release(self) -> None:
        self._released.set()

    async def wait(self) -> None:
        self.arrived.set()
        await self._released.wait()


@dataclass
class Faults:
    """The script of faults, in the order they were added."""

    script: list[Fault] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)

    def next_for(self, method: str) -> Fault | None:
        """The first fault that fits, counted down; None when the call may go on."""
        for fault in self.script:
            if fault.method in {method, "*"}:
                fault.times -= 1
                self.script[:] = [other for other in self.script if other.times > 0]
                return fault
        return None

    async def pass_holds(self, method: str) -> None:
        for hold in list(self.holds):
            if hold.method in {method, "*"}:
                await hold.wait()


@dataclass
class Pace:
    """One post per second per channel, with a burst: a bucket of `burst` that gains one a second."""

    settings: Settings
    _buckets: dict[str, tuple[float, float]] = field(default_factory=dict)  # channel -> posts left, counted at

    def count_post(self, channel: str) -> None:
        """Take one post from the channel's bucket. Raises 429 `ratelimited` with whole seconds to wait."""
        if not self.settings.is_paced:
            return
        now, burst = asyncio.get_running_loop().time(), float(self.settings.burst)
        left, counted_at = self._buckets.get(channel, (burst, now))
        left = min(burst, left + now - counted_at)
        self._buckets[channel] = (left - 1 if left >= 1 else left, now)
        if left < 1:
            raise SlackError("ratelimited", status=429, headers={"Retry-After": str(math.ceil(1 - left))})
