"""About 200 leads worth looking at, the same on every start, in every status, each with what its status implies.

Plain facts: nothing here stores anything. `enrol_samples` puts those already enrolled into the PlusVibe stand-in.
"""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from bot.outreach.audits import FinishedAudit
from bot.outreach.leads import Lead, LeadDraft, LeadStatus
from bot.outreach.reachability import AddressFact
from bot.outreach.templates import body_variables
from bot.outreach.variables import audit_variables, bare
from bot.outreach.writebacks import Tone
from bot.sandbox.audits.findings import REPORTS, audit_of
from bot.sandbox.plusvibe import seed
from bot.sandbox.plusvibe.world import PlusVibeWorld
from bot.sandbox.sample_people import colleagues, dealt, hard_cases

SEED = 20260301
AUDITED_BEFORE = timedelta(hours=50)
_IDS = UUID("7c1f4c1e-56a4-4f5e-9d2d-0d5b8f0a2b01")
_NEW, _QUEUED, _AUDITED = LeadStatus.NEW, LeadStatus.AUDIT_QUEUED, LeadStatus.AUDIT_COMPLETE
_READY, _SENT, _OPENED = LeadStatus.EMAIL_GENERATED, LeadStatus.EMAIL_SENT, LeadStatus.OPENED
# How many of the dealt leads stand where; with the hard cases and the colleagues about 200.
SHARES: Mapping[LeadStatus, int] = {
    _NEW: 40,
    _QUEUED: 14,
    _AUDITED: 12,
    _READY: 46,
    _SENT: 26,
    _OPENED: 16,
    LeadStatus.REPLIED: 10,
    LeadStatus.CONVERTED: 5,
    LeadStatus.RETARGETED: 6,
    LeadStatus.BOUNCED: 6,
    LeadStatus.SENT: 4,
}
UNWRITTEN = 4  # leads that look ready and are not: their status is from before writebacks were stored
_UNAUDITED = frozenset({_NEW, _QUEUED})
_IN_CAMPAIGN: Mapping[LeadStatus, str] = {
    _SENT: "CONTACTED",
    _OPENED: "CONTACTED",
    LeadStatus.REPLIED: "REPLIED",
    LeadStatus.CONVERTED: "REPLIED",
    LeadStatus.BOUNCED: "BOUNCED",
    LeadStatus.SENT: "COMPLETED",
}
_STEPS = {seed.AUDIT_LETTER: 1, seed.AUDIT_SEQUENCE: 3, seed.QUICK_WINS: 2}
_LABELS = {LeadStatus.REPLIED: "INTERESTED", LeadStatus.CONVERTED: "MEETING_BOOKED"}


@dataclass(frozen=True, slots=True)
class SampleLead:
    """One lead and all that is known of it.

    variables: of its last writeback, at `written_at`; empty when none has run. campaign_provider_id: the stand-in's
    campaign it is enrolled in, there with `provider_status`. label, sentiment, last_subject: as heard from PlusVibe.
    fact: what stands against its address.
    """

    id: str
    draft: LeadDraft
    status: LeadStatus
    created_at: datetime
    updated_at: datetime
    audit: FinishedAudit | None = None
    tone: Tone = Tone.DIRECT
    variables: Mapping[str, str] = field(default_factory=dict)
    written_at: datetime | None = None
    campaign_provider_id: str | None = None
    provider_status: str = ""
    opens: int = 0
    label: str = ""
    sentiment: str = ""
    last_subject: str = ""
    fact: AddressFact | None = None


def sample_leads(now: datetime, reports_url: str = REPORTS) -> list[SampleLead]:
    """All of them. Only the times depend on `now`; reports_url: where an audit's page stands."""
    dice = random.Random(SEED)
    statuses = [status for status, share in SHARES.items() for _ in range(share)]
    dice.shuffle(statuses)
    drafts = dealt(dice, len(statuses)) + hard_cases() + colleagues()
    statuses += _statuses_by_hand(len(drafts) - len(statuses))
    leads = [
        _lead(dice, replace(draft, status=status), now, reports_url)
        for draft, status in zip(drafts, statuses, strict=True)
    ]
    return _with_facts(leads)


