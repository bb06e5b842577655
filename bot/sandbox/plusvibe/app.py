"""The stand-in as an app of its own, and any app served in this process on a port of this machine."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

import uvicorn
from fastapi import FastAPI

from bot.sandbox.plusvibe.api import api_router
from bot.sandbox.plusvibe.page import page_router
from bot.sandbox.plusvibe.world import PlusVibeWorld


def plusvibe_app(world: PlusVibeWorld) -> FastAPI:
    """API under `/api/v1`, page at `/plusvibe`."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(api_router(world))
    app.include_router(page_router(world))
    return app


@asynccontextmanager
async def served(app: FastAPI, port: int = 0) -> AsyncIterator[str]:
    """The app's address while it is served on 127.0.0.1. port 0: whichever is free."""
    config = uvicorn.Config(app, log_level="critical", lifespan="off", ws="none", timeout_graceful_shutdown=1)
    server = _Server(config)
    listener = _listener(port)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started and not serving.done():  # noqa: ASYNC110 (uvicorn has a flag, no event)
            await asyncio.sleep(0.005)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.over.set()
        await serving
        listener.close()


def _listener(port: int) -> socket.socket:
    """asyncio turns Nagle's delay (40 ms an answer) off only for sockets that name TCP, as `create_server`'s do not."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    return listener


class _Server(uvicorn.Server):
    """Leaves the process's signals to whoever owns the process, and ends the moment it is told to."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.over = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        """A tick a second keeps the `Date` header right."""
        ticks = 0
        while not self.over.is_set():
            await self.on_tick(ticks)
            ticks += 10
            with suppress(TimeoutError):
                await asyncio.wait_for(self.over.wait(), timeout=1)
