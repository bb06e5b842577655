"""A writeback: the merge fields of a finished audit, stored with the lead and sent to its campaign."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.outreach.leads import LeadStatus
from bot.outreach.reachability import AddressFact

_MOVED = frozenset(
    {
        None,
        LeadStatus.NEW,
        LeadStatus.AUDIT_QUEUED,
        LeadStatus.AUDIT_COMPLETE,
        LeadStatus.EMAIL_GENERATED,
        LeadStatus.RETARGETED,
    }
)
FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(minutes=15)
MAX_ATTEMPTS = 12


class Tone(StrEnum):
    """How the generated e-mail speaks."""

    DIRECT = "direct"
    FRIENDLY = "friendly"
    FORMAL = "formal"


class WritebackStatus(StrEnum):
    """The remote half. `skipped`: no campaign link or no address; the local half stands."""

    PENDING = "pending"
    WRITTEN = "written"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Writeback:
    """One writeback. The local half (variables, status) is done in the transaction that made the row."""

    id: str
    lead_id: str
    audit_id: str | None
    campaign_id: str | None
    tone: Tone
    variables: Mapping[str, str]
    status: WritebackStatus
    created_at: datetime
    moved_to_ready: bool = True
    attempts: int = 0
    error: str = ""


def status_after(status: LeadStatus | None, standing: AddressFact | None) -> LeadStatus:
    """`email_generated`, unless the lead is further along; a bounced one moves only when its address is not barred."""
    if status is LeadStatus.BOUNCED:
        return LeadStatus.EMAIL_GENERATED if standing is None else LeadStatus.BOUNCED
    return LeadStatus.EMAIL_GENERATED if status is None or status in _MOVED else status


def retry_after(attempts: int) -> timedelta:
    """The wait before the next try of the remote half: doubling from 5 s to a quarter of an hour."""
    doublings: int = 2 ** min(max(attempts, 0), 20)
    return min(FIRST_RETRY * doublings, LONGEST_RETRY)