def enrol_samples(world: PlusVibeWorld, leads: Iterable[SampleLead]) -> None:
    """Put those already enrolled into the stand-in, as their earlier pushes would have left them."""
    for lead in leads:
        draft, campaign_id = lead.draft, lead.campaign_provider_id
        if campaign_id is None or not draft.email:
            continue
        native = {"first_name": draft.first_name, "last_name": draft.last_name, "company_name": draft.company_name,
                  "company_website": draft.website, "phone_number": draft.phone, "city": draft.city,
                  "country": draft.country, "industry": draft.industry}  # fmt: skip
        stored = world.enrol(
            campaign_id,
            draft.email,
            {name: text for name, text in native.items() if text},
            bare(lead.variables),
        )
        stored.status, stored.label, stored.opened_count = lead.provider_status, lead.label, lead.opens
        stored.step = {"NOT_CONTACTED": 0, "COMPLETED": _STEPS[campaign_id]}.get(lead.provider_status, 1)
        stored.replied_count = int(lead.provider_status == "REPLIED")
        stored.created_at, stored.modified_at = lead.created_at, lead.updated_at


def _statuses_by_hand(how_many: int) -> list[LeadStatus]:
    """The hard cases and the colleagues: mostly ready, so that they meet the push, some in every early status."""
    turn = (_READY, _READY, _AUDITED, _READY, _NEW, _READY, _SENT, _READY, _OPENED, _QUEUED)
    return [turn[place % len(turn)] for place in range(how_many)]


def _lead(dice: random.Random, draft: LeadDraft, now: datetime, reports_url: str) -> SampleLead:
    status = draft.status if draft.domain and draft.domain != "unknown" else _NEW
    created = now - timedelta(days=dice.uniform(6, 60))
    updated = now - timedelta(hours=dice.uniform(1, 140))  # all of it in the week before
    name = f"{draft.company_name}|{draft.email or draft.domain}"
    lead = SampleLead(str(uuid5(_IDS, name)), replace(draft, status=status), status, created, updated)
    if status in _UNAUDITED:
        return lead
    audited = updated - min((updated - created) * 0.6, AUDITED_BEFORE)
    audit = audit_of(draft.domain, f"run_{uuid5(_IDS, lead.id).hex[:16]}", audited, reports_url)
    lead = replace(lead, audit=audit)
    return lead if status is _AUDITED else _written(_enrolled(dice, lead), audited + timedelta(seconds=1))


def _enrolled(dice: random.Random, lead: SampleLead) -> SampleLead:
    """Where its status says it has been: in a campaign, opened, answered."""
    provider_status = _IN_CAMPAIGN.get(lead.status, "")
    if lead.status in (_READY, LeadStatus.RETARGETED) and dice.random() < 0.15:
        provider_status = "NOT_CONTACTED"
    if not provider_status or not lead.draft.email or "+" in lead.draft.email:
        return lead
    answered = lead.status in _LABELS
    return replace(
        lead,
        campaign_provider_id=dice.choice(sorted(_STEPS)),
        provider_status=provider_status,
        opens=dice.randint(1, 7) if lead.status is _OPENED or answered else 0,
        label=_LABELS.get(lead.status, ""),
        sentiment="positive" if answered else "",
    )


def _written(lead: SampleLead, at: datetime) -> SampleLead:
    """The writeback its audit led to, with numbered letters when its campaign is a sequence."""
    assert lead.audit is not None
    draft, steps = lead.draft, _STEPS.get(lead.campaign_provider_id or "", 1)
    person = Lead(
        lead.id, draft.email, lead.status, draft.first_name, draft.last_name, draft.company_name, draft.domain,
        website=draft.website, city=draft.city, country=draft.country, industry=draft.industry,
    )  # fmt: skip
    letters = body_variables(person, lead.audit, lead.tone, steps)
    subject = letters.get("email_subject") or letters.get("email_subject_1", "")
    return replace(
        lead,
        variables={**audit_variables(person, lead.audit), **letters},
        written_at=at,
        last_subject=f"Re: {subject}" if lead.label else "",
    )


def _with_facts(leads: list[SampleLead]) -> list[SampleLead]:
    """Bounced addresses barred; of the ready ones two unsubscribed, one suppressed, and a few without writeback."""
    facts = [AddressFact.UNSUBSCRIBED, AddressFact.UNSUBSCRIBED, AddressFact.SUPPRESSED]
    unwritten = UNWRITTEN
    told: list[SampleLead] = []
    for lead in leads:
        if lead.status is LeadStatus.BOUNCED:
            lead = replace(lead, fact=AddressFact.BOUNCED)
        elif lead.status is _READY and lead.campaign_provider_id is None and unwritten:
            lead, unwritten = replace(lead, variables={}, written_at=None), unwritten - 1
        elif lead.status is _READY and lead.campaign_provider_id is None and facts:
            lead = replace(lead, fact=facts.pop())
        told.append(lead)
    return told
