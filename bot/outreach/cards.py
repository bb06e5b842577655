"""The lead card: everything one person needs to see of one lead, and which acts make sense on it."""

from dataclasses import dataclass

from bot.outreach.access import Permission
from bot.outreach.audits import Audit
from bot.outreach.campaigns import Campaign
from bot.outreach.consents import Consent
from bot.outreach.drafts import DraftCard
from bot.outreach.events import Event
from bot.outreach.leads import REPLIED_OR_CONVERTED, Lead
from bot.outreach.mails import Outgoing
from bot.outreach.opportunities import Opportunity
from bot.outreach.readiness import Trace
from bot.outreach.sequences import Run, Sequence
from bot.outreach.submissions import SeenSubmission
from bot.outreach.unibox import Reply
from bot.outreach.validation import AddressCheck
from bot.outreach.writebacks import Writeback


@dataclass(frozen=True, slots=True)
class LeadCard:
    """One lead with what surrounds it.

    campaign: the linked one. campaigns: those to choose from. audit: the latest completed. auditing: the one under way.
    drafts, mails, events: newest first. may: what the reader is permitted. refused: why they may only look, if so.
    connected: PlusVibe is set up; direct: SendGrid is. run: the one that began last, open or over; sequence: its.
    reply: their newest. opportunities: pages of theirs that should link to us.
    address: what is known of its address; None when addresses are not checked here. consent: what holds of it.
    submissions: of web forms, newest first.
    """

    lead: Lead
    trace: Trace
    campaign: Campaign | None = None
    campaigns: tuple[Campaign, ...] = ()
    audit: Audit | None = None
    auditing: Audit | None = None
    writeback: Writeback | None = None
    drafts: tuple[DraftCard, ...] = ()
    mails: tuple[Outgoing, ...] = ()
    events: tuple[Event, ...] = ()
    may: frozenset[Permission] = frozenset()
    refused: str = ""
    connected: bool = True
    direct: bool = False
    run: Run | None = None
    sequence: Sequence | None = None
    reply: Reply | None = None
    opportunities: tuple[Opportunity, ...] = ()
    address: AddressCheck | None = None
    consent: Consent | None = None
    submissions: tuple[SeenSubmission, ...] = ()
    timezone: str = "UTC"


def writeback_obstacle(lead: Lead) -> str | None:
    """Why `PlusVibe Writeback` makes no sense on this lead, or None."""
    if lead.campaign_id is None and lead.audit_run_id is None:
        return "No campaign link and no linked audit yet: push or sync the lead, then start an audit."
    if lead.campaign_id is None:
        return "No campaign link yet: push the lead first."
    return None if lead.audit_run_id else "No linked audit yet: start one."


def may_mark_completed(lead: Lead) -> bool:
    """Only a lead that replied or converted, in a campaign, with an address."""
    return lead.status in REPLIED_OR_CONVERTED and lead.campaign_id is not None and bool(lead.email)


def may_push_from_card(lead: Lead) -> bool:
    """Not linked to a campaign yet, and there is an address to write to."""
    return lead.campaign_id is None and bool(lead.email)
