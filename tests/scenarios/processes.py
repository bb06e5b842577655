"""The world with the application outside: in processes of its own, around stand-ins that the test serves."""

import asyncio
import itertools
import multiprocessing
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import Select, func, select

from bot.clock import utc_now
from bot.commands.demo import _campaigns
from bot.commands.demo_settings import API_TOKEN, ENCRYPTION_KEY
from bot.sandbox.audits.desk import AuditDesk, audit_router
from bot.sandbox.plusvibe.api import api_router
from bot.sandbox.plusvibe.seed import seed_campaigns
from bot.sandbox.plusvibe.world import PlusVibeWorld
from bot.sandbox.sendgrid.api import api_router as sendgrid_router
from bot.sandbox.sendgrid.world import SendGridWorld
from bot.sandbox.serving import serving
from bot.sandbox.slack.hands import LocalSlack
from bot.sandbox.slack.server import OUTREACH, new_local_slack, slack_app
from bot.services.routes import RouteService
from bot.services.workspaces import WorkspaceService
from handlers.manifest import COMMANDS, EVENTS, SCOPES, shortcuts
from storage.database import Database
from storage.engines import reading_engine
from tests.scenarios.doomed import LEASE, PRELOADED, Doom, run_bot
from tests.world import Clock, World, without_digest

ROOT = Path(__file__).parents[2]
# A stretch of ports for each worker of the test run, so that none takes another's between a look and its use.
_FIRST_PORT = 20_000 + 500 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_PORTS = itertools.cycle(range(_FIRST_PORT, _FIRST_PORT + 500))
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(PRELOADED)


class Bot:
    """One process of the application."""

    def __init__(self, process, log: Path, address: str) -> None:
        self._process = process
        self._log = log
        self._address = address

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def output(self) -> str:
        """What it wrote."""
        return self._log.read_text() if self._log.exists() else ""

    def send(self, number: signal.Signals) -> None:
        """A signal to this process alone."""
        os.kill(self.pid, number)

    async def ended(self, seconds: float = 30) -> int:
        """Its exit code, or minus the signal that ended it."""
        await asyncio.to_thread(self._process.join, seconds)
        assert self._process.exitcode is not None, f"still running:\n{self.output}"
        return self._process.exitcode

    async def ready(self) -> "Bot":
        """Wait until it answers (`run`, `web`) or says that it works (`worker`)."""
        async with httpx.AsyncClient(trust_env=False) as client:
            for _ in range(2_000):
                assert self._process.is_alive(), self.output
                if "working" in self.output:
                    return self
                with suppress(httpx.HTTPError):
                    if (await client.get(f"{self._address}/readyz")).status_code == 200:
                        return self
                await asyncio.sleep(0.02)
        raise AssertionError(f"never ready:\n{self.output}")

    def end(self) -> None:
        """Whatever state it is in."""
        if self._process.is_alive():
            self._process.kill()
        self._process.join()
        self._process.close()


class Outside(World):
    """The same world, seen from outside the application. Its clock is the wall's."""

    def __init__(self, slack, plusvibe, desk, sendgrid, database, workspace_id, address, folder, settings) -> None:
        self._slack, self._plusvibe, self._desk = slack, plusvibe, desk
        self.sendgrid: SendGridWorld = sendgrid
        self._database, self._workspace_id = database, workspace_id
        self.address = address
        self.folder = folder
        self.settings = settings
        self.clock = Clock()
        self.bots: list[Bot] = []

    def __repr__(self) -> str:
        return f"Outside({self.address})"

    slack = property(lambda self: self._slack)
    plusvibe = property(lambda self: self._plusvibe)
    desk = property(lambda self: self._desk)
    database = property(lambda self: self._database)
    workspace_id = property(lambda self: self._workspace_id)

    async def idle(self) -> None:
        """Nothing can be waited for from here; see `until`."""

    def start(self, *command: str, doom: Doom | None = None, lease: timedelta = LEASE, **settings: str) -> Bot:
        """A process of the application. settings: by name, besides those of this world; empty leaves one out."""
        log = self.folder / f"{len(self.bots)}-{command[0]}.log"
        chosen = {name: text for name, text in {**self.settings, **settings}.items() if text}
        given = (command, chosen, str(self.folder), str(log), doom, lease)
        process = _FORKS.Process(target=run_bot, args=given)
        process.start()
        bot = Bot(process, log, self.address)
        self.bots.append(bot)
        return bot

    async def until(self, holds: Callable[[], object], seconds: float = 40) -> None:
        """Wait until something holds here, outside."""
        for _ in range(int(seconds / 0.02)):
            if holds():
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"never came: {[post.text for post in self.posts()]}\n{self.outputs()}")

    async def until_rows(self, statement: Select[Any], number: int, seconds: float = 40) -> None:
        """Wait until the statement finds so many rows."""
        engine = reading_engine(self.database.url)
        count = select(func.count()).select_from(statement.subquery())
        found = None
        try:
            for _ in range(int(seconds / 0.1)):
                async with engine.connect() as connection:
                    found = await connection.scalar(count)
                if found == number:
                    return
                await asyncio.sleep(0.1)
        finally:
            await engine.dispose()
        raise AssertionError(f"{found} rows, not {number}\n{self.outputs()}")

    async def ask(self, path: str, body: dict[str, Any], *, key: str = "") -> Any:
        """The JSON API's answer."""
        headers = {"Authorization": f"Bearer {API_TOKEN}", "Idempotency-Key": key}
        async with httpx.AsyncClient(base_url=self.address, headers=headers, trust_env=False) as client:
            return (await client.post(path, json=body)).json()

    def outputs(self) -> str:
        """The ends of what the processes wrote."""
        return "\n".join(bot.output[-3_000:] for bot in self.bots)


