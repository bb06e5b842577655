"""The whole application with its stand-ins on a real port, for tests that go through the real doors.

The clock stands still until a test calls `tick`: one round of every job but the syncs.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from aiolimiter import AsyncLimiter

from bot.commands.demo import API_TOKEN, Demo, build_demo
from bot.outreach.audits import Audit, AuditState, FinishedAudit, Issue
from bot.outreach.leads import Lead, LeadDraft, LeadStatus
from bot.outreach.routes import Cadence, Topic
from bot.outreach.templates import body_variables
from bot.outreach.variables import audit_variables
from bot.outreach.writebacks import Tone
from bot.sandbox.clock import MovableClock
from bot.sandbox.plusvibe import seed
from bot.sandbox.serving import listening, serving_on
from bot.sandbox.sites.web import SampleSites
from bot.sandbox.slack.server import ANA, OUTREACH
from bot.sandbox.slack.state import Message
from handlers.schedule import JOBS, sync_leads, sync_unibox
from storage.database import Database


class Clock(MovableClock):
    """The demo's clock, moved on at will."""

    def move(self, **by: float) -> None:
        """Later by so many hours, minutes or seconds."""
        self.move_on(timedelta(**by))


@dataclass
class World:
    """The application under test and everything around it."""

    demo: Demo
    address: str
    api: httpx.AsyncClient
    clock: Clock
    pace: AsyncLimiter | None = None

    def keep_pace(self) -> None:
        """Between two calls of PlusVibe a fifth of a second passes, as it does outside tests."""
        self.house.services.pushes._plusvibe._vendor._pace = self.pace

    @property
    def slack(self):
        return self.demo.slack

    @property
    def plusvibe(self):
        return self.demo.plusvibe

    @property
    def desk(self):
        return self.demo.desk

    @property
    def house(self):
        return self.demo.app.house

    @property
    def database(self):
        return self.demo.app.database

    @property
    def workspace_id(self) -> str:
        return self.house.workspace.id

    async def say(self, text: str, *, user: str = ANA, channel: str = OUTREACH):
        """Type a command, and wait until its work is done."""
        delivery = await self.slack.run_command(user, channel, text)
        await self.idle()
        return delivery

    async def click(self, action_id: str, *, user: str = ANA, **where: Any):
        """Click, and wait until the work is done."""
        delivery = await self.slack.click(user, action_id=action_id, **where)
        await self.idle()
        return delivery

    async def submit(self, values: Mapping[str, Any] | None = None, *, user: str = ANA):
        """Submit the modal on top, and wait until the work is done."""
        delivery = await self.slack.submit(user, self.modal(user).id, values)
        await self.idle()
        return delivery

    async def idle(self) -> None:
        """Wait for the work that handlers go on with after their answer."""
        await self.demo.app.runner.drain(seconds=60)

    async def tick(self, *, seconds: float = 0) -> None:
        """Let time pass, then one round of every clock job but the syncs."""
        self.clock.move(seconds=seconds)
        for job, _ in JOBS:
            if job not in (sync_leads, sync_unibox):
                await job(self.house)

    async def sweep(self) -> None:
        """The job that reads the Unibox at PlusVibe."""
        await sync_unibox(self.house)

    def modal(self, user: str = ANA):
        """The modal on top."""
        return self.slack.workspace.modals[user][-1]

    def posts(self, channel: str = OUTREACH) -> list[Message]:
        """What the bot posted for everybody, threads included, oldest first."""
        return [
            message
            for message in self.slack.workspace.messages.get(channel, [])
            if message.user == self.slack.workspace.bot_user_id and message.ephemeral_to is None
        ]

    def told(self, user: str = ANA) -> list[str]:
        """The texts only this person saw, oldest first: ephemeral answers, without the lines of their commands."""
        return [
            message.text
            for messages in self.slack.workspace.messages.values()
            for message in messages
            if message.ephemeral_to == user and message.command is None
        ]

    async def campaign(self, provider_id: str = seed.AUDIT_LETTER):
        """A campaign of the stand-in, as we know it."""
        async with self.database.read(self.workspace_id) as uow:
            found = await uow.campaigns.by_provider(provider_id)
        assert found is not None
        return found

    async def has_lead(
        self,
        company: str = "Acme",
        *,
        status: LeadStatus = LeadStatus.NEW,
        ready: bool = False,
        email: str | None = "",
        domain: str | None = None,
        **columns: Any,
    ) -> Lead:
        """A stored lead. ready: audited and written back. email: empty makes one, None leaves it out."""
        slug = "".join(letter for letter in company.lower() if letter.isascii() and letter.isalnum()) or "lead"
        domain = f"{slug}.example.com" if domain is None else domain
        address = f"jane@{slug}.example.com" if email == "" else email
        draft = LeadDraft(address, "Jane", "Doe", company_name=company, domain=domain)
        now = self.clock()
        async with self.database.begin(self.workspace_id) as uow:
            lead = await uow.leads.add(str(uuid4()), draft, key=address.lower() if address else None, at=now)
            if ready:
                columns = {**await _audited(uow, lead, now), **columns}
                status = LeadStatus.EMAIL_GENERATED if status is LeadStatus.NEW else status
            changed = await uow.leads.change(lead.id, {"status": status, **columns}, at=now)
        assert changed is not None
        return changed

    async def lead(self, lead_id: str) -> Lead:
        """The lead as it stands now."""
        async with self.database.read(self.workspace_id) as uow:
            found = await uow.leads.get(lead_id)
        assert found is not None
        return found


