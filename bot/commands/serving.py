"""The processes: `run` and `web` serve the doors, `worker` only runs the clock."""

import asyncio
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
import uvicorn
from fastapi import FastAPI
from slack_sdk.errors import SlackApiError

from bot.app import assemble
from bot.commands.collecting import settle
from bot.config import Settings, SettingsError, reveal
from bot.connections import web_client
from storage.database import StorageError
from storage.schema import migrate, newest_step, step_of

log = structlog.get_logger()
GRACE_SECONDS = 10


async def serve(settings: Settings, *, clock: bool, migrate_first: bool = False) -> None:
    """Serve HTTP until a signal comes; over Socket Mode too when its token is set."""
    with listening(settings.host, settings.port) as listener:
        await _schema(settings, migrate_first=migrate_first)
        app = await assemble(settings)
        await _check_app_token(settings)
        async with app.running(clock=clock):
            settle()
            log.info("serving", address=settings.base_url, socket=app.socket is not None, clock=clock)
            await Server(server_config(app.web, settings.host, settings.port)).serve(sockets=[listener])


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


class Server(uvicorn.Server):
    """Ends in order on a signal, with exit code 0: uvicorn raises the signal again when all is done."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        with super().capture_signals():
            yield
            self._captured_signals.clear()


def listening(host: str, port: int) -> socket.socket:
    """A socket bound before anything else is done. Raises `SettingsError` when somebody else has the port.

    It names TCP: asyncio turns Nagle's delay (40 ms an answer) off only for sockets that do.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        raise SettingsError(f"Cannot listen on {host}:{port}: {error.strerror}. Set HOST and PORT.") from error
    return listener


async def _check_app_token(settings: Settings) -> None:
    """Ask once, for Slack's own client would try for ever. Raises `SettingsError` when Slack does not accept it."""
    token = reveal(settings.slack_app_token)
    if not token:
        return
    try:
        await web_client(settings, token).apps_connections_open(app_token=token)
    except SlackApiError as error:
        raise SettingsError(
            f"Slack does not accept SLACK_APP_TOKEN ({error.response.get('error')}). Switch Socket Mode on for the app "
            "and make an app-level token with the scope connections:write."
        ) from error


async def work(settings: Settings) -> None:
    """Run the clock until a signal comes."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await _schema(settings, migrate_first=False)
    app = await assemble(settings)
    async with app.running(clock=True, socket=False):
        settle()
        log.info("working")
        await stop.wait()


async def _schema(settings: Settings, *, migrate_first: bool) -> None:
    """One process brings its own schema up to date; where there may be several, `migrate` is a step of its own."""
    await asyncio.to_thread(bring_up if migrate_first else expect_schema, settings.database_url)


def bring_up(database_url: str) -> None:
    """Migrate to the newest step. Raises `SettingsError` when the database cannot be used."""
    with _reaching():
        migrate(database_url)


def expect_schema(database_url: str) -> None:
    """Raises `SettingsError` unless the database can be used as it is."""
    with _reaching():
        step = step_of(database_url)
    if step != newest_step():
        raise SettingsError("The database's schema is not up to date. Run `python -m bot migrate` first.")


@contextmanager
def _reaching() -> Iterator[None]:
    try:
        yield
    except (StorageError, OSError) as error:
        raise SettingsError(
            "The database cannot be reached. Check DATABASE_URL, and that the server runs or the folder is there and "
            "may be written."
        ) from error
