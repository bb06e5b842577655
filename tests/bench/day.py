"""The rest of the team's day: the queue, the Unibox, the pipeline and Home over many rows, and a flood of replies."""

import asyncio
import itertools
import json
import sqlite3
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.outreach.drafts import DraftState
from bot.sandbox.plusvibe import seed
from bot.sandbox.plusvibe.deliveries import signature
from bot.sandbox.slack.server import ANA, OUTREACH
from bot.services.inboxes import CALM_SECONDS
from storage.types import to_micros
from tests.bench.load import Run, at_once, event_requests, request, server
from tests.bench.measuring import Figure
from tests.bench.million import EPOCH, HERE, Stock, a_lead, lead_id
from tests.bench.servers import WEBHOOK_SECRET
from tests.world import World, built

WITHIN_MS = 150
LONGEST_WAIT_SECONDS = 20
BURST_ANSWER_MS = 50
CONNECTIONS = 20
_WAITS = 10  # every tenth draft and reply waits
_JUST_UNDER = timedelta(milliseconds=50)
_LETTER = json.dumps([{"subject": "Three findings", "body": "Hello Jane,\n\nwe looked.", "cta": "Shall we talk?"}])


def with_work(stock: Stock, folder: Path, *, drafts: int, replies: int) -> Stock:
    """A copy of the leads with so many drafts and replies, a tenth of them waiting."""
    busy = stock.copied(folder)
    raw = sqlite3.connect(busy.file or "", isolation_level=None)
    raw.execute("PRAGMA synchronous = OFF")
    raw.execute("BEGIN")
    for table, rows in (("drafts", _drafts(stock.leads, drafts)), *_conversations(stock.leads, replies)):
        _insert(raw, table, rows)
    raw.execute(
        "INSERT INTO draft_counters (workspace_id, state, drafts) "
        "SELECT workspace_id, state, count(*) FROM drafts GROUP BY workspace_id, state"
    )
    raw.execute("COMMIT")
    raw.execute("ANALYZE")
    raw.close()
    return busy


def _insert(raw: sqlite3.Connection, table: str, rows: Iterator[dict[str, Any]]) -> None:
    first = next(rows)
    columns, places = ", ".join(first), ", ".join("?" * len(first))
    values = (tuple(row.values()) for row in itertools.chain([first], rows))
    raw.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", values)


