"""One row of the list: two or three lines and a menu. Built as literals, as a page has 25 of them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from blocks import ids
from blocks.elements import Block
from blocks.statuses import badge, company, contact
from blocks.words import esc, plain, safe_url, strong, when
from bot.outreach.access import Permission
from bot.outreach.leads import Lead, LeadStatus
from bot.outreach.readiness import not_ready_reason
from bot.outreach.views import USUAL_COLUMNS, LeadColumn

_OPEN = {"type": "plain_text", "text": "View details"}
_AUDIT = {"type": "plain_text", "text": "Start audit"}
_PUSH = {"type": "plain_text", "text": "Push to a campaign"}
_VIEW_AUDIT = {"type": "plain_text", "text": "View audit"}
_UNAUDITED = frozenset({None, LeadStatus.NEW, LeadStatus.AUDIT_QUEUED})


def rows(
    leads: Iterable[Lead],
    may: frozenset[Permission],
    *,
    can_push: bool,
    columns: Sequence[LeadColumn] = USUAL_COLUMNS,
) -> list[Block]:
    """A section per lead. `can_push`: PlusVibe is connected and has campaigns. columns: what else than the company."""
    audits = Permission.START_AUDITS in may
    pushes = can_push and Permission.PUSH_LEADS in may
    if tuple(columns) == USUAL_COLUMNS:
        return [_row(lead, row_text(lead), audits=audits, pushes=pushes) for lead in leads]
    return [_row(lead, text_in(lead, columns), audits=audits, pushes=pushes) for lead in leads]


def _row(lead: Lead, text: str, *, audits: bool, pushes: bool) -> Block:
    return {
        "type": "section",
        "text": {"type": "mrkdwn", "text": text, "verbatim": True},
        "accessory": {"type": "overflow", "action_id": ids.ROW_MENU, "options": _menu(lead, audits, pushes)},
    }


def row_text(lead: Lead) -> str:
    """Which company; who there and how far; what its site is like. A line each, short enough not to wrap."""
    domain = f" · {esc(lead.domain, 60)}" if lead.domain else " · no domain"
    standing = [badge(lead.status), contact(lead)]
    if not_ready_reason(lead) is None:
        standing.append("ready to push")
    if not lead.grade and lead.status in _UNAUDITED and not lead.opens:
        return f"{strong(company(lead))}{domain}\n{' · '.join([*standing, 'not audited yet'])}"
    return f"{strong(company(lead))}{domain}\n{' · '.join(standing)}\n{_site(lead)}"


def text_in(lead: Lead, columns: Sequence[LeadColumn]) -> str:
    """The company, and under it what these columns tell, four to a line; what a lead lacks is left out."""
    told = [text for column in columns if (text := _told(lead, column))]
    lines = [" · ".join(told[start : start + 4]) for start in range(0, len(told), 4)]
    return "\n".join([strong(company(lead)), *lines])


def _told(lead: Lead, column: LeadColumn) -> str:
    match column:
        case LeadColumn.STATUS:
            return badge(lead.status)
        case LeadColumn.CONTACT:
            return contact(lead)
        case LeadColumn.READY:
            return "ready to push" if not_ready_reason(lead) is None else ""
        case LeadColumn.GRADE:
            return f"Grade {esc(lead.grade, 10)}" if lead.grade else ""
        case LeadColumn.OPENS:
            return "1 open" if lead.opens == 1 else f"{lead.opens:,} opens"
        case LeadColumn.ISSUE:
            return esc(lead.top_issue, 37)
        case LeadColumn.CREATED | LeadColumn.UPDATED:
            at = lead.created_at if column is LeadColumn.CREATED else lead.updated_at
            return f"{column.value} {when(at)}" if at else ""
        case _:
            return esc(str(getattr(lead, column.value) or ""), 60)


def _site(lead: Lead) -> str:
    """`Grade C · 3 opens · Slow pages`."""
    grade = f"Grade {esc(lead.grade, 10)}" if lead.grade else "No grade"
    opens = "1 open" if lead.opens == 1 else f"{lead.opens:,} opens"
    issue = f" · {esc(lead.top_issue, 37)}" if lead.top_issue else ""
    return f"{grade} · {opens}{issue}"


def _menu(lead: Lead, audits: bool, pushes: bool) -> list[Any]:
    options: list[Any] = [{"text": _OPEN, "value": f"open:{lead.id}"}]
    if audits and lead.domain:
        options.append({"text": _AUDIT, "value": f"audit:{lead.id}"})
    if pushes and lead.email:
        options.append({"text": _PUSH, "value": f"push:{lead.id}"})
    if lead.audit_run_id and (url := safe_url(lead.audit_url)):
        options.append({"text": _VIEW_AUDIT, "value": "view_audit", "url": url})
    return options


def choices(leads: Iterable[Lead]) -> list[Any]:
    """The page's leads as options of the selection; value is the lead's id."""
    listed = [(lead, plain(lead.title, 34) or "Unnamed lead") for lead in leads]
    times = Counter(name for _, name in listed)
    return [
        {
            "text": {"type": "plain_text", "text": f"{name} · {contact(lead, 26)}" if times[name] > 1 else name},
            "description": {"type": "plain_text", "text": contact(lead, 60)},
            "value": lead.id,
        }
        for lead, name in listed
    ]