@asynccontextmanager
async def outside(database_url: str, folder: Path) -> AsyncIterator[Outside]:
    """The stand-ins served, the workspace and campaigns known, no process of the application yet."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    slack, plusvibe, desk = _slack(address), PlusVibeWorld(), AuditDesk(callback_token=API_TOKEN, after=timedelta(0))
    sendgrid = SendGridWorld(clock=utc_now)
    sendgrid.webhook_url = f"{address}/sendgrid/webhook"
    seed_campaigns(plusvibe)
    plusvibe.unknowns.limiter = False
    slack.settings.is_paced = False
    desk.spread = timedelta(0)
    web = FastAPI(openapi_url=None)
    for router in (slack_app(slack), api_router(plusvibe), sendgrid_router(sendgrid), audit_router(desk)):
        web.include_router(router)
    database = Database(database_url)
    team = slack.workspace
    workspace = await WorkspaceService(database, "UTC").of_team(team.team_id, team.team_name)
    async with database.begin(workspace.id) as uow:
        await uow.campaigns.save_many(_campaigns(plusvibe))
    async with serving(web) as stand_ins:
        slack.settings.base_url = stand_ins
        settings = _settings(slack, plusvibe, desk, sendgrid, database_url, port)
        await RouteService(database, utc_now).default_to(workspace.id, OUTREACH, time(9))  # as an earlier start left it
        await without_digest(database, workspace.id)
        world = Outside(slack, plusvibe, desk, sendgrid, database, workspace.id, address, folder, settings)
        try:
            yield world
        finally:
            for bot in world.bots:
                bot.end()
            for part in (slack, plusvibe, desk, sendgrid):
                await part.aclose()
            await database.close()


def _slack(address: str) -> LocalSlack:
    commands = [{"command": name, "description": said, "usage_hint": hint} for name, said, hint in COMMANDS]
    local = new_local_slack(
        app_url=f"{address}/slack/events",
        base_url="",
        commands=commands,
        shortcuts=shortcuts(),
        scopes=frozenset(SCOPES),
        events=frozenset(EVENTS),
        retry_delays_seconds=(),
        clock=utc_now,
    )
    local.settings.ack_seconds = 20  # the three seconds have tests of their own; a busy machine is no failure
    local.settings.trigger_life = timedelta(seconds=20)
    return local


def _settings(
    slack: LocalSlack,
    plusvibe: PlusVibeWorld,
    desk: AuditDesk,
    sendgrid: SendGridWorld,
    database_url: str,
    port: int,
) -> dict[str, str]:
    base = slack.settings.base_url
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": database_url,
        "PORT": str(port),
        "SLACK_BOT_TOKEN": slack.workspace.bot_token,
        "SLACK_SIGNING_SECRET": slack.workspace.signing_secret,
        "SLACK_API_URL": f"{base}/api/",
        "SLACK_CHANNEL": OUTREACH,
        "PLUSVIBE_API_KEY": plusvibe.api_key,
        "PLUSVIBE_WORKSPACE_ID": plusvibe.workspace_id,
        "PLUSVIBE_API_URL": f"{base}/api/v1",
        "AUDIT_API_URL": base,
        "AUDIT_API_KEY": desk.api_key,
        "VALIDATION": "off",
        "SENDGRID_API_KEY": sendgrid.api_key,
        "SENDGRID_API_URL": base,
        "SENDGRID_WEBHOOK_PUBLIC_KEY": sendgrid.public_key,
        "ENCRYPTION_KEYS": ENCRYPTION_KEY,
        "API_TOKEN": API_TOKEN,
    }


def free_port() -> int:
    """One that nobody listens on, and that the system gives nobody who asks for any: below those it chooses from."""
    for port in _PORTS:
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a server of an earlier test may linger
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("the ports never end")
