"""Assembles use cases, Bolt, web app and clock over what is connected."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import chain

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from fastapi import FastAPI
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock, utc_now
from bot.config import Settings, SettingsError, reveal
from bot.connections import Team, gateways, opened, team_of, web_client
from bot.gateways.pinned import StandIn
from bot.gateways.sendgrid_events import load_key
from bot.services.verifying import Verifier
from bot.use_cases import services
from handlers import (
    Runner,
    api,
    api_emails,
    api_imports,
    api_pipeline,
    audit_reports,
    brakes,
    bulk,
    campaign_leads,
    companies,
    composer,
    consents,
    digests,
    drafts,
    forms,
    health,
    home,
    importing,
    intakes,
    lead_card,
    lead_list,
    leads,
    link_acts,
    link_board,
    link_checks,
    list_forms,
    mail_templates,
    mails,
    merged,
    metrics,
    opting_out,
    outreach,
    persons,
    pipeline,
    policies,
    push,
    push_report,
    reading,
    register,
    roles,
    runs,
    segment_people,
    segment_rules,
    segments,
    sequences,
    sites,
    starts,
    steps,
    strays,
    submissions,
    unclear_mails,
    unfurl,
    unibox,
    unsubscribes,
    validating,
    web_forms,
)
from handlers.house import House
from handlers.posting import Poster
from handlers.schedule import Timetable
from handlers.slack_door import slack_events
from handlers.web import LONGEST_BODY_BYTES, add_error_answers
from handlers.webhooks.plusvibe import plusvibe_webhook
from handlers.webhooks.sendgrid import sendgrid_webhook
from handlers.webhooks.sendgrid_inbound import sendgrid_inbound
from storage.database import Database

ROUTERS = (
    api.leads,
    api.plusvibe,
    api.audits,
    api_emails.emails,
    api_imports.imports,
    api_pipeline.figures,
    opting_out.doors,
    audit_reports.doors,
    web_forms.doors,
    health.doors,
)
TABLES = (
    leads.TABLE,
    lead_list.TABLE,
    importing.TABLE,
    lead_card.TABLE,
    audit_reports.TABLE,
    validating.TABLE,
    consents.TABLE,
    forms.TABLE,
    submissions.TABLE,
    persons.TABLE,
    push.TABLE,
    push_report.TABLE,
    campaign_leads.TABLE,
    companies.TABLE,
    intakes.TABLE,
    drafts.TABLE,
    unibox.TABLE,
    composer.TABLE,
    reading.TABLE,
    brakes.TABLE,
    pipeline.TABLE,
    link_board.TABLE,
    link_acts.TABLE,
    link_checks.TABLE,
    digests.TABLE,
    policies.TABLE,
    roles.TABLE,
    home.TABLE,
    mail_templates.TABLE,
    sites.TABLE,
    bulk.TABLE,
    list_forms.TABLE,
    segments.TABLE,
    segment_rules.TABLE,
    segment_people.TABLE,
    starts.TABLE,
    sequences.TABLE,
    runs.TABLE,
    steps.TABLE,
    mails.TABLE,
    strays.TABLE,
    unclear_mails.TABLE,
    unsubscribes.TABLE,
    metrics.TABLE,
    outreach.TABLE,
    unfurl.TABLE,
)


@dataclass
class App:
    """The assembled house. `web` serves it; `clock` and `socket` run beside it when asked for."""

    settings: Settings
    database: Database
    house: House
    runner: Runner
    bolt: AsyncApp
    web: FastAPI
    clock: Timetable
    socket: AsyncSocketModeHandler | None
    closing: AsyncExitStack = field(default_factory=AsyncExitStack)

    @asynccontextmanager
    async def running(self, *, clock: bool, socket: bool = True) -> AsyncIterator[None]:
        """Run the clock and the socket while the context lasts; then let work in flight finish and close all."""
        async with self.closing, AsyncExitStack() as ending:
            ending.push_async_callback(self.runner.drain)
            if clock:
                self.clock.start()
                ending.push_async_callback(self.clock.stop)
            if socket and self.socket is not None:
                await ending.enter_async_context(_connected(self.socket))
            yield


@asynccontextmanager
async def _connected(socket: AsyncSocketModeHandler) -> AsyncIterator[None]:
    """Socket Mode beside everything else: Slack's client tries for as long as it takes to connect."""
    connecting = asyncio.create_task(socket.connect_async())  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        connecting.cancel()
        await socket.close_async()  # type: ignore[no-untyped-call]


