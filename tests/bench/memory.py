"""What the process holds: idle, and after a reader went through the list of a million leads."""

from urllib.request import Request, urlopen

import psutil

from tests.bench.load import server
from tests.bench.measuring import Figure
from tests.bench.million import Stock
from tests.bench.servers import API_TOKEN

MEGABYTE = 1024 * 1024


def memory(stock: Stock, *, pages: int) -> list[Figure]:
    """Without what the kernel maps from the database's file, which it takes back when it needs it."""
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
    held = psutil.Process(process_id).memory_info()
    return (held.rss - held.shared) / MEGABYTE
