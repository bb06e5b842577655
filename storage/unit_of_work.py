"""One transaction, and what can be asked of it."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, TypeVar

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

R = TypeVar("R")


def _of(repository: Callable[[Tenant], R]) -> cached_property[R]:
    """Made when it is first asked for: a transaction needs a few of them."""

    def made(uow: Any) -> R:
        return repository(uow._tenant)

    return cached_property(made)


class UnitOfWork:
    """The repositories of one workspace over one transaction; none of them sees another workspace's rows."""

    def __init__(
        self, connection: AsyncConnection | AtOnce, workspace_id: str, hash_keys: Sequence[bytes] = ()
    ) -> None:
        self.workspace_id = workspace_id
        self._tenant = Tenant(connection, workspace_id)
        self._hash_keys = hash_keys
        self._touched = set[str]()
        self._followed = Followed()

    addresses = cached_property(lambda uow: Addresses(uow._tenant, uow._hash_keys, uow._followed.keys))
    answers = _of(Answers)
    audits = _of(Audits)
    blocked = _of(BlockedPushes)
    campaigns = _of(Campaigns)
    closings = _of(Closings)
    companies = _of(Companies)
    consents = _of(Consents)
    conversations = _of(Conversations)
    digests = _of(Digests)
    drafts = _of(Drafts)
    enrolment_pages = _of(EnrolmentPages)
    enrolments = cached_property(lambda uow: Enrolments(uow._tenant, uow._followed, uow.addresses))
    erasures = _of(Erasures)
    events = _of(Events)
    forms = _of(Forms)
    homes = _of(Homes)
    import_files = _of(ImportFiles)
    import_undo = _of(ImportUndo)
    imports = _of(Imports)
    inbox = _of(Inbox)
    intakes = _of(Intakes)
    lead_traits = _of(LeadTraits)
    leads = cached_property(lambda uow: Leads(uow._tenant, uow._followed.lead_ids))
    ledger = _of(Ledger)
    link_checks = _of(LinkChecks)
    mail_facts = _of(MailFacts)
    mail_figures = _of(MailFigures)
    mail_templates = _of(MailTemplates)
    mailbox_marks = _of(MailboxMarks)
    mails = cached_property(lambda uow: Mails(uow._tenant, uow._touched))
    members = _of(Members)
    notices = _of(Notices)
    opportunities = cached_property(lambda uow: Opportunities(uow._tenant, uow._touched))
    posts = _of(Posts)
    pushes = _of(Pushes)
    rehearsals = _of(Rehearsals)
    replies = _of(Replies)
    rests = _of(Rests)
    role_groups = _of(RoleGroups)
    routes = _of(Routes)
    runs = _of(Runs)
    segments = _of(Segments)
    sequences = _of(Sequences)
    settings = _of(Settings)
    sites = _of(Sites)
    starts = _of(Starts)
    submissions = _of(Submissions)
    tokens = _of(Tokens)
    verdicts = _of(Verdicts)
    views = _of(Views)
    writebacks = _of(Writebacks)

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
