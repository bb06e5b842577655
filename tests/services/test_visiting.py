"""A visit to a site of this machine: what of sitemaps, icons and robots.txt the audit gets to know."""

import gzip
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import web

from bot.clock import utc_now
from bot.gateways.dns import Dns
from bot.gateways.parsing import Parsing
from bot.gateways.pinned import StandIn
from bot.gateways.web import WebClient
from bot.outreach.auditing import findings_of
from bot.outreach.errors import Unavailable
from bot.sandbox.sites.web import SampleSites, trusting_anybody
from bot.services.visiting import MOST_PAGES, Visitor

ORIGIN = "https://acme.example"
HOME = """<!doctype html><html lang="en"><head><title>Acme bakery in Brno</title>{head}</head><body><h1>Acme</h1>
<a href="/about">About</a></body></html>"""
LISTED = f"<urlset><url><loc>{ORIGIN}/listed</loc></url></urlset>".encode()
XML = "application/xml"


class OneSite(SampleSites):
    """One site. answers: by path, what is sent and as what; anything else is not found."""

    answers: dict[str, tuple[int, bytes, str]]
    asked: list[str]

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        self.asked.append(request.path)
        status, body, kind = self.answers.get(request.path, (404, b"<title>Not here</title>", "text/html"))
        return web.Response(status=status, body=body, headers={"Content-Type": kind} if kind else {})


@pytest.fixture
async def site() -> AsyncIterator[OneSite]:
    """A home page with one link, and nothing else."""
    site = OneSite(pause=timedelta(0))
    site.asked = []
    site.answers = {"/": (200, HOME.format(head="").encode(), "text/html")}
    await site.start()
    yield site
    await site.aclose()


@pytest.fixture
async def visit(site: OneSite):
    """Visits it."""
    stand_in = StandIn(site.http_port, site.https_port, trusting_anybody())
    client, parsing = WebClient(Dns(), contact="http://bot.example", stand_in=stand_in), Parsing(processes=1)
    visitor = Visitor(client, parsing, utc_now)
    yield lambda: visitor.visit("acme.example", lambda done, found: None)
    await client.aclose()
    await parsing.aclose()


def found(site) -> set[str]:
    return {each.check.id for each in findings_of(site)}


def robots(*sitemaps: str) -> tuple[int, bytes, str]:
    return 200, "\n".join(f"Sitemap: {each}" for each in sitemaps).encode(), "text/plain"


# By name: what the site answers, and whether its pages are learnt of.
THERE = {
    "the usual one": ({"/sitemap.xml": (200, LISTED, XML)}, True),
    "named by robots.txt": ({"/robots.txt": robots(f"{ORIGIN}/s.xml"), "/s.xml": (200, LISTED, XML)}, True),
    "named without its host": ({"/robots.txt": robots("/s.xml"), "/s.xml": (200, LISTED, XML)}, True),
    "with a prefix": ({"/sitemap.xml": (200, LISTED.replace(b"<", b"<s:").replace(b"<s:/", b"</s:"), XML)}, True),
    "packed as a file": (
        {"/robots.txt": robots(f"{ORIGIN}/s.xml.gz"), "/s.xml.gz": (200, gzip.compress(LISTED), "application/gzip")},
        True,
    ),
    "as plain text": ({"/sitemap.xml": (200, f"{ORIGIN}/listed\n".encode(), "text/plain")}, True),
    "a feed": ({"/sitemap.xml": (200, b"<rss><channel></channel></rss>", XML)}, False),
    "an index": (
        {
            "/sitemap.xml": (200, f"<sitemapindex><loc>{ORIGIN}/s.xml</loc></sitemapindex>".encode(), XML),
            "/s.xml": (200, LISTED, XML),
        },
        True,
    ),
    "too large to be read": ({"/sitemap.xml": (200, LISTED + b" " * 2_500_000, XML)}, False),
    "in trouble": ({"/sitemap.xml": (503, b"", XML)}, False),
    "closed to us": ({"/sitemap.xml": (403, b"", XML)}, False),
    "named where it is not, but at the usual place": (
        {"/robots.txt": robots(f"{ORIGIN}/old.xml"), "/sitemap.xml": (200, LISTED, XML)},
        True,
    ),
}


