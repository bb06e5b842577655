"""Name servers and mail hosts on this machine, whose domains and mailboxes behave as a test says."""

import asyncio
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

from aiosmtpd.smtp import SMTP
from dnslib import AAAA, MX, QTYPE, RCODE, RR, A
from dnslib.server import BaseResolver, DNSLogger, DNSServer

HERE = A("127.0.0.1")
HOST = {"A": [HERE]}


def mx(*hosts: str) -> dict[str, list[Any]]:
    """A domain whose mail goes to these hosts, best first."""
    return {"MX": [MX(host, 10 * number) for number, host in enumerate(hosts, 1)]}


NULL_MX = {"MX": [MX(".", 0)]}
PRIVATE = {"A": [A("10.0.0.1")], "AAAA": [AAAA("fd00::1")]}
Rows = dict[str, Mapping[str, list[Any]] | str]


class Zone(BaseResolver):
    """Names to their records, or to "SERVFAIL" or "SILENT"; others are NXDOMAIN. `asked` counts the questions."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.asked: Counter[tuple[str, str]] = Counter()

    def resolve(self, request: Any, handler: Any) -> Any:
        """One question."""
        reply, name, kind = request.reply(), str(request.q.qname).rstrip(".").lower(), QTYPE[request.q.qtype]
        self.asked[name, kind] += 1
        row = self.rows.get(name)
        if row is None or isinstance(row, str):
            if row == "SILENT":
                time.sleep(1)
            reply.header.rcode = RCODE.NXDOMAIN if row is None else RCODE.SERVFAIL
            return reply
        for record in row.get(kind, ()):
            reply.add_answer(RR(request.q.qname, request.q.qtype, rdata=record, ttl=60))
        return reply


@contextmanager
def name_server(rows: Rows) -> Iterator[tuple[str, Zone]]:
    """Its `address:port` and its zone, which may be changed while it runs."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    zone = Zone(rows)
    server = DNSServer(zone, address="127.0.0.1", port=port, logger=DNSLogger("-request,-reply,-truncated,-error"))
    thread = Thread(target=server.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{port}", zone
    finally:
        server.server.shutdown()
        server.server.server_close()
        thread.join()


@dataclass
class Mailboxes:
    """One mail host for every domain. replies: by address, or by local part; others are unknown users.

    catch_all: domains that take anything. senders: by sender, what MAIL is answered. cut: addresses after whose
    answer the next command cuts the line. greylisted: addresses that are put off the first time.
    """

    replies: dict[str, str] = field(default_factory=dict)
    catch_all: set[str] = field(default_factory=set)
    senders: dict[str, str] = field(default_factory=dict)
    cut: set[str] = field(default_factory=set)
    greylisted: set[str] = field(default_factory=set)
    nobody: str = "550 5.1.1 User unknown"
    asked: list[str] = field(default_factory=list)
    helos: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    open: Counter[str] = field(default_factory=Counter)
    most_open: Counter[str] = field(default_factory=Counter)

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, hostname: str, responses: Any) -> Any:  # noqa: N802
        session.host_name = hostname
        self.helos.append(hostname)
        self.encrypted.append(session.ssl is not None)
        return responses

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        sender = address if address not in ("", None) else "<>"
        envelope.mail_from = sender
        return self.senders.get(sender, "250 2.1.0 OK")

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        self.asked.append(address)
        local, _, domain = address.partition("@")
        self._count(server, domain)
        if address in self.greylisted:
            self.greylisted.discard(address)
            return "451 4.7.1 Greylisted, please try again in 300 seconds"
        said = self.replies.get(address) or self.replies.get(local)
        if said is None:
            said = "250 2.1.5 OK" if domain in self.catch_all else self.nobody
        if said.startswith("250"):
            envelope.rcpt_tos.append(address)
        server.answered = address
        return said

    async def handle_RSET(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if server.answered in self.cut:
            server.transport.close()
        return "250 OK"

    def _count(self, server: Any, domain: str) -> None:
        """Conversations open at once about one domain."""
        if getattr(server, "counted", None) != domain:
            server.counted = domain
            self.open[domain] += 1
            self.most_open[domain] = max(self.most_open[domain], self.open[domain])


class _Counted(SMTP):
    def connection_lost(self, error: Exception | None) -> None:
        if domain := getattr(self, "counted", None):
            self.event_handler.open[domain] -= 1
        super().connection_lost(error)


@asynccontextmanager
async def mail_host(mailboxes: Mailboxes, **how: Any) -> AsyncIterator[int]:
    """The port of a mail host. how: `tls_context`, `enable_SMTPUTF8` and the like."""
    loop = asyncio.get_running_loop()
    host = {"hostname": "mail.example", "loop": loop, **how}
    server = await loop.create_server(lambda: _Counted(mailboxes, **host), "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def odd_host(*, banner: bytes = b"", reset: bool = False) -> AsyncIterator[int]:
    """The port of a host that says this and no more, or nothing at all, or resets the line."""
    lines: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.add(writer)
        if reset:
            writer.transport.abort()
            return
        writer.write(banner)
        while await reader.readline():
            pass
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for line in lines:
            line.transport.abort()
        await server.wait_closed()
