"""What keeps a site from being found."""

from urllib.parse import urlsplit

from bot.outreach.checks.kinds import Check, at_home, is_shell, of_site, on_pages, shared, some
from bot.outreach.pages import Page, Site

TITLE_CHARACTERS = range(10, 71)
FEW_WORDS = 60


def _untitled(page: Page) -> str:
    return "" if page.title else "The title is missing or empty"


def _title_length(page: Page) -> str:
    length = len(page.title)
    return f"The title has {length} characters" if length and length not in TITLE_CHARACTERS else ""


def _undescribed(page: Page) -> str:
    return "" if page.description else "The description is missing or empty"


def _no_heading(page: Page) -> str:
    return "" if any(page.level(1)) else "No h1 with a text"


def _several_headings(page: Page) -> str:
    return some(page.level(1), "main heading") if len(page.level(1)) > 1 else ""


def _hidden_home(page: Page) -> str:
    return "The home page says noindex" if page.says("noindex") or page.says("none") else ""


def _shut_out(site: Site) -> str:
    return "robots.txt closes / to Googlebot" if site.robots.shuts_out("Googlebot") else ""


def _no_sitemap(site: Site) -> str:
    return "" if site.sitemaps else "Neither robots.txt nor /sitemap.xml leads to one"


def _no_canonical(page: Page) -> str:
    return "" if page.canonical else "No canonical address is named"


def _elsewhere(page: Page) -> str:
    named = urlsplit(page.canonical).hostname or ""
    ours = urlsplit(page.url).hostname or ""
    return f"Named as original: {page.canonical[:120]}" if named and _bare(named) != _bare(ours) else ""


def _bare(host: str) -> str:
    return host.removeprefix("www.")


def _missing(site: Site) -> dict[str, str]:
    told = {page.url: [link.url for link in page.links if link.url in site.missing] for page in site.pages}
    return {
        url: some([urlsplit(each).path for each in dict.fromkeys(gone)], "link") for url, gone in told.items() if gone
    }


def _undescribed_pictures(page: Page) -> str:
    return some([image.src for image in page.images if image.alt is None], "picture")


def _thin(page: Page) -> str:
    return f"{page.words} words of text" if page.words < FEW_WORDS and not is_shell(page) else ""


def _invents(site: Site) -> str:
    return "An address that cannot exist answers 200" if site.invents else ""


CHECKS = (
    Check(
        "home-hidden", "seo", "critical", "The home page tells search engines to stay away",
        "A page that says noindex is taken out of every search result.",
        "Remove noindex from the home page's robots tag and header", at_home(_hidden_home), of_site=True,
    ),
    Check(
        "robots-closed", "seo", "critical", "A robots rule keeps search engines out of the whole site",
        "What search engines may not read they cannot show to anybody.",
        "Remove the line Disallow: / from robots.txt and ask for a new crawl", of_site(_shut_out), of_site=True,
    ),
    Check(
        "title-missing", "seo", "high", "Pages have no title",
        "The title is the line people click in search results; without one a search engine makes something up.",
        "Give every page a title that says in a few words what it is about", on_pages(_untitled),
    ),
    Check(
        "links-broken", "seo", "high", "Links lead to pages that do not exist",
        "Visitors and search engines end in a dead end, and the page that was meant gets no credit.",
        "Redirect the old addresses to their successors and correct the links", _missing,
    ),
    Check(
        "canonical-elsewhere", "seo", "high", "Pages name another site as their original",
        "Search engines then show the other site's address instead of this one.",
        "Let each page name its own address as canonical", on_pages(_elsewhere),
    ),
    Check(
        "title-repeated", "seo", "medium", "Several pages share one title",
        "Search engines cannot tell such pages apart and show only one of them.",
        "Give each page a title of its own",
        shared(lambda page: page.title.casefold(), "The same title as {other}"),
    ),
    Check(
        "description-missing", "seo", "medium", "Pages have no description for search results",
        "Search engines then pick any sentence of the page, which sells it badly.",
        "Write one sentence per page that says what a visitor finds there", on_pages(_undescribed),
    ),
    Check(
        "text-repeated", "seo", "medium", "The same text stands under several addresses",
        "The addresses compete with one another, and each ranks worse than one would.",
        "Keep one address per text and redirect the others to it",
        shared(lambda page: page.text_key if page.words >= FEW_WORDS else "", "The same text as {other}"),
    ),
    Check(
        "heading-missing", "seo", "medium", "Pages have no main heading",
        "The main heading tells readers and search engines at a glance what the page is about.",
        "Begin every page with one h1 that names its subject", on_pages(_no_heading),
    ),
    Check(
        "sitemap-missing", "seo", "medium", "There is no sitemap",
        "New and deep pages are found late or never.",
        "Publish /sitemap.xml and name it in robots.txt", of_site(_no_sitemap), of_site=True,
    ),
    Check(
        "invents-pages", "seo", "medium", "Addresses that do not exist answer as if they did",
        "Search engines index any number of empty pages, and broken links are never noticed.",
        "Answer unknown addresses with the status 404", of_site(_invents), of_site=True,
    ),
    Check(
        "text-thin", "seo", "low", "Pages hold hardly any text",
        "There is too little on them for anybody to find them by.",
        "Say on each page what is offered, to whom and at what price, or merge it with another", on_pages(_thin),
    ),
    Check(
        "title-length", "seo", "low", "Titles are too short or too long for search results",
        "Short ones say nothing, long ones are cut in the middle.",
        "Keep titles between 10 and 70 characters", on_pages(_title_length),
    ),
    Check(
        "description-repeated", "seo", "low", "Several pages share one description",
        "Two results that read the same give nobody a reason to choose.",
        "Write a description for each page",
        shared(lambda page: (page.description or "").casefold(), "The same description as {other}"),
    ),
    Check(
        "headings-several", "seo", "low", "Pages have several main headings",
        "It is not clear which of them the page is about.",
        "Keep one h1 a page and make the others h2", on_pages(_several_headings),
    ),
    Check(
        "canonical-missing", "seo", "low", "Pages do not name their canonical address",
        "With parameters and trackers one page gets many addresses that compete with one another.",
        "Add a canonical link with the page's own address", on_pages(_no_canonical),
    ),
    Check(
        "pictures-undescribed", "seo", "low", "Pictures carry no alternative text",
        "Neither search engines nor people who cannot see them learn what they show.",
        "Describe each picture in a few words, and mark mere decoration with an empty alt",
        on_pages(_undescribed_pictures),
    ),
)  # fmt: skip
