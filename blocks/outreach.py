"""`/outreach`: the menu, campaigns, sync and the doctor's findings."""

from collections.abc import Sequence
from itertools import accumulate

from blocks import campaign_ids, ids
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
    shown = _fitting(campaigns)
    more = len(campaigns) - len(shown)
    said = count(len(campaigns), "campaign")
    rest = [f"and {more:,} more: `/outreach campaign` with a name opens any of them"] if more > 0 else []
    return Message(
        "\n".join([said, *map(_campaign_line, shown), *rest]),
        [
            section(f"*{said}*"),
            *(block for campaign in shown for block in _campaign(campaign)),
            *(section(line) for line in rest),
            *actions(button("Push leads", ids.OPEN_PUSH)),
        ],
    )


def _fitting(campaigns: Sequence[Campaign]) -> list[Campaign]:
    """As many as a message has room for: one that can be activated takes two blocks."""
    taken = list(accumulate(1 + campaign.may_activate for campaign in campaigns))
    return [campaign for campaign, blocks in zip(campaigns, taken, strict=True) if blocks <= MOST_CAMPAIGNS]


def _campaign(campaign: Campaign) -> list[Block]:
    opens = button("Leads", f"{campaign_ids.OPEN_CAMPAIGN}|{campaign.id}", campaign.id)
    if not campaign.may_activate:
        return [section(_campaign_line(campaign), opens)]
    activates = button("Activate", f"{campaign_ids.ACTIVATE_CAMPAIGN}|{campaign.id}", campaign.id)
    return [section(_campaign_line(campaign)), *actions(opens, activates)]


def _campaign_line(campaign: Campaign) -> str:
    facts = [
        strong(campaign_name(campaign, 100)),
        esc(campaign.status.capitalize(), 20) or "State unknown",
        f"{count(campaign.lead_count, 'lead')} at PlusVibe",
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
