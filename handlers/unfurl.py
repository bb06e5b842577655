"""A lead's address posted in a channel unfolds into a short card, for those the app already serves there."""

import re
from typing import Any

from blocks.unfurl import lead_unfurl
from bot.outreach.errors import NotFound
from handlers import Table
from handlers.call import Call

_LEAD = re.compile(r"/leads/([0-9A-Za-z-]{8,64})/?$")


async def link_shared(call: Call) -> None:
    """Unfold every lead address in a message; other addresses of ours are left alone."""
    await call.ack()
    event = call.body["event"]
    unfurls: dict[str, Any] = {}
    for link in event.get("links") or []:
        card = await _card(call, str(link.get("url", "")))
        if card is not None:
            unfurls[str(link["url"])] = card
    if unfurls:
        await call.house.slack.chat_unfurl(channel=event["channel"], ts=event["message_ts"], unfurls=unfurls)


async def _card(call: Call, url: str) -> dict[str, Any] | None:
    found = _LEAD.search(url)
    if not found or not url.startswith(call.house.base_url):
        return None
    try:
        return lead_unfurl(await call.services.leads.get(call.workspace_id, await call.actor(), found[1]))
    except NotFound:
        return None


TABLE = Table(events={"link_shared": link_shared})
