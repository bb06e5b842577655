"""PlusVibe's events: in at the door one a POST, and applied to their leads."""

import statistics
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from bot.gateways.plusvibe_events import parse_event
from storage.database import Database
from storage.ids import new_id
from storage.types import to_micros
from tests.bench.load import at_once, event_body, event_requests, server
from tests.bench.measuring import Figure
from tests.bench.million import EPOCH, HERE, Stock, a_lead
from tests.bench.pages import services_over

_STORE = (
    "INSERT INTO inbox (workspace_id, id, vendor, key, body, received_at, attempts, state, next_try_at, error) "
    "VALUES (?, ?, 'plusvibe', ?, ?, ?, 0, 'waiting', ?, '') ON CONFLICT DO NOTHING"
)
_STORE_SET = (
    "INSERT INTO inbox (workspace_id, id, vendor, key, body, received_at, attempts, state, next_try_at, error) "
    "SELECT %s, new.id, 'plusvibe', new.key, new.body, %s, 0, 'waiting', %s, '' "
    "FROM unnest(%s::text[], %s::text[], %s::bytea[]) AS new (id, key, body) ON CONFLICT DO NOTHING"
)
FLOOR_ROWS = 100


def events_in(stock: Stock, folder: Path, *, rounds: int, events: int) -> list[Figure]:
    """Verified, stored and answered, against a door that only stores the raw body; a transaction each, both."""
    ours: list[float] = []
    floor: list[float] = []
    emails = [a_lead(number)["email"] for number in range(events)]
    with server("ours", stock.url) as (port, _), server("raw", str(folder / "raw.db")) as (raw_port, _):
        for turn in range(rounds + 1):
            requests = event_requests(emails, first=turn * events)
            ours.append(at_once(port, requests).per_second)
            floor.append(at_once(raw_port, requests).per_second)
    taken, bare = statistics.median(ours[1:]), statistics.median(floor[1:])
    name = "vendor events in, one a POST, 32 connections"
    floor_name = "storing the raw body, one a POST"
    return [Figure(name, taken, "a second", "≥ 0.4 ×", taken >= 0.4 * bare, bare, floor_name)]


async def events_applied(stock: Stock, *, rounds: int, events: int) -> list[Figure]:
    """From the inbox to status, history and counters, against one set insert of the same bodies with dedupe."""
    ours: list[float] = []
    floor: list[float] = []
    async with services_over(stock) as asked:
        for turn in range(rounds + 1):
            numbers = range(turn * events, (turn + 1) * events)
            bodies = [event_body(a_lead(number % stock.leads)["email"], 10**6 + number) for number in numbers]
            floor.append(events / inserted(stock, bodies))
            await _received(stock, bodies)
            started = time.perf_counter()
            applied = 0
            while done := await asked.webhooks.apply_due(HERE.id):
                applied += done
            ours.append(applied / (time.perf_counter() - started))
    taken, bare = statistics.median(ours[1:]), statistics.median(floor[1:])
    name = "vendor events applied"
    return [Figure(name, taken, "a second", "≥ 0.4 ×", taken >= 0.4 * bare, bare, "one set insert with dedupe")]


def inserted(stock: Stock, bodies: Sequence[bytes]) -> float:
    """The seconds it takes to insert the bodies a hundred at a time, by the driver itself; nothing of it stays."""
    with closing(stock.raw()) as raw:
        if stock.file:
            raw.execute("PRAGMA synchronous = FULL")
        started = time.perf_counter()
        for first in range(0, len(bodies), FLOOR_ROWS):
            rows = [(new_id(), f"floor-{new_id()}", body) for body in bodies[first : first + FLOOR_ROWS]]
            if stock.file:
                at = to_micros(EPOCH)
                raw.execute("BEGIN IMMEDIATE")
                raw.executemany(_STORE, [(HERE.id, *row, at, at) for row in rows])
                raw.execute("COMMIT")
            else:
                raw.execute(_STORE_SET, (HERE.id, EPOCH, EPOCH, *map(list, zip(*rows, strict=True))))
        seconds = time.perf_counter() - started
        raw.execute("DELETE FROM inbox WHERE key LIKE 'floor-%'")
    return seconds


async def _received(stock: Stock, bodies: Sequence[bytes]) -> None:
    keyed = [(event.key, body) for body in bodies if (event := parse_event(body))]
    database = Database(stock.url)
    async with database.begin(HERE.id) as uow:
        assert len(await uow.inbox.receive_many("plusvibe", keyed, EPOCH)) == len(bodies)
    await database.close()
