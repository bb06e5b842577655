"""Direct sending: due mails to their outcomes, and the whole loop against a vendor that takes its time."""

import asyncio
import json
import statistics
import sys
import time
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

from sqlalchemy import delete, func, insert, select

from bot.clock import utc_now
from bot.commands.collecting import settle
from bot.gateways.http import vendor_client
from bot.gateways.sendgrid import OutgoingMail, SendGrid
from bot.outreach.mail_facts import Delivery, Engagement
from bot.outreach.mail_types import DraftType
from bot.outreach.mails import MailState
from bot.outreach.sites import Site
from bot.services.dispatching import DispatchService, Mailer
from storage.database import Database
from storage.ids import new_id
from storage.mail_facts import mail_facts
from storage.mail_tables import mails
from storage.rests import rests
from storage.runs import runs
from storage.sites import site_days, sites
from storage.types import to_micros
from storage.unit_of_work import UnitOfWork
from tests.bench.load import server
from tests.bench.measuring import Figure
from tests.bench.memory import watched
from tests.bench.million import EPOCH, HERE, Stock, a_lead, lead_id
from tests.bench.servers import LATENCY_SECONDS

BY_THE_HUNDRED = 100
IN_FLIGHT = 100
SITES = 20
BOUNDED_MEGABYTES = 100
_CHUNK = 1_000
_SECRET = b"bench-mail-secret"
_URL = "https://outreach.example.com"
_TEXT = "Hello Jane,\n\nwe looked at https://acme.example.com and found three things.\n\n- one\n- two\n\nLena"


class Instant(SendGrid):
    """Takes every mail at once: what is left is our own work."""

    async def send(self, mail: OutgoingMail, last_look: Any = None) -> str:
        """The mail's own id for the vendor's."""
        return f"message-{mail.mail_id}"


async def stocked_mails(database: Database, leads: int, count: int, *, first: int = 0) -> list[str]:
    """So many due mails, each to another lead, no others and no runs; answers their ids."""
    ids = []
    async with database.begin(HERE.id) as uow:
        tenant = uow.mails._tenant
        for table in (mail_facts, mails, rests, runs, site_days, sites):
            await tenant.change(delete(table))
        homes = [await a_site(uow, number) for number in range(SITES)]
        for start in range(0, count, _CHUNK):
            numbers = range(start, min(count, start + _CHUNK))
            rows = [mail_row((first + number) % leads, number, homes[number % SITES]) for number in numbers]
            await tenant.many(insert(mails), [tenant.row(**row) for row in rows])
            ids += [row["id"] for row in rows]
    return ids


async def a_site(uow: UnitOfWork, number: int) -> str:
    """A site whose cap never binds."""
    site = Site(new_id(), f"Site {number}", f"lena@{number}.test", "Lena", "1 Sunny St", "UTC", daily_cap=10**9)
    await uow.sites.add(site)
    return site.id


def mail_row(lead: int, number: int, site_id: str) -> dict[str, Any]:
    """A due mail to the lead of this number."""
    email = a_lead(lead)["email"]
    blank = dict.fromkeys(("template_id", "draft_id", "message_id", "smtp_id", "problem"), "")
    return blank | {
        "id": new_id(),
        "key": f"bench-{number}",
        "lead_id": lead_id(lead),
        "to_email": email,
        "address_key": email,
        "site_id": site_id,
        "type": DraftType.MANUAL,
        "subject": "Three findings on your site",
        "text": _TEXT,
        "author": "clock",
        "created_at": EPOCH,
        "due_at": EPOCH,
        "state": MailState.HELD,
        "delivery": Delivery.NONE,
        "engagement": Engagement.NONE,
        "machine_opens": 0,
    }


async def dispatched(stock: Stock, *, rounds: int, count: int) -> list[Figure]:
    """Due mails claimed, decided, begun and their outcomes recorded, against claiming the same rows by the hundred."""
    ours: list[float] = []
    floor: list[float] = []
    database = Database(stock.url)
    sending = DispatchService(database, utc_now, Mailer(Instant("https://example.com", "key"), _URL, _SECRET))
    for turn in range(rounds + 1):
        await stocked_mails(database, stock.leads, count, first=turn * count)
        floor.append(count / await asyncio.to_thread(_claimed, stock, count))
        started = time.perf_counter()
        sent = await _all_sent(sending)
        ours.append(sent / (time.perf_counter() - started))
        assert sent == count
    await database.close()
    taken, bare = statistics.median(ours[1:]), statistics.median(floor[1:])
    name, floor_name = f"due mails to their outcomes, {stock.kind}", "claiming the same rows by the hundred"
    return [Figure(name, taken, "a second", "≥ 0.3 ×", taken >= 0.3 * bare, bare, floor_name)]


async def _all_sent(sending: DispatchService) -> int:
    total = 0
    while sent := await sending.send_due(HERE.id):
        total += sent
    return total


