"""Servers of this machine that answer as told, byte for byte, and names that lead to them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

Reply = Callable[[asyncio.StreamWriter], Awaitable[None]]


def answer(body: bytes | str = b"", status: str = "200 OK", **headers: str) -> bytes:
    """One whole answer. headers: `_` in a name stands for `-`."""
    body = body.encode() if isinstance(body, str) else body
    told = {"Content-Type": "text/html", "Content-Length": str(len(body)), "Connection": "close"}
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items() if value)
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


def moved(location: str) -> bytes:
    """A redirect."""
    return answer("", "302 Found", Location=location)


@dataclass
class Names:
    """Names and where they lead: each look-up takes the next of its answers, the last one for good."""

    known: dict[str, list[list[str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def addresses(self, host: str) -> list[str]:
        """The next answer for this host."""
        self.asked.append(host)
        answers = self.known.get(host, [[]])
        return answers.pop(0) if len(answers) > 1 else answers[0]


@dataclass
class Site:
    """One server. pages: by path, bytes or what writes them; any other path is not found."""

    port: int = 0
    pages: dict[str, bytes | Reply] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    local: list[str] = field(default_factory=list)
    most_at_once: int = 0
    now: int = 0

    def at(self, path: str = "/", host: str = "127.0.0.1") -> str:
        """An address of this server."""
        return f"http://{host}:{self.port}{path}"

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        self.now += 1
        self.most_at_once = max(self.most_at_once, self.now)
        try:
            await self._answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            self.now -= 1
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = head.split(" ", 2)[1]
        self.asked.append(path)
        self.heads.append(head)
        self.local.append(writer.get_extra_info("sockname")[0])
        reply = self.pages.get(path, answer("not here", "404 Not Found"))
        if isinstance(reply, bytes):
            writer.write(reply)
        else:
            await reply(writer)
        await writer.drain()


@asynccontextmanager
async def serving_site(host: str = "127.0.0.1", **pages: bytes | Reply) -> AsyncIterator[Site]:
    """A server while the context lasts."""
    site = Site(pages=dict(pages))
    tasks: set[asyncio.Task[None]] = set()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(site.take(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(begin, host, 0)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
