"""The pages of the demo's link board: some link to its team, one does no more, one fails."""

from collections.abc import Mapping
from html import escape

from bot.sandbox.sample_links import OURS, PAGES, Linking, SamplePage
from bot.sandbox.sites.web import SiteAnswer

_PAGE = """<!doctype html><html lang="en"><head><title>{title}</title></head><body><main><h1>{title}</h1>
<p>What our readers find useful, gathered over the years and looked through every spring.</p>
<ul><li><a href="https://tools.example/list">A list of lists</a></li>{link}</ul></main></body></html>"""
_REL: Mapping[Linking, str] = {Linking.FOLLOWED: "noopener", Linking.NOFOLLOW: "nofollow noopener"}


def linking_pages() -> dict[str, SiteAnswer]:
    """By host and path."""
    return {page.url: _answer(page) for page in PAGES}


def _answer(page: SamplePage) -> SiteAnswer:
    title = page.url.rpartition("/")[2].replace("-", " ").title()
    if page.linking is Linking.BROKEN:
        return SiteAnswer(503, "<!doctype html><title>Back soon</title>")
    rel, words = _REL.get(page.linking), escape(page.anchor or "Sunny Audits")
    link = f'<li><a href="{OURS}{page.target}" rel="{rel}">{words}</a></li>' if rel else ""
    return SiteAnswer(200, _PAGE.format(title=escape(title), link=link))
