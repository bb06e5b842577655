"""One look at a page for one link."""

from bot.gateways.parsing import Parsing
from bot.gateways.web import WebClient
from bot.outreach.fetching import NoFetch
from bot.outreach.link_checks import Finding, Sight, finding_among, spellings
from bot.outreach.opportunities import Opportunity

_GONE = frozenset({404, 410})


class LinkLooker:
    """Looks at pages through the safe client; they are read in processes of their own."""

    def __init__(self, web: WebClient, parsing: Parsing) -> None:
        self._web = web
        self._parsing = parsing

    async def look(self, opportunity: Opportunity) -> Finding:
        """What its page says of its link now. Never raises for what a site may do."""
        fetched = await self._web.fetch(opportunity.source_url)
        if isinstance(fetched, NoFetch):
            return Finding(Sight.UNREAD, why=fetched.value)
        if fetched.status in _GONE:
            return Finding(Sight.MISSING, why=f"the page is not there any more ({fetched.status})")
        if not 200 <= fetched.status < 300:
            return Finding(Sight.UNREAD, why=f"the page answers with an error ({fetched.status})")
        if not fetched.is_html:
            return Finding(Sight.UNREAD, why="it is no HTML page")
        links = await self._parsing.links_of(fetched, spellings(opportunity.target_url))
        if isinstance(links, NoFetch):
            return Finding(Sight.UNREAD, why=links.value)
        return finding_among(links, opportunity.target_url, opportunity.link.match, opportunity.anchor_text)
