"""`/outreach why`: every check of the guard with pass or fail and the fact behind it."""

from blocks import ids
from blocks.campaign_choice import campaign_name
from blocks.message import Message, actions, button, context, esc, section, strong
from blocks.statuses import badge, company
from bot.outreach.campaigns import Campaign, blank_fields
from bot.outreach.readiness import Trace


def why_message(trace: Trace, campaign: Campaign | None = None) -> Message:
    """Why a push of this lead would or would not go through, in the guard's own words."""
    lead = trace.lead
    verdict = f"cannot be pushed: {esc(trace.verdict)}" if trace.verdict else "is ready to push"
    lines = [
        f"{'✅ Pass' if check.holds else '❌ Fail'} · {esc(check.rule, 200)} · {esc(check.fact, 200)}"
        for check in trace.checks
    ]
    blanks = blank_fields(campaign, lead.variables) if campaign else ()
    if campaign and blanks:
        names = ", ".join(esc(name, 60) for name in blanks[:10])
        lines.append(f"⚠️ Warning · {campaign_name(campaign)} uses merge fields that would be blank · {names}")
    said = f"{company(lead, 100)} {verdict}"
    mark = "🔴" if trace.verdict else "🟢"
    where = f" · in {strong(campaign_name(campaign))}" if campaign else ""
    return Message(
        "\n".join([said, *lines]),
        [
            section(f"{mark} {strong(said)}"),
            section("\n".join(lines) or "Nothing was checked."),
            context(f"{badge(lead.status)}{where}"),
            *actions(button("Open lead", ids.OPEN_LEAD, lead.id)),
        ],
    )
