"""A lead: one person at one company, how far our process got with them, and how they are listed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # they are about leads themselves
    from bot.outreach.criteria import Criteria
    from bot.outreach.segments import Segment

PAGE_LEADS = 25


class LeadStatus(StrEnum):
    """Model A of the pipeline. `sent` is legacy: readable, never selectable."""

    NEW = "new"
    AUDIT_QUEUED = "audit_queued"
    AUDIT_COMPLETE = "audit_complete"
    EMAIL_GENERATED = "email_generated"
    EMAIL_SENT = "email_sent"
    BOUNCED = "bounced"
    OPENED = "opened"
    REPLIED = "replied"
    CONVERTED = "converted"
    RETARGETED = "retargeted"
    SENT = "sent"


BADGES: Mapping[LeadStatus, str] = {
    LeadStatus.NEW: "New",
    LeadStatus.AUDIT_QUEUED: "Audit Queued",
    LeadStatus.AUDIT_COMPLETE: "Audited",
    LeadStatus.EMAIL_GENERATED: "Email Ready",
    LeadStatus.EMAIL_SENT: "Email Sent",
    LeadStatus.BOUNCED: "Bounced",
    LeadStatus.OPENED: "Opened",
    LeadStatus.REPLIED: "Replied",
    LeadStatus.CONVERTED: "Converted",
    LeadStatus.RETARGETED: "Retargeted",
    LeadStatus.SENT: "Sent (legacy)",
}
SELECTABLE: tuple[LeadStatus, ...] = tuple(status for status in LeadStatus if status is not LeadStatus.SENT)
REPLIED_OR_CONVERTED = frozenset({LeadStatus.REPLIED, LeadStatus.CONVERTED})

# How far along a status is. A vendor's news (sync, webhooks) may only move a lead up this ladder.
_RANK: Mapping[LeadStatus, int] = {
    LeadStatus.NEW: 0,
    LeadStatus.AUDIT_QUEUED: 1,
    LeadStatus.AUDIT_COMPLETE: 2,
    LeadStatus.EMAIL_GENERATED: 3,
    LeadStatus.RETARGETED: 4,
    LeadStatus.SENT: 5,
    LeadStatus.EMAIL_SENT: 5,
    LeadStatus.OPENED: 6,
    LeadStatus.BOUNCED: 7,
    LeadStatus.REPLIED: 8,
    LeadStatus.CONVERTED: 9,
}


def spelled(status: LeadStatus) -> str:
    """The detail card's label: the stored value with spaces for underscores."""
    return status.value.replace("_", " ")


def moved_up(current: LeadStatus | None, heard: LeadStatus) -> LeadStatus:
    """The status after news from a vendor: the further of the two, so a late event never moves a lead back."""
    if current is None or _RANK[heard] > _RANK[current]:
        return heard
    return current


class LeadKind(StrEnum):
    """What we want of a lead: to sell to it, or a link from its pages."""

    SALES = "sales"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Lead:
    """A lead as stored. Texts are as people or vendors wrote them: escape at output.

    plusvibe_lead_data: what is known from and written to PlusVibe. Keys used here: `lastOutboundWriteback`
    (`{"variables": {key: text}, "at": iso, "campaignId": id | None, "tone": str}`), `label`, `sentiment`,
    `lastEmailSubject`, `raw` (the last webhook payload).
    opens: human-visible opens counted from events or told by the vendor. campaign_id: ours, not the provider's.
    """

    id: str
    email: str | None
    status: LeadStatus | None
    first_name: str = ""
    last_name: str = ""
    company_name: str = ""
    domain: str = ""
    phone: str = ""
    website: str = ""
    city: str = ""
    country: str = ""
    industry: str = ""
    company_size: str = ""
    revenue: str = ""
    grade: str = ""
    score: int | None = None
    top_issue: str = ""
    audit_summary: str = ""
    audit_url: str = ""
    audit_run_id: str | None = None
    opens: int = 0
    campaign_id: str | None = None
    status_by_hand: bool = False
    last_action: str = ""
    plusvibe_lead_data: Mapping[str, Any] = field(default_factory=dict)
    created_at: datetime | None = None
    updated_at: datetime | None = None
    kind: LeadKind = LeadKind.SALES

    @property
    def name(self) -> str:
        """First and last name, or nothing."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def title(self) -> str:
        """What the card is called: the company, else the domain, else the person or the address."""
        return self.company_name or self.domain or self.name or self.email or self.id

    @property
    def variables(self) -> Mapping[str, str]:
        """The merge fields of the last writeback; empty when none has run."""
        writeback = self.plusvibe_lead_data.get("lastOutboundWriteback") or {}
        variables: Mapping[str, str] = writeback.get("variables") or {}
        return variables


# What is written of a lead besides the address, in the order people are shown it.
TEXT_FIELDS = (
    "first_name",
    "last_name",
    "company_name",
    "domain",
    "phone",
    "website",
    "city",
    "country",
    "industry",
    "company_size",
    "revenue",
)


@dataclass(frozen=True, slots=True)
class LeadDraft:
    """What a person, the API or a sync gives to make a lead. Empty texts mean not given."""

    email: str | None = None
    first_name: str = ""
    last_name: str = ""
    company_name: str = ""
    domain: str = ""
    phone: str = ""
    website: str = ""
    city: str = ""
    country: str = ""
    industry: str = ""
    company_size: str = ""
    revenue: str = ""
    status: LeadStatus = LeadStatus.NEW
    kind: LeadKind = LeadKind.SALES


class LeadSort(StrEnum):
    """Sortable columns; `updated` first because the freshest work is the likeliest next."""

    UPDATED = "updated"
    COMPANY = "company"
    CONTACT = "contact"
    STATUS = "status"
    GRADE = "grade"
    OPENS = "opens"
    CREATED = "created"


@dataclass(frozen=True, slots=True)
class LeadQuery:
    """One question to the list. `descending` None means the column's natural way (newest, A first, most opens).

    criteria, segment: only leads that match both. asked_at: what their rules about days count from; such a question
    has to give it.
    """

    text: str = ""
    status: LeadStatus | None = None
    sort: LeadSort = LeadSort.UPDATED
    descending: bool | None = None
    limit: int = PAGE_LEADS
    criteria: "Criteria | None" = None
    segment: "Segment | None" = None
    asked_at: datetime | None = None

    @property
    def is_descending(self) -> bool:
        """The direction, settled."""
        if self.descending is not None:
            return self.descending
        return self.sort in {LeadSort.UPDATED, LeadSort.CREATED, LeadSort.OPENS}


@dataclass(frozen=True, slots=True)
class LeadPage:
    """One page. Cursors are opaque texts bound to the query's sort; None where there is nothing that way.

    total: from maintained counters; None while searching by text (no count over the table on a page).
    """

    leads: tuple[Lead, ...]
    next_cursor: str | None
    previous_cursor: str | None
    total: int | None
