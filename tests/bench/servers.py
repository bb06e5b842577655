"""Servers to be measured, each in a process of its own: `python -m tests.bench.servers KIND DATABASE_URL`.

ours: the whole application, with one more command, the last of all, that only answers. stock: Bolt with one listener,
as its own documentation starts it. bare: the same without its poll. raw: stores what is posted, and nothing else.
slow: takes mails.
"""

import asyncio
import contextlib
import socket
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

import bot.app
import bot.connections
from bot.commands.collecting import settle
from bot.commands.logs import set_up
from bot.commands.serving import listening
from bot.config import Settings
from bot.sandbox.sendgrid.signing import printed
from bot.sandbox.slack.server import OUTREACH
from handlers import Table
from handlers.call import Call
from storage.ids import new_id

SIGNING_SECRET = "bench-signing-secret"
WEBHOOK_SECRET = "bench-webhook-secret"
API_TOKEN = "bench-api-token"
EVENTS_KEY = ec.derive_private_key(20_260_101, ec.SECP256R1())
LATENCY_SECONDS = 0.1
COMMAND = "/bench"
TEAM = {"team_id": "T0ACMEOUT", "team": "Acme Outreach"}  # the local Slack's, too

AUTH_TEST: dict[str, Any] = {"ok": True, **TEAM, "user_id": "U0BOT", "bot_id": "B0BOT", "user": "bot"}


async def _only_answers(call: Call) -> None:
    await call.ack()


async def serve_ours(listener: socket.socket, database_url: str) -> None:
    """Our web process as `python -m bot web` runs it."""
    set_up("warning", "console")
    bot.app.TABLES = (*bot.app.TABLES, Table(commands={COMMAND: _only_answers}))
    given: dict[str, Any] = {
        "database_url": database_url,
        "slack_bot_token": "xoxb-bench",
        "slack_signing_secret": SIGNING_SECRET,
        "slack_api_url": f"{_address(listener)}/slack-api/",
        "slack_channel": OUTREACH,
        "plusvibe_webhook_secret": WEBHOOK_SECRET,
        "api_token": API_TOKEN,
        "validation": False,
        "sendgrid_webhook_public_key": printed(EVENTS_KEY),
    }
    app = await bot.app.assemble(
        Settings(_env_file=None, **given), team=bot.connections.Team(TEAM["team_id"], TEAM["team"], "")
    )
    app.web.add_api_route("/slack-api/auth.test", _auth_test, methods=["POST"])
    async with app.running(clock=False):
        settle()
        await _serve(app.web, listener)


async def _auth_test() -> dict[str, Any]:
    return AUTH_TEST


async def serve_stock(listener: socket.socket, _: str) -> None:
    """Bolt's own server over its own runner."""
    await _serve_bolt(listener, process_before_response=False)


async def serve_bare(listener: socket.socket, _: str) -> None:
    """Bolt's own server, without the poll."""
    await _serve_bolt(listener, process_before_response=True)


async def _serve_bolt(listener: socket.socket, *, process_before_response: bool) -> None:
    client = AsyncWebClient("xoxb-bench", base_url=f"{_address(listener)}/slack-api/")
    app = AsyncApp(client=client, signing_secret=SIGNING_SECRET, process_before_response=process_before_response)

    @app.command(COMMAND)
    async def only_answers(ack: Callable[[], Awaitable[Any]]) -> None:
        await ack()

    served = app.web_app("/slack/events")

    async def auth_test(_: web.Request) -> web.Response:
        return web.json_response(AUTH_TEST)

    served.router.add_post("/slack-api/auth.test", auth_test)
    runner = web.AppRunner(served, access_log=None)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    await asyncio.Event().wait()


async def serve_raw(listener: socket.socket, path: str) -> None:
    """One route that stores the raw body, a transaction each, under the same web server as ours."""
    stored = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    stored.execute("PRAGMA journal_mode = WAL")
    stored.execute("PRAGMA synchronous = FULL")
    stored.execute("CREATE TABLE IF NOT EXISTS bodies (body BLOB NOT NULL)")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        await asyncio.to_thread(stored.execute, "INSERT INTO bodies VALUES (?)", (body,))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    await _serve(app, listener)


async def serve_slow(listener: socket.socket, _: str) -> None:
    """Takes every mail, each after its time, at hardly any cost to this machine."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
                await reader.readexactly(length)
                await asyncio.sleep(LATENCY_SECONDS)
                taken = f"HTTP/1.1 202 Accepted\r\nX-Message-Id: {new_id()}\r\nContent-Length: 0\r\n\r\n"
                writer.write(taken.encode())
        writer.close()

    async with await asyncio.start_server(connected, sock=listener) as serving:
        await serving.serve_forever()


async def _serve(app: Any, listener: socket.socket) -> None:
    config = uvicorn.Config(app, log_config=None, access_log=False, server_header=False, lifespan="off")
    await uvicorn.Server(config).serve(sockets=[listener])


def _address(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


KINDS = {"ours": serve_ours, "stock": serve_stock, "bare": serve_bare, "raw": serve_raw, "slow": serve_slow}


def main() -> None:
    """Serve on a free port of 127.0.0.1 and say which, until the process is ended."""
    kind, database_url = sys.argv[1:]
    with listening("127.0.0.1", 0) as listener:
        listener.listen(256)
        print(listener.getsockname()[1], flush=True)
        asyncio.run(KINDS[kind](listener, database_url))


if __name__ == "__main__":
    main()
