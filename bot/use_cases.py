"""Every use case, put together over its parts."""

from bot.clock import Clock
from bot.config import Settings, reveal
from bot.connections import Gateways, verifier_of
from bot.keys import derived, encryption_keys
from bot.outreach.direct import Ways
from bot.services.all import Services
from bot.services.answering import AnswerService
from bot.services.auditing import Auditor
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
from bot.services.link_checks import LinkCheckService
from bot.services.link_looking import LinkLooker
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
from bot.services.visiting import Visitor
from bot.services.webhooks import WebhookService
from bot.services.workspaces import WorkspaceService
from bot.services.writebacks import WritebackService
from handlers import brakes, importing, unibox
from handlers.digests import digest_post
from handlers.draft_posts import draft_posts
from handlers.pushing import blocked_posts
from storage.database import Database


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
    keys = encryption_keys(settings)
    secrets, form_secrets = derived(keys, "unsubscribe"), derived(keys, "forms")
    plusvibe = vendors.plusvibe
    mailer = Mailer(vendors.sendgrid, settings.base_url, secrets[0]) if vendors.sendgrid else None
    has_plusvibe, has_mailer, verifies = plusvibe is not None, mailer is not None, verifier is not None
    campaigns, members = CampaignService(database, clock, plusvibe), MemberService(database, clock)
    leads = LeadService(
        database, clock, connected=has_plusvibe, direct=has_mailer, verifies=verifies, team_url=team_url
    )
    dispatch = DispatchService(database, clock, mailer, verifies=verifies)
    settling = Settling(unibox.reply_post, unibox.answer_post)
    mail_replies = MailReplyService(database, clock, secrets)
    imports = ImportService(database, clock)
    return Services(
        leads=leads,
        audits=_audits(settings, database, vendors, clock, derived(keys, "audit report")),
        writebacks=WritebackService(database, clock, plusvibe),
        pushes=PushService(database, clock, plusvibe, campaigns.refresh, verifies=verifies),
        blocked=BlockedPushService(database, clock, blocked_posts, connected=has_plusvibe),
        campaigns=campaigns,
        campaign_leads=CampaignLeadService(database, clock, verifies=verifies),
        sync=SyncService(database, clock, plusvibe, campaigns),
        posts=PostService(database, clock),
        webhooks=WebhookService(database, clock, unibox.reply_post),
        members=members,
        roles=RoleService(database, clock, members),
        workspaces=WorkspaceService(database, settings.timezone),
        tokens=TokenService(database, clock, reveal(settings.api_token)),
        log=LogService(database, clock),
        doctor=_doctor(settings, database, vendors, clock, verifier),
        once=OnceService(database, clock),
        drafts=DraftService(database, clock, draft_posts, Ways(has_plusvibe, has_mailer)),
        unibox=UniboxService(database, clock, plusvibe, unibox.reply_post, direct=has_mailer),
        unibox_sync=UniboxSyncService(database, clock, plusvibe, unibox.reply_post, unibox.answer_post),
        answers=AnswerService(database, clock, plusvibe, settling, MailAnswers(database, clock, dispatch, settling)),
        readings=ReadingService(database, clock, unibox.reply_post),
        brakes=BrakeService(database, clock, brakes.brake_post),
        pipeline=PipelineService(database),
        home=HomeService(database, clock, team_url=team_url),
        routes=RouteService(database, clock),
        notices=NoticeService(database, clock),
        consents=ConsentService(database, clock),
        forms=FormService(database, clock, connected=has_mailer),
        submissions=SubmissionService(database, clock, form_secrets),
        persons=PersonService(database, clock),
        confirming=ConfirmService(database, clock, mailer, form_secrets[0]),
        digests=DigestService(database, clock, digest_post),
        policies=PolicyService(database, clock),
        sites=SiteService(database, clock, connected=has_mailer),
        templates=TemplateService(database, clock),
        segments=SegmentService(database, clock),
        starts=StartService(database, clock, connected=has_mailer),
        bulk=BulkService(database, clock),
        views=ViewService(database, clock),
        sequences=SequenceService(database, clock),
        runs=RunService(database, clock, connected=has_mailer),
        simulating=SimulationService(database, clock, connected=has_mailer),
        mails=MailService(database, clock, connected=has_mailer),
        dispatch=dispatch,
        mail_events=MailEventService(database, clock),
        mail_replies=mail_replies,
        strays=StrayService(database, clock, leads),
        opting_out=OptOutService(database, clock, secrets),
        metrics=MetricsService(database, clock),
        mailbox=MailboxService(database, clock, vendors.mailbox, take=mail_replies.take),
        opportunities=OpportunityService(database, clock),
        link_checks=LinkCheckService(database, clock, _looker(settings, vendors)),
        validation=ValidationService(database, clock, verifier),
        imports=imports,
        import_files=ImportFileService(
            database, clock, imports, vendors.files, importing.import_posts, verifies=verifies
        ),
        companies=CompanyService(database, clock),
        intakes=IntakeService(database, clock),
    )


def _audits(
    settings: Settings, database: Database, vendors: Gateways, clock: Clock, secrets: list[bytes]
) -> AuditService:
    """With the built-in auditor where pages can be fetched and read. secrets: for the addresses of reports."""
    auditor = None
    if vendors.web is not None and vendors.parsing is not None:
        visitor = Visitor(vendors.web, vendors.parsing, clock)
        auditor = Auditor(database, clock, visitor, address=settings.base_url, secret=secrets[0])
    return AuditService(database, clock, vendors.audits, auditor, address=settings.base_url, secrets=secrets)


def _looker(settings: Settings, vendors: Gateways) -> LinkLooker | None:
    if vendors.web is None or vendors.parsing is None or not settings.link_checks:
        return None
    return LinkLooker(vendors.web, vendors.parsing)


def _doctor(
    settings: Settings, database: Database, vendors: Gateways, clock: Clock, verifier: Verifier | None
) -> DoctorService:
    return DoctorService(
        database,
        clock,
        vendors.plusvibe,
        vendors.sendgrid,
        audits=vendors.audits is not None,
        webhook_secret=settings.plusvibe_webhook_secret is not None,
        events_key=bool(settings.sendgrid_webhook_public_key),
        inbound_token=settings.sendgrid_inbound_token is not None,
        mailbox=vendors.mailbox,
        verifier=verifier,
    )
