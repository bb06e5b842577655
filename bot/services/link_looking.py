"""One look at a page for one link."""

from bot.gateways.page_parser import links_of
from bot.gateways.web import WebClient
from bot.outreach.fetching import NoFetch
from bot.outreach.link_checks import Finding, Sight, finding_among, spellings
from bot.outreach.opportunities import Opportunity
from bot.outreach.pages import Fetched

_GONE = frozenset({404, 410})


async def look(web: WebClient, opportunity: Opportunity) -> Finding:
    """What its page says of its link now. Never raises for what a site may do."""
    fetched = await web.fetch(opportunity.source_url)
    if isinstance(fetched, NoFetch):
        return Finding(Sight.UNREAD, why=fetched.value)
    if fetched.status in _GONE:
        return Finding(Sight.MISSING, why=f"the page is not there any more ({fetched.status})")
    if not 200 <= fetched.status < 300:
        return Finding(Sight.UNREAD, why=f"the page answers with an error ({fetched.status})")
    if "html" not in fetched.headers.get("content-type", "text/html").lower():
        return Finding(Sight.UNREAD, why="it is no HTML page")
    return _among(fetched, opportunity)


def _among(fetched: Fetched, opportunity: Opportunity) -> Finding:
    links = links_of(fetched, spellings(opportunity.target_url))
    if isinstance(links, NoFetch):
        return Finding(Sight.UNREAD, why=links.value)
    return finding_among(links, opportunity.target_url, opportunity.link.match, opportunity.anchor_text)
