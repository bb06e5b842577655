"""A refused push as its report shows it: grouped by reason, each with its remedy, and whole as CSV."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.outreach.reachability import NO_EMAIL, REASONS
from bot.outreach.readiness import (
    AUDIT_UNFINISHED,
    BOUNCED,
    LEGACY,
    NO_WRITEBACK,
    NOT_AUDITED,
    REASON_ORDER,
    GuardReport,
    Refusal,
)

MAX_LINES = 20
_UNREACHABLE_ORDER = (NO_EMAIL, *REASONS.values())
GROUP_ORDER = (*REASON_ORDER, *_UNREACHABLE_ORDER)  # a group's buttons name it by its place here
_COLUMNS = ("lead id", "company", "domain", "email", "status", "reason")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0")


class Remedy(StrEnum):
    """What would help a group of refused leads; the value is its button's text. `NONE`: nothing from here."""

    START_AUDIT = "Start audit"
    RECHECK = "Recheck"
    RE_AUDIT = "Re-audit"
    REMOVE = "Remove"
    NORMALISE = "Normalise"
    NONE = ""


_REMEDIES: dict[str, tuple[Remedy, ...]] = {
    NOT_AUDITED: (Remedy.START_AUDIT, Remedy.REMOVE),
    AUDIT_UNFINISHED: (Remedy.RECHECK, Remedy.REMOVE),
    NO_WRITEBACK: (Remedy.RE_AUDIT, Remedy.REMOVE),
    BOUNCED: (Remedy.RE_AUDIT, Remedy.REMOVE),
    LEGACY: (Remedy.NORMALISE, Remedy.REMOVE),
    **dict.fromkeys(_UNREACHABLE_ORDER, (Remedy.REMOVE,)),
}


@dataclass(frozen=True, slots=True)
class ReportGroup:
    """The leads refused for one reason, in the selection's order."""

    reason: str
    remedy: Remedy
    refusals: tuple[Refusal, ...]
    unreachable: bool = False

    @property
    def remedies(self) -> tuple[Remedy, ...]:
        """Every way out, the usual one first: leaving them out always is one."""
        return _REMEDIES.get(self.reason, ())

    @property
    def shown(self) -> tuple[Refusal, ...]:
        """The leads that get a line of their own."""
        return self.refusals[:MAX_LINES]

    @property
    def hidden(self) -> int:
        """How many are only in the CSV."""
        return max(0, len(self.refusals) - MAX_LINES)


def headline(ready: int, not_ready: int) -> str:
    """The report's one line in the channel. not_ready: every refused lead, the unreachable ones too."""
    return f"Push blocked (409): {ready} ready, {not_ready} not ready, nothing pushed"


def report_groups(report: GuardReport) -> tuple[ReportGroup, ...]:
    """One group per reason that occurs: those of the readiness guard first, then those of the address guard."""
    return (
        *_groups(report.not_ready, REASON_ORDER, unreachable=False),
        *_groups(report.unreachable, _UNREACHABLE_ORDER, unreachable=True),
    )


def _groups(refusals: Iterable[Refusal], order: tuple[str, ...], *, unreachable: bool) -> list[ReportGroup]:
    by_reason: dict[str, list[Refusal]] = {reason: [] for reason in order}
    for refusal in refusals:
        by_reason.setdefault(refusal.reason, []).append(refusal)
    return [
        ReportGroup(reason, _REMEDIES.get(reason, (Remedy.NONE,))[0], tuple(refused), unreachable)
        for reason, refused in by_reason.items()
        if refused
    ]


def needs_csv(report: GuardReport) -> bool:
    """Whether some refused lead has no line of its own in the thread."""
    return any(group.hidden for group in report_groups(report))


def report_csv(report: GuardReport) -> str:
    """Every refused lead, group by group, with its reason. Cells are safe to open in a spreadsheet."""
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(_COLUMNS)
    for group in report_groups(report):
        writer.writerows([neutralised(text) for text in _row(refusal)] for refusal in group.refusals)
    return sheet.getvalue()


def _row(refusal: Refusal) -> tuple[str, ...]:
    lead = refusal.lead
    return (lead.id, lead.company_name, lead.domain, lead.email or "", lead.status or "", refusal.reason)


def neutralised(cell: str) -> str:
    """The cell so that a spreadsheet reads text, never a formula, and any encoder takes it.

    Source: OWASP, CSV injection; ASVS 5.0, 1.2.10.
    """
    text = cell.encode("utf-8", "replace").decode("utf-8")
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