@pytest.mark.parametrize(("answers", "is_read"), THERE.values(), ids=THERE)
async def test_a_sitemap_that_is_there_is_not_missed(site: OneSite, visit, answers, is_read: bool) -> None:
    site.answers |= answers

    assert "sitemap-missing" not in found(await visit())

    assert ("/listed" in site.asked) is is_read


NOT_THERE = {
    "nothing": {},
    "a page": {"/sitemap.xml": (200, b"<!doctype html><p>Home again", "text/html")},
    "one that leads nowhere": {"/robots.txt": robots(f"{ORIGIN}/old.xml")},
    "a broken file": {"/sitemap.xml": (200, b"\x1f\x8bnot packed", "application/gzip")},
}


@pytest.mark.parametrize("answers", NOT_THERE.values(), ids=NOT_THERE)
async def test_a_sitemap_that_is_not_there_is_told(site: OneSite, visit, answers) -> None:
    site.answers |= answers

    assert "sitemap-missing" in found(await visit())


async def test_sitemaps_that_lead_to_one_another_and_grow_without_end_are_left_soon(site: OneSite, visit) -> None:
    circle = f"<sitemapindex><loc>{ORIGIN}/sitemap.xml</loc><loc>{ORIGIN}/b.xml</loc></sitemapindex>".encode()
    packed = gzip.compress(b"<urlset>" + f"<url><loc>{ORIGIN}/x</loc></url>".encode() * 300_000)
    many = "".join(f"<url><loc>{ORIGIN}/{number}</loc></url>" for number in range(20_000))
    site.answers |= {"/sitemap.xml": (200, circle, XML), "/b.xml": (200, packed, XML)}
    site.answers["/robots.txt"] = robots(f"{ORIGIN}/sitemap.xml", f"{ORIGIN}/b.xml", f"{ORIGIN}/many.xml")
    site.answers["/many.xml"] = (200, f"<urlset>{many}</urlset>".encode(), XML)

    seen = await visit()

    assert 0 < seen.sitemaps <= 3
    assert len(site.asked) < 45 and len(seen.pages) <= MOST_PAGES


ICONS = {
    "linked": ({"/": (200, HOME.format(head='<link rel="icon" href="/i.png">').encode(), "text/html")}, True),
    "at the usual place": ({"/favicon.ico": (200, b"\x00\x00\x01\x00", "image/x-icon")}, True),
    "nowhere": ({}, False),
    "a page in its place": ({"/favicon.ico": (200, b"<p>Home again", "text/html")}, False),
    "an empty file": ({"/favicon.ico": (200, b"", "image/x-icon")}, False),
}


@pytest.mark.parametrize(("answers", "is_there"), ICONS.values(), ids=ICONS)
async def test_the_icon_browsers_look_for_by_themselves_counts(site: OneSite, visit, answers, is_there: bool) -> None:
    site.answers |= answers

    assert ("icon-missing" not in found(await visit())) is is_there


async def test_a_robots_txt_without_an_end_stops_the_visit(site: OneSite, visit) -> None:
    site.answers["/robots.txt"] = (200, b"Disallow: /x\n" * 300_000, "text/plain")

    with pytest.raises(Unavailable, match=r"robots\.txt cannot be read"):
        await visit()

    assert set(site.asked) == {"/robots.txt"}


async def test_of_a_long_robots_txt_the_first_part_counts(site: OneSite, visit) -> None:
    lines = b"User-agent: *\nDisallow: /about\n" + b"# nothing\n" * 60_000 + b"Disallow: /\n"
    site.answers |= {"/robots.txt": (200, lines, "text/plain"), "/about": (200, b"<h1>About", "text/html")}

    seen = await visit()

    assert len(seen.pages) == 1 and "/about" not in site.asked
