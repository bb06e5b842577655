"""The card's audit part: grade, scores, the audit's own words, and how to start one."""

from collections.abc import Mapping

from blocks import ids
from blocks.elements import Block
from blocks.message import actions, button, esc, plain, safe_url, section, when
from blocks.words import count
from bot.outreach.access import Permission
from bot.outreach.audits import DIMENSIONS, Audit, usable_domain
from bot.outreach.cards import LeadCard
from bot.outreach.errors import Invalid
from bot.outreach.leads import Lead

NO_DOMAIN = "🌐 No usable domain: `domain` is missing or `unknown`, so no audit can start. Edit the domain first."
SHOWN_SUMMARY = 400
_NAMES = {"seo": "SEO", "ux": "UX", "ai_visibility": "AI visibility"}


def audit_part(card: LeadCard) -> list[Block]:
    """`Not audited` or the grade; the summary cut; the buttons that make sense now."""
    lead = card.lead
    blocks = [section(f"*Audit*\n{_graded(card)}")]
    if summary := lead.audit_summary.strip():
        more = len(esc(summary)) > SHOWN_SUMMARY
        blocks.append(
            section(
                f"*Audit Summary*\n{esc(summary, SHOWN_SUMMARY)}",
                button("More", ids.FULL_SUMMARY, lead.id) if more else None,
            )
        )
    domain = usable_domain_of(lead)
    if not domain:
        blocks.append(section(NO_DOMAIN, _edit_domain(card)))
    url = safe_url(lead.audit_url)
    return blocks + actions(
        _start(card, domain) if domain else None,
        button("View audit", ids.VIEW_AUDIT, url=url) if lead.audit_run_id and url else None,
        button("Findings", ids.AUDIT_REPORT, lead.id) if card.audit else None,
        _edit_domain(card) if domain else None,
        block_id="card_audit",
    )


def _graded(card: LeadCard) -> str:
    lead, finished = card.lead, card.audit.finished if card.audit else None
    if not lead.audit_run_id and not lead.grade and finished is None:
        return f"⏳ {under_way(card.auditing)}" if card.auditing else "Not audited"
    grade = lead.grade or (finished.grade if finished else "")
    facts = [f"Grade {esc(grade, 20)}" if grade.strip() else "No grade given"]
    score = lead.score if lead.score is not None else finished.score if finished else None
    facts += [f"{score} of 100"] if score is not None else []
    facts += [esc(lead.top_issue, 300)] if lead.top_issue.strip() else []
    facts += [f"completed {when(finished.completed_at, card.timezone)}"] if finished else []
    scores = scores_line(finished.scores or {}) if finished else ""
    lines = [" · ".join(facts), scores, f"⏳ {under_way(card.auditing)}" if card.auditing else ""]
    return "\n".join(filter(None, lines))


def under_way(audit: Audit) -> str:
    """`Auditing: 4 of 12 pages`, where that is known."""
    return (
        f"Auditing: {audit.pages_done} of {count(audit.pages_found, 'page')}"
        if audit.pages_found
        else "Audit under way"
    )


def scores_line(scores: Mapping[str, int]) -> str:
    """`SEO 64 · Performance 58 · …`, those that were measured."""
    return " · ".join(f"{dimension_name(name)} {scores[name]}" for name in DIMENSIONS if name in scores)


def dimension_name(name: str) -> str:
    """`SEO`, `Performance`, …"""
    return _NAMES.get(name, name.capitalize())


def usable_domain_of(lead: Lead) -> str:
    """The domain an audit can look at, or nothing."""
    try:
        return usable_domain(lead)
    except Invalid:
        return ""


def _start(card: LeadCard, domain: str) -> Block | None:
    if Permission.START_AUDITS not in card.may or card.auditing:
        return None
    return button(start_label(domain), ids.START_AUDIT, card.lead.id)


def start_label(domain: str) -> str:
    """`Start audit (acme.com)`."""
    return f"Start audit ({plain(domain, 55)})"


def _edit_domain(card: LeadCard) -> Block | None:
    return button("Edit domain", ids.EDIT_DOMAIN, card.lead.id) if Permission.EDIT_LEADS in card.may else None
