"""Any app served in this process on a port of this machine."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import uvicorn


@asynccontextmanager
async def serving(app: Any, port: int = 0) -> AsyncIterator[str]:
    """Serve any ASGI application on 127.0.0.1; gives its address, such as `http://127.0.0.1:40123`.

    port 0: whichever is free.
    """
    with listening(port) as listener:
        async with serving_on(listener, app):
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@asynccontextmanager
async def serving_on(listener: socket.socket, app: Any) -> AsyncIterator[None]:
    """The same on a port that is held already, for an application that must know its address."""
    server = _Server(uvicorn.Config(app, log_level="critical", ws="none", lifespan="off"))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.ended.set()
        await task


def listening(port: int = 0) -> socket.socket:
    """asyncio turns Nagle's delay (40 ms an answer) off only for sockets that name TCP, as `create_server`'s do not."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(100)
    return listener


class _Server(uvicorn.Server):
    """uvicorn without its waits of a tenth of a second, as every test starts and ends a server."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ended = asyncio.Event()

    async def main_loop(self) -> None:
        """A tick a second keeps the `Date` header right."""
        while not self.ended.is_set():
            await self.on_tick(0)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.ended.wait(), timeout=1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, let running requests end for a second at most, and close what is still connected."""
        for closing in (*self.servers, *(sockets or ())):
            closing.close()
        if self.server_state.tasks:
            await asyncio.wait(set(self.server_state.tasks), timeout=1)
        for connection in list(self.server_state.connections):
            connection.shutdown()
            connection.transport.abort()  # shutdown leaves open what is in the middle of a request
        await asyncio.sleep(0)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the process's signals alone: whoever started this server decides when it ends."""
        yield
