"""Socket Mode: the app's own connection, over which Slack sends what it would otherwise post.

The web sockets listen on a port of their own, opened by the first `apps.connections.open`: aiohttp serves them,
which the Slack client needs anyway, so the web server may run without web socket support.
"""

import asyncio
import itertools
import json
import secrets
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from aiohttp import WSMsgType, web

from bot.sandbox.slack.refusals import SlackError

MOST_CONNECTIONS = 10
LIFE_SECONDS = 3_600


class Sockets:
    """The open connections of the app. Every payload goes to exactly one of them."""

    def __init__(self, app_id: str, *, host: str = "127.0.0.1") -> None:
        self._app_id = app_id
        self._host = host
        self._runner: web.AppRunner | None = None
        self._port = 0
        self._tickets: set[str] = set()
        self.connections: list[web.WebSocketResponse] = []
        self._answers: dict[str, asyncio.Future[Any]] = {}
        self._turn = itertools.count()
        self._changed = asyncio.Condition()

    @property
    def is_open(self) -> bool:
        return bool(self.connections)

    async def new_url(self) -> str:
        """A `ws://` address for one connection."""
        if self._runner is None:
            await self._listen()
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        return f"ws://{self._host}:{self._port}/link/?ticket={ticket}&app_id={self._app_id}"

    async def _listen(self) -> None:
        application = web.Application()
        application.router.add_get("/link/", self._connect)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, 0)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.json_response({"ok": False, "error": "invalid_ticket"}, status=403)
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if len(self.connections) >= MOST_CONNECTIONS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        await self._note(self.connections.append, socket)
        try:
            await self._serve(socket)
        finally:
            await self._note(self.connections.remove, socket)
        return socket

    async def _note(self, change: Callable[[web.WebSocketResponse], None], socket: web.WebSocketResponse) -> None:
        async with self._changed:
            change(socket)
            self._changed.notify_all()

    async def wait_until(self, ready: Callable[[list[web.WebSocketResponse]], bool]) -> None:
        """Wait until the open connections are as `ready` wants them."""
        async with self._changed:
            await self._changed.wait_for(lambda: ready(self.connections))

    async def _serve(self, socket: web.WebSocketResponse) -> None:
        await socket.send_json(
            {
                "type": "hello",
                "num_connections": len(self.connections),
                "debug_info": {"host": "local", "approximate_connection_time": LIFE_SECONDS},
                "connection_info": {"app_id": self._app_id},
            }
        )
        async for frame in socket:
            if frame.type == WSMsgType.TEXT:
                self._take_answer(frame.data)

    def _take_answer(self, text: str) -> None:
        try:
            answer = json.loads(text)
        except ValueError:
            return
        waiting = self._answers.pop(str(answer.get("envelope_id")), None) if isinstance(answer, dict) else None
        if waiting is not None and not waiting.done():
            waiting.set_result(answer.get("payload") or "")

    async def ask(self, kind: str, payload: dict[str, Any], *, retry: tuple[int, str] | None) -> Any:
        """Send one envelope over one connection, each in turn, and wait for its acknowledgement's payload."""
        envelope_id = secrets.token_hex(16)
        accepts = kind == "slash_commands" or payload.get("type") in {"view_submission", "block_suggestion"}
        envelope = {"envelope_id": envelope_id, "type": kind, "payload": payload, "accepts_response_payload": accepts}
        if kind == "events_api":
            number, reason = retry or (0, "")
            envelope |= {"retry_attempt": number, "retry_reason": reason}
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._answers[envelope_id] = answer
        try:
            await self.connections[next(self._turn) % len(self.connections)].send_json(envelope)
            return await answer
        finally:
            self._answers.pop(envelope_id, None)

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Tell every connection to go: "warning" only announces it, other reasons close the connection."""
        for socket in list(self.connections):
            await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "local"}})
            if reason != "warning":
                await socket.close()

    async def aclose(self) -> None:
        for socket in list(self.connections):
            with suppress(ConnectionError):
                await socket.close()
        if self._runner is not None:
            await self._runner.cleanup()


async def open_connection(sockets: Sockets, app_token: str, token: str) -> dict[str, Any]:
    """apps.connections.open, which takes the app-level token and no other."""
    if token != app_token:
        raise SlackError("not_allowed_token_type")
    return {"url": await sockets.new_url()}
