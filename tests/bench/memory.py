"""What the process holds: idle, and after a reader went through the list of a million leads."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.request import Request, urlopen

import psutil

from tests.bench.load import server
from tests.bench.measuring import Figure
from tests.bench.million import Stock
from tests.bench.servers import API_TOKEN

MEGABYTE = 1024 * 1024


@asynccontextmanager
async def watched() -> AsyncIterator[Callable[[], float]]:
    """How much more than at the beginning this process held at most, in megabytes, looked at five times a second."""
    idle = most = _own(os.getpid())

    async def look() -> None:
        nonlocal most
        while True:
            most = max(most, _own(os.getpid()))
            await asyncio.sleep(0.2)

    looking = asyncio.create_task(look())
    try:
        yield lambda: max(0.1, most - idle)
    finally:
        looking.cancel()


def memory(stock: Stock, *, pages: int) -> list[Figure]:
    """The web process, over its API."""
    with server("ours", stock.url) as (port, process_id):
        _page(port)
        idle = _own(process_id)
        for _ in range(pages):
            _page(port)
        after = _own(process_id)
    note = f"after {pages} pages of 100 of {stock.leads:,} leads: {after:.0f} MB"
    return [Figure("memory of the process, idle", idle, "MB", note=note)]


def _page(port: int) -> None:
    asked = Request(
        f"http://127.0.0.1:{port}/api/leads?limit=100&sort=company", headers={"Authorization": f"Bearer {API_TOKEN}"}
    )
    with urlopen(asked, timeout=30) as answer:
        answer.read()


def _own(process_id: int) -> float:
    """Without what the kernel maps from the database's file, which it takes back when it needs it."""
    held = psutil.Process(process_id).memory_info()
    return (held.rss - held.shared) / MEGABYTE
