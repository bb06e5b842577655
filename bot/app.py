"""Assembles database, gateways, services, Bolt, web app and clock. The only file that imports everything."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field

from aiohttp import ClientError
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from fastapi import FastAPI
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock, utc_now
from bot.config import Settings, SettingsError, reveal
from bot.gateways.audits import AuditService as AuditGateway
from bot.gateways.dns import Dns
from bot.gateways.http import PATIENT, Patience
from bot.gateways.imap import ImapAddress
from bot.gateways.mailboxes import ImapMailbox
from bot.gateways.plusvibe import PlusVibe
from bot.gateways.sendgrid import SendGrid
from bot.gateways.sendgrid_events import load_key
from bot.gateways.slack_files import SlackFiles
from bot.gateways.smtp_probe import Manners, SmtpProbe
from bot.keys import derived, encryption_keys
from bot.outreach.direct import Ways
from bot.outreach.probing import DO_NOT_ASK
from bot.services.all import Services
from bot.services.answering import AnswerService
from bot.services.audits import AuditService
from bot.services.blocked import BlockedPushService
from bot.services.braking import BrakeService
from bot.services.bulk import BulkService
from bot.services.campaign_leads import CampaignLeadService
from bot.services.campaigns import CampaignService
from bot.services.companies import CompanyService
from bot.services.confirming import ConfirmService
from bot.services.consents import ConsentService
from bot.services.digests import DigestService
from bot.services.dispatching import DispatchService, Mailer
from bot.services.doctor import DoctorService
from bot.services.drafts import DraftService
from bot.services.forms import FormService
from bot.services.home import HomeService
from bot.services.import_files import ImportFileService
from bot.services.imports import ImportService
from bot.services.intakes import IntakeService
from bot.services.leads import LeadService
from bot.services.log import LogService
from bot.services.mail_answering import MailAnswers
from bot.services.mail_events import MailEventService
from bot.services.mail_replies import MailReplyService
from bot.services.mailbox_replies import MailboxService
from bot.services.mails import MailService
from bot.services.members import MemberService
from bot.services.metrics import MetricsService
from bot.services.notices import NoticeService
from bot.services.once import OnceService
from bot.services.opportunities import OpportunityService
from bot.services.opting_out import OptOutService
from bot.services.persons import PersonService
from bot.services.pipeline import PipelineService
from bot.services.policies import PolicyService
from bot.services.posts import PostService
from bot.services.pushes import PushService
from bot.services.reading import ReadingService
from bot.services.roles import RoleService
from bot.services.routes import RouteService
from bot.services.runs import RunService
from bot.services.segments import SegmentService
from bot.services.sequences import SequenceService
from bot.services.settling import Settling
from bot.services.simulating import SimulationService
from bot.services.sites import SiteService
from bot.services.starts import StartService
from bot.services.strays import StrayService
from bot.services.submissions import SubmissionService
from bot.services.sync import SyncService
from bot.services.templates import TemplateService
from bot.services.tokens import TokenService
from bot.services.unibox import UniboxService
from bot.services.unibox_sync import UniboxSyncService
from bot.services.validating import ValidationService
from bot.services.verifying import Verifier
from bot.services.views import ViewService
from bot.services.webhooks import WebhookService
from bot.services.workspaces import WorkspaceService
from bot.services.writebacks import WritebackService
from handlers import (
    Runner,
    brakes,
    bulk,
    campaign_leads,
    companies,
    consents,
    digests,
    drafts,
    forms,
    home,
    importing,
    intakes,
    lead_card,
    leads,
    link_acts,
    link_board,
    list_forms,
    mail_templates,
    mails,
    merged,
    metrics,
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
)
from handlers.api import audits_api, lead_audits_api, leads_api, plusvibe_api
from handlers.api_emails import emails_api
from handlers.api_imports import imports_api
from handlers.api_pipeline import pipeline_api
from handlers.call import House
from handlers.digests import digest_post
from handlers.draft_posts import draft_posts
from handlers.health import health
from handlers.opting_out import opting_out
from handlers.posting import Poster
from handlers.pushing import blocked_posts
from handlers.schedule import Timetable
from handlers.slack_door import slack_events
from handlers.web import LONGEST_BODY_BYTES, add_error_answers
from handlers.web_forms import web_forms
from handlers.webhooks.plusvibe import plusvibe_webhook
from handlers.webhooks.sendgrid import sendgrid_webhook
from handlers.webhooks.sendgrid_inbound import sendgrid_inbound
from storage.database import Database

TABLES = (
    leads.TABLE,
    importing.TABLE,
    lead_card.TABLE,
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
    reading.TABLE,
    brakes.TABLE,
    pipeline.TABLE,
    link_board.TABLE,
    link_acts.TABLE,
    digests.TABLE,
    policies.TABLE,
    roles.TABLE,
    home.TABLE,
    mail_templates.TABLE,
    sites.TABLE,
    bulk.TABLE,
    list_forms.TABLE,
    segments.TABLE,
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
SLACK_TIMEOUT_SECONDS = 15


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


def web_client(settings: Settings, token: str = "") -> AsyncWebClient:
    """Slack's client without blind repeats: a message posted twice is worse than one posted late."""
    return AsyncWebClient(
        token=token or reveal(settings.slack_bot_token),
        base_url=settings.slack_api_url,
        timeout=SLACK_TIMEOUT_SECONDS,
        retry_handlers=[],
    )


