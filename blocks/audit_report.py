"""An audit to read in Slack: the scores, what changed, every finding in order of severity."""

from blocks import ids
from blocks.card_audit import dimension_name, scores_line
from blocks.elements import Block
from blocks.message import actions, bold, button, context, divider, esc, modal, safe_url, section, when
from blocks.words import count
from bot.outreach.audit_changes import AuditChanges, changes
from bot.outreach.audits import FinishedAudit, Issue, issues_in_order
from bot.outreach.leads import Lead

SHOWN_FINDINGS = 40
SHOWN_FIXED = 10
SEVERITY_MARKS = {"critical": "🟥", "high": "🟧", "medium": "🟨", "low": "🟦", "info": "⬜"}


def audit_report_view(lead: Lead, audit: FinishedAudit, before: FinishedAudit | None, timezone: str) -> Block:
    """The whole report of a lead's last audit, beside the one before it."""
    since = changes(audit, before) if before else None
    issues = issues_in_order(audit)
    blocks = [context(f"{bold(lead.title, 200) or '*Lead*'} · {when(audit.completed_at, timezone)}"), *_head(audit)]
    if since and before:
        blocks.append(section(_since(since, audit, before)))
    blocks.append(divider())
    new = set(since.new) if since else set()
    blocks += [section(_finding(issue, is_new=issue in new)) for issue in issues[:SHOWN_FINDINGS]]
    if not issues:
        blocks.append(section("🎉 Nothing to repair was found."))
    if len(issues) > SHOWN_FINDINGS:
        blocks.append(
            context(f"{count(len(issues) - SHOWN_FINDINGS, 'more finding')}: open the report for all of them.")
        )
    return modal(ids.LEAD_TEXT, "Audit", blocks)


def _head(audit: FinishedAudit) -> list[Block]:
    facts = [f"*Grade {esc(audit.grade, 20)}*"] if audit.grade.strip() else []
    facts += [f"{audit.score} of 100"] if audit.score is not None else []
    facts += [f"{count(audit.pages, 'page')} read"] if audit.pages else []
    lines = [" · ".join(facts), scores_line(audit.scores or {}), esc(audit.summary, 1_000)]
    text = "\n".join(filter(None, lines)) or "No scores were given."
    url = safe_url(audit.url)
    return [section(text), *actions(button("Open the report", ids.VIEW_AUDIT, url=url) if url else None)]


def _since(since: AuditChanges, audit: FinishedAudit, before: FinishedAudit) -> str:
    parts = [f"{len(since.new)} new", f"{len(since.fixed)} fixed", f"{len(since.still)} still there"]
    lines = [f"*Since the last audit:* {', '.join(parts)}{_moved(audit, before)}."]
    lines += [f"✅ Fixed: {esc(issue.title, 150)}" for issue in since.fixed[:SHOWN_FIXED]]
    if len(since.fixed) > SHOWN_FIXED:
        lines.append(f"… and {len(since.fixed) - SHOWN_FIXED} more")
    return "\n".join(lines)


def _moved(audit: FinishedAudit, before: FinishedAudit) -> str:
    if audit.score is None or before.score is None or audit.score == before.score:
        return ""
    return f"; {before.score} → {audit.score} of 100"


def _finding(issue: Issue, *, is_new: bool) -> str:
    mark = SEVERITY_MARKS.get(issue.severity, "⬜")
    facts = [
        esc(issue.severity.capitalize(), 30),
        esc(dimension_name(issue.dimension), 30),
        count(issue.pages, "page") if issue.pages else "",
        "*new*" if is_new else "",
    ]
    lines = [
        f"{mark} {bold(issue.title, 300)}",
        " · ".join(filter(None, facts)),
        f"{esc(issue.found.rstrip('.'), 300)}." if issue.found else "",
        f"_{esc(issue.why, 400)}_" if issue.why else "",
        f"*Fix:* {esc(issue.fix.rstrip('.'), 600)}." if issue.fix else "",
    ]
    return "\n".join(filter(None, lines))
