"""`demo`: the real application on this machine, with a local Slack, PlusVibe and audit service around it."""

import asyncio
import shutil
import socket
import webbrowser
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import uvicorn
from fastapi import FastAPI
from rich.console import Console
from stamina.instrumentation import set_on_retry_hooks

from bot.app import App, assemble
from bot.clock import Clock, utc_now
from bot.commands.collecting import settle
from bot.commands.demo_settings import (
    API_TOKEN,
    INBOUND_TOKEN,
    SLACK_AT,
    VENDORS_AT,
    WEBHOOK_SECRET,
    demo_settings,
    stand_in_of,
)
from bot.commands.logs import set_up
from bot.commands.samples import load_samples
from bot.commands.serving import Server, server_config
from bot.config import Settings, SettingsError
from bot.connections import Team
from bot.gateways.pinned import StandIn
from bot.outreach.campaigns import Campaign
from bot.outreach.probing import Pace
from bot.sandbox.audits.desk import AuditDesk, audit_router
from bot.sandbox.clock import MovableClock, clock_router
from bot.sandbox.mail_hosts import SampleMailHosts
from bot.sandbox.plusvibe.api import api_router
from bot.sandbox.plusvibe.page import page_router as plusvibe_page
from bot.sandbox.plusvibe.prospects import let_them_answer
from bot.sandbox.plusvibe.seed import seed_campaigns
from bot.sandbox.plusvibe.tools import tools_router
from bot.sandbox.plusvibe.world import PlusVibeWorld
from bot.sandbox.sample import SampleLead, enrol_samples, sample_leads
from bot.sandbox.sample_mail import converse
from bot.sandbox.sendgrid.api import api_router as sendgrid_router
from bot.sandbox.sendgrid.page import page_router as inbox_page
from bot.sandbox.sendgrid.world import SendGridWorld
from bot.sandbox.sites.linking import linking_pages
from bot.sandbox.sites.web import SampleSites
from bot.sandbox.slack.hands import LocalSlack
from bot.sandbox.slack.page import PageTool, page_router
from bot.sandbox.slack.server import OUTREACH, new_local_slack, slack_app
from bot.services.verifying import Verifier
from handlers.manifest import COMMANDS, EVENTS, SCOPES, shortcuts
from storage.schema import migrate

FOLDER = Path(".demo")


@dataclass
class Demo:
    """Everything the demo runs: the application and the stand-ins around it."""

    app: App
    slack: LocalSlack
    plusvibe: PlusVibeWorld
    sendgrid: SendGridWorld
    desk: AuditDesk
    sites: SampleSites | None
    web: FastAPI


def prepare(port: int, *, reset: bool) -> None:
    """Logs, a free port, a folder for the data. Raises `SettingsError` when the port is taken."""
    set_up("warning", "console")
    set_on_retry_hooks([])  # the stand-ins may answer a moment later than the clock asks: nothing to read about
    _free(port)
    if reset and FOLDER.exists():
        shutil.rmtree(FOLDER)
    FOLDER.mkdir(exist_ok=True)


async def run_demo(port: int, *, browser: bool) -> None:
    """Serve the demo until it is stopped."""
    address = f"http://127.0.0.1:{port}"
    async with AsyncExitStack() as closing:
        clock = MovableClock(FOLDER / "clock")
        url, sites = f"sqlite+aiosqlite:///{FOLDER / 'outreach.db'}", SampleSites(clock=clock, pages=linking_pages())
        demo = await build_demo(address, url, closing, clock=clock, sites=sites)
        let_them_answer(demo.plusvibe)
        server = Server(server_config(demo.web, "127.0.0.1", port))
        settle()
        greeting = asyncio.create_task(_greet(server, address, browser=browser))
        await server.serve()
        greeting.cancel()


async def build_demo(
    address: str,
    database_url: str,
    closing: AsyncExitStack,
    *,
    clock: Clock = utc_now,
    audit_after: timedelta = timedelta(seconds=3),
    samples: bool = True,
    pages: bool = True,
    verifying: bool = True,
    sites: SampleSites | None = None,
) -> Demo:
    """The application, its stand-ins and its sample data, to be served at `address`.

    audit_after: how long the stand-in for an audit service takes at least. sites: the built-in auditor looks at these
    instead. samples: False leaves the database as it is. pages:
    False leaves out what only a browser needs. verifying: False checks no address.
    """
    await asyncio.to_thread(migrate, database_url)
    slack = local_slack(address, clock)
    plusvibe = PlusVibeWorld(clock=clock)
    sendgrid = SendGridWorld(clock=clock)
    sendgrid.webhook_url = f"{address}/sendgrid/webhook"
    sendgrid.inbound_url = f"{address}/sendgrid/inbound/{INBOUND_TOKEN}"
    reports_url = f"{address}{VENDORS_AT}/reports"
    desk = AuditDesk(callback_token=API_TOKEN, reports_url=reports_url, after=audit_after, clock=clock)
    closing.push_async_callback(slack.aclose)
    closing.push_async_callback(plusvibe.aclose)
    closing.push_async_callback(sendgrid.aclose)
    closing.push_async_callback(desk.aclose)
    settings = demo_settings(address, database_url, slack, plusvibe, sendgrid, desk, built_in=sites is not None)
    verifier = sample_verifier(clock) if verifying else None
    app = await _assembled(settings, slack, clock, verifier, await stand_in_of(sites, closing))
    demo = Demo(app, slack, plusvibe, sendgrid, desk, sites, app.web)
    await _fill(demo, clock, samples=samples)
    _mount(demo)
    if pages:
        _mount_pages(demo, address, clock)
    demo.web.router.lifespan_context = lambda _: _lifespan(demo)
    return demo


