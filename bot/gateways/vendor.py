"""Calls to a vendor: paced, bounded in time and bytes, and repeated only when a second call cannot do harm.

Nothing here words an address, a key or a body: httpx and aiohttp put whole URLs in their messages, so their errors
are replaced by ours and never chained.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import httpx
import stamina
from aiolimiter import AsyncLimiter

from bot.gateways.http import PATIENT, Patience
from bot.gateways.requests import Requests
from bot.outreach.errors import Unavailable

LARGEST_BODY_BYTES = 32 * 1024 * 1024
# aiohttp raises these before a byte of the request has left. Every other failure leaves its outcome unknown, and
# httpx_aiohttp calls even a dropped answer a ConnectTimeout, so the kind of the httpx error tells nothing.
_NEVER_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


@dataclass(frozen=True, slots=True)
class Answer:
    """A vendor's answer, read whole."""

    vendor: str
    status: int
    headers: httpx.Headers
    body: bytes

    def json(self) -> Any:
        """The body parsed. Raises `Unavailable` when it is not JSON; what the call did is then unknown."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise self.unexpected() from None

    def unexpected(self) -> Unavailable:
        """The failure to raise when the answer is not what the vendor's API promises."""
        return Unavailable(
            f"{self.vendor} answered with something we cannot read ({self.status}). Try again in a few minutes.",
            answered=False,
        )


class _Again(Unavailable):
    """A failure that another try may mend. `answered` false: the call may have had its effect already."""

    def __init__(self, message: str, *, answered: bool, wait: timedelta | None = None) -> None:
        super().__init__(message, answered=answered)
        self.wait = wait


class Vendor:
    """One vendor's API.

    key_setting: the setting to name when the key is refused. pace: waited for before every try. refusal: words for
    a 401 or 403 that is not about the key, empty for one that is.
    """

    def __init__(
        self,
        name: str,
        client: httpx.AsyncClient,
        *,
        key_setting: str,
        pace: AsyncLimiter | None = None,
        patience: Patience = PATIENT,
        largest_body_bytes: int = LARGEST_BODY_BYTES,
        refusal: Callable[[Answer], str] | None = None,
    ) -> None:
        self.name = name
        self._client = client
        self._key_setting = key_setting
        self._pace = pace
        self._patience = patience
        self._largest_body_bytes = largest_body_bytes
        self._refusal = refusal
        self._requests = Requests(client)

    async def call(
        self,
        method: str,
        path: str,
        *,
        repeatable: bool,
        params: Mapping[str, str | int] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        last_look: Callable[[], None] | None = None,
    ) -> Answer:
        """The answer, when it is 2xx or a 4xx about this very request (400, 404, 413 …).

        repeatable: doing it twice is harmless, so every passing failure is tried again. Otherwise only a refusal
        (429) and a connection never made are. last_look: called after the wait for our turn, right before each try;
        what it raises stops the call, and nothing was sent. Raises `Unavailable`; its `answered` is true when the call
        certainly had no effect, also for a connection never made.
        """
        request = self._requests.made(method, path, params, body, headers)
        time, patience = asyncio.get_running_loop().time, self._patience
        began = time()
        try:
            return await self._try(request, last_look)
        except _Again as error:
            failed = error
        budget = patience.budget - timedelta(seconds=time() - began)
        return await self._try_again(request, last_look, failed, repeatable=repeatable, budget=budget)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _try_again(
        self,
        request: httpx.Request,
        last_look: Callable[[], None] | None,
        failed: _Again | None,
        *,
        repeatable: bool,
        budget: timedelta,
    ) -> Answer:
        """After a first try that failed so. Apart, because stamina takes an eighth of a call that succeeds at once."""
        patience = self._patience
        async for attempt in stamina.retry_context(
            on=_backoff(repeatable=repeatable, longest_wait=patience.longest_wait),
            attempts=patience.attempts,
            timeout=budget,
            wait_initial=patience.first_wait,
            wait_max=patience.longest_wait,
            wait_jitter=patience.first_wait,
        ):
            with attempt:
                if failed is not None:
                    first, failed = failed, None
                    raise first
                return await self._try(request, last_look)
        raise AssertionError("stamina neither returned nor raised")

    async def _try(self, request: httpx.Request, last_look: Callable[[], None] | None) -> Answer:
        if self._pace is not None:
            await self._pace.acquire()
        if last_look is not None:
            last_look()
        answer = await self._exchange(request)
        if problem := self._problem(answer):
            raise problem
        return answer

    async def _exchange(self, request: httpx.Request) -> Answer:
        try:
            async with asyncio.timeout(self._patience.total.total_seconds()):
                response = await self._client.send(request, stream=True)
                try:
                    return Answer(self.name, response.status_code, response.headers, await self._read(response))
                finally:
                    await response.aclose()
        except (httpx.HTTPError, aiohttp.ClientError, OSError) as error:
            raise self._broken(error) from None

    async def _read(self, response: httpx.Response) -> bytes:
        if response.headers.get("content-length") == "0":  # SendGrid's; asking for pieces costs a tenth of a call
            return b""
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > self._largest_body_bytes:
                raise Unavailable(f"{self.name} sent a larger answer than we read.", transient=False, answered=False)
        return bytes(body)

    def _broken(self, error: Exception) -> _Again:
        cause = error.__cause__
        if isinstance(cause, _NEVER_SENT):
            return _Again(f"{self.name} cannot be reached. Try again in a few minutes.", answered=True)
        if isinstance(error, TimeoutError) or isinstance(cause, TimeoutError):
            return _Again(f"{self.name} did not answer in time. Try again in a few minutes.", answered=False)
        words = f"The connection to {self.name} broke before it answered. Try again in a few minutes."
        return _Again(words, answered=False)

    def _problem(self, answer: Answer) -> Unavailable | None:
        """The failure that any call may meet, by the status; of a refusal, by the vendor's own reading first."""
        match answer.status:
            case 401 | 403:
                words = self._refusal(answer) if self._refusal else ""
                words = words or f"{self.name} refused our key. Check {self._key_setting}."
                return Unavailable(words, transient=False)
            case 402:
                return Unavailable(f"{self.name} refused: the plan or the payment does not cover it.", transient=False)
            case 429:
                words = f"{self.name} asks us to slow down. Try again in a few minutes."
                return _Again(words, answered=True, wait=retry_after(answer.headers))
            case status if status >= 500:
                words = f"{self.name} has a fault of its own ({status}). Try again in a few minutes."
                return _Again(words, answered=False, wait=retry_after(answer.headers))
            case status if not 200 <= status < 300 and not 400 <= status < 500:
                return Unavailable(
                    f"{self.name} answered with an unexpected {status}. Check its address.",
                    transient=False,
                    answered=False,
                )
        return None


def _backoff(*, repeatable: bool, longest_wait: timedelta) -> Callable[[Exception], bool | timedelta]:
    def wait_before_next(error: Exception) -> bool | timedelta:
        if not isinstance(error, _Again) or not (repeatable or error.answered):
            return False
        if error.wait is None:
            return True
        return error.wait if error.wait <= longest_wait else False

    return wait_before_next


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """How long the vendor asks us to stay away; None when it does not say or cannot be understood.

    A date is measured against the answer's own `Date`, so clocks that differ do no harm.
    """
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), 10**8))
    try:
        wait = parsedate_to_datetime(text) - parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError):
        return None
    return max(wait, timedelta(0))
