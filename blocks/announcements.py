"""News nobody asked for: what the clock posts into a channel."""

from collections.abc import Sequence

from blocks.message import Message, count, section
from blocks.statuses import company
from bot.outreach.leads import BADGES, Lead, LeadStatus
from bot.outreach.writebacks import Writeback

MOST_LINES = 20


def writebacks_landed(items: Sequence[tuple[Writeback, Lead]]) -> Message:
    """`Writeback landed: Acme, 21 variables, now Email Ready`; several in one message with a line each."""
    if len(items) == 1:
        said = f"Writeback landed: {_landed(*items[0])}"
        return Message(said, [section(f"✉️ {said}")])
    said = f"{count(len(items), 'writeback')} landed"
    lines = [f"• {_landed(*item)}" for item in items[:MOST_LINES]]
    if len(items) > MOST_LINES:
        lines.append(f"and {len(items) - MOST_LINES:,} more")
    return Message("\n".join([said, *lines]), [section(f"✉️ *{said}*"), *_sections(lines)])


def _sections(lines: Sequence[str]) -> list[dict[str, object]]:
    """Ten lines a section: each fits whatever the lines hold."""
    return [section("\n".join(lines[start : start + 10])) for start in range(0, len(lines), 10)]


def _landed(writeback: Writeback, lead: Lead) -> str:
    """`Acme, 21 variables, now Email Ready`."""
    if writeback.moved_to_ready:
        status = f"now {BADGES[LeadStatus.EMAIL_GENERATED]}"
    else:
        status = f"status kept: {BADGES[lead.status or LeadStatus.NEW]}"
    return f"{company(lead, 100)}, {count(len(writeback.variables), 'variable')}, {status}"
