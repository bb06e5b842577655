"""Choosing a campaign: the select, or the line that says why there is none to choose."""

from collections.abc import Sequence

from blocks.message import Block, esc, option, select
from blocks.words import cut
from bot.outreach.campaigns import Campaign

NOT_CONNECTED = (
    "🔌 *PlusVibe is not connected under Integrations*, so nothing can be pushed. An admin sets "
    "`PLUSVIBE_API_KEY` and `PLUSVIBE_WORKSPACE_ID`; `/outreach doctor` shows what is missing."
)
NO_CAMPAIGNS = (
    "📭 *No campaigns yet.* PlusVibe is connected but has no campaigns yet: create one there, "
    "then press *Sync now* in `/leads`."
)
MOST_LISTED = 100


def missing_campaigns(campaigns: Sequence[Campaign], *, connected: bool) -> str:
    """Why no campaign can be chosen, with the remedy; empty when one can."""
    if not connected:
        return NOT_CONNECTED
    return "" if campaigns else NO_CAMPAIGNS


def campaign_options(campaigns: Sequence[Campaign]) -> list[Block]:
    """Options of a campaign select, at most a hundred; value is our id."""
    return [campaign_option(campaign) for campaign in campaigns[:MOST_LISTED]]


def campaign_option(campaign: Campaign) -> Block:
    """The name, and the state when it is not simply active."""
    state = "" if campaign.status.upper() in {"ACTIVE", ""} else f" ({esc(campaign.status.lower(), 20)})"
    return option(f"{campaign_name(campaign, 50)}{state}", campaign.id)


def campaign_select(action_id: str, campaigns: Sequence[Campaign], campaign_id: str | None) -> Block:
    """A static select, or an external one (same option values) when there are more than Slack lists."""
    placeholder = "Choose a campaign"
    if len(campaigns) <= MOST_LISTED:
        return select(action_id, placeholder, campaign_options(campaigns), campaign_id)
    element: Block = {
        "type": "external_select",
        "action_id": action_id,
        "min_query_length": 0,
        "placeholder": {"type": "plain_text", "text": f"{placeholder}, type to search"},
    }
    if chosen := next((campaign for campaign in campaigns if campaign.id == campaign_id), None):
        element["initial_option"] = campaign_option(chosen)
    return element


def campaign_name(campaign: Campaign, limit: int = 120) -> str:
    """The campaign's name, escaped, never empty."""
    return esc(campaign.name, limit) or cut(esc(campaign.id), limit) or "unnamed campaign"
