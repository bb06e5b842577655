"""What became of `Mark completed` in bulk."""

from blocks.campaign_choice import campaign_name
from blocks.message import Message, count, section
from blocks.push_results import grouped
from bot.outreach.campaigns import Campaign
from bot.outreach.pushes import Envelope


def completed(campaign: Campaign, envelope: Envelope) -> Message:
    """`Marked 22 leads completed in Spring (closed at provider), 3 skipped`, and why."""
    left_out = [
        f"{len(outcomes):,} {word}"
        for outcomes, word in (
            (envelope.skipped, "skipped"),
            (envelope.blocked, "blocked"),
            (envelope.failed, "failed"),
        )
        if outcomes
    ]
    done = f"Marked {count(len(envelope.done), 'lead')} completed in {campaign_name(campaign)} (closed at provider)"
    said = ", ".join([done, *left_out])
    details = [
        *grouped("Skipped", envelope.skipped, {}),
        *grouped("Blocked", envelope.blocked, {}),
        *grouped("Failed", envelope.failed, {}),
    ]
    mark = "⚠️" if left_out else "✅"
    return Message(
        "\n".join([said, *details]),
        [section(f"{mark} *{said.replace('*', '∗')}*"), *(section(line) for line in details)],
    )