@dataclass(frozen=True, slots=True)
class Team:
    """The Slack team as auth.test tells it."""

    id: str
    name: str
    url: str


async def team_of(slack: AsyncWebClient) -> Team:
    """The team the token belongs to. Raises `SettingsError` when Slack does not accept the token."""
    try:
        answer = await slack.auth_test()
    except SlackApiError as error:
        raise SettingsError(
            f"Slack does not accept SLACK_BOT_TOKEN ({error.response.get('error')}). Install the app "
            "again and copy the Bot User OAuth Token."
        ) from error
    except (ClientError, TimeoutError, OSError) as error:
        raise SettingsError("Slack cannot be reached. Check the network and SLACK_API_URL, then try again.") from error
    return Team(str(answer["team_id"]), str(answer.get("team") or ""), str(answer.get("url") or ""))


@dataclass(frozen=True, slots=True)
class Gateways:
    """The vendors that are connected."""

    plusvibe: PlusVibe | None = None
    audits: AuditGateway | None = None
    sendgrid: SendGrid | None = None
    mailbox: ImapMailbox | None = None
    dns: Dns | None = None
    probe: SmtpProbe | None = None
    files: SlackFiles | None = None


def gateways(settings: Settings, closing: AsyncExitStack, *, patience: Patience = PATIENT) -> Gateways:
    """The vendors that have their settings; a missing key switches that vendor off and nothing else."""
    plusvibe = audits = sendgrid = dns = probe = None
    if settings.plusvibe_api_key and settings.plusvibe_workspace_id:
        key = reveal(settings.plusvibe_api_key)
        plusvibe = PlusVibe(settings.plusvibe_api_url, key, settings.plusvibe_workspace_id, patience=patience)
        closing.push_async_callback(plusvibe.aclose)
    if settings.audit_api_url:
        audits = AuditGateway(settings.audit_api_url, reveal(settings.audit_api_key))
        closing.push_async_callback(audits.aclose)
    if settings.sendgrid_api_key:
        sendgrid = SendGrid(settings.sendgrid_api_url, reveal(settings.sendgrid_api_key), patience=patience)
        closing.push_async_callback(sendgrid.aclose)
    there = settings.replies_mailbox
    mailbox = ImapMailbox(ImapAddress(**asdict(there))) if there else None
    dns = probe = None
    if settings.validation:
        dns = Dns(settings.validation_dns)
        if settings.validation_helo and settings.validation_smtp != "off":
            probe = SmtpProbe(dns, Manners(settings.validation_helo, settings.validation_mail_from))
    files = SlackFiles(settings.slack_api_url, reveal(settings.slack_bot_token), patience=patience)
    closing.push_async_callback(files.aclose)
    return Gateways(plusvibe, audits, sendgrid, mailbox, dns, probe, files)


def verifier_of(settings: Settings, vendors: Gateways, clock: Clock) -> Verifier | None:
    """What looks at addresses, unless validation is off."""
    if vendors.dns is None:
        return None
    suffixes = [suffix.strip() for suffix in settings.validation_do_not_ask.split(",") if suffix.strip()]
    is_tested = settings.validation_smtp == "auto"
    return Verifier(clock, vendors.dns, vendors.probe, is_tested=is_tested, do_not_ask=suffixes or DO_NOT_ASK)


def opened(settings: Settings) -> Database:
    """The database, with what erased addresses are hashed with."""
    return Database(settings.database_url, derived(encryption_keys(settings), "erased"))


