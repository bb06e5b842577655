"""Sending to the app: signed HTTP requests or Socket Mode envelopes, three seconds to answer, retries for events."""

import asyncio
import json
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar
from urllib.parse import urlencode

import httpx
from slack_sdk.signature import SignatureVerifier

from bot.clock import utc_now
from bot.sandbox.calls import local_client
from bot.sandbox.slack.settings import Settings
from bot.sandbox.slack.state import Workspace

T = TypeVar("T")

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Delivery:
    """One request to the app and its answer.

    kind: "slash_commands", "interactive" or "events_api", as Socket Mode names them.
    status: None when no answer came in time or nothing was sent. seconds: how long the answer took.
    body: decoded when it is JSON, else text. error: "" or Slack's word, such as "operation_timeout".
    """

    status: int | None
    seconds: float
    body: Any
    kind: str = ""
    payload: dict[str, Any] = field(default_factory=dict, repr=False)
    error: str = ""
    reason: str = ""  # as x-slack-retry-reason tells it
    headers: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def ok(self) -> bool:
        return not self.error


def not_sent(kind: str, reason: str) -> Delivery:
    """What a hand returns when Slack's client would not even ask the app."""
    return Delivery(None, 0.0, reason, kind, error="not_sent", reason=reason)


class Line(Protocol):
    """An open way to the app other than HTTP."""

    @property
    def is_open(self) -> bool: ...

    async def ask(self, kind: str, payload: dict[str, Any], *, retry: tuple[int, str] | None) -> Any:
        """The payload of the app's acknowledgement. Waits for as long as it takes."""


class Courier:
    """Carries payloads to the app and keeps the last thousand deliveries."""

    def __init__(
        self, settings: Settings, workspace: Workspace, line: Line, transport: httpx.AsyncBaseTransport | None
    ) -> None:
        self._settings = settings
        self._workspace = workspace
        self._line = line
        self._transport = transport
        self._client: httpx.AsyncClient | None = None
        self._background: set[asyncio.Task[Any]] = set()
        self.deliveries: deque[Delivery] = deque(maxlen=1_000)

    async def deliver(self, kind: str, payload: dict[str, Any], *, retry: tuple[int, str] | None = None) -> Delivery:
        """Send once and wait up to three seconds. An answer that comes later is dropped, the app works on."""
        payload = json.loads(json.dumps(payload))  # what was sent stays as it was, for the record and for a replay
        by_socket = self._line.is_open
        ask = self._ask_socket if by_socket else self._ask_http
        loop = asyncio.get_running_loop()
        started = loop.time()
        task = self.run_on(ask(kind, payload, retry))
        done, _ = await asyncio.wait({task}, timeout=self._settings.ack_seconds)
        seconds = loop.time() - started
        if done:
            status, body, error, reason, headers = task.result()
        else:
            status, body, error, reason, headers = None, "", "operation_timeout", "http_timeout", {}
            if by_socket:  # an HTTP request goes on, as cancelling it could stop an app in this very process
                task.cancel()
        delivery = Delivery(status, seconds, body, kind, payload, error, reason, headers)
        self.deliveries.append(delivery)
        return delivery

    async def deliver_event(self, payload: dict[str, Any]) -> Delivery:
        """Send an event; a failed one is retried up to three times in the background. See `settled`."""
        first = await self.deliver("events_api", payload)
        if not first.ok and first.headers.get("x-slack-no-retry") != "1":
            self.run_on(self._retry(payload, first.reason))
        return first

    async def _retry(self, payload: dict[str, Any], reason: str) -> None:
        for number, delay_seconds in enumerate(self._settings.retry_delays_seconds, start=1):
            await asyncio.sleep(delay_seconds)
            delivery = await self.deliver("events_api", payload, retry=(number, reason))
            if delivery.ok or delivery.headers.get("x-slack-no-retry") == "1":
                return
            reason = delivery.reason

    async def _ask_socket(
        self, kind: str, payload: dict[str, Any], retry: tuple[int, str] | None
    ) -> tuple[int | None, Any, str, str, dict[str, str]]:
        try:
            return 200, await self._line.ask(kind, payload, retry=retry), "", "", {}
        except ConnectionError:
            return None, "", "dispatch_failed", "connection_failed", {}

    async def _ask_http(
        self, kind: str, payload: dict[str, Any], retry: tuple[int, str] | None
    ) -> tuple[int | None, Any, str, str, dict[str, str]]:
        content_type, content = encoded(kind, payload)
        headers = {"Content-Type": content_type, "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)"}
        headers |= self._signature(content)
        if retry:
            headers |= {"x-slack-retry-num": str(retry[0]), "x-slack-retry-reason": retry[1]}
        try:
            answer = await self._http().post(self._settings.app_url, content=content, headers=headers)
        except httpx.HTTPError:
            return None, "", "dispatch_failed", "connection_failed", {}
        error = "" if answer.status_code == 200 else "dispatch_failed"
        reason = "http_error" if error else ""
        return answer.status_code, _decoded(answer), error, reason, dict(answer.headers)

    def _signature(self, content: bytes) -> dict[str, str]:
        # The app compares with its own wall clock, so this stamp ignores a clock that a test hands in.
        timestamp = str(int(utc_now().timestamp()))
        signer = SignatureVerifier(self._workspace.signing_secret)
        signature = signer.generate_signature(timestamp=timestamp, body=content)
        assert signature is not None
        return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature}

    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = local_client(seconds=60, transport=self._transport)
        return self._client

    def run_on(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start work that may outlive its caller."""
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task

    async def settled(self) -> None:
        """Wait until every retry and every late answer is through."""
        while self._background:
            await asyncio.wait(set(self._background))

    async def aclose(self) -> None:
        for task in list(self._background):
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()


def encoded(kind: str, payload: dict[str, Any]) -> tuple[str, bytes]:
    """Content type and body as Slack sends this kind."""
    if kind == "events_api":
        return JSON, json.dumps(payload).encode()
    fields = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return FORM, urlencode(fields).encode()


def _decoded(answer: httpx.Response) -> Any:
    if answer.content and answer.headers.get("content-type", "").startswith(JSON):
        try:
            return answer.json()
        except ValueError:
            return answer.text
    return answer.text
