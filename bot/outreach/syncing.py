"""What one row of PlusVibe's lead list changes here. Additive: nothing known is overwritten, no status moves back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.outreach.addresses import company_domain, domain_of, is_address
from bot.outreach.campaigns import Campaign, ProviderLead
from bot.outreach.enrolments import Happening, HeardOf
from bot.outreach.leads import Lead, LeadDraft, LeadStatus, moved_up
from bot.outreach.reachability import AddressFact

NO_DOMAIN = "no usable domain, neither a company website nor a work address"
ALREADY_AUDITED = "a filled audit_url is skipped"
NO_ADDRESS = "no usable email address"
ERASED = "erased here for good"

# Compared exactly: CONTACTED is inside NOT_CONTACTED. SKIPPED, UNSUBSCRIBED and unknown ones say nothing of a status.
STATUSES: Mapping[str, LeadStatus] = {
    "NOT_CONTACTED": LeadStatus.NEW,
    "PENDING": LeadStatus.NEW,
    "CONTACTED": LeadStatus.EMAIL_SENT,
    "RESCHEDULED": LeadStatus.EMAIL_SENT,
    "COMPLETED": LeadStatus.EMAIL_SENT,
    "REPLIED": LeadStatus.REPLIED,
    "BOUNCED": LeadStatus.BOUNCED,
}
FACTS: Mapping[str, AddressFact] = {
    "UNSUBSCRIBED": AddressFact.UNSUBSCRIBED,
    "BOUNCED": AddressFact.BOUNCED,
}
HAPPENINGS: Mapping[str, Happening] = {
    "CONTACTED": Happening.SENT,
    "RESCHEDULED": Happening.SENT,
    "REPLIED": Happening.REPLIED,
    "BOUNCED": Happening.BOUNCED,
}
# Ours → theirs, where an empty text of ours may be filled. The domain is filled by its own rule.
_FILLABLE: Mapping[str, str] = {
    "first_name": "first_name",
    "last_name": "last_name",
    "company_name": "company_name",
    "website": "company_website",
    "phone": "phone",
    "city": "city",
    "country": "country",
    "industry": "industry",
}


@dataclass(frozen=True, slots=True)
class SyncChange:
    """What to do for one row: make `draft`, or change the known lead, or nothing (`skipped` says why no lead is made).

    filled: our field → text, only fields that were empty. status, opens: the new value, None when it stays.
    lead_data: keys to merge into `plusvibe_lead_data`, for a new lead too. fact: what the row says against the
    address; record it once per `fact_key`, so that an admin's clearance is not undone by the next sync.
    """

    draft: LeadDraft | None = None
    skipped: str | None = None
    filled: Mapping[str, str] = field(default_factory=dict)
    status: LeadStatus | None = None
    opens: int | None = None
    lead_data: Mapping[str, Any] = field(default_factory=dict)
    fact: AddressFact | None = None
    fact_key: str = ""

    @property
    def changes_lead(self) -> bool:
        """Whether the lead's own row differs afterwards; an address fact alone does not count."""
        return bool(self.draft or self.filled or self.status or self.lead_data) or self.opens is not None


def from_provider(lead: Lead | None, row: ProviderLead) -> SyncChange:
    """The change this row asks for. lead: ours with the same address key, None when there is none."""
    return _new_lead(row) if lead is None else _known_lead(lead, row)


def heard_of(lead_id: str, campaign: Campaign, row: ProviderLead, now: datetime) -> HeardOf:
    """What this row tells of the lead in its campaign."""
    at = min(row.active_at or row.created_at or now, now)
    return HeardOf(lead_id, campaign.id, _happening(campaign, row), at, step=min(row.step, max(campaign.steps, 1)))


def _happening(campaign: Campaign, row: ProviderLead) -> Happening:
    """PlusVibe says COMPLETED of whoever got every step, and of whoever we closed before that."""
    if row.status != "BOUNCED" and row.replied_count > 0:
        return Happening.REPLIED
    if row.status == "COMPLETED":
        return Happening.CLOSED if 0 < row.step < campaign.steps else Happening.COMPLETED
    return HAPPENINGS.get(row.status, Happening.FOUND)


def status_from(current: LeadStatus | None, row: ProviderLead) -> LeadStatus | None:
    """The status after hearing this row: moved up or kept, never back."""
    heard = (STATUSES.get(row.status), LeadStatus.OPENED if row.opened_count > 0 else None)
    for status in heard:
        current = current if status is None else moved_up(current, status)
    return current


def synced_domain(row: ProviderLead) -> str:
    """The domain of the company's website, else of the work address; empty when neither can be audited."""
    return next(
        (domain for domain in (domain_of(row.company_website), company_domain(row.email)) if _is_usable(domain)), ""
    )


def _is_usable(domain: str) -> bool:
    return "." in domain and domain != "unknown"


def _new_lead(row: ProviderLead) -> SyncChange:
    fact = _fact(row)
    domain = synced_domain(row)
    if reason := _why_skipped(row, domain):
        return SyncChange(skipped=reason, **fact)
    texts = {ours: getattr(row, theirs).strip() for ours, theirs in _FILLABLE.items()}
    draft = LeadDraft(email=row.email.strip(), domain=domain, status=status_from(None, row) or LeadStatus.NEW, **texts)
    return SyncChange(draft=draft, opens=row.opened_count or None, lead_data=_label(row, {}), **fact)


def _why_skipped(row: ProviderLead, domain: str) -> str | None:
    if not is_address(row.email):
        return NO_ADDRESS
    if row.audit_url.strip():
        return ALREADY_AUDITED
    return None if domain else NO_DOMAIN


def _known_lead(lead: Lead, row: ProviderLead) -> SyncChange:
    status = status_from(lead.status, row)
    return SyncChange(
        filled=_filled(lead, row),
        status=status if status is not lead.status else None,
        opens=row.opened_count if row.opened_count > lead.opens else None,
        lead_data=_label(row, lead.plusvibe_lead_data),
        **_fact(row),
    )


def _filled(lead: Lead, row: ProviderLead) -> dict[str, str]:
    told = {ours: getattr(row, theirs).strip() for ours, theirs in _FILLABLE.items()}
    filled = {ours: text for ours, text in told.items() if text and not getattr(lead, ours).strip()}
    if not _is_usable(lead.domain.strip().lower()) and (domain := synced_domain(row)):
        filled["domain"] = domain
    return filled


def _label(row: ProviderLead, known: Mapping[str, Any]) -> dict[str, Any]:
    label = row.label.strip()
    return {"label": label} if label and label != known.get("label") else {}


def _fact(row: ProviderLead) -> dict[str, Any]:
    fact = FACTS.get(row.status)
    return {"fact": fact, "fact_key": f"{row.provider_id}:{row.status}"} if fact else {}
