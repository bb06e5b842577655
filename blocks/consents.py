"""Consent on the lead card, and the form that records it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from blocks import ids
from blocks.elements import Block, lines_input
from blocks.message import button, context, esc, field_input, modal, option, section, select, strong, text_input, when
from blocks.words import bold
from bot.outreach.access import Permission
from bot.outreach.cards import LeadCard
from bot.outreach.consents import LONGEST_PROOF, LONGEST_SOURCE, Consent, ConsentValue
from bot.outreach.leads import Lead

FIELD = "value"
CONSENTS: Mapping[ConsentValue, str] = {
    ConsentValue.UNKNOWN: "Unknown",
    ConsentValue.FORM: "Form",
    ConsentValue.EXPRESS: "Express",
    ConsentValue.SERVICE_ONLY: "Service only",
    ConsentValue.UNSUBSCRIBED: "Unsubscribed",
}
_MEANS = "Form: they asked by a form. Express: they said so. Service only: no outreach, only about what they bought."
_VALUES = [option(words, value.value) for value, words in CONSENTS.items()]


def consent_part(card: LeadCard) -> list[Block]:
    """What the lead's address allows; nothing without an address."""
    if not card.lead.email:
        return []
    may = Permission.RECORD_CONSENT in card.may
    record = button("Record consent", ids.RECORD_CONSENT, card.lead.id) if may else None
    return [section("\n".join(["*Consent*", *consent_lines(card.consent, card.timezone)]), record)]


def consent_lines(consent: Consent | None, timezone: str = "UTC") -> list[str]:
    """The four facts of it, or that nothing is known."""
    if consent is None:
        return [f"Email permission: {CONSENTS[ConsentValue.UNKNOWN]}, nothing recorded yet"]
    return [
        f"Email permission: {CONSENTS[consent.value]}",
        f"Consent source: {esc(consent.source, 150) or '–'}",
        f"Consent captured at: {when(consent.captured_at, timezone)}",
        f"Consent proof note: {esc(consent.note, 300) or '–'}",
    ]


def consent_form(lead: Lead, standing: Consent | None, now: datetime, metadata: str) -> Block:
    """What they said, when and where. metadata: the card's, for the way back."""
    at: dict[str, Any] = {
        "type": "datetimepicker",
        "action_id": ids.CONSENT_AT,
        "initial_date_time": int(now.timestamp()),
    }
    known = CONSENTS[standing.value] if standing else CONSENTS[ConsentValue.UNKNOWN]
    blocks = [
        section(f"{bold(lead.email or '', 300)} stands at {strong(known)}. A new entry is added, none is changed."),
        field_input("Email permission", "value", select(ids.CONSENT_VALUE, "Choose", _VALUES), hint=_MEANS),
        field_input(
            "Consent source", "source", text_input(FIELD, placeholder="Newsletter form", max_length=LONGEST_SOURCE)
        ),
        field_input("Consent captured at", "captured_at", at),
        field_input("Consent proof note", "note", lines_input(FIELD, "", LONGEST_PROOF), optional=True),
        context("Unsubscribed also stops everything to this address, until an admin clears it."),
    ]
    return modal(ids.CONSENT_FORM, "Record consent", blocks, metadata=metadata, submit="Record", close="Cancel")
