"""One transaction, and what can be asked of it."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from storage.addresses import Addresses
from storage.answers import Answers
from storage.at_once import AtOnce
from storage.audits import Audits
from storage.blocked import BlockedPushes
from storage.campaigns import Campaigns
from storage.closings import Closings
from storage.companies import Companies
from storage.consents import Consents
from storage.conversations import Conversations
from storage.digests import Digests
from storage.drafts import Drafts
from storage.enrolment_pages import EnrolmentPages
from storage.enrolments import Enrolments, Followed
from storage.erasures import Erasures
from storage.events import Events
from storage.forms import Forms
from storage.homes import Homes
from storage.import_files import ImportFiles
from storage.import_undo import ImportUndo
from storage.imports import Imports
from storage.inbox import Inbox
from storage.intakes import Intakes
from storage.lead_traits import LeadTraits
from storage.leads import Leads
from storage.ledger import Ledger
from storage.link_checks import LinkChecks
from storage.mail_facts import MailFacts
from storage.mail_figures import MailFigures
from storage.mail_templates import MailTemplates
from storage.mailbox_marks import MailboxMarks
from storage.mails import Mails
from storage.members import Members
from storage.notices import Notices
from storage.opportunities import Opportunities
from storage.posts import Posts
from storage.pushes import Pushes
from storage.rehearsals import Rehearsals
from storage.replies import Replies
from storage.rests import Rests
from storage.roles import RoleGroups
from storage.routes import Routes
from storage.runs import Runs
from storage.segments import Segments
from storage.sequences import Sequences
from storage.settings import Settings
from storage.sites import Sites
from storage.starts import Starts
from storage.submissions import Submissions
from storage.tenant import Tenant
from storage.tokens import AllTokens, Tokens
from storage.verdicts import Verdicts
from storage.views import Views
from storage.workspaces import Workspaces
from storage.writebacks import Writebacks


class UnitOfWork:
    """The repositories of one workspace over one transaction; none of them sees another workspace's rows."""

    def __init__(
        self, connection: AsyncConnection | AtOnce, workspace_id: str, hash_keys: Sequence[bytes] = ()
    ) -> None:
        tenant, touched, followed = Tenant(connection, workspace_id), set[str](), Followed()
        self.workspace_id = workspace_id
        self.addresses = Addresses(tenant, hash_keys, followed.keys)
        self.answers = Answers(tenant)
        self.audits = Audits(tenant)
        self.blocked = BlockedPushes(tenant)
        self.campaigns = Campaigns(tenant)
        self.closings = Closings(tenant)
        self.companies = Companies(tenant)
        self.consents = Consents(tenant)
        self.conversations = Conversations(tenant)
        self.digests = Digests(tenant)
        self.drafts = Drafts(tenant)
        self.enrolment_pages = EnrolmentPages(tenant)
        self.enrolments = Enrolments(tenant, followed, self.addresses)
        self.erasures = Erasures(tenant)
        self.events = Events(tenant)
        self.forms = Forms(tenant)
        self.homes = Homes(tenant)
        self.import_files = ImportFiles(tenant)
        self.import_undo = ImportUndo(tenant)
        self.imports = Imports(tenant)
        self.inbox = Inbox(tenant)
        self.intakes = Intakes(tenant)
        self.lead_traits = LeadTraits(tenant)
        self.leads = Leads(tenant, followed.lead_ids)
        self.ledger = Ledger(tenant)
        self.link_checks = LinkChecks(tenant)
        self.mail_facts = MailFacts(tenant)
        self.mail_figures = MailFigures(tenant)
        self.mail_templates = MailTemplates(tenant)
        self.mailbox_marks = MailboxMarks(tenant)
        self.mails = Mails(tenant, touched)
        self.members = Members(tenant)
        self.notices = Notices(tenant)
        self.opportunities = Opportunities(tenant, touched)
        self.posts = Posts(tenant)
        self.pushes = Pushes(tenant)
        self.rehearsals = Rehearsals(tenant)
        self.replies = Replies(tenant)
        self.rests = Rests(tenant)
        self.role_groups = RoleGroups(tenant)
        self.routes = Routes(tenant)
        self.runs = Runs(tenant)
        self.segments = Segments(tenant)
        self.sequences = Sequences(tenant)
        self.settings = Settings(tenant)
        self.sites = Sites(tenant)
        self.starts = Starts(tenant)
        self.submissions = Submissions(tenant)
        self.tokens = Tokens(tenant)
        self.verdicts = Verdicts(tenant)
        self.views = Views(tenant)
        self.writebacks = Writebacks(tenant)

    async def flush(self) -> None:
        """Write what was held back until the end of the transaction."""
        await self.opportunities.follow()
        await self.enrolments.follow()
        await self.leads.flush()
        await self.drafts.flush()
        await self.opportunities.flush()


class Directory:
    """What is looked up before the workspace is known."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.workspaces = Workspaces(connection)
        self.tokens = AllTokens(connection)
