"""`/outreach` and the Home tab: the four surfaces, campaigns, sync and the doctor's findings."""

from collections.abc import Mapping, Sequence

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
    divider,
    esc,
    header,
    option,
    section,
    strong,
    when,
)
from blocks.statuses import MARKS, word
from bot.outreach.campaigns import Campaign
from bot.outreach.health import Finding, SyncResult
from bot.outreach.leads import LeadStatus

__all__ = [
    "MENU_CHOICES",
    "campaigns_message",
    "doctor_message",
    "help_message",
    "home_view",
    "menu",
    "sync_result",
    "unknown_command",
]

MOST_CAMPAIGNS = 40
MOST_FINDINGS = 30
MOST_REASONS = 12
MENU_CHOICES = (("Campaigns", "campaigns"), ("Log", "log"), ("Doctor", "doctor"), ("Help", "help"))
Counts = Mapping[LeadStatus | None, int]


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
    lines = [_finding(finding) for finding in ordered[:MOST_FINDINGS]]
    if len(ordered) > MOST_FINDINGS:
        lines.append(f"and {len(ordered) - MOST_FINDINGS:,} more")
    return Message("\n".join([said, *lines]), [section(f"{'⚠️' if wrong else '✅'} *{said}*"), *_sections(lines, 5)])


def _finding(finding: Finding) -> str:
    mark = "✅ OK" if finding.ok else "❌ Fix" if finding.needed else "➖ Optional"
    remedy = f" → {esc(finding.remedy, 200)}" if finding.remedy.strip() and not finding.ok else ""
    return f"{mark} · *{esc(finding.name, 60).replace('*', '∗')}*: {esc(finding.said, 120)}{remedy}"


def home_view(counts: Counts, campaigns: Sequence[Campaign], findings: Sequence[Finding]) -> Block:
    """The Home tab: what is broken, then Leads, Pipeline, Emails and PlusVibe. Only buttons that work."""
    wrong = [finding for finding in findings if not finding.ok and finding.needed]
    blocks = [section(_finding(finding)) for finding in wrong[:5]]
    return {
        "type": "home",
        "blocks": [
            *blocks,
            *_leads(counts),
            divider(),
            *_pipeline(counts),
            divider(),
            *_emails(counts),
            divider(),
            *_plusvibe(campaigns),
        ],
    }


def _leads(counts: Counts) -> list[Block]:
    return [
        header("Leads"),
        section(count(sum(counts.values()), "lead")),
        *actions(button("Open leads", ids.OPEN_LIST, style="primary"), button("Add lead", ids.ADD_LEAD)),
    ]


def _pipeline(counts: Counts) -> list[Block]:
    """How many leads stand at each status now; a missing status reads as New."""
    merged = {**counts, LeadStatus.NEW: counts.get(LeadStatus.NEW, 0) + counts.get(None, 0)}
    fields = [f"{MARKS[status]} {word(status)}: *{merged[status]:,}*" for status in LeadStatus if merged.get(status)]
    return [
        header("Pipeline"),
        section("Leads by status now", fields=fields[:10]),
        *([section(" · ".join(fields[10:]))] if fields[10:] else []),
    ]


def _emails(counts: Counts) -> list[Block]:
    ready, sent = counts.get(LeadStatus.EMAIL_GENERATED, 0), counts.get(LeadStatus.EMAIL_SENT, 0)
    waiting = f"{count(ready, 'lead')} with an email ready, waiting for a push"
    return [header("Emails"), section(f"{waiting} · {count(sent, 'lead')} mailed, not opened yet")]


def _plusvibe(campaigns: Sequence[Campaign]) -> list[Block]:
    if not campaigns:
        return [
            header("PlusVibe"),
            section("No campaigns here yet: connect PlusVibe, create one there, then sync."),
            *actions(button("Sync now", ids.SYNC_NOW)),
        ]
    names = ", ".join(strong(campaign_name(campaign, 60)) for campaign in campaigns[:8])
    more = f" and {len(campaigns) - 8:,} more" if len(campaigns) > 8 else ""
    return [
        header("PlusVibe"),
        section(f"{count(len(campaigns), 'campaign')}: {names}{more}"),
        *actions(
            button("Push leads", ids.OPEN_PUSH, style="primary"),
            button("Campaigns", ids.MENU, "campaigns"),
            button("Sync now", ids.SYNC_NOW),
        ),
    ]
