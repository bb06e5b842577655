"""Enrolments: one lead in one campaign, how far the campaign got with it, and the badge that says so."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from bot.outreach.leads import Lead, LeadStatus
from bot.outreach.reachability import AddressFact
from bot.outreach.segments import Segment
from bot.outreach.validation import AddressCheck

PAGE_ENROLMENTS = 20
MOST_COUNTED = 1_000  # of each badge: a page counts no further


class EnrolmentState(StrEnum):
    """`active` once something was sent. `closed`: ended at PlusVibe by us. `removed`: no part of the campaign."""

    QUEUED = "queued"
    ACTIVE = "active"
    COMPLETED = "completed"
    CLOSED = "closed"
    BOUNCED = "bounced"
    REMOVED = "removed"


class Badge(StrEnum):
    """What a campaign's list says of a lead in it. The value is stored."""

    PENDING = "pending"
    CONTACTED = "contacted"
    REPLIED = "replied"
    BOUNCED = "bounced"
    INVALID = "invalid"
    UNSUBSCRIBED = "unsubscribed"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A lead in a campaign.

    push_id: the push that took it to PlusVibe; empty when none of ours did, None while it is not there. reason: why it
    ended. step: the last one sent, from 1; 0 before the first. updated_at: its last activity.
    """

    lead_id: str
    campaign_id: str
    push_id: str | None
    state: EnrolmentState
    reason: str
    created_at: datetime
    updated_at: datetime
    step: int = 0
    replied_at: datetime | None = None
    badge: Badge | None = None

    @property
    def is_there(self) -> bool:
        """Whether PlusVibe has it."""
        return self.push_id is not None


_FACT_BADGES: Mapping[AddressFact, Badge] = {
    AddressFact.UNSUBSCRIBED: Badge.UNSUBSCRIBED,
    AddressFact.COMPLAINED: Badge.UNSUBSCRIBED,
    AddressFact.SUPPRESSED: Badge.UNSUBSCRIBED,
    AddressFact.BOUNCED: Badge.BOUNCED,
    AddressFact.INVALID: Badge.INVALID,
}
_CONTACTED = frozenset({LeadStatus.EMAIL_SENT, LeadStatus.OPENED, LeadStatus.SENT, LeadStatus.CONVERTED})


def badge_of(enrolment: Enrolment, status: LeadStatus | None, standing: AddressFact | None) -> Badge | None:
    """View B of section 2.1: Unsubscribed > Bounced > Invalid > Replied > Completed > Contacted > Pending.

    status: the lead's, None when its own campaign is another one, whose news are none of this campaign. standing: what
    holds against its address; a bad verdict stands there as `invalid`. None for one that is no part of the campaign.
    """
    if enrolment.state is EnrolmentState.REMOVED:
        return None
    against = _FACT_BADGES.get(standing) if standing else None
    if against is Badge.UNSUBSCRIBED:
        return against
    if against is Badge.BOUNCED or enrolment.state is EnrolmentState.BOUNCED or status is LeadStatus.BOUNCED:
        return Badge.BOUNCED
    if against is not None:
        return against
    if enrolment.replied_at is not None or status is LeadStatus.REPLIED:
        return Badge.REPLIED
    if enrolment.state is EnrolmentState.COMPLETED:
        return Badge.COMPLETED
    if enrolment.step or enrolment.state is EnrolmentState.ACTIVE or status in _CONTACTED:
        return Badge.CONTACTED
    return Badge.PENDING


class Happening(StrEnum):
    """What was heard of a lead in a campaign."""

    FOUND = "found"  # it is there
    SENT = "sent"
    REPLIED = "replied"
    BOUNCED = "bounced"
    COMPLETED = "completed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class HeardOf:
    """News of one enrolment. step: the last one sent, 0 when not told."""

    lead_id: str
    campaign_id: str
    what: Happening
    at: datetime
    step: int = 0
    reason: str = ""


# How far along a state is: late news never takes an enrolment back.
_RANK = {state: rank for rank, state in enumerate(EnrolmentState)}
_STATES: Mapping[Happening, EnrolmentState] = {
    Happening.FOUND: EnrolmentState.QUEUED,
    Happening.SENT: EnrolmentState.ACTIVE,
    Happening.REPLIED: EnrolmentState.ACTIVE,
    Happening.BOUNCED: EnrolmentState.BOUNCED,
    Happening.COMPLETED: EnrolmentState.COMPLETED,
    Happening.CLOSED: EnrolmentState.CLOSED,
}


def after(enrolment: Enrolment, heard: HeardOf) -> Enrolment:
    """The enrolment after this news; the same object when it says nothing new. One that was removed stays so."""
    if enrolment.state is EnrolmentState.REMOVED:
        return enrolment
    state = max(enrolment.state, _STATES[heard.what], key=_RANK.__getitem__)
    if enrolment.state is EnrolmentState.COMPLETED and heard.what is Happening.CLOSED:  # it was over before we ended it
        state = enrolment.state
    step = max(enrolment.step, heard.step, 1 if heard.what is Happening.SENT else 0)
    replied_at = enrolment.replied_at or (heard.at if heard.what is Happening.REPLIED else None)
    reason = heard.reason or enrolment.reason if state is not enrolment.state else enrolment.reason
    push_id = enrolment.push_id if enrolment.push_id is not None else ""
    told = replace(enrolment, state=state, step=step, replied_at=replied_at, reason=reason, push_id=push_id)
    if told == enrolment:
        return enrolment
    is_news = heard.what is not Happening.FOUND
    return replace(told, updated_at=max(enrolment.updated_at, heard.at) if is_news else enrolment.updated_at)


@dataclass(frozen=True, slots=True)
class EnrolmentQuery:
    """One question to a campaign's list: words that company, domain, name or address hold, a badge and a segment.

    asked_at: what a segment's rules about days count from; such a question has it.
    """

    campaign_id: str
    text: str = ""
    badge: Badge | None = None
    segment: Segment | None = None
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CampaignLead:
    """One line of a campaign's list. check: what is known of its address; None when it has none, or nobody looked."""

    enrolment: Enrolment
    lead: Lead
    check: AddressCheck | None = None


