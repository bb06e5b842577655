"""A visit to a website for its audit: the home page, then the sitemap's pages, then those it links to."""

import asyncio
import html
import re
import time
import zlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin, urlsplit

from bot.clock import Clock
from bot.gateways.parsing import Parsing
from bot.gateways.web import AT_ONCE, WebClient
from bot.outreach.errors import Invalid, Unavailable
from bot.outreach.fetching import PASSING, NoFetch
from bot.outreach.pages import Fetched, Page, Site
from bot.outreach.robots import Robots

MOST_PAGES = 20
MOST_TRIES = 30
LONGEST_VISIT = 120.0  # seconds; what was seen by then is judged
SLOWEST_VISIT = 90.0  # of which so many may go by in waiting for a site's crawl delay
NO_SUCH_PAGE = "/outreach-bot-asks-for-a-page-that-is-not-there"
_SITEMAPS = 3
_SITEMAP_BYTES = 1_000_000
_MOST_LISTED = 500
_SITEMAP = re.compile(r"<(?:\w+:)?(urlset|sitemapindex|rss|feed)\b", re.IGNORECASE)
_LOCATION = re.compile(r"<(?:\w+:)?loc>\s*(?:<!\[CDATA\[)?\s*([^<\s\]]{1,2000})", re.IGNORECASE)
_NO_PAGE = re.compile(r"\.(?!html?$|php$|aspx?$|jsp$)[a-z0-9]{2,5}$", re.IGNORECASE)
_OPENS_BY_HTTP = frozenset(
    {NoFetch.UNREACHABLE, NoFetch.CERTIFICATE, NoFetch.TLS, NoFetch.GARBLED, NoFetch.BROKEN, NoFetch.TOO_SLOW}
)
# What we may not read may well be there.
_UNREAD = PASSING | {NoFetch.TOO_LARGE, NoFetch.BOMB, NoFetch.ENCODING, NoFetch.ROBOTS}
_NOT_THERE = frozenset({404, 410})
Seen = Callable[[int, int], None]


@dataclass
class _Visit:
    """What has been seen so far. left: addresses still to try, and whether a page links to them."""

    host: str
    ends: float
    most: int
    pages: list[Page] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    left: list[tuple[str, bool]] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)
    tries: int = 0

    def add(self, urls: Iterable[str], *, is_linked: bool = True) -> None:
        """Addresses of this site that are not known yet."""
        for url in urls:
            if _key(url) not in self.known and _is_page_of(url, self.host):
                self.known.add(_key(url))
                self.left.append((url, is_linked))

    def next(self) -> list[tuple[str, bool]]:
        """As many as are still wanted; none when the time, the tries or the addresses are at their end."""
        wanted = min(self.most - len(self.pages), MOST_TRIES - self.tries, AT_ONCE)
        if wanted < 1 or time.monotonic() > self.ends:
            return []
        batch, self.left = self.left[:wanted], self.left[wanted:]
        self.tries += len(batch)
        return batch

    @property
    def total(self) -> int:
        """How many pages it will be, as far as is known."""
        return min(self.most, len(self.pages) + len(self.left))


