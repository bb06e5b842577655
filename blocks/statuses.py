"""How a lead's state looks: a mark that the eye finds, always with the word that says the same."""

from collections.abc import Mapping

from blocks.words import esc
from bot.outreach.leads import BADGES, Lead, LeadStatus

MARKS: Mapping[LeadStatus, str] = {
    LeadStatus.NEW: "⚪",
    LeadStatus.AUDIT_QUEUED: "⏳",
    LeadStatus.AUDIT_COMPLETE: "🔎",
    LeadStatus.EMAIL_GENERATED: "✉️",
    LeadStatus.EMAIL_SENT: "📤",
    LeadStatus.BOUNCED: "⛔",
    LeadStatus.OPENED: "👀",
    LeadStatus.REPLIED: "💬",
    LeadStatus.CONVERTED: "🏆",
    LeadStatus.RETARGETED: "🔁",
    LeadStatus.SENT: "🗄️",
}
READY_MARK = "🟢 Ready"
NOT_READY_MARK = "🔴 Not ready"

_BADGES: Mapping[LeadStatus | None, str] = {
    None: f"{MARKS[LeadStatus.NEW]} {BADGES[LeadStatus.NEW]}",
    **{status: f"{MARKS[status]} {BADGES[status]}" for status in LeadStatus},
}


def badge(status: LeadStatus | None) -> str:
    """The list's badge; a missing status reads as New."""
    return _BADGES[status]


def word(status: LeadStatus | None) -> str:
    """The badge's word alone."""
    return BADGES[status or LeadStatus.NEW]


def contact(lead: Lead, limit: int = 60) -> str:
    """Who is written to: the name, else the address; says so when there is no address."""
    if not lead.email:
        return f"{esc(lead.name, limit)} (no email)" if lead.name else "No contact email"
    return esc(lead.name, limit) or esc(lead.email, limit)


def company(lead: Lead, limit: int = 60) -> str:
    """What a lead is called on one line, never empty."""
    return esc(lead.title, limit) or esc(lead.id, limit) or "Unnamed lead"


def lead_line(lead: Lead) -> str:
    """A lead in one line of a report: company, contact, badge."""
    return f"{company(lead, 50)} · {contact(lead, 50)} · {badge(lead.status)}"
