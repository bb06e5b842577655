"""A file of leads taken in by the shell's command, against a plain load of the same file; who else works meanwhile."""

import asyncio
import csv
import os
import random
import re
import statistics
import sys
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from subprocess import PIPE, Popen

import psutil

from storage.database import Database
from storage.ids import new_id
from tests.bench.import_floors import Load, load_of
from tests.bench.load import command_request, one_by_one, server
from tests.bench.measuring import Figure
from tests.bench.memory import MEGABYTE
from tests.bench.million import HERE, Stock, a_lead, stocked_postgres, stocked_sqlite

REACH = {"SQLite": 0.4, "PostgreSQL": 0.6}
_FEW = 20


@dataclass
class Meanwhile:
    """What others met while an import ran (seconds), the most it held (MB), and how long it took (seconds)."""

    writes: list[float] = field(default_factory=list)
    commands: list[float] = field(default_factory=list)
    held: float = 0.0
    taken: float = 0.0


async def imported(folder: Path, postgres: str, *, rows: int) -> list[Figure]:
    """Each database, empty at first."""
    file, counted = _written(folder, rows)
    few, part = _written(folder, _FEW)[0], _written(folder, max(2 * _FEW, rows // 10))[0]
    figures = []
    for kind in REACH:
        stock = await _empty(kind, folder, postgres)
        idle, tenth = [(await _import(stock, each))[1] for each in (few, part)]
        stock = await _empty(kind, folder, postgres)
        told, meanwhile = await _import(stock, file)
        assert told == counted, f"the import says {told}, an independent count of the file {counted}"
        assert _leads_in(stock) == counted["leads added"]
        floors = {load: load_of(await _empty(kind, folder, postgres), file, load) for load in Load}
        figures += _figures(kind, rows, floors, meanwhile, idle, tenth)
    return figures


def _leads_in(stock: Stock) -> int:
    """Counted by another hand."""
    with closing(stock.raw()) as raw:
        return int(raw.execute("SELECT count(*) FROM leads").fetchone()[0])


async def _empty(kind: str, folder: Path, postgres: str) -> Stock:
    if kind == "PostgreSQL":
        return await stocked_postgres(postgres, 0)
    (folder / "leads-0.db").unlink(missing_ok=True)
    return (await stocked_sqlite(folder, 0)).copied(folder)


def _written(folder: Path, rows: int) -> tuple[Path, Counter[str]]:
    """A file of leads in no order, and what an import must say of it: some twice, some without an address."""
    numbers = list(range(rows))
    random.Random(17).shuffle(numbers)
    file, counted = folder / f"people-{rows}.csv", Counter({"rows read": rows})
    with file.open("w", encoding="utf-8", newline="") as sheet:
        writer = csv.writer(sheet)
        writer.writerow(["Email", "First name", "Last name", "Company", "Website", "City", "Country"])
        for number in numbers:
            key = number - (number % 50 == 49)
            lead = a_lead(key)
            email = "none" if number % 100 == 3 else f"{rows}.{key}.{lead['email']}"
            names = (lead["first_name"], lead["last_name"], lead["company_name"])
            writer.writerow([email, *names, f"https://{lead['domain']}", "Prague", "Czechia"])
            counted[_fate(number)] += 1
    return file, +counted


def _fate(number: int) -> str:
    if number % 100 == 3:
        return "bad email format"
    return "duplicate in the file" if number % 50 == 49 else "leads added"


def _figures(
    kind: str, rows: int, floors: dict[Load, float], meanwhile: Meanwhile, idle: Meanwhile, tenth: Meanwhile
) -> list[Figure]:
    reach, name = REACH[kind], f"import of {rows:,} rows, {kind}"
    ours = rows / max(meanwhile.taken - idle.taken, meanwhile.taken / 10)  # without the start of the process
    floor = rows / floors[Load.SAME_TABLES]
    note = f"breakdown exact; a table with one index alone takes {rows / floors[Load.PLAIN]:,.0f} a second"
    slowest = statistics.quantiles([*meanwhile.writes, *meanwhile.writes], n=100)[98] * 1000
    command = statistics.median(meanwhile.commands) * 1000
    held = max(0.01, meanwhile.held - idle.held)
    less = f"a tenth of the rows: {tenth.held - idle.held:.1f} MB"
    return [
        Figure(name, ours, "a second", f"≥ {reach} ×", ours >= reach * floor, floor, Load.SAME_TABLES.value, note),
        Figure("another process's write meanwhile, p99", slowest, "ms", "≤ 50 ms", slowest <= 50),
        Figure("slash command meanwhile, median", command, "ms", "≤ 200 ms", command <= 200),
        Figure(f"memory of the import over one of {_FEW} rows", held, "MB", "≤ 100 MB", held <= 100, note=less),
    ]


async def _import(stock: Stock, file: Path) -> tuple[Counter[str], Meanwhile]:
    """Run the command; its breakdown as it prints it, and what happened meanwhile."""
    meanwhile = Meanwhile()
    environment = {"PATH": os.environ["PATH"], "DATABASE_URL": stock.url, "LOG_LEVEL": "error"}
    command = [sys.executable, "-m", "bot", "import", "leads", str(file)]
    with server("ours", stock.url) as (port, _):
        started = time.perf_counter()
        start = partial(Popen, command, env=environment, stdout=PIPE, stderr=PIPE, text=True)
        process: Popen[str] = await asyncio.to_thread(start)
        around = asyncio.gather(_writing(stock, process, meanwhile), _commanding(port, process, meanwhile))
        output, errors = await asyncio.to_thread(process.communicate)
        meanwhile.taken = time.perf_counter() - started
        await around
    assert process.returncode == 0, errors[-2_000:]
    lines = re.findall(r"^ +([\d,]+)  (.+)$", output, re.MULTILINE)
    return Counter({what: int(number.replace(",", "")) for number, what in lines}), meanwhile


async def _writing(stock: Stock, process: "Popen[str]", meanwhile: Meanwhile) -> None:
    """Short writes from another process than the import's; how much that one holds."""
    database, watched = Database(stock.url), psutil.Process(process.pid)
    while process.poll() is None:
        started = time.perf_counter()
        async with database.begin(HERE.id) as uow:
            await uow.settings.put("bench", new_id())
        meanwhile.writes.append(time.perf_counter() - started)
        with watched.oneshot():
            memory = watched.memory_info() if watched.is_running() else None
            meanwhile.held = max(meanwhile.held, (memory.rss - memory.shared) / MEGABYTE if memory else 0)
        await asyncio.sleep(0.02)
    await database.close()


async def _commanding(port: int, process: "Popen[str]", meanwhile: Meanwhile) -> None:
    while process.poll() is None:
        meanwhile.commands += (await asyncio.to_thread(one_by_one, port, [command_request()] * 3)).latencies
        await asyncio.sleep(0.1)
