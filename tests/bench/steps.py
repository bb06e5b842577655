"""Due steps of sequences to the mails made of them: bounded in memory, each step once, by one process or by two."""

import asyncio
import sys
import time
from subprocess import PIPE, Popen

from sqlalchemy import func, insert, select

from bot.clock import utc_now
from bot.commands.collecting import settle
from bot.outreach.mail_templates import MailTemplate
from bot.outreach.sequences import Mode, RunState, Sequence, Step
from bot.services.runs import RunService
from storage.database import Database
from storage.ids import new_id
from storage.mail_tables import mails
from storage.runs import runs
from storage.types import to_micros
from tests.bench.mails import BOUNDED_MEGABYTES, BY_THE_HUNDRED, stocked_mails
from tests.bench.measuring import Figure
from tests.bench.memory import watched
from tests.bench.million import EPOCH, HERE, Stock, lead_id

_CHUNK = 1_000
_TEXT = "Hello {{ first_name }},\n\nwe looked at {{ website }} and found three things.\n\n{{ sender_name }}"


async def stocked_runs(database: Database, count: int) -> None:
    """So many runs of one sequence whose first step is due, each of another lead; no other runs and no mails."""
    await stocked_mails(database, 1, 0)
    template = MailTemplate(
        new_id(), f"First {new_id()}", "Three findings for {{ company_name }}", _TEXT, 1, "U1", EPOCH
    )
    sequence = Sequence(new_id(), f"Spring {new_id()}", (Step(template.id), Step(template.id, 48)), updated_at=EPOCH)
    async with database.begin(HERE.id) as uow:
        await uow.mail_templates.add(template)
        await uow.sequences.add(sequence)
        sites = await uow.sites.all()
        for start in range(0, count, _CHUNK):
            rows = [
                uow.runs._tenant.row(
                    id=new_id(),
                    sequence_id=sequence.id,
                    lead_id=lead_id(number),
                    site_id=sites[number % len(sites)].id,
                    mode=Mode.AUTO,
                    author="U1",
                    started_at=EPOCH,
                    had_replied=True,
                    step=0,
                    state=RunState.ACTIVE,
                    next_at=EPOCH,
                    mail_id="",
                    why="",
                )
                for number in range(start, min(count, start + _CHUNK))
            ]
            await uow.runs._tenant.many(insert(runs), rows)


async def steps_made(stock: Stock, *, count: int, processes: int = 1) -> list[Figure]:
    """Every due step made once, against claiming the same rows by the hundred."""
    database = Database(stock.url)
    await stocked_runs(database, count)
    floor = count / await asyncio.to_thread(_claimed, stock, count)
    told = await asyncio.gather(*(asyncio.to_thread(_in_its_own_process, stock.url) for _ in range(processes)))
    rate = count / max(seconds for seconds, _ in told)
    async with database.read(HERE.id) as uow:
        made = select(func.count(), func.count(mails.c.run_id.distinct())).select_from(mails)
        assert await uow.runs._tenant.first(made) == (count, count), "a step was made twice, or not at all"
    await database.close()
    over = max(megabytes for _, megabytes in told)
    by = f"{count:,} due steps to their mails, {stock.by(processes)}"
    bounded = over <= BOUNDED_MEGABYTES
    return [
        Figure(by, rate, "a second", "≥ 0.3 ×", rate >= 0.3 * floor, floor, "claiming the same rows by the hundred"),
        Figure("memory over idle meanwhile", over, "MB", f"≤ {BOUNDED_MEGABYTES} MB", bounded),
    ]


def _claimed(stock: Stock, count: int) -> float:
    """The seconds it takes to claim them all, by the driver itself; they are due again afterwards."""
    raw = stock.raw()
    mark = "?" if stock.file else "%s"
    now, before = (to_micros(utc_now()), to_micros(EPOCH)) if stock.file else (utc_now(), EPOCH)
    begin, skip = ("BEGIN IMMEDIATE", "") if stock.file else ("BEGIN", "FOR NO KEY UPDATE SKIP LOCKED")
    due = (
        f"SELECT * FROM runs WHERE workspace_id = {mark} AND state = 'active' AND next_at < {mark} "
        f"ORDER BY next_at, seq LIMIT {BY_THE_HUNDRED} {skip}"
    )
    if stock.file:
        raw.execute("PRAGMA synchronous = FULL")
    started, claimed = time.perf_counter(), 0
    while claimed < count:
        raw.execute(begin)
        seqs = [row[0] for row in raw.execute(due, (HERE.id, now)).fetchall()]
        places = ", ".join([mark] * len(seqs))
        raw.execute(f"UPDATE runs SET next_at = {mark} WHERE seq IN ({places})", (now, *seqs))
        raw.execute("COMMIT")
        claimed += len(seqs)
    seconds = time.perf_counter() - started
    raw.execute(f"UPDATE runs SET next_at = {mark}", (before,))
    raw.close()
    return seconds


def _in_its_own_process(url: str) -> tuple[float, float]:
    """The seconds it took, and the megabytes it held more than idle."""
    with Popen([sys.executable, "-m", "tests.bench.steps", url], stdout=PIPE, text=True) as process:
        assert process.stdout is not None
        seconds, megabytes = process.stdout.readline().split()
    return float(seconds), float(megabytes)


async def _advance_everything(url: str) -> None:
    """Print the seconds it took and the megabytes it took more."""
    database = Database(url)
    service = RunService(database, utc_now, connected=True)
    await database.ping()
    settle()
    async with watched() as megabytes:
        started = time.perf_counter()
        while await service.advance_due(HERE.id):
            pass
        print(time.perf_counter() - started, megabytes())
    await database.close()


if __name__ == "__main__":
    asyncio.run(_advance_everything(sys.argv[1]))
