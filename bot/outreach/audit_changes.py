"""What changed between two audits of a site: new findings, those still there, those that are gone."""

from dataclasses import dataclass

from bot.outreach.audits import FinishedAudit, Issue, issues_in_order


@dataclass(frozen=True, slots=True)
class AuditChanges:
    """new, still: findings of the later audit in order of severity; fixed: those of the earlier that are gone."""

    new: tuple[Issue, ...]
    still: tuple[Issue, ...]
    fixed: tuple[Issue, ...]


def changes(audit: FinishedAudit, before: FinishedAudit) -> AuditChanges:
    """Findings are the same by their check, or by their title where an outside service names none."""
    now, then = issues_in_order(audit), issues_in_order(before)
    known, found = {_key(issue) for issue in then}, {_key(issue) for issue in now}
    return AuditChanges(
        new=tuple(issue for issue in now if _key(issue) not in known),
        still=tuple(issue for issue in now if _key(issue) in known),
        fixed=tuple(issue for issue in then if _key(issue) not in found),
    )


def _key(issue: Issue) -> str:
    return issue.check or issue.title.strip().casefold()
