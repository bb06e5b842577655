"""`/outreach`: the menu, campaigns, sync and the doctor's findings."""

from collections.abc import Sequence

from blocks import ids
from blocks.campaign_choice import NO_CAMPAIGNS, NOT_CONNECTED, campaign_name
from blocks.elements import Block
from blocks.help import help_message, unknown_command
from blocks.message import (
    Message,
    actions,
    button,
    context,
    count,
    esc,
    option,
    section,
    strong,
    when,
)
from bot.outreach.campaigns import Campaign
from bot.outreach.health import Finding, SyncResult

__all__ = [
    "MENU_CHOICES",
    "campaigns_message",
    "doctor_message",
    "finding_line",
    "help_message",
    "menu",
    "sync_result",
    "unknown_command",
]

MOST_CAMPAIGNS = 40
MOST_FINDINGS = 30
MOST_REASONS = 12
MENU_CHOICES = (
    ("Campaigns", "campaigns"),
    ("Digest", "digest"),
    ("Log", "log"),
    ("Doctor", "doctor"),
    ("Help", "help"),
)


def menu() -> Message:
    """What a bare `/outreach` answers."""
    said = "Outreach: leads, pushes, campaigns. `/outreach help` lists every command."
    more: Block = {
        "type": "overflow",
        "action_id": ids.MENU,
        "options": [option(label, value) for label, value in MENU_CHOICES],
    }
    return Message(
        said,
        [
            section("*Outreach*\nLeads, pushes and campaigns in one place."),
            *actions(
                button("Open leads", ids.OPEN_LIST, style="primary"),
                button("Push leads", ids.OPEN_PUSH),
                button("Add lead", ids.ADD_LEAD),
                button("Sync now", ids.SYNC_NOW),
                more,
            ),
            context("`/outreach help` lists every command."),
        ],
    )


def campaigns_message(campaigns: Sequence[Campaign], connected: bool = True) -> Message:
    """The campaigns to push to, or why there are none."""
    if not connected or not campaigns:
        said = NO_CAMPAIGNS if connected else NOT_CONNECTED
        return Message(said, [section(said)])
    lines = [_campaign_line(campaign) for campaign in campaigns[:MOST_CAMPAIGNS]]
    if len(campaigns) > MOST_CAMPAIGNS:
        lines.append(f"and {len(campaigns) - MOST_CAMPAIGNS:,} more")
    said = count(len(campaigns), "campaign")
    return Message(
        "\n".join([said, *lines]),
        [section(f"*{said}*"), *_sections(lines), *actions(button("Push leads", ids.OPEN_PUSH))],
    )


def _campaign_line(campaign: Campaign) -> str:
    facts = [
        strong(campaign_name(campaign, 100)),
        esc(campaign.status.capitalize(), 20) or "State unknown",
        count(campaign.lead_count, "lead"),
        count(campaign.steps, "step"),
    ]
    return "• " + " · ".join(facts)


def _sections(lines: Sequence[str], size: int = 10) -> list[Block]:
    return [section("\n".join(lines[start : start + size])) for start in range(0, len(lines), size)]


def sync_result(result: SyncResult) -> Message:
    """What a sync from PlusVibe did; what it skipped, with reasons."""
    skipped = sum(result.skipped.values())
    said = (
        f"Synced from PlusVibe: {result.added:,} added, {result.updated:,} updated, "
        f"{result.unchanged:,} unchanged, {skipped:,} skipped"
    )
    reasons = sorted(result.skipped.items(), key=lambda entry: -entry[1])
    lines = [
        f"• {number:,} skipped: {esc(reason, 200) or 'no reason given'}" for reason, number in reasons[:MOST_REASONS]
    ]
    if len(reasons) > MOST_REASONS:
        lines.append(f"and {len(reasons) - MOST_REASONS:,} more reasons")
    blocks = [
        section(f"{'⚠️' if skipped else '✅'} *{said}*"),
        *([section("\n".join(lines))] if lines else []),
        context(f"{count(result.campaigns, 'campaign')} · {when(result.at)}"),
        *actions(button("Open leads", ids.OPEN_LIST)),
    ]
    return Message("\n".join([said, *lines]), blocks)


def doctor_message(findings: Sequence[Finding]) -> Message:
    """One line per checked thing; what is wrong first, each with its remedy."""
    wrong = sum(1 for finding in findings if not finding.ok and finding.needed)
    said = f"{count(wrong, 'thing needs', 'things need')} attention" if wrong else "Everything needed works"
    ordered = sorted(findings, key=lambda finding: (finding.ok, not finding.needed))
    lines = [finding_line(finding) for finding in ordered[:MOST_FINDINGS]]
    if len(ordered) > MOST_FINDINGS:
        lines.append(f"and {len(ordered) - MOST_FINDINGS:,} more")
    return Message("\n".join([said, *lines]), [section(f"{'⚠️' if wrong else '✅'} *{said}*"), *_sections(lines, 5)])


def finding_line(finding: Finding) -> str:
    """What was checked, how it stands, and the remedy."""
    mark = "✅ OK" if finding.ok else "❌ Fix" if finding.needed else "➖ Optional"
    remedy = f" → {esc(finding.remedy, 200)}" if finding.remedy.strip() and not finding.ok else ""
    return f"{mark} · *{esc(finding.name, 60).replace('*', '∗')}*: {esc(finding.said, 120)}{remedy}"