def _claimed(stock: Stock, count: int) -> float:
    """The seconds it takes to claim them all, by the driver itself; they are free again afterwards."""
    raw = stock.raw()
    mark = "?" if stock.file else "%s"
    moment = to_micros if stock.file else (lambda at: at)
    begin, skip = ("BEGIN IMMEDIATE", "") if stock.file else ("BEGIN", "FOR NO KEY UPDATE SKIP LOCKED")
    due = (
        f"SELECT * FROM mails WHERE workspace_id = {mark} AND state = 'held' AND due_at <= {mark} "
        f"AND lease_until IS NULL ORDER BY due_at, seq LIMIT {BY_THE_HUNDRED} {skip}"
    )
    if stock.file:
        raw.execute("PRAGMA synchronous = FULL")
    started, claimed = time.perf_counter(), 0
    while claimed < count:
        raw.execute(begin)
        seqs = [row[0] for row in raw.execute(due, (HERE.id, moment(utc_now()))).fetchall()]
        places = ", ".join([mark] * len(seqs))
        raw.execute(f"UPDATE mails SET lease_until = {mark} WHERE seq IN ({places})", (moment(utc_now()), *seqs))
        raw.execute("COMMIT")
        claimed += len(seqs)
    seconds = time.perf_counter() - started
    raw.execute("UPDATE mails SET lease_until = NULL")
    raw.close()
    return seconds


async def sent_through(stock: Stock, folder: Path, *, count: int, processes: int = 1) -> list[Figure]:
    """The whole loop in processes of their own, one POST a mail, a hundred in flight by all of them together; what one
    holds over what it held before the first.

    Beside it the HTTP client alone, as many posts of the same size at once: nothing of ours, and all that is left of
    the machine for everything else.
    """
    busy, by = (stock.copied(folder) if stock.file else stock), stock.by(processes)
    database = Database(busy.url)
    await stocked_mails(database, stock.leads, count)
    with server("slow") as (port, _):
        seconds, over = await _in_processes(busy.url, port, count, processes)
        bare_seconds, _ = await _in_processes("-", port, count // processes, processes)
    async with database.read(HERE.id) as uow:
        left = select(func.count()).select_from(mails).where(mails.c.state == MailState.ACCEPTED)
        assert await uow.mails._tenant.value(left) == count, "not every mail has left"
    await database.close()
    rate, bare, most = count / seconds, count / bare_seconds, IN_FLIGHT / LATENCY_SECONDS
    sent, beside, reach = f"{count:,} mails sent, {by}", f"the same beside the client alone, {by}", 0.3 * bare
    return [
        Figure(sent, rate, "a second", "≥ 0.85 ×", rate >= 0.85 * most, most, "in flight ÷ latency"),
        Figure(beside, rate, "a second", "≥ 0.3 ×", rate >= reach, bare, "httpx posting as much"),
        Figure("memory over idle meanwhile", over, "MB", f"≤ {BOUNDED_MEGABYTES} MB", over <= BOUNDED_MEGABYTES),
    ]


async def _in_processes(url: str, port: int, count: int, processes: int) -> tuple[float, float]:
    """The most seconds one took, and the most megabytes."""
    each = (url, port, count, IN_FLIGHT // processes)
    told = await asyncio.gather(*(asyncio.to_thread(_in_its_own_process, *each) for _ in range(processes)))
    return max(seconds for seconds, _ in told), max(megabytes for _, megabytes in told)


def _in_its_own_process(url: str, port: int, count: int, in_flight: int) -> tuple[float, float]:
    command = [sys.executable, "-m", "tests.bench.mails", url, *map(str, (port, count, in_flight))]
    with Popen(command, stdout=PIPE, text=True) as process:
        assert process.stdout is not None
        seconds, megabytes = process.stdout.readline().split()
    return float(seconds), float(megabytes)


async def _send_everything(url: str, port: int, in_flight: int) -> None:
    """Print the seconds it took and the megabytes it took more."""
    database, vendor = Database(url), SendGrid(f"http://127.0.0.1:{port}", "key")
    sending = DispatchService(database, utc_now, Mailer(vendor, _URL, _SECRET), in_flight=in_flight)
    await database.ping()
    settle()
    async with watched() as megabytes:
        started = time.perf_counter()
        await _all_sent(sending)
        print(time.perf_counter() - started, megabytes())
    await vendor.aclose()
    await database.close()


async def _post_everything(port: int, count: int, in_flight: int) -> None:
    """Print the seconds it takes httpx to post so many bodies of a mail's size."""
    numbers, body = iter(range(count)), json.dumps({"text": _TEXT * 20}).encode()
    settle()
    async with vendor_client(f"http://127.0.0.1:{port}", {}, connections=in_flight) as client:

        async def post_on() -> None:
            for _ in numbers:
                await client.post("/v3/mail/send", content=body)

        started = time.perf_counter()
        await asyncio.gather(*(post_on() for _ in range(in_flight)))
        print(time.perf_counter() - started, 0)


if __name__ == "__main__":
    where, (by_port, how_many, at_a_time) = sys.argv[1], map(int, sys.argv[2:])
    asyncio.run(
        _post_everything(by_port, how_many, at_a_time) if where == "-" else _send_everything(where, by_port, at_a_time)
    )
