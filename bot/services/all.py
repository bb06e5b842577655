"""Every use case in one hand, for the doors."""

from dataclasses import dataclass

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
from bot.services.dispatching import DispatchService
from bot.services.doctor import DoctorService
from bot.services.drafts import DraftService
from bot.services.forms import FormService
from bot.services.home import HomeService
from bot.services.import_files import ImportFileService
from bot.services.imports import ImportService
from bot.services.intakes import IntakeService
from bot.services.leads import LeadService
from bot.services.link_checks import LinkCheckService
from bot.services.log import LogService
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
from bot.services.views import ViewService
from bot.services.webhooks import WebhookService
from bot.services.workspaces import WorkspaceService
from bot.services.writebacks import WritebackService


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases by topic."""

    leads: LeadService
    audits: AuditService
    writebacks: WritebackService
    pushes: PushService
    blocked: BlockedPushService
    campaigns: CampaignService
    campaign_leads: CampaignLeadService
    sync: SyncService
    posts: PostService
    webhooks: WebhookService
    members: MemberService
    roles: RoleService
    workspaces: WorkspaceService
    tokens: TokenService
    log: LogService
    doctor: DoctorService
    once: OnceService
    drafts: DraftService
    unibox: UniboxService
    unibox_sync: UniboxSyncService
    answers: AnswerService
    readings: ReadingService
    brakes: BrakeService
    pipeline: PipelineService
    home: HomeService
    routes: RouteService
    notices: NoticeService
    consents: ConsentService
    forms: FormService
    submissions: SubmissionService
    confirming: ConfirmService
    persons: PersonService
    digests: DigestService
    policies: PolicyService
    sites: SiteService
    templates: TemplateService
    segments: SegmentService
    starts: StartService
    bulk: BulkService
    views: ViewService
    sequences: SequenceService
    runs: RunService
    simulating: SimulationService
    mails: MailService
    dispatch: DispatchService
    mail_events: MailEventService
    mail_replies: MailReplyService
    strays: StrayService
    opting_out: OptOutService
    metrics: MetricsService
    mailbox: MailboxService
    opportunities: OpportunityService
    link_checks: LinkCheckService
    validation: ValidationService
    imports: ImportService
    import_files: ImportFileService
    companies: CompanyService
    intakes: IntakeService