def local_slack(address: str, clock: Clock) -> LocalSlack:
    """The local workspace with our commands and scopes, delivering to `/slack/events` at the same address."""
    commands = [{"command": name, "description": said, "usage_hint": hint} for name, said, hint in COMMANDS]
    return new_local_slack(
        app_url=f"{address}/slack/events",
        base_url=f"{address}{SLACK_AT}",
        commands=commands,
        shortcuts=shortcuts(),
        scopes=frozenset(SCOPES),
        events=frozenset(EVENTS),
        clock=clock,
    )


def sample_verifier(clock: Clock) -> Verifier:
    """Looks at addresses without any network; its mail hosts mind no number of questions."""
    hosts = SampleMailHosts()
    return Verifier(clock, hosts, hosts, pace=Pace(timedelta(0), questions_a_minute=None))


async def _assembled(
    settings: Settings, slack: LocalSlack, clock: Clock, verifier: Verifier | None, stand_in: StandIn | None
) -> App:
    """The application; the team is known here, so Slack need not be served yet."""
    team = Team(slack.workspace.team_id, slack.workspace.team_name, settings.base_url)
    return await assemble(settings, clock=clock, team=team, verifier=verifier, stand_in=stand_in)


async def _fill(demo: Demo, clock: Clock, *, samples: bool) -> None:
    """Sample leads with us, those in campaigns at the PlusVibe stand-in too, and its webhook to us."""
    seed_campaigns(demo.plusvibe)
    leads: list[SampleLead] = sample_leads(clock(), demo.desk.reports_url) if samples else []
    enrol_samples(demo.plusvibe, leads)
    converse(demo.plusvibe, leads)
    base = demo.app.settings.base_url
    demo.plusvibe.add_hook(f"{base}/plusvibe/webhook", secret=WEBHOOK_SECRET)
    here, campaigns = demo.app.house.workspace.id, _campaigns(demo.plusvibe)
    await load_samples(demo.app.database, here, leads, campaigns, clock(), channel=OUTREACH)


def _campaigns(world: PlusVibeWorld) -> list[Campaign]:
    return [
        Campaign(str(uuid4()), each.id, each.name, each.status, len(each.sequences))
        for each in world.campaigns.values()
        if not each.parent_id and each.status != "ARCHIVED"
    ]


def _mount(demo: Demo) -> None:
    """The stand-ins stand before the product's own doors: FastAPI builds every router that a request passes."""
    doors = demo.web.router.routes
    own = doors.copy()
    doors.clear()
    demo.web.include_router(slack_app(demo.slack), prefix=SLACK_AT)
    demo.web.include_router(api_router(demo.plusvibe), prefix=VENDORS_AT)
    demo.web.include_router(sendgrid_router(demo.sendgrid), prefix=VENDORS_AT)
    demo.web.include_router(audit_router(demo.desk), prefix=VENDORS_AT)
    doors.extend(own)


def _mount_pages(demo: Demo, address: str, clock: Clock) -> None:
    tools = [
        PageTool("PlusVibe", f"{address}/plusvibe"),
        PageTool("Prospects' inbox", f"{address}/inbox"),
        PageTool("JSON API", f"{address}/docs"),
        PageTool("Send e-mails now", f"{address}/plusvibe/tools/send", "POST"),
        PageTool("Somebody replies", f"{address}/plusvibe/tools/reply", "POST"),
        PageTool("PlusVibe down / up", f"{address}/plusvibe/tools/down", "POST"),
    ]
    if isinstance(clock, MovableClock):
        tools += _clock_tools(demo, address, clock)
    demo.web.include_router(tools_router(demo.plusvibe))
    demo.web.include_router(plusvibe_page(demo.plusvibe))
    demo.web.include_router(inbox_page(demo.sendgrid))
    demo.web.include_router(page_router(demo.slack, tools=tools))


def _clock_tools(demo: Demo, address: str, clock: MovableClock) -> list[PageTool]:
    """Buttons that move this clock on."""

    async def next_digest() -> datetime | None:
        house = demo.app.house
        slot = await house.services.digests.next_due(house.workspace.id)
        return slot.due_at if slot else None

    demo.web.include_router(clock_router(clock, next_digest, demo.slack.workspace.changed))
    return [
        PageTool("Next digest", f"{address}/clock/tools/next-digest", "POST"),
        PageTool("One hour later", f"{address}/clock/tools/hour", "POST"),
    ]


@asynccontextmanager
async def _lifespan(demo: Demo) -> AsyncIterator[None]:
    living = asyncio.create_task(_let_mails_live(demo.sendgrid))
    async with demo.app.running(clock=True):
        yield
    living.cancel()


async def _let_mails_live(sendgrid: SendGridWorld) -> None:
    """Deliveries, opens, clicks and bounces in their own time."""
    while True:
        await asyncio.sleep(1)
        await sendgrid.live()


def _free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise SettingsError(f"Port {port} is in use. Choose another with --port.") from error


async def _greet(server: uvicorn.Server, address: str, *, browser: bool) -> None:
    while not server.started:  # noqa: ASYNC110 (uvicorn has a flag, no event)
        await asyncio.sleep(0.05)
    Console().print(
        f"\n[bold]The local workspace is at {address}[/]\n"
        "Nothing is sent anywhere. Try /leads, then choose a campaign and leads and press Push selected.\n"
        "Next: /drafts to approve emails, Somebody replies and Next digest at the top of the page.\n"
        f"PlusVibe's stand-in: {address}/plusvibe   JSON API: {address}/docs (token {API_TOKEN})\n"
        "Stop with Ctrl+C; start afresh with --reset.\n",
        highlight=False,
    )
    if browser:
        await asyncio.to_thread(webbrowser.open, address)