async def assemble(
    settings: Settings,
    *,
    clock: Clock = utc_now,
    team: Team | None = None,
    verifier: Verifier | None = None,
    stand_in: StandIn | None = None,
) -> App:
    """The whole application for the one workspace its Slack token belongs to. Raises `SettingsError`.

    team: the Slack team, where it is known without asking Slack. verifier: looks at addresses, in place of the one
    the settings ask for. stand_in: where the open web is, in a place that reaches no network.
    """
    closing = AsyncExitStack()
    try:
        database = opened(settings)
        closing.push_async_callback(database.close)
        vendors = gateways(settings, closing, stand_in=stand_in)
        slack = web_client(settings)
        team = team or await team_of(slack)
        use_cases = services(settings, database, vendors, clock, team_url=team.url, verifier=verifier)
        workspace = await use_cases.workspaces.of_team(team.id, team.name)
        await use_cases.routes.default_to(workspace.id, settings.slack_channel, settings.digest_at)
    except BaseException:
        await closing.aclose()
        raise
    poster = Poster(use_cases.posts, slack, clock, rejects=use_cases.import_files.rejects)
    house = House(use_cases, poster, slack, workspace, settings.slack_channel, settings.base_url, team.url)
    closing.push_async_callback(house.watching.stop)
    return _assembled(settings, database, house, clock, closing)


def _assembled(settings: Settings, database: Database, house: House, clock: Clock, closing: AsyncExitStack) -> App:
    runner = Runner(house)
    bolt = bolt_app(settings, house.slack)
    register(bolt, merged(*TABLES), runner)
    app_token = reveal(settings.slack_app_token)
    socket = None
    if app_token:
        socket = AsyncSocketModeHandler(bolt, app_token, web_client=web_client(settings, app_token))
    web = web_app(settings, house, bolt, clock)
    return App(settings, database, house, runner, bolt, web, Timetable(house), socket, closing)


def _events_key(settings: Settings) -> EllipticCurvePublicKey | None:
    if not settings.sendgrid_webhook_public_key:
        return None
    try:
        return load_key(settings.sendgrid_webhook_public_key)
    except ValueError as error:
        raise SettingsError("SENDGRID_WEBHOOK_PUBLIC_KEY is not the key SendGrid prints. Copy it again.") from error


def bolt_app(settings: Settings, slack: AsyncWebClient) -> AsyncApp:
    """Bolt without its polling runner, and without its own look at signatures: our door has checked them."""
    return AsyncApp(
        name="outreach",  # without one Bolt looks for a name through the sources of everything on the stack
        client=slack,
        signing_secret=reveal(settings.slack_signing_secret) or "socket-mode",
        request_verification_enabled=False,
        process_before_response=True,
    )


def web_app(settings: Settings, house: House, bolt: AsyncApp, clock: Clock) -> FastAPI:
    """Every HTTP door. Raises `SettingsError` for a key no signature can be checked with."""
    app = FastAPI(
        title="Outreach",
        version="0.1.0",
        description="Leads, audits and guarded pushes.",
        max_body_size=LONGEST_BODY_BYTES,
        routes=[
            plusvibe_webhook(house, reveal(settings.plusvibe_webhook_secret)),
            sendgrid_webhook(house, _events_key(settings), clock),
            *sendgrid_inbound(house, reveal(settings.sendgrid_inbound_token)),
            *slack_events(bolt, reveal(settings.slack_signing_secret)).routes,
            *chain.from_iterable(router.routes for router in ROUTERS),
        ],
    )
    app.state.house = house
    add_error_answers(app)
    return app
