"""The lead card: state and the next act first, then the facts, then what PlusVibe knows, then what happened."""

import json

from blocks import ids
from blocks.card_address import address_part
from blocks.card_audit import audit_part, start_label, usable_domain_of
from blocks.card_emails import emails_part
from blocks.card_links import links_part
from blocks.card_plusvibe import plusvibe_part
from blocks.card_unibox import unibox_part
from blocks.consents import consent_part
from blocks.elements import Block, refused_line
from blocks.lead_texts import raw_view, summary_view, timeline_view
from blocks.list_state import ListState
from blocks.log import event_line
from blocks.mails import mails_part
from blocks.message import actions, bold, button, context, divider, esc, header, modal, option, plain, section, select
from blocks.runs import sequence_part
from blocks.statuses import NOT_READY_MARK, READY_MARK
from blocks.submissions import submissions_part
from bot.outreach.access import Permission
from bot.outreach.cards import LeadCard
from bot.outreach.leads import SELECTABLE, Lead, LeadKind, LeadStatus, spelled
from bot.outreach.readiness import AUDIT_UNFINISHED, BOUNCED, LEGACY, NO_WRITEBACK, NOT_AUDITED, REASON_ORDER

__all__ = ["card_metadata", "card_view", "loading_view", "problem_view", "raw_view", "summary_view", "timeline_view"]

NORMALISE = "Normalise to Email Sent"
CARD_EVENTS = 5
_STATUS_OPTIONS = [option(spelled(status), status.value) for status in SELECTABLE]


def card_view(card: LeadCard, back: ListState | None) -> Block:
    """Everything about one lead. `back`: the list to return to, when it was opened from there."""
    lead = card.lead
    blocks = [
        *_banner(lead),
        header(plain(lead.title, 150) or "Unnamed lead"),
        *_state(card),
        *_status(card, back),
        divider(),
        *_company(card),
        *_contact(lead),
        *address_part(card),
        *consent_part(card),
        *submissions_part(card),
        *audit_part(card),
        divider(),
        *emails_part(card),
        *mails_part(lead.id, card.mails, may=Permission.SEND_MAIL in card.may, connected=card.direct),
        *sequence_part(card),
        *links_part(card),
        divider(),
        *plusvibe_part(card),
        *unibox_part(card),
        divider(),
        *_timeline(card),
    ]
    return modal(ids.LEAD_CARD, "Lead", blocks, metadata=card_metadata(lead.id, back))


def card_metadata(lead_id: str, back: ListState | None) -> str:
    """`{"lead": id, "back": packed | null}`, within Slack's 3,000 characters."""
    whole = _metadata(lead_id, back.packed() if back else None)
    return whole if len(whole) <= 3_000 else _metadata(lead_id, ListState().packed())


def _metadata(lead_id: str, back: str | None) -> str:
    return json.dumps({"lead": lead_id, "back": back}, ensure_ascii=False, separators=(",", ":"))


def _banner(lead: Lead) -> list[Block]:
    """What the last act came to, in full, until it is dismissed."""
    if not lead.last_action:
        return []
    return [section(f"ℹ️ *Last action:* {esc(lead.last_action)}", button("Dismiss", ids.DISMISS, lead.id))]


def _state(card: LeadCard) -> list[Block]:
    """The verdict in one line with its remedy, then where the lead stands."""
    lead, verdict = card.lead, card.trace.verdict
    if verdict is None:
        said = f"{READY_MARK} to push"
    elif verdict in REASON_ORDER:
        said = f"{NOT_READY_MARK} to push: {esc(verdict)}"
    else:
        said = f"🔴 Not reachable: {esc(verdict)}"
    status = spelled(lead.status) if lead.status else "new"
    facts = [f"Status: {'Sent (legacy)' if lead.status is LeadStatus.SENT else status}"]
    facts += ["set by hand"] if lead.status_by_hand else []
    facts += ["wanted for a link"] if lead.kind is LeadKind.LINK else []
    facts += ["audit under way"] if card.auditing else []
    facts += [f"in {bold(card.campaign.name, 100)}"] if card.campaign and card.campaign.name.strip() else []
    return [section(f"*{said}*", _remedy(card)), context(" · ".join(facts))]


