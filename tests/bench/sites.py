"""Many small websites in a process of their own, told apart by host, that count how many requests each has at once."""

import asyncio
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from subprocess import PIPE, Popen

from tests.outreach.sites_given import PAGE, WORDS

PAGES = 10
_PADDING = "<p>" + WORDS * 60 + "</p>"  # some twelve kilobytes a page
_THINKING = 0.02  # seconds a page takes the server


def host(number: int) -> str:
    """The name of a site."""
    return f"site{number}.example"


@contextmanager
def sites() -> Iterator[int]:
    """The port where every site is served."""
    with Popen([sys.executable, "-m", "tests.bench.sites"], stdout=PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.terminate()


async def most_at_once(port: int) -> int:
    """The most requests that one site ever had at once."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /most HTTP/1.1\r\nHost: count.example\r\n\r\n")
    answer = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    return int(answer.split(b"X-Most: ")[1].split(b"\r\n")[0])


def page(name: str, path: str) -> bytes:
    """One page of ten, each with a title of its own."""
    html = PAGE.format(title=f"Page {path} of {name}", url=f"http://{name}{path}", words=WORDS * 4)
    return html.replace("</main>", f"{_PADDING}</main>").encode()


class _Sites:
    def __init__(self) -> None:
        self.now: Counter[str] = Counter()
        self.most = 0

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                name = head.lower().split("host: ", 1)[1].split("\r\n", 1)[0].partition(":")[0]
                self.now[name] += 1
                self.most = max(self.most, self.now[name])
                writer.write(await self._answer(name, head.split(" ", 2)[1]))
                self.now[name] -= 1
                await writer.drain()
        writer.close()

    async def _answer(self, name: str, path: str) -> bytes:
        status, body, told = "404 Not Found", b"", ""
        if path == "/most":
            told = f"X-Most: {self.most}\r\n"
        elif path == "/sitemap.xml":
            urls = "".join(f"<url><loc>http://{name}/{number}</loc></url>" for number in range(1, PAGES))
            status, body = "200 OK", f"<urlset>{urls}</urlset>".encode()
        elif path == "/" or path[1:].isdigit():
            await asyncio.sleep(_THINKING)
            status, body = "200 OK", page(name, path)
        head = f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n{told}\r\n"
        return head.encode() + body


async def _serve() -> None:
    served = await asyncio.start_server(_Sites().take, "127.0.0.1", 0, backlog=1_000)
    print(served.sockets[0].getsockname()[1], flush=True)
    await served.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