def services(
    settings: Settings,
    database: Database,
    vendors: Gateways,
    clock: Clock,
    *,
    team_url: str = "",
    verifier: Verifier | None = None,
) -> Services:
    """Every use case over these parts. team_url: the Slack team's address, for links to messages.

    verifier: in place of the one the settings ask for.
    """
    verifier = verifier or verifier_of(settings, vendors, clock)
    plusvibe, audits = vendors.plusvibe, vendors.audits
    campaigns, members = CampaignService(database, clock, plusvibe), MemberService(database, clock)
    secrets = derived(encryption_keys(settings), "unsubscribe")
    form_secrets = derived(encryption_keys(settings), "forms")
    mailer = Mailer(vendors.sendgrid, settings.base_url, secrets[0]) if vendors.sendgrid else None
    dispatch = DispatchService(database, clock, mailer, verifies=verifier is not None)
    settling = Settling(unibox.reply_post, unibox.answer_post)
    mail_replies = MailReplyService(database, clock, secrets)
    leads = LeadService(
        database,
        clock,
        connected=plusvibe is not None,
        direct=mailer is not None,
        verifies=verifier is not None,
        team_url=team_url,
    )
    imports = ImportService(database, clock)
    return Services(
        leads=leads,
        audits=AuditService(database, clock, audits, callback_url=f"{settings.base_url}/api/audits/complete"),
        writebacks=WritebackService(database, clock, plusvibe),
        pushes=PushService(database, clock, plusvibe, campaigns.refresh, verifies=verifier is not None),
        blocked=BlockedPushService(database, clock, blocked_posts, connected=plusvibe is not None),
        campaigns=campaigns,
        campaign_leads=CampaignLeadService(database, clock, verifies=verifier is not None),
        sync=SyncService(database, clock, plusvibe, campaigns),
        posts=PostService(database, clock),
        webhooks=WebhookService(database, clock, unibox.reply_post),
        members=members,
        roles=RoleService(database, clock, members),
        workspaces=WorkspaceService(database, settings.timezone),
        tokens=TokenService(database, clock, reveal(settings.api_token)),
        log=LogService(database, clock),
        doctor=DoctorService(
            database,
            clock,
            plusvibe,
            vendors.sendgrid,
            audits=audits is not None,
            webhook_secret=settings.plusvibe_webhook_secret is not None,
            events_key=bool(settings.sendgrid_webhook_public_key),
            inbound_token=settings.sendgrid_inbound_token is not None,
            mailbox=vendors.mailbox,
            verifier=verifier,
        ),
        once=OnceService(database, clock),
        drafts=DraftService(database, clock, draft_posts, Ways(plusvibe is not None, mailer is not None)),
        unibox=UniboxService(database, clock, plusvibe, unibox.reply_post, direct=mailer is not None),
        unibox_sync=UniboxSyncService(database, clock, plusvibe, unibox.reply_post, unibox.answer_post),
        answers=AnswerService(database, clock, plusvibe, settling, MailAnswers(database, clock, dispatch, settling)),
        readings=ReadingService(database, clock, unibox.reply_post),
        brakes=BrakeService(database, clock, brakes.brake_post),
        pipeline=PipelineService(database),
        home=HomeService(database, clock, team_url=team_url),
        routes=RouteService(database, clock),
        notices=NoticeService(database, clock),
        consents=ConsentService(database, clock),
        forms=FormService(database, clock, connected=mailer is not None),
        submissions=SubmissionService(database, clock, form_secrets),
        persons=PersonService(database, clock),
        confirming=ConfirmService(database, clock, mailer, form_secrets[0]),
        digests=DigestService(database, clock, digest_post),
        policies=PolicyService(database, clock),
        sites=SiteService(database, clock, connected=mailer is not None),
        templates=TemplateService(database, clock),
        segments=SegmentService(database, clock),
        starts=StartService(database, clock, connected=mailer is not None),
        bulk=BulkService(database, clock),
        views=ViewService(database, clock),
        sequences=SequenceService(database, clock),
        runs=RunService(database, clock, connected=mailer is not None),
        simulating=SimulationService(database, clock, connected=mailer is not None),
        mails=MailService(database, clock, connected=mailer is not None),
        dispatch=dispatch,
        mail_events=MailEventService(database, clock),
        mail_replies=mail_replies,
        strays=StrayService(database, clock, leads),
        opting_out=OptOutService(database, clock, secrets),
        metrics=MetricsService(database, clock),
        mailbox=MailboxService(database, clock, vendors.mailbox, take=mail_replies.take),
        opportunities=OpportunityService(database, clock),
        validation=ValidationService(database, clock, verifier),
        companies=CompanyService(database, clock),
        intakes=IntakeService(database, clock),
        imports=imports,
        import_files=ImportFileService(database, clock, imports, vendors.files, importing.import_posts),
    )


async def assemble(
    settings: Settings, *, clock: Clock = utc_now, team: Team | None = None, verifier: Verifier | None = None
) -> App:
    """The whole application for the one workspace its Slack token belongs to. Raises `SettingsError`.

    team: the Slack team, where it is known without asking Slack. verifier: looks at addresses, in place of the one
    the settings ask for.
    """
    closing = AsyncExitStack()
    try:
        database = opened(settings)
        closing.push_async_callback(database.close)
        vendors = gateways(settings, closing)
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
        ],
    )
    add_error_answers(app)
    for router in (
        slack_events(bolt, reveal(settings.slack_signing_secret)),
        leads_api(house),
        lead_audits_api(house),
        plusvibe_api(house),
        audits_api(house),
        emails_api(house),
        imports_api(house),
        pipeline_api(house),
        opting_out(house),
        web_forms(house),
        health(house),
    ):
        app.include_router(router)
    return app
