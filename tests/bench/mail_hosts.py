"""A name server and one mail host for many domains, in a process of their own, counting conversations by domain."""

import asyncio
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import PIPE, Popen
from typing import ClassVar

from tests.mail_world import HOST, NULL_MX, mx, name_server

MAILBOXES = 10
_UNKNOWN = (b"p3@", b"p7@")


def domain(number: int) -> str:
    """Of twenty domains one is gone, one takes no mail, two take anything."""
    kind = {0: "gone", 1: "null", 2: "catch", 3: "catch"}.get(number % 20, "firm")
    return f"{kind}{number}.example"


@contextmanager
def mail_hosts(domains: int) -> Iterator[tuple[str, int]]:
    """The name server's `address:port` and the mail host's port."""
    with Popen([sys.executable, "-m", "tests.bench.mail_hosts", str(domains)], stdout=PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            server, port = process.stdout.readline().split()
            yield server, int(port)
        finally:
            process.terminate()


async def most_at_once(port: int) -> int:
    """The most conversations that were ever open with one domain."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await reader.readline()
    writer.write(b"XMOST\r\n")
    most = int((await reader.readline()).split()[1])
    writer.close()
    return most


class _Conversation(asyncio.Protocol):
    """Hardly any cost to this machine: what is left is our own work."""

    open: ClassVar[Counter[bytes]] = Counter()
    most: ClassVar[int] = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._about = transport, b""
        transport.write(b"220 mail.example ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        for line in data.split(b"\r\n")[:-1]:
            self._transport.write(self._answer(line) + b"\r\n")
            if line == b"QUIT":
                self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if self._about:
            self.open[self._about] -= 1

    def _answer(self, line: bytes) -> bytes:
        if line == b"XMOST":
            return b"250 %d" % _Conversation.most
        if not line.startswith(b"RCPT TO:<"):
            return b"250 2.1.0 OK"
        mailbox, _, name = line[9:-1].partition(b"@")
        if not self._about:
            self._about = name
            self.open[name] += 1
            _Conversation.most = max(_Conversation.most, self.open[name])
        is_known = mailbox[:1] == b"p" and mailbox + b"@" not in _UNKNOWN
        return b"250 2.1.5 OK" if is_known or name.startswith(b"catch") else b"550 5.1.1 User unknown"


async def _serve(server: str) -> None:
    host = await asyncio.get_running_loop().create_server(_Conversation, "127.0.0.1", 0, backlog=256)
    print(server, host.sockets[0].getsockname()[1], flush=True)
    await host.serve_forever()


def main() -> None:
    """Say where, and serve until the process is ended."""
    rows = {}
    for number in range(int(sys.argv[1])):
        name = domain(number)
        if not name.startswith("gone"):
            rows |= {name: NULL_MX} if name.startswith("null") else {name: mx(f"mx.{name}"), f"mx.{name}": HOST}
    with name_server(rows) as (server, _):
        asyncio.run(_serve(server))


if __name__ == "__main__":
    main()
