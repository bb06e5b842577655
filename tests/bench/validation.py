"""Validation: queued addresses to their verdicts, against the same questions over bare sockets."""

import asyncio
import time
from datetime import timedelta

from sqlalchemy import delete

from bot.clock import utc_now
from bot.gateways.dns import Dns
from bot.gateways.smtp_probe import Manners, SmtpProbe
from bot.outreach.probing import Pace
from bot.services.validating import ValidationService
from bot.services.verifying import CONVERSATIONS, Verifier
from storage.database import Database
from storage.verdicts import mail_domains, verdicts
from tests.bench.mail_hosts import MAILBOXES, domain, mail_hosts, most_at_once
from tests.bench.measuring import Figure
from tests.bench.million import HERE, Stock

A_SECOND = 300
_CHUNK = 5_000


async def verified(stock: Stock, *, count: int) -> list[Figure]:
    """So many addresses, ten a domain; a tenth of the domains is settled by DNS, another tenth takes anything."""
    domains = count // MAILBOXES
    database = Database(stock.url)
    await _queued(database, domains)
    with mail_hosts(domains) as (server, port):
        ours = await _ours(database, server, port)
        most = await most_at_once(port)
        floor = await _bare(port, domains)
    await database.close()
    name = f"{count:,} addresses of {domains:,} domains verified, {stock.kind}"
    floor_name = "the same questions over bare sockets"
    one = "most conversations with one domain"
    return [
        Figure(name, count / ours, "a second", f"≥ {A_SECOND}", count / ours >= A_SECOND, count / floor, floor_name),
        Figure(one, most, "at once", "≤ 1", most <= 1, note=f"{CONVERSATIONS} with all of them"),
    ]


async def _queued(database: Database, domains: int) -> None:
    keys = [f"p{mailbox}@{domain(number)}" for mailbox in range(MAILBOXES) for number in range(domains)]
    async with database.begin(HERE.id) as uow:
        for table in (verdicts, mail_domains):
            await uow.verdicts._tenant.change(delete(table))
        for start in range(0, len(keys), _CHUNK):
            await uow.verdicts.enqueue(dict.fromkeys(keys[start : start + _CHUNK], utc_now()))


async def _ours(database: Database, server: str, port: int) -> float:
    """The seconds it takes until nothing waits any more."""
    dns = Dns(server)
    probe = SmtpProbe(dns, Manners("verify.example", port=port, reaches_private=True))
    unpaced = Pace(timedelta(0), questions_a_minute=None)
    service = ValidationService(database, utc_now, Verifier(utc_now, dns, probe, is_tested=False, pace=unpaced))
    started = time.perf_counter()
    while await service.verify_due(HERE.id):
        pass
    seconds = time.perf_counter() - started
    async with database.read(HERE.id) as uow:
        assert await uow.verdicts.waiting() == 0
    return seconds


async def _bare(port: int, domains: int) -> float:
    """The seconds the conversations alone take."""
    room = asyncio.Semaphore(CONVERSATIONS)
    asked = [name for number in range(domains) if not (name := domain(number)).startswith(("gone", "null"))]
    started = time.perf_counter()
    await asyncio.gather(*(_conversation(room, port, name) for name in asked))
    return time.perf_counter() - started


async def _conversation(room: asyncio.Semaphore, port: int, name: str) -> None:
    mailboxes = ["nobody", *(f"p{number}" for number in range(1 if name.startswith("catch") else MAILBOXES))]
    async with room:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await reader.readline()
        for mailbox in mailboxes:
            for line in ("MAIL FROM:<>", f"RCPT TO:<{mailbox}@{name}>", "RSET"):
                writer.write(f"{line}\r\n".encode())
                await reader.readline()
        writer.close()
        await writer.wait_closed()
