"""The processes: `run` and `web` serve the doors, `worker` only runs the clock."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import structlog
import uvicorn
from fastapi import FastAPI

from bot.app import App, assemble
from bot.config import Settings, SettingsError
from storage.database import Database
from storage.schema import migrate

log = structlog.get_logger()
GRACE_SECONDS = 10


async def serve(settings: Settings, *, clock: bool, migrate_first: bool = False) -> None:
    """Serve HTTP until a signal comes; over Socket Mode too when its token is set."""
    await _schema(settings, migrate_first=migrate_first)
    app = await assemble(settings)
    app.web.router.lifespan_context = _lifespan(app, clock=clock)
    log.info("serving", address=settings.base_url, socket=app.socket is not None, clock=clock)
    await uvicorn.Server(server_config(app.web, settings.host, settings.port)).serve()


def server_config(web: FastAPI, host: str, port: int) -> uvicorn.Config:
    """Uvicorn as every process here wants it."""
    return uvicorn.Config(
        web,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def _lifespan(app: App, *, clock: bool) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with app.running(clock=clock):
            yield

    return lifespan


async def work(settings: Settings) -> None:
    """Run the clock until a signal comes."""
    await _schema(settings, migrate_first=False)
    app = await assemble(settings)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with app.running(clock=True, socket=False):
        log.info("working")
        await stop.wait()


async def _schema(settings: Settings, *, migrate_first: bool) -> None:
    """One process brings its own schema up to date; where there may be several, `migrate` is a step of its own."""
    if migrate_first:
        await asyncio.to_thread(migrate, settings.database_url)
        return
    database = Database(settings.database_url)
    try:
        current = await database.schema_is_current()
    finally:
        await database.close()
    if not current:
        raise SettingsError("The database's schema is not up to date. Run `python -m bot migrate` first.")
