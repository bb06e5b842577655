"""Audits: many sites of ten pages each, visited, judged and written back, against bare fetching and parsing."""

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import httpx
import psutil
from httpx_aiohttp import HttpxAiohttpClient
from selectolax.lexbor import LexborHTMLParser

from bot.clock import utc_now
from bot.gateways.dns import Dns
from bot.gateways.parsing import Parsing
from bot.gateways.pinned import StandIn
from bot.gateways.web import AT_ONCE, WebClient
from bot.outreach.audits import Audit, AuditState
from bot.outreach.leads import LeadDraft
from bot.sandbox.sites.web import trusting_anybody
from bot.services.auditing import AUDITS_AT_ONCE, Auditor
from bot.services.audits import AuditService
from bot.services.visiting import Visitor
from storage.database import Database
from storage.ids import new_id
from tests.bench.measuring import Figure
from tests.bench.million import HERE, Stock
from tests.bench.sites import PAGES, host, most_at_once, sites

A_SECOND = 60
MOST_MEGABYTES = 150
_MEGABYTE = 1024 * 1024


async def audited(stock: Stock, *, count: int) -> list[Figure]:
    """So many sites, from their requests to their writebacks."""
    database = Database(stock.url)
    await _requested(database, count)
    with sites() as port:
        async with _held() as held:
            ours = await _ours(database, port)
        most = await most_at_once(port)
        floor = await fetched_bare(port, count, at_once=AUDITS_AT_ONCE * AT_ONCE)
    await database.close()
    pages, kind = count * PAGES, stock.kind
    name = f"pages of {count:,} sites audited and written back, {kind}"
    rate, bare = pages / ours, pages / floor
    grown = held["most"] - held["before"]
    one = "most requests to one site"
    return [
        Figure(name, rate, "a second", f"≥ {A_SECOND}", rate >= A_SECOND, bare, "the same pages fetched and parsed"),
        Figure(one, most, "at once", f"≤ {AT_ONCE}", most <= AT_ONCE, note=f"{AUDITS_AT_ONCE} sites at a time"),
        Figure("memory over idle meanwhile", grown, "MB", f"≤ {MOST_MEGABYTES}", grown <= MOST_MEGABYTES),
    ]


async def _requested(database: Database, count: int) -> None:
    now = utc_now()
    async with database.begin(HERE.id) as uow:
        for number in range(count):
            draft = LeadDraft(f"jane@{host(number)}", company_name=f"Site {number}", domain=host(number))
            lead = await uow.leads.add(new_id(), draft, key=draft.email, at=now)
            await uow.audits.add(Audit(new_id(), lead.id, AuditState.REQUESTED, None, now))


async def _ours(database: Database, port: int) -> float:
    """The seconds until no audit waits any more."""
    with stood_in(port) as stand_in:
        web = WebClient(Dns(), contact="http://bot.example/audits", stand_in=stand_in)
        parsing = Parsing()
        visitor = Visitor(web, parsing, utc_now)
        auditor = Auditor(database, utc_now, visitor, address="http://bot.example", secret=b"secret")
        service = AuditService(database, utc_now, None, auditor, address="", secrets=[b"secret"])
        started = time.perf_counter()
        while await service.run_due(HERE.id):
            pass
        seconds = time.perf_counter() - started
        await web.aclose()
        await parsing.aclose()
    return seconds


@contextmanager
def stood_in(port: int) -> Iterator[StandIn]:
    """The bench's sites as the web."""
    with socket.socket() as nobody:  # a port where nobody answers: the sites have no encryption
        nobody.bind(("127.0.0.1", 0))
        yield StandIn(port, nobody.getsockname()[1], trusting_anybody())


async def fetched_bare(port: int, count: int, *, at_once: int) -> float:
    """The seconds that fetching and parsing every page of so many sites alone takes."""
    room = asyncio.Semaphore(at_once)
    async with HttpxAiohttpClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        started = time.perf_counter()
        await asyncio.gather(*(_read(client, room, number, place) for number in range(count) for place in range(PAGES)))
        return time.perf_counter() - started


async def _read(client: httpx.AsyncClient, room: asyncio.Semaphore, number: int, place: int) -> None:
    async with room:
        answer = await client.get(f"/{place or ''}", headers={"Host": host(number)})
        LexborHTMLParser(answer.text).css("a")


@asynccontextmanager
async def _held() -> AsyncIterator[dict[str, float]]:
    """What this process holds before, and at most while the context lasts, in megabytes."""
    process = psutil.Process(os.getpid())
    held = {"before": process.memory_info().rss / _MEGABYTE, "most": 0.0}

    async def watch() -> None:
        while True:
            held["most"] = max(held["most"], process.memory_info().rss / _MEGABYTE)
            await asyncio.sleep(0.05)

    watching = asyncio.create_task(watch())
    yield held
    watching.cancel()