def _remedy(card: LeadCard) -> Block | None:
    """The one button that brings the lead nearer to ready, if the reader may press it."""
    lead, verdict = card.lead, card.trace.verdict
    if verdict == AUDIT_UNFINISHED:
        return button("Recheck", ids.RELOAD_CARD, lead.id)
    if verdict == LEGACY and Permission.EDIT_LEADS in card.may:
        return button(NORMALISE, ids.NORMALISE, lead.id, style="primary")
    if verdict in {NOT_AUDITED, NO_WRITEBACK, BOUNCED} and Permission.START_AUDITS in card.may and not card.auditing:
        domain = usable_domain_of(lead)
        label = start_label(domain) if verdict == NOT_AUDITED else "Re-audit"
        return button(label, ids.START_AUDIT, lead.id, style="primary") if domain else None
    return None


def _status(card: LeadCard, back: ListState | None) -> list[Block]:
    """The way back, and the status select in stored spelling; a legacy status can be left, never chosen."""
    status = card.lead.status
    placeholder = "Sent (legacy)" if status is LeadStatus.SENT else "new"
    edits = Permission.EDIT_LEADS in card.may
    row = actions(
        button("Back to list", ids.BACK_TO_LIST, card.lead.id) if back else None,
        select(ids.SET_STATUS, placeholder, _STATUS_OPTIONS, status.value if status else None) if edits else None,
        button("Reload", ids.RELOAD_CARD, card.lead.id),
        block_id=f"card_status:{status.value if status else 'none'}",
    )
    return [*row, *refused_line(card.refused)]


def _company(card: LeadCard) -> list[Block]:
    """What is known of the company; its domain is mended in the audit part, where it matters."""
    lead = card.lead
    place = ", ".join(part for part in (lead.city, lead.country) if part)
    fields = _fields(
        ("Domain", lead.domain),
        ("Website", "" if _is_of(lead.website, lead.domain) else lead.website),
        ("Industry", lead.industry),
        ("Size", lead.company_size),
        ("Revenue", lead.revenue),
        ("Place", place),
    )
    return [section("*Company*", fields=fields or ["No company details yet"])]


def _is_of(website: str, domain: str) -> bool:
    """Whether the address says no more than the domain does."""
    return bool(domain) and website.rstrip("/").partition("://")[2].removeprefix("www.") == domain


def _contact(lead: Lead) -> list[Block]:
    fields = _fields(("Name", lead.name), ("Email", lead.email or ""), ("Phone", lead.phone))
    return [section("*Contact*", fields=fields if lead.email else [*fields, "No contact email"])]


def _fields(*pairs: tuple[str, str]) -> list[str]:
    """Only what is known."""
    return [f"{name}: {esc(value, 250)}" for name, value in pairs if value.strip()]


def _timeline(card: LeadCard) -> list[Block]:
    """The latest few events; the rest behind the button."""
    if not card.events:
        return [section("*Timeline*\nNothing has happened yet.")]
    lines = [f"• {event_line(event, card.timezone)}" for event in card.events[:CARD_EVENTS]]
    return [section("*Timeline*\n" + "\n".join(lines), button("Timeline", ids.TIMELINE, card.lead.id))]


def loading_view(title: str, text: str = "Loading…") -> Block:
    """What stands while something slow is fetched."""
    return modal(ids.NOTICE, plain(title, 24), [section(f"⏳ {esc(text)}")])


def problem_view(title: str, text: str, back: ListState | None = None) -> Block:
    """A whole-page refusal, with the way back when there is one."""
    blocks = [header(plain(title, 150)), section(f"⚠️ {esc(text)}")]
    if back:
        blocks += actions(button("Back to list", ids.BACK_TO_LIST))
    metadata = card_metadata("", back)
    return modal(ids.NOTICE, plain(title, 24), blocks, metadata=metadata)
