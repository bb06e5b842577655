"""One row of the list: two lines and a menu. Built as literals, as a page has 25 of them."""

from collections.abc import Iterable
from typing import Any

from blocks import ids
from blocks.elements import Block
from blocks.statuses import badge, company, contact, readiness_mark
from blocks.words import esc, plain, safe_url, strong
from bot.outreach.access import Permission
from bot.outreach.leads import Lead

_OPEN = {"type": "plain_text", "text": "View details"}
_AUDIT = {"type": "plain_text", "text": "Start audit"}
_PUSH = {"type": "plain_text", "text": "Push to a campaign"}
_VIEW_AUDIT = {"type": "plain_text", "text": "View audit"}


def rows(leads: Iterable[Lead], may: frozenset[Permission], *, can_push: bool) -> list[Block]:
    """A section per lead. `can_push`: PlusVibe is connected and has campaigns."""
    audits = Permission.START_AUDITS in may
    pushes = can_push and Permission.PUSH_LEADS in may
    return [_row(lead, audits=audits, pushes=pushes) for lead in leads]


def _row(lead: Lead, *, audits: bool, pushes: bool) -> Block:
    return {
        "type": "section",
        "text": {"type": "mrkdwn", "text": row_text(lead), "verbatim": True},
        "accessory": {"type": "overflow", "action_id": ids.ROW_MENU, "options": _menu(lead, audits, pushes)},
    }


def row_text(lead: Lead) -> str:
    """The state on a first line short enough not to wrap; the facts under it, the longest of them last."""
    grade = f"Grade {esc(lead.grade, 10)}" if lead.grade else "No grade"
    opens = "1 open" if lead.opens == 1 else f"{lead.opens:,} opens"
    domain = esc(lead.domain, 60) if lead.domain else "No domain"
    issue = f" · {esc(lead.top_issue, 80)}" if lead.top_issue else ""
    return (
        f"{badge(lead.status)} · {strong(company(lead))} · {readiness_mark(lead)}\n"
        f"{domain} · {contact(lead)} · {grade} · {opens}{issue}"
    )


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
    return [{"text": {"type": "plain_text", "text": choice_text(lead)}, "value": lead.id} for lead in leads]


def choice_text(lead: Lead) -> str:
    """Company and contact within an option's 75 characters."""
    return f"{plain(lead.title, 36) or 'Unnamed lead'} · {contact(lead, 26)}"
