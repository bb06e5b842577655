"""Posts to our doors, and again at growing intervals until they are taken or too old."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx

from bot.clock import Clock
from bot.sandbox.calls import local_client

FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=4)
NOBODY = 0
Headers = Callable[[bytes, datetime], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One try to deliver. status 0: nobody answered."""

    at: datetime
    url: str
    body: bytes
    status: int


@dataclass(frozen=True, slots=True)
class Parcel:
    """One body for one door. headers: made afresh for each try, as a signature holds its time."""

    url: str
    body: bytes
    headers: Headers
    due_at: datetime
    keep_until: datetime
    tries: int = 0

    def later(self, now: datetime) -> "Parcel":
        """The same with its next try set."""
        wait = min(FIRST_RETRY * 2**self.tries, LONGEST_RETRY)
        return Parcel(self.url, self.body, self.headers, now + wait, self.keep_until, self.tries + 1)


class Courier:
    """Carries parcels. deliveries: every try, oldest first."""

    def __init__(self, clock: Clock) -> None:
        self.deliveries: list[Delivery] = []
        self._clock = clock
        self._waiting: list[Parcel] = []
        self._client: httpx.AsyncClient | None = None

    async def carry(self, parcel: Parcel) -> int:
        """The door's answer to this try. Without a 2xx the parcel waits for `retry`. No URL: nothing happens."""
        if not parcel.url:
            return NOBODY
        now = self._clock()
        status = await self.post(parcel.url, parcel.body, parcel.headers(parcel.body, now))
        self.deliveries.append(Delivery(now, parcel.url, parcel.body, status))
        again = parcel.later(now)
        if not 200 <= status < 300 and again.due_at <= parcel.keep_until:
            self._waiting.append(again)
        return status

    async def retry(self) -> None:
        """Carry again whatever is due by now."""
        now = self._clock()
        due = [parcel for parcel in self._waiting if parcel.due_at <= now]
        self._waiting = [parcel for parcel in self._waiting if parcel.due_at > now]
        for parcel in due:
            await self.carry(parcel)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """One POST, redirects not followed; its status."""
        if self._client is None:
            self._client = local_client(seconds=10)
        try:
            return (await self._client.post(url, content=body, headers=dict(headers))).status_code
        except (httpx.HTTPError, httpx.InvalidURL):
            return NOBODY

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None