def _drafts(leads: int, count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        yield {
            "workspace_id": HERE.id,
            "id": f"draft-{number}",
            "lead_id": lead_id(number % leads),
            "type": "audit_outreach",
            "tone": "direct",
            "letters": _LETTER,
            "state": DraftState.HANDED_OVER.value if number % _WAITS else DraftState.WAITING.value,
            "revision": 1,
            "created_at": _moment(number),
            "author": "clock",
            "template": f"direct:{number % 7}",
            "edited_by": "",
            "approved_by": "[]",
            "decided_by": "",
            "comment": "",
            "problem": "",
            "attempts": 0,
            "to_show": 0,
        }


def _conversations(leads: int, count: int) -> list[tuple[str, Iterator[dict[str, Any]]]]:
    """Threads of one reply each, their messages, the replies."""
    return [
        ("threads", (_thread(number, leads) for number in range(count))),
        ("messages", (_message(number, leads) for number in range(count))),
        ("replies", (_reply(number, leads) for number in range(count))),
    ]


def _thread(number: int, leads: int) -> dict[str, Any]:
    waits = number % _WAITS == 0
    return {
        "workspace_id": HERE.id,
        "id": f"thread-{number}",
        "lead_id": lead_id(number % leads),
        "provider_id": f"provider-{number}",
        "subject": "Re: Three findings",
        "preview": "Thanks, this is useful.",
        "last_at": _moment(number),
        "last_direction": "in" if waits else "out",
        "unread": int(waits),
        "waiting_since": _moment(number) if waits else None,
        "label": "INTERESTED",
        "sentiment": "positive",
        "mailbox": "lena@sunnyaudits.example",
        "campaign_provider_id": seed.AUDIT_LETTER,
        "last_reply_id": f"reply-{number}",
        "claimed_by": "",
    }


def _message(number: int, leads: int) -> dict[str, Any]:
    email = a_lead(number % leads)["email"]
    return {
        "workspace_id": HERE.id,
        "id": f"message-{number}",
        "thread_id": f"thread-{number}",
        "key": f"key-{number}",
        "email_id": f"email-{number}",
        "direction": "in",
        "lead_email": email,
        "from_email": email,
        "to_email": "lena@sunnyaudits.example",
        "at": _moment(number),
        "subject": "Re: Three findings",
        "text": "Thanks, this is useful.",
        "html": "",
        "mailbox": "lena@sunnyaudits.example",
        "provider_thread_id": f"provider-{number}",
        "message_id": f"<{number}@example.com>",
        "campaign_provider_id": seed.AUDIT_LETTER,
    }


def _reply(number: int, leads: int) -> dict[str, Any]:
    return {
        "workspace_id": HERE.id,
        "id": f"reply-{number}",
        "lead_id": lead_id(number % leads),
        "thread_id": f"thread-{number}",
        "key": f"key-{number}",
        "label": "INTERESTED",
        "sentiment": "positive",
        "received_at": _moment(number),
        "claimed_by": "",
        "answered_at": None if number % _WAITS == 0 else _moment(number),
        "answered_by": "",
    }


def _moment(number: int) -> int:
    return to_micros(EPOCH + timedelta(seconds=number))


async def screens(stock: Stock, folder: Path, *, drafts: int, replies: int, rounds: int) -> list[Figure]:
    """From the command to the modal standing there, and from opening Home to its view, ack included."""
    busy = with_work(stock, folder, drafts=drafts, replies=replies)
    figures = []
    async with built(busy.url) as world:
        for name, opened in (
            ("/drafts", _command(world, "/drafts")),
            ("/unibox", _command(world, "/unibox")),
            ("/pipeline", _command(world, "/pipeline")),
            ("Home", _home(world)),
        ):
            median = statistics.median([await opened() for _ in range(rounds + 1)][1:])
            told = f"{name}, {stock.leads:,} leads, {drafts:,} drafts, {replies:,} replies"
            figures.append(Figure(told, median, "ms", f"≤ {WITHIN_MS} ms", median <= WITHIN_MS))
    return figures


def _command(world: World, line: str) -> Callable[[], Awaitable[float]]:
    async def opened() -> float:
        before = [view.id for view in world.slack.workspace.modals.get(ANA, [])]
        return await _taken(
            world.slack.run_command(ANA, OUTREACH, line),
            lambda: [view.id for view in world.slack.workspace.modals.get(ANA, [])] not in ([], before),
        )

    return opened


def _home(world: World) -> Callable[[], Awaitable[float]]:
    async def opened() -> float:
        def published() -> int:
            return sum(call["method"] == "views.publish" for call in world.slack.workspace.calls)

        before = published()
        return await _taken(world.slack.open_home(ANA), lambda: published() > before)

    return opened


async def _taken(doing: Awaitable[Any], stands: Callable[[], bool]) -> float:
    """Milliseconds from the act to its outcome."""
    started = time.perf_counter()
    act = asyncio.ensure_future(doing)
    async with asyncio.timeout(LONGEST_WAIT_SECONDS):
        while not stands():
            await asyncio.sleep(0.001)
    taken = (time.perf_counter() - started) * 1000
    await act
    return taken


async def flood(stock: Stock, folder: Path, *, replies: int) -> list[Figure]:
    """So many replies at once at a web process, told by the clock of another one: how soon each is answered, and how
    few messages they become.
    """
    async with built(stock.copied(folder).url) as world:
        world.house.poster.every_seconds = 1.0
        run = await asyncio.to_thread(_taken_in, world, replies)
        started = time.perf_counter()
        while await _is_open(world):
            await world.tick(seconds=4)
        seconds = time.perf_counter() - started
        times = [call["at"] for call in world.slack.workspace.calls if call["method"] == "chat.postMessage"]
        known = await _count(world, "SELECT count(*) FROM replies WHERE key LIKE '%flood-%'")
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    calm = not gaps or min(gaps) >= timedelta(seconds=1) - _JUST_UNDER
    median = statistics.median(run.latencies) * 1000
    name = f"{replies:,} replies at once"
    return [
        Figure(f"{name}: taken in", run.seconds, "s", "≤ 1 s", run.seconds <= 1),
        Figure(f"{name}: webhook's answer", median, "ms", f"< {BURST_ANSWER_MS} ms", median < BURST_ANSWER_MS),
        Figure(f"{name}: known here after", seconds, "s", "none lost", known == replies),
        Figure(f"{name}: messages in the channel", len(times), "", "1 a second at most", calm and len(times) < replies),
    ]


def _taken_in(world: World, replies: int) -> Run:
    bodies = [json.dumps(_event(a_lead(number)["email"], number)).encode() for number in range(replies)]
    signed = [{"Content-Type": "application/json", "signature": signature(WEBHOOK_SECRET, body)} for body in bodies]
    requests = [request("/plusvibe/webhook", *each) for each in zip(bodies, signed, strict=True)]
    emails = [a_lead(number)["email"] for number in range(CONNECTIONS)]
    with server("ours", world.database.url.render_as_string(hide_password=False)) as (port, _):
        at_once(port, event_requests(emails), connections=CONNECTIONS)  # a process that is at work already
        time.sleep(CALM_SECONDS * 5)
        return at_once(port, requests, connections=CONNECTIONS)


def _event(email: str, number: int) -> dict[str, str]:
    return {
        "webhook_event": "ALL_EMAIL_REPLIES",
        "email": email,
        "from_email": email,
        "campaign_id": seed.AUDIT_LETTER,
        "email_account_name": "lena@sunnyaudits.example",
        "subject": "Re: Three findings",
        "text_body": "Thanks, this is useful.",
        "message_id": f"<flood-{number}@example.com>",
        "last_email_id": f"flood-{number}",
        "last_thread_id": f"flood-thread-{number}",
        "replied_date": datetime.now(EPOCH.tzinfo).isoformat(),
        "sentiment": "POSITIVE",
        "label": "INTERESTED",
    }


async def _is_open(world: World) -> bool:
    """Whether something is still to be applied, told or put up."""
    return any([await _count(world, statement) for statement in _OPEN])


async def _count(world: World, statement: str) -> int:
    raw = sqlite3.connect(world.database.url.database or "")
    try:
        return int(raw.execute(statement).fetchone()[0])
    finally:
        raw.close()


_OPEN = (
    "SELECT count(*) FROM inbox WHERE state = 'waiting'",
    "SELECT count(*) FROM notices WHERE post_key IS NULL",
    "SELECT count(*) FROM posts WHERE state = 'due'",
)
