"""What a lead's address unfolds into."""

from blocks import ids
from blocks.elements import Block
from blocks.message import actions, button, section
from blocks.statuses import lead_line
from bot.outreach.leads import Lead


def lead_unfurl(lead: Lead) -> dict[str, list[Block]]:
    """One line about the lead and a button to its card."""
    return {"blocks": [section(lead_line(lead)), *actions(button("Open lead", ids.OPEN_LEAD, lead.id))]}
