"""Link checks in Slack: links that came and went, told in the channels that want to hear of them."""

from collections.abc import Sequence

from blocks.link_checks import links_news
from bot.outreach.posts import WantedPost
from handlers.call import House
from handlers.posting import wanted


async def link_news(house: House, channel: str, check_ids: Sequence[str]) -> list[WantedPost]:
    """One message for all of them; none when their opportunities are gone."""
    found = await house.services.link_checks.news(house.workspace.id, check_ids)
    return [wanted(f"links:{channel}:{found[0][0].id}", channel, links_news(found))] if found else []