AUDIT = FinishedAudit(
    run_id="run-1",
    completed_at=datetime(2026, 3, 2, 9, tzinfo=UTC),
    url="https://audits.example.com/run-1",
    score=64,
    scores={"seo": 58, "performance": 61, "security": 72, "ux": 70, "ai_visibility": 44, "brand": 80},
    grade="D",
    top_issue="No page says what it costs",
    issues=(Issue("No page says what it costs", "high", "Put a price list online", 7),),
    summary="The site loads slowly and hides its prices.",
    pages=12,
)


async def _audited(uow, lead: Lead, now: datetime) -> dict[str, Any]:
    audit = Audit(str(uuid4()), lead.id, AuditState.RUNNING, f"run-{lead.id}", now)
    await uow.audits.add(audit)
    await uow.audits.complete(audit.id, AUDIT, now)
    variables = {**audit_variables(lead, AUDIT), **body_variables(lead, AUDIT, Tone.DIRECT)}
    writeback = {"variables": variables, "at": now.isoformat(), "campaignId": None, "tone": "direct"}
    return {
        "grade": AUDIT.grade,
        "score": AUDIT.score,
        "top_issue": AUDIT.top_issue,
        "audit_url": AUDIT.url,
        "audit_run_id": f"run-{lead.id}",
        "plusvibe_lead_data": {"lastOutboundWriteback": writeback},
    }


@asynccontextmanager
async def built(
    database_url: str, *, samples: bool = False, verifying: bool = False, sites: SampleSites | None = None
) -> AsyncIterator[World]:
    """The application on a free port, its stand-ins on the same one. verifying: addresses are checked, too.

    sites: our own auditor looks at these, and no outside service is asked.
    """
    listener = listening()
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    clock = Clock()
    async with AsyncExitStack() as closing:
        closing.callback(listener.close)
        demo = await build_demo(
            address,
            database_url,
            closing,
            clock=clock,
            audit_after=timedelta(0),
            samples=samples,
            pages=samples,
            verifying=verifying,
            sites=sites,
        )
        demo.slack.settings.is_paced = False
        demo.slack.settings.ack_seconds = 20  # the three seconds have tests of their own
        demo.slack.settings.trigger_life = timedelta(seconds=20)
        demo.desk.spread = timedelta(0)
        pace = _unpaced(demo)
        closing.push_async_callback(demo.app.closing.aclose)
        await closing.enter_async_context(serving_on(listener, demo.web))
        headers = {"Authorization": f"Bearer {API_TOKEN}"}
        api = await closing.enter_async_context(
            httpx.AsyncClient(base_url=address, headers=headers, timeout=30, verify=False)
        )
        await demo.app.house.services.campaigns.refresh(demo.app.house.workspace.id)
        await without_digest(demo.app.database, demo.app.house.workspace.id)
        demo.app.house.poster.every_seconds = 0.0
        yield World(demo, address, api, clock, pace)
        await demo.app.runner.drain()


def _unpaced(demo: Demo) -> AsyncLimiter | None:
    """From now on without the pace of calls to PlusVibe, which it gives back."""
    vendor = demo.app.house.services.pushes._plusvibe._vendor
    pace, vendor._pace = vendor._pace, None
    demo.plusvibe.unknowns.limiter = False
    return pace


async def without_digest(database: Database, workspace_id: str) -> None:
    """As if a person had switched it off: a test that moves the clock past nine in the morning asks for it first."""
    async with database.begin(workspace_id) as uow:
        routes = {route.topic: route for route in await uow.routes.all() if route.channel == OUTREACH}
        await uow.routes.set([replace(routes[Topic.FUNNEL], cadence=Cadence.OFF, set_by=ANA)])


@pytest.fixture
async def world(sqlite_url: str) -> AsyncIterator[World]:
    """The application over SQLite, without leads."""
    async with built(sqlite_url) as made:
        yield made


@pytest.fixture(params=["sqlite", "postgres"])
async def either_world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """The same test over both databases."""
    async with built(request.getfixturevalue(f"{request.param}_url")) as made:
        yield made
