"""Pushing leads into a campaign: the form, the second look, the progress and the result."""

from collections.abc import Mapping, Sequence

from blocks import ids
from blocks.campaign_choice import (
    campaign_name,
    campaign_option,
    campaign_options,
    campaign_select,
    missing_campaigns,
)
from blocks.elements import MOST_OPTIONS, Block
from blocks.message import code, context, count, esc, field_input, modal, option, plain, section, select, strong
from blocks.push_results import progress, pushed
from blocks.segments import segment_select
from blocks.statuses import badge, contact, word
from bot.outreach.campaigns import Campaign
from bot.outreach.leads import SELECTABLE, Lead, LeadStatus
from bot.outreach.segments import Segment

__all__ = [
    "CAMPAIGN_BLOCK",
    "LEADS_BLOCK",
    "SEGMENT_BLOCK",
    "STATUS_BLOCK",
    "campaign_option",
    "campaign_options",
    "lead_options",
    "progress",
    "push_confirm_view",
    "push_notice",
    "push_view",
    "pushed",
]

CAMPAIGN_BLOCK, LEADS_BLOCK, STATUS_BLOCK, SEGMENT_BLOCK = "campaign", "leads", "status", "segment"
MOST_BLANKS = 8


def push_view(
    campaigns: Sequence[Campaign],
    *,
    connected: bool,
    channel: str,
    chosen: Sequence[Lead] = (),
    campaign_id: str | None = None,
    problem: str = "",
    total_by_status: Mapping[LeadStatus | None, int] | None = None,
    segments: Sequence[Segment] = (),
) -> Block:
    """Campaign first, then who: leads by name, or everybody with a status, or in a segment; metadata is the channel.

    segments: those that can be used.
    """
    missing = missing_campaigns(campaigns, connected=connected)
    blocks = [section(f"⚠️ {esc(problem)}")] if problem else []
    if missing:
        return _modal([*blocks, section(missing)], channel)
    blocks += [
        field_input("Campaign", CAMPAIGN_BLOCK, campaign_select(ids.PUSH_CAMPAIGN, campaigns, campaign_id)),
        field_input("Leads", LEADS_BLOCK, _leads(chosen), optional=True),
        *_statuses(total_by_status or {}),
        *_segments(segments),
        context("All or nothing: a lead that is not ready blocks the push, and the report says who and why."),
    ]
    return _modal(blocks, channel, submit="Push")


def _modal(blocks: list[Block], channel: str, submit: str = "") -> Block:
    return modal(
        ids.PUSH_FORM,
        "Push to PlusVibe",
        blocks,
        metadata=channel[:100],
        submit=submit,
        close="Cancel" if submit else "Close",
    )


def _leads(chosen: Sequence[Lead]) -> Block:
    element: Block = {
        "type": "multi_external_select",
        "action_id": ids.PUSH_LEADS,
        "min_query_length": 2,
        "placeholder": {"type": "plain_text", "text": "Type a company, domain, name or email"},
    }
    if chosen:
        element["initial_options"] = lead_options(chosen)
    return element


def _statuses(totals: Mapping[LeadStatus | None, int]) -> list[Block]:
    """Instead of names: all leads of a status. A missing status counts as New; legacy and empty are not offered."""
    totals = {**totals, LeadStatus.NEW: totals.get(LeadStatus.NEW, 0) + totals.get(None, 0)}
    options = [
        option(f"{word(status)} ({totals[status]:,})", status.value)
        for status in SELECTABLE
        if totals.get(status, 0) > 0
    ]
    if not options:
        return []
    element = select(ids.PUSH_STATUS, "Choose a status", options)
    return [
        field_input(
            "All leads with status…",
            STATUS_BLOCK,
            element,
            optional=True,
            hint="Use this instead of choosing leads by name.",
        )
    ]


def _segments(segments: Sequence[Segment]) -> list[Block]:
    """Or everybody who is in a segment at the moment of the push."""
    if not segments:
        return []
    element = segment_select(ids.PUSH_SEGMENT, segments)
    hint = "Whoever is in it at this moment is pushed; who joins later is not."
    return [field_input("All leads of a segment…", SEGMENT_BLOCK, element, optional=True, hint=hint)]


def push_notice(said: str) -> Block:
    """A line in the form's place: that leads are looked for, or what came of it."""
    return modal(ids.NOTICE, "Push to PlusVibe", [section(esc(said, 2_000))])


def push_confirm_view(
    campaign: Campaign,
    leads: int,
    replied: int,
    converted: int,
    token: str,
    *,
    blank: Sequence[str] = (),
    unchecked: int = 0,
) -> Block:
    """The second look before people who already answered are written to again. `private_metadata` is the token.

    blank: merge fields the campaign's texts use and these leads do not carry.
    """
    lines = []
    if replied:
        lines.append(f"💬 {replied:,} of these already replied.")
    if converted:
        lines.append(f"🏆 {converted:,} of these already converted.")
    if blank:
        more = f" and {len(blank) - MOST_BLANKS:,} more" if len(blank) > MOST_BLANKS else ""
        names = ", ".join(code(name, 60) for name in blank[:MOST_BLANKS])
        lines.append(f"⚠️ The campaign's texts use {names}{more}, which these leads do not carry: mailed blank.")
    if unchecked:
        lines.append(
            f"⏳ {unchecked:,} of {leads:,} still unchecked: addresses that bounce harm your sender's name. "
            "Wait a little, and the check will be done."
        )
    anew = " The sequence starts anew for each." if replied or converted else ""
    asked = f"Push {count(leads, 'lead')} to {strong(campaign_name(campaign))}?{anew}"
    return modal(
        ids.PUSH_CONFIRM,
        "Push again?" if anew else "Push?",
        [section("\n".join([*lines, asked]))],
        metadata=token[:3_000],
        submit="Push anyway" if unchecked else f"Push {leads:,}"[:24],
        close="Wait" if unchecked else "Cancel",
    )


def lead_options(leads: Sequence[Lead]) -> list[Block]:
    """Options of the leads select, at most a hundred: company, email, badge; value is the lead's id."""
    return [lead_option(lead) for lead in leads[:MOST_OPTIONS]]


def lead_option(lead: Lead) -> Block:
    """One of them."""
    return option(_choice(lead), lead.id)


def _choice(lead: Lead) -> str:
    address = plain(lead.email or "", 28) or contact(lead, 26)
    return f"{plain(lead.title, 22) or 'Unnamed lead'} · {address} · {badge(lead.status)}"
