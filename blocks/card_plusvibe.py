"""The card's PlusVibe part: campaign and push, writeback, closing and removing, and what PlusVibe told us."""

from collections.abc import Mapping
from typing import Any

from blocks import ids
from blocks.campaign_choice import campaign_name, campaign_select, missing_campaigns
from blocks.elements import Block
from blocks.message import actions, button, confirmation, context, count, esc, option, section, select, strong, when
from bot.outreach.access import Permission
from bot.outreach.cards import LeadCard, may_mark_completed, may_push_from_card, writeback_obstacle
from bot.outreach.writebacks import Tone, Writeback, WritebackStatus

_TONES = [option(f"{tone.value.capitalize()} tone", tone.value) for tone in Tone]
_WRITTEN = {
    WritebackStatus.PENDING: "⏳ being sent to PlusVibe",
    WritebackStatus.WRITTEN: "✅ written to PlusVibe",
    WritebackStatus.SKIPPED: "⏭️ kept here only: no campaign or no address at the time",
    WritebackStatus.FAILED: "⚠️ not accepted by PlusVibe",
}


def plusvibe_part(card: LeadCard) -> list[Block]:
    """Acts that this lead allows; what it does not allow is said with the reason."""
    return [
        section(f"*PlusVibe*\n{_where(card)}"),
        *_push(card),
        *_writeback(card),
        *_contact_acts(card),
        *_enrichment(card),
    ]


def _where(card: LeadCard) -> str:
    lead = card.lead
    if lead.campaign_id is not None:
        return (
            f"In campaign {strong(campaign_name(card.campaign))}"
            if card.campaign
            else "In a campaign that PlusVibe no longer lists"
        )
    if not lead.email:
        return "In no campaign. Without a contact email the lead cannot be pushed."
    return "In no campaign"


def _push(card: LeadCard) -> list[Block]:
    """Campaign and push for a lead in none yet; the guard decides on the press."""
    lead = card.lead
    missing = missing_campaigns(card.campaigns, connected=card.connected)
    if missing and (lead.campaign_id is None or not card.connected):
        return [section(missing)]
    if not may_push_from_card(lead) or Permission.PUSH_LEADS not in card.may:
        return []
    style = "primary" if card.trace.verdict is None else ""
    return actions(
        campaign_select(ids.CARD_CAMPAIGN, card.campaigns, None),
        button("Push to PlusVibe", ids.PUSH_LEAD, lead.id, style=style),
        block_id="card_push",
    )


def _writeback(card: LeadCard) -> list[Block]:
    blocks = [context(_last_writeback(card.writeback, card.timezone))] if card.writeback else []
    if obstacle := writeback_obstacle(card.lead):
        return [*blocks, context(f"PlusVibe Writeback: {obstacle}")]
    if not card.connected or Permission.WRITE_BACK not in card.may:
        return blocks
    tone = card.writeback.tone.value if card.writeback else Tone.DIRECT.value
    return blocks + actions(
        select(ids.TONE, "Tone", _TONES, tone),
        button("PlusVibe Writeback", ids.WRITE_BACK, card.lead.id),
        block_id="card_writeback",
    )


def _last_writeback(writeback: Writeback, timezone: str) -> str:
    said = f"Last writeback: {count(len(writeback.variables), 'variable')}, {_WRITTEN[writeback.status]}"
    error = f" ({esc(writeback.error, 300)})" if writeback.error.strip() else ""
    return f"{said}{error} · {when(writeback.created_at, timezone)}"


def _contact_acts(card: LeadCard) -> list[Block]:
    """Closing needs a reply or a conversion; removing needs an address and a campaign."""
    lead = card.lead
    if not card.connected:
        return []
    closes = may_mark_completed(lead) and Permission.PUSH_LEADS in card.may
    removes = lead.email and lead.campaign_id is not None and Permission.REMOVE_LEADS in card.may
    return actions(
        button("Mark completed in PlusVibe", ids.MARK_COMPLETED, lead.id) if closes else None,
        button("Remove from PlusVibe", ids.REMOVE_LEAD, lead.id, style="danger", confirm=_removal(lead.email or ""))
        if removes
        else None,
        block_id="card_contact",
    )


def _removal(email: str) -> Block:
    return confirmation(
        "Remove from PlusVibe?",
        f"{esc(email, 150)} leaves the campaign and gets no further step. The lead stays here.",
        "Remove",
    )


def _enrichment(card: LeadCard) -> list[Block]:
    """What PlusVibe said of this person; the raw payload for those who may read it."""
    told = card.lead.plusvibe_lead_data
    if not told:
        return []
    fields = [
        f"{name}: {_told(told, key)}"
        for name, key in (
            ("Label", "label"),
            ("Reply sentiment", "sentiment"),
            ("Last email subject", "lastEmailSubject"),
        )
    ]
    raw = Permission.READ_RAW in card.may and told.get("raw")
    return [section(" · ".join(fields), button("Raw payload", ids.RAW_PAYLOAD, card.lead.id) if raw else None)]


def _told(told: Mapping[str, Any], key: str) -> str:
    value = told.get(key)
    return esc(str(value), 300) or "–" if value is not None else "–"
