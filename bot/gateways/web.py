"""The open web, read safely: every hop checked, robots.txt honoured, never more than two requests to a host at once."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from weakref import WeakValueDictionary

from bot.gateways.pinned import Answer, Caps, Names, StandIn, Stopped, Wire
from bot.outreach.fetching import NoFetch, Target, target_of
from bot.outreach.pages import Fetched
from bot.outreach.robots import LONGEST_ROBOTS_BYTES, OUR_NAME, Robots

AT_ONCE = 2  # requests to one host
LONGEST_DELAY = timedelta(seconds=30)  # between two of them; a site that asks for more is read as slowly as that
PAGES = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.5"
_ROBOTS_KEPT = timedelta(minutes=30)
_MOST_KEPT = 2_000
_MOVED = frozenset({301, 302, 303, 307, 308})


@dataclass(eq=False)
class _Gate:
    """The way to one host, shared by everybody who reads it."""

    room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    free_at: float = 0.0


class WebClient:
    """Reads pages of the open web; `contact` says in every request who asks.

    allowed: `host:port` pairs that may stand at private addresses and other ports. stand_in: where there is no web.
    """

    def __init__(
        self,
        names: Names,
        *,
        contact: str,
        caps: Caps | None = None,
        allowed: Collection[str] = (),
        stand_in: StandIn | None = None,
    ) -> None:
        self._caps = caps or Caps()
        self._allowed = frozenset(allowed)
        agent = f"{OUR_NAME}/0.1 (+{contact})"
        self._wire = Wire(names, agent=agent, caps=self._caps, allowed=self._allowed, stand_in=stand_in)
        self._gates: WeakValueDictionary[str, _Gate] = WeakValueDictionary()
        self._latest: OrderedDict[str, _Gate] = OrderedDict()
        self._robots: OrderedDict[str, tuple[float, asyncio.Future[Robots | NoFetch]]] = OrderedDict()

    async def aclose(self) -> None:
        """Close the connections."""
        for _, reading in self._robots.values():
            reading.cancel()
        await asyncio.gather(*(reading for _, reading in self._robots.values()), return_exceptions=True)
        await self._wire.aclose()

    async def fetch(self, url: str, *, accept: str = PAGES) -> Fetched | NoFetch:
        """The page at this address after its redirects, whatever its status; or why there is none."""
        try:
            return await self._followed(url, accept, asks_robots=True)
        except Stopped as stopped:
            return stopped.reason

    async def robots(self, url: str) -> Robots | NoFetch:
        """The robots.txt of the address's site; an empty one when the site has none."""
        target = target_of(url, allowed=self._allowed)
        return target if isinstance(target, NoFetch) else await self._robots_of(target)

    async def _robots_of(self, target: Target) -> Robots | NoFetch:
        known = self._robots.get(target.origin)
        if known is None or known[0] < time.monotonic():
            known = (time.monotonic() + _ROBOTS_KEPT.total_seconds(), asyncio.ensure_future(self._read_robots(target)))
            self._robots[target.origin] = known
            while len(self._robots) > _MOST_KEPT:
                self._robots.popitem(last=False)
        found = await asyncio.shield(known[1])
        if isinstance(found, NoFetch):
            self._robots.pop(target.origin, None)
        return found

    async def _read_robots(self, target: Target) -> Robots | NoFetch:
        """RFC 9309: none (4xx) allows everything, a server in trouble (5xx) nothing."""
        try:
            found = await self._followed(f"{target.origin}/robots.txt", "text/plain,*/*;q=0.5", asks_robots=False)
        except Stopped as stopped:
            return NoFetch.ROBOTS_UNKNOWN if stopped.reason is NoFetch.TOO_LARGE else stopped.reason
        if found.status >= 500 or found.status == 429:
            return NoFetch.ROBOTS_UNKNOWN
        is_html = found.headers.get("content-type", "").startswith("text/html")  # a shop's page for every address
        text = "" if found.status >= 300 or is_html else found.body[:LONGEST_ROBOTS_BYTES].decode("utf-8", "replace")
        return Robots(text)

    async def _followed(self, url: str, accept: str, *, asks_robots: bool) -> Fetched:
        """One hop after the other, each checked like the first. Raises `Stopped`."""
        hops: list[str] = []
        left = self._caps.total.total_seconds()
        target = self._target(url)
        while True:
            delay = await self._leave(target) if asks_robots else 0.0
            async with self._turn(target, delay):
                started = time.monotonic()
                answer = await self._within(left, target, accept)
            seconds = time.monotonic() - started
            left -= seconds
            location = answer.headers.get("location", "")
            if answer.status not in _MOVED or not location:
                told = (answer.status, answer.headers, answer.cookies, answer.body, answer.wire_bytes)
                return Fetched(target.url, *told, seconds, tuple(hops))
            hops.append(target.url)
            target = self._target(location, base=target.url)
            if target.url in hops:
                raise Stopped(NoFetch.LOOP)
            if len(hops) > self._caps.redirects:
                raise Stopped(NoFetch.REDIRECTS)

    def _target(self, url: str, base: str = "") -> Target:
        target = target_of(url, base=base, allowed=self._allowed)
        if isinstance(target, NoFetch):
            raise Stopped(target)
        return target

    async def _leave(self, target: Target) -> float:
        """The seconds the site wants between two requests. Raises `Stopped` where it wants none of ours."""
        robots = await self._robots_of(target)
        if isinstance(robots, NoFetch):
            raise Stopped(robots)
        if not robots.allows(target.path):
            raise Stopped(NoFetch.ROBOTS)
        return min(robots.delay(), LONGEST_DELAY.total_seconds())

    @asynccontextmanager
    async def _turn(self, target: Target, delay: float) -> AsyncIterator[None]:
        """Our turn at the host: one of two, or one alone and so many seconds after the last."""
        gate = self._gate(self._place(target))
        async with gate.room:
            if delay:
                now = time.monotonic()
                turn = max(now, gate.free_at)
                gate.free_at = turn + delay
                await asyncio.sleep(turn - now)
            yield

    def _place(self, target: Target) -> str:
        """A host is one by both ports of the web; on other ports, of tests, stand servers of their own."""
        place = f"{target.host}:{target.port}"
        return place if place in self._allowed else target.host

    def _gate(self, place: str) -> _Gate:
        """The one gate of a host: kept while anybody uses it, and for a while after."""
        gate = self._gates.get(place) or _Gate()
        self._gates[place] = self._latest[place] = gate
        self._latest.move_to_end(place)
        while len(self._latest) > _MOST_KEPT:
            self._latest.popitem(last=False)
        return gate

    async def _within(self, seconds: float, target: Target, accept: str) -> Answer:
        try:
            async with asyncio.timeout(seconds):
                return await self._wire.exchange(target, accept)
        except TimeoutError:
            raise Stopped(NoFetch.TOO_SLOW) from None
