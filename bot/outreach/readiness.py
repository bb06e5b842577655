"""The readiness guard: no push before the writeback filled the merge fields.

PlusVibe renders at send time, would mail step 1 with blanks, and never retries that send. The same checks that decide
are the ones `why` prints, so explanation and behaviour cannot drift.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bot.outreach.errors import Conflict
from bot.outreach.leads import Lead, LeadStatus
from bot.outreach.reachability import AddressFact, unreachable_reason

READY = frozenset(
    {
        LeadStatus.EMAIL_GENERATED,
        LeadStatus.EMAIL_SENT,
        LeadStatus.OPENED,
        LeadStatus.REPLIED,
        LeadStatus.RETARGETED,
        LeadStatus.CONVERTED,
    }
)

NOT_AUDITED = "Lead has not been audited yet, run an audit first"
AUDIT_UNFINISHED = "Audit not completed yet"
NO_WRITEBACK = "Audit completed but writeback hasn't run, re-audit the lead"
BOUNCED = "Lead bounced, re-audit or remove"
LEGACY = "Legacy status, normalise it first"

_BY_STATUS: Mapping[LeadStatus | None, str] = {
    None: NOT_AUDITED,
    LeadStatus.NEW: NOT_AUDITED,
    LeadStatus.AUDIT_QUEUED: AUDIT_UNFINISHED,
    LeadStatus.AUDIT_COMPLETE: NO_WRITEBACK,
    LeadStatus.BOUNCED: BOUNCED,
    LeadStatus.SENT: LEGACY,
}
REASON_ORDER = (NOT_AUDITED, AUDIT_UNFINISHED, NO_WRITEBACK, BOUNCED, LEGACY)
AUDIT_HELPS = frozenset({NOT_AUDITED, NO_WRITEBACK, BOUNCED})


def not_ready_reason(lead: Lead) -> str | None:
    """Why the readiness guard refuses this lead, in the briefs' exact words, or None when it is ready."""
    if lead.status not in READY:
        return _BY_STATUS[lead.status]
    return None if lead.variables else NO_WRITEBACK


@dataclass(frozen=True, slots=True)
class Refusal:
    """One lead the guard refused."""

    lead: Lead
    reason: str


@dataclass(frozen=True, slots=True)
class GuardReport:
    """The guard's answer for a whole selection, in the selection's order."""

    ready: tuple[Lead, ...] = ()
    not_ready: tuple[Refusal, ...] = ()
    unreachable: tuple[Refusal, ...] = ()

    @property
    def may_push(self) -> bool:
        """All or nothing: every lead is ready and reachable, and there is at least one."""
        return bool(self.ready) and not self.not_ready and not self.unreachable

    @property
    def refused(self) -> int:
        """How many leads stand in the way."""
        return len(self.not_ready) + len(self.unreachable)


class NotReady(Conflict):
    """The guard refused the whole push; `report` names every lead that is not ready, with its reason."""

    def __init__(self, report: GuardReport) -> None:
        super().__init__(f"Push blocked: {len(report.ready)} ready, {report.refused} not ready, nothing pushed")
        self.report = report


def guard(leads: Iterable[Lead], standing: Mapping[str, AddressFact]) -> GuardReport:
    """Sort a selection into ready, not ready and unreachable.

    standing: by lead id, what the address ledger holds against the lead's address. Readiness is asked first; a lead
    that fails it is not asked about its address.
    """
    ready: list[Lead] = []
    not_ready: list[Refusal] = []
    unreachable: list[Refusal] = []
    for lead in leads:
        if reason := not_ready_reason(lead):
            not_ready.append(Refusal(lead, reason))
        elif reason := unreachable_reason(lead, standing.get(lead.id)):
            unreachable.append(Refusal(lead, reason))
        else:
            ready.append(lead)
    return GuardReport(tuple(ready), tuple(not_ready), tuple(unreachable))


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the decision trace: the rule, whether it holds, and the fact behind it."""

    rule: str
    holds: bool
    fact: str


@dataclass(frozen=True, slots=True)
class Trace:
    """Why a push of this lead would or would not go through: every check, and the guard's own verdict."""

    lead: Lead
    verdict: str | None
    checks: tuple[Check, ...] = field(default=())


def trace(lead: Lead, standing: AddressFact | None) -> Trace:
    """The guard's own checks of one lead, spelled out."""
    status = lead.status.value if lead.status else "missing"
    address = unreachable_reason(lead, standing)
    checks = (
        Check("Status is one a push may start from", lead.status in READY, f"status is {status}"),
        Check("Writeback variables are stored", bool(lead.variables), f"{len(lead.variables)} variables stored"),
        Check("Address may be written to", address is None, address or "nothing stands against the address"),
    )
    return Trace(lead, not_ready_reason(lead) or address, checks)
