"""From a signed slash command to its ack, over HTTP; every server in a process of its own, the load in this one."""

import statistics
from collections.abc import Sequence
from pathlib import Path

import psutil

from storage.schema import migrate
from tests.bench.load import at_once, command_request, one_by_one, server
from tests.bench.measuring import Figure

CONNECTIONS = 32


def acks(folder: Path, *, rounds: int, requests: int) -> list[Figure]:
    """One client, then 32 connections. Ours has every listener of the product; the last command is the one hit.

    At 32 connections what counts is the server's own processor time, so that a busy machine changes nothing.
    """
    url = f"sqlite+aiosqlite:///{folder / 'acks.db'}"
    migrate(url)
    with server("ours", url) as ours, server("stock") as stock, server("bare") as bare:
        command = command_request()
        for port, _ in (ours, stock, bare):
            one_by_one(port, [command] * 50)
        alone = [_one_client((ours[0], stock[0], bare[0]), command) for _ in range(rounds)]
        many = [[_busy(each, [command] * requests) for each in (ours, bare)] for _ in range(rounds)]
    ours_ms, stock_ms, bare_ms = (statistics.median(taken) for taken in zip(*alone, strict=True))
    ours_rate, bare_rate = (statistics.median(rates) for rates in zip(*many, strict=True))
    return [
        Figure(
            "slash command to ack, one client",
            ours_ms,
            "ms",
            "≤ 0.25 × stock",
            ours_ms <= 0.25 * stock_ms,
            stock_ms,
            "bare Bolt, one listener",
            f"{bare_ms:.2f} ms without Bolt's poll",
        ),
        Figure(
            f"commands at {CONNECTIONS} connections",
            ours_rate,
            "a second of one core",
            "≥ 0.6 ×",
            ours_rate >= 0.6 * bare_rate,
            bare_rate,
            "bare Bolt without its poll",
            "all our listeners, the last one hit",
        ),
    ]


def _one_client(ports: Sequence[int], command: bytes) -> list[float]:
    """The median milliseconds at each port."""
    return [statistics.median(one_by_one(port, [command] * 100).latencies) * 1000 for port in ports]


def _busy(target: tuple[int, int], requests: Sequence[bytes]) -> float:
    """Requests a second of the server's processor time."""
    port, process_id = target
    before = cpu_seconds(process_id)
    at_once(port, requests, CONNECTIONS)
    return len(requests) / (cpu_seconds(process_id) - before)


def cpu_seconds(process_id: int) -> float:
    """What a process has used of the processor so far."""
    used = psutil.Process(process_id).cpu_times()
    return used.user + used.system