@dataclass(frozen=True, slots=True)
class EnrolmentPage:
    """One page, the latest activity first. Cursors are opaque; None where there is nothing that way.

    A page within a segment may hold fewer than there are, even none: it ends where looking took too long, and the
    next one goes on there.

    counts: enrolments by badge, none counted beyond `MOST_COUNTED`.
    """

    rows: tuple[CampaignLead, ...]
    next_cursor: str | None
    previous_cursor: str | None
    counts: Mapping[Badge, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unchecked:
    """How many of a campaign's addresses nobody has checked, of how many; neither counted beyond `MOST_LOOKED_AT`."""

    unchecked: int
    total: int


MOST_LOOKED_AT = 10_000
SETTABLE = (Badge.PENDING, Badge.REPLIED, Badge.COMPLETED, Badge.UNSUBSCRIBED)  # by hand
ALREADY = "It is there already"
AGAINST = "Its address is barred: clear it in `/outreach unsubscribes` first"
WAS_SENT = "An email was sent already"
HAS_REPLIED = "It replied"
NO_EMAIL = "No contact email"


def why_not_set(row: CampaignLead, wanted: Badge) -> str | None:
    """Why a person cannot set this badge, or None when they can. What was heard is not undone by hand."""
    badge = row.enrolment.badge
    if badge is wanted:
        return ALREADY
    if badge in {Badge.UNSUBSCRIBED, Badge.BOUNCED, Badge.INVALID} and wanted is not Badge.UNSUBSCRIBED:
        return AGAINST
    if wanted is Badge.UNSUBSCRIBED:
        return None if row.lead.email else NO_EMAIL
    if wanted is Badge.PENDING and (row.enrolment.step or row.enrolment.is_there):
        return WAS_SENT if row.enrolment.step else "PlusVibe has it already"
    if wanted is Badge.COMPLETED and badge is Badge.REPLIED:
        return HAS_REPLIED
    return None


def set_by_hand(enrolment: Enrolment, wanted: Badge, now: datetime) -> Enrolment:
    """The enrolment as a person wants it; `unsubscribed` is a matter of the address and changes nothing here."""
    told = replace(enrolment, reason="set by hand", updated_at=now)
    if wanted is Badge.PENDING:
        return replace(told, state=EnrolmentState.QUEUED, replied_at=None)
    if wanted is Badge.REPLIED:
        return replace(told, state=EnrolmentState.ACTIVE, replied_at=enrolment.replied_at or now)
    if wanted is Badge.COMPLETED:
        return replace(told, state=EnrolmentState.COMPLETED)
    return enrolment
