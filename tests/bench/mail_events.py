"""SendGrid's events: in at the door a hundred a POST, and applied to their mails."""

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from subprocess import PIPE, Popen

from sqlalchemy import func, select, update

from bot.clock import utc_now
from bot.commands.collecting import settle
from bot.gateways.sendgrid import MAIL_ID_ARG
from bot.outreach.mails import MailState
from bot.sandbox.sendgrid.signing import pack, signature
from bot.services.mail_events import MailEventService
from storage.database import Database
from storage.mail_facts import mail_facts
from storage.mail_tables import mails
from tests.bench.events import inserted
from tests.bench.load import at_once, request, server
from tests.bench.mails import stocked_mails
from tests.bench.measuring import Figure
from tests.bench.million import EPOCH, HERE, Stock
from tests.bench.pages import services_over
from tests.bench.servers import EVENTS_KEY

EVENTS_A_POST = 100
CONNECTIONS = 4
_KINDS = ("delivered", "delivered", "open", "click")


def mail_events_in(stock: Stock, folder: Path, *, rounds: int, posts: int) -> list[Figure]:
    """A hundred events a POST: verified, stored and answered, against a door that only stores the raw body."""
    ours: list[float] = []
    floor: list[float] = []
    with server("ours", stock.url) as (port, _), server("raw", str(folder / "raw-mails.db")) as (raw_port, _):
        for turn in range(rounds + 1):
            ids = [f"nobody-{turn}-{number}" for number in range(posts * EVENTS_A_POST)]
            requests = [_post(batch) for batch in _batches(ids)]
            ours.append(at_once(port, requests, connections=CONNECTIONS).per_second * EVENTS_A_POST)
            floor.append(at_once(raw_port, requests, connections=CONNECTIONS).per_second * EVENTS_A_POST)
            _until_applied(stock)
    taken, bare = statistics.median(ours[1:]), statistics.median(floor[1:])
    name, floor_name = "SendGrid's events in, a hundred a POST", "storing the raw body"
    return [Figure(name, taken, "a second", "≥ 0.4 ×", taken >= 0.4 * bare, bare, floor_name)]


async def mail_events_applied(stock: Stock, *, rounds: int, count: int, processes: int = 1) -> list[Figure]:
    """From the inbox to each mail's standing and history, by processes of their own, against one set insert of the
    same bodies with dedupe.
    """
    ours: list[float] = []
    floor: list[float] = []
    database = Database(stock.url)
    async with services_over(stock) as asked:
        for turn in range(rounds + 1):
            ids = await _sent_mails(database, stock.leads, count, first=turn * count)
            bodies = [json.dumps(_event(each)).encode() for each in ids]
            floor.append(count / await asyncio.to_thread(inserted, stock, bodies))
            for batch in _batches(ids):
                await asked.mail_events.receive(HERE.id, pack(map(_event, batch)))
            ours.append(count / await asyncio.to_thread(_applied, stock.url, processes))
            await _all_heard(database, count)
    await database.close()
    taken, bare = statistics.median(ours[1:]), statistics.median(floor[1:])
    name, floor_name = f"SendGrid's events applied, {stock.by(processes)}", "one set insert with dedupe"
    return [Figure(name, taken, "a second", "≥ 0.4 ×", taken >= 0.4 * bare, bare, floor_name)]


def _applied(url: str, processes: int) -> float:
    """The seconds until the last of so many processes finds nothing more to apply; all begin at the same moment."""
    command = [sys.executable, "-m", "tests.bench.mail_events", url]
    with ExitStack() as stack:
        started = [stack.enter_context(Popen(command, stdin=PIPE, stdout=PIPE, text=True)) for _ in range(processes)]
        ends = [(each.stdin, each.stdout) for each in started if each.stdin and each.stdout]
        for _, told in ends:
            told.readline()
        began = time.perf_counter()
        for ask, _ in ends:
            ask.write("go\n")
            ask.flush()
        for _, told in ends:
            told.readline()
        return time.perf_counter() - began


async def _apply_everything(url: str) -> None:
    """Say when it could begin, begin when told to, say when nothing is left."""
    database = Database(url)
    service = MailEventService(database, utc_now)
    await database.ping()
    await service.apply_due("nobody's")  # whatever is made once
    settle()
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    while await service.apply_due(HERE.id):
        pass
    print("done", flush=True)
    await database.close()


async def _sent_mails(database: Database, leads: int, count: int, *, first: int) -> list[str]:
    """Mails that SendGrid has taken; their ids."""
    ids = await stocked_mails(database, leads, count, first=first)
    async with database.begin(HERE.id) as uow:
        await uow.mails._tenant.change(update(mails).values(state=MailState.ACCEPTED, accepted_at=EPOCH))
    return ids


async def _all_heard(database: Database, count: int) -> None:
    async with database.read(HERE.id) as uow:
        heard = await uow.mails._tenant.value(select(func.count()).select_from(mail_facts))
    assert heard == count, f"{heard} of {count} events were applied"


def _until_applied(stock: Stock) -> None:
    """Applying has a figure of its own."""
    with closing(stock.raw()) as raw:
        while raw.execute("SELECT count(*) FROM inbox WHERE state = 'waiting'").fetchone()[0]:
            time.sleep(0.1)


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), EVENTS_A_POST):
        yield ids[start : start + EVENTS_A_POST]


def _post(ids: Sequence[str]) -> bytes:
    """Signed as SendGrid signs."""
    body, at = pack(map(_event, ids)), str(int(time.time()))
    named = "X-Twilio-Email-Event-Webhook"
    signed = {f"{named}-Timestamp": at, f"{named}-Signature": signature(EVENTS_KEY, body, timestamp=at)}
    return request("/sendgrid/webhook", body, {"Content-Type": "application/json", **signed})


def _event(mail_id: str) -> dict[str, object]:
    kind = _KINDS[sum(mail_id.encode()) % len(_KINDS)]
    return {
        "email": "jane@acme.example.com",
        "timestamp": int(time.time()) - 60,
        "event": kind,
        "sg_event_id": f"event-{mail_id}",
        "sg_message_id": f"message-{mail_id}.recvd-7c5d9f8b6-xk2lp-1-65A1B2C3-1F.0",
        "smtp-id": f"<{mail_id}@geopod-ismtpd-1>",
        "response": "250 2.0.0 OK",
        "useragent": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)",
        "url": "https://acme.example.com/",
        "ip": "203.0.113.7",
        MAIL_ID_ARG: mail_id,
    }


if __name__ == "__main__":
    asyncio.run(_apply_everything(sys.argv[1]))
