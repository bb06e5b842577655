"""A load generator: raw HTTP over 127.0.0.1, bounded in requests and in time, from a process of its own."""

import asyncio
import hashlib
import hmac
import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from subprocess import PIPE, Popen
from urllib.parse import urlencode

from tests.bench.servers import COMMAND, SIGNING_SECRET, WEBHOOK_SECRET

LONGEST_RUN_SECONDS = 30


@dataclass(frozen=True)
class Run:
    """What came of one run: how long each answer took, and how long it took in all."""

    seconds: float
    latencies: Sequence[float]

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds


@contextmanager
def server(kind: str, database: str = "-") -> Iterator[tuple[int, int]]:
    """A server in its own process: its port and process id."""
    with Popen([sys.executable, "-m", "tests.bench.servers", kind, database], stdout=PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline()), process.pid
        finally:
            process.terminate()


def command_request() -> bytes:
    """A signed slash command, good for five minutes."""
    form = {
        "token": "t",
        "team_id": "T0BENCH",
        "team_domain": "bench",
        "channel_id": "C0BENCH",
        "channel_name": "outreach",
        "user_id": "U0BENCH",
        "user_name": "ana",
        "command": COMMAND,
        "text": "show jane@acme.com",
        "api_app_id": "A0BENCH",
        "response_url": "http://127.0.0.1:9/response",
        "trigger_id": "1.2.3",
    }
    body = urlencode(form).encode()
    at = str(int(time.time()))
    signature = hmac.new(SIGNING_SECRET.encode(), b"v0:" + at.encode() + b":" + body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": at,
        "X-Slack-Signature": f"v0={signature}",
    }
    return request("/slack/events", body, headers)


def event_requests(emails: Sequence[str], *, first: int = 0) -> list[bytes]:
    """One signed vendor event a request: one `EMAIL_SENT` per address."""
    requests = []
    for number, email in enumerate(emails, start=first):
        body = event_body(email, number)
        signature = hmac.new(WEBHOOK_SECRET.encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "signature": signature}
        requests.append(request("/plusvibe/webhook", body, headers))
    return requests


def event_body(email: str, number: int) -> bytes:
    """An `EMAIL_SENT` as PlusVibe words it."""
    told = {
        "webhook_event": "EMAIL_SENT",
        "webhook_id": "67c0aa0000000000000000aa",
        "workspace_id": "67c0aa0000000000000000bb",
        "workspace_name": "Acme",
        "campaign_id": "67c0aa0000000000000000cc",
        "campaign_name": "Website audit letter",
        "email": email,
        "to_email": email,
        "first_name": "Jane",
        "last_name": "Doe",
        "company_name": "Acme",
        "message_id": f"<{number}@mail.example.com>",
        "subject": "A few things about your website",
        "sent_on": "2026-03-02T09:00:00.000Z",
        "step": 1,
        "email_account_name": "ana@outreach.example.com",
    }
    return json.dumps(told).encode()


def request(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """A POST as it goes over the wire."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def one_by_one(port: int, requests: Sequence[bytes]) -> Run:
    """Each request after the answer to the one before, over one connection."""
    return asyncio.run(_run(port, requests, connections=1))


def at_once(port: int, requests: Sequence[bytes], connections: int = 32) -> Run:
    """The requests over so many connections, each sending its next when its last is answered."""
    return asyncio.run(_run(port, requests, connections=connections))


async def _run(port: int, requests: Sequence[bytes], connections: int) -> Run:
    waiting = iter(requests)
    latencies: list[float] = []

    async def one_connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            for each in waiting:
                started = time.perf_counter()
                writer.write(each)
                await _answer(reader)
                latencies.append(time.perf_counter() - started)
        finally:
            writer.close()
            await writer.wait_closed()

    started = time.perf_counter()
    async with asyncio.timeout(LONGEST_RUN_SECONDS):
        await asyncio.gather(*(one_connection() for _ in range(connections)))
    return Run(time.perf_counter() - started, latencies)


async def _answer(reader: asyncio.StreamReader) -> None:
    """Read one answer whole. Anything but 200 is a mistake in the bench."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if not head.startswith(b"http/1.1 200"):
        raise AssertionError(head.decode("latin-1"))
    _, found, rest = head.partition(b"content-length:")
    if found:
        await reader.readexactly(int(rest.partition(b"\r\n")[0]))