class Visitor:
    """Looks at sites through the safe client; their pages are read in processes of their own."""

    def __init__(self, web: WebClient, parsing: Parsing, clock: Clock) -> None:
        self._web = web
        self._parsing = parsing
        self._clock = clock

    async def visit(self, domain: str, seen: Seen) -> Site:
        """The site as it stands. seen: told how many pages were read, of how many.

        Raises `Unavailable` when a later visit may come to more, `Invalid` when this site cannot be audited.
        """
        opened, https = await self._home(domain)
        home = _home_page(await self._parsing.page_of(opened))
        if not home.has_icon:
            home = replace(home, has_icon=await self._has_icon(home))
        robots = await self._web.robots(home.url)
        known = robots if isinstance(robots, Robots) else Robots()
        visit = self._begun(home, known)
        sitemaps, listed = await self._sitemaps(home, known)
        visit.add(listed, is_linked=False)
        visit.add(link.url for link in home.links)
        await self._read_on(visit, seen)
        has_llms, http_stays, invents = await asyncio.gather(
            self._has_text(home, "/llms.txt"), self._stays_open(home), self._invents(home)
        )
        return Site(
            domain=domain,
            looked_at=self._clock(),
            pages=tuple(visit.pages),
            robots=known,
            sitemaps=sitemaps,
            has_llms=has_llms,
            missing=frozenset(visit.missing),
            https=https,
            http_stays=http_stays,
            invents=invents,
        )

    async def _home(self, domain: str) -> tuple[Fetched, NoFetch | None]:
        """The home page, encrypted if that can be, and why not if not; `www.` where the bare name leads nowhere."""
        reason: NoFetch | None = None
        for host in (domain, f"www.{domain}"):
            secure = await self._web.fetch(f"https://{host}/")
            if isinstance(secure, Fetched):
                return _answered(secure), None
            reason = reason or secure
            if secure in _OPENS_BY_HTTP:
                plain = await self._web.fetch(f"http://{host}/")
                if isinstance(plain, Fetched):
                    return _answered(plain), secure
            if secure is not NoFetch.NO_ADDRESS:
                break
        assert reason is not None
        raise _unvisited(f"{reason[0].upper()}{reason[1:]}.", is_passing=reason in PASSING)

    def _begun(self, home: Page, robots: Robots) -> _Visit:
        delay = robots.delay()
        most = min(MOST_PAGES, 1 + int(SLOWEST_VISIT / delay)) if delay else MOST_PAGES
        visit = _Visit(urlsplit(home.url).netloc, time.monotonic() + LONGEST_VISIT, most, [home])
        visit.known |= {_key(home.url), _key(urlsplit(home.url)._replace(path="/", query="").geturl())}
        return visit

    async def _read_on(self, visit: _Visit, seen: Seen) -> None:
        """One batch after the other; their order, and so the audit, does not hang on which comes first."""
        seen(len(visit.pages), visit.total)
        while batch := visit.next():
            found = await asyncio.gather(*(self._read(visit, url) for url, _ in batch))
            for (url, is_linked), (fetched, page) in zip(batch, found, strict=True):
                if isinstance(fetched, Fetched):
                    _take(visit, url, fetched, page, is_linked=is_linked)
            seen(len(visit.pages), visit.total)

    async def _read(self, visit: _Visit, url: str) -> tuple[Fetched | NoFetch, Page | NoFetch | None]:
        """What came, and the page it is; None for what leads elsewhere or is no page."""
        found = await self._web.fetch(url)
        if isinstance(found, NoFetch) or found.status != 200 or not found.is_html:
            return found, None
        is_ours = urlsplit(found.url).netloc == visit.host
        return found, await self._parsing.page_of(found) if is_ours else None

    async def _sitemaps(self, home: Page, robots: Robots) -> tuple[int, list[str]]:
        """How many sitemaps there are, and the addresses in the first few: those robots.txt names, or the usual one."""
        named = [urljoin(home.url, url) for url in robots.sitemaps[:_SITEMAPS]]
        count, listed = await self._listed(named)
        return (count, listed) if count else await self._listed([_at(home, "/sitemap.xml")])

    async def _listed(self, waiting: list[str]) -> tuple[int, list[str]]:
        """How many of these there are, one that cannot be read among them; an index leads to the next ones."""
        count, listed = 0, list[str]()
        for asked, url in enumerate(waiting):
            if asked >= _SITEMAPS:
                break
            found = await self._web.fetch(url, accept="application/xml,text/xml,*/*;q=0.5")
            if isinstance(found, NoFetch) or found.status != 200:
                is_there = found in _UNREAD if isinstance(found, NoFetch) else found.status not in _NOT_THERE
                count += is_there
                continue
            kind, locations = _sitemap(found.body)
            count += bool(kind)
            (waiting if kind == "sitemapindex" else listed).extend(locations)
        return count, listed

    async def _has_text(self, home: Page, path: str) -> bool:
        found = await self._web.fetch(_at(home, path), accept="text/plain,*/*;q=0.5")
        return isinstance(found, Fetched) and found.status == 200 and not found.is_html

    async def _has_icon(self, home: Page) -> bool:
        """Whether there is the icon that browsers look for where none is linked."""
        found = await self._web.fetch(_at(home, "/favicon.ico"), accept="image/*,*/*;q=0.5")
        kind = found.headers.get("content-type", "").lower() if isinstance(found, Fetched) else "html"
        return isinstance(found, Fetched) and found.status == 200 and bool(found.body) and "html" not in kind

    async def _stays_open(self, home: Page) -> bool:
        """Whether the address without https is answered without it."""
        if not home.is_encrypted:
            return False
        found = await self._web.fetch(_at(home, "/").replace("https:", "http:", 1))
        return isinstance(found, Fetched) and found.url.startswith("http:") and found.status == 200

    async def _invents(self, home: Page) -> bool:
        found = await self._web.fetch(_at(home, NO_SUCH_PAGE))
        return isinstance(found, Fetched) and found.status == 200 and NO_SUCH_PAGE in found.url


def _sitemap(body: bytes) -> tuple[str, list[str]]:
    """What kind of sitemap it is, empty when it is none, and the addresses it lists; some come packed as files."""
    if body.startswith(b"\x1f\x8b"):
        with suppress(zlib.error):
            body = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, _SITEMAP_BYTES)
    text = body[:_SITEMAP_BYTES].decode("utf-8", "replace")
    if text.lstrip("\ufeff \r\n").startswith(("http://", "https://")):
        return "text", text.split()[:_MOST_LISTED]
    found = _SITEMAP.search(text)
    locations = [html.unescape(each) for each in _LOCATION.findall(text)[:_MOST_LISTED]]
    return (found[1].lower(), locations) if found else ("", [])


def _answered(home: Fetched) -> Fetched:
    if home.status >= 400:
        is_passing = home.status >= 500 or home.status == 429
        raise _unvisited(f"The home page answers with an error ({home.status}).", is_passing=is_passing)
    if not home.is_html:
        raise _unvisited("The home page is no HTML page.", is_passing=False)
    return home


def _home_page(page: Page | NoFetch) -> Page:
    if isinstance(page, NoFetch):
        raise _unvisited(f"{page[0].upper()}{page[1:]}.", is_passing=False)
    return page


def _unvisited(why: str, *, is_passing: bool) -> Exception:
    return Unavailable(why) if is_passing else Invalid(why, field="domain")


def _take(visit: _Visit, url: str, found: Fetched, page: Page | NoFetch | None, *, is_linked: bool) -> None:
    """A page of the site that is not known yet, or a dead end."""
    if found.status in {404, 410} and is_linked:
        visit.missing.add(url)
    is_known = bool(found.hops) and _key(found.url) in visit.known
    if isinstance(page, Page) and not is_known:
        visit.known.add(_key(found.url))
        visit.pages.append(page)
        visit.add(link.url for link in page.links)


def _is_page_of(url: str, host: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and parts.netloc == host and not _NO_PAGE.search(parts.path)


def _key(url: str) -> str:
    """Two addresses with one key are one page: with and without encryption, and the final slash."""
    return url.partition("#")[0].partition("://")[2].rstrip("/")


def _at(page: Page, path: str) -> str:
    parts = urlsplit(page.url)
    return f"{parts.scheme}://{parts.netloc}{path}"
