"""A site without a fault, made by hand, and the ways to spoil it."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bot.gateways.page_facts import page_of
from bot.gateways.page_parser import facts_of
from bot.outreach.pages import Fetched, Page, Site
from bot.outreach.robots import Robots

LOOKED_AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "content-encoding": "gzip",
    "strict-transport-security": "max-age=31536000",
    "content-security-policy": "default-src 'self'; frame-ancestors 'self'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
}
WORDS = "We bake bread from rye and wheat that grows within a day's walk, and we say on every loaf who grew it. "
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>{title}</title>
<meta name="description" content="{title}, told in one sentence">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta property="og:title" content="{title}"><meta property="og:image" content="https://acme.example/loaf.jpg">
<link rel="canonical" href="{url}"><link rel="icon" href="/icon.png"><link rel="stylesheet" href="/style.css">
<script type="application/ld+json">{{"@type": "LocalBusiness", "name": "Acme"}}</script>
<script src="/site.js" defer></script></head>
<body><nav><a href="/">Acme</a> <a href="/about">About us</a> <a href="/contact">Contact</a></nav>
<main><h1>{title}</h1><p>{title}. {words}</p><h2>Do you deliver?</h2><p>Yes, before eight.</p>
<img src="/loaf.jpg" alt="A loaf of rye" width="400" height="300">
<form method="post" action="/contact"><label for="q">Question</label><input id="q" name="q"></form></main>
<footer>© 2026 Acme. Call <a href="tel:+420777123456">+420 777 123 456</a>. <a href="/privacy">Privacy</a>
<a href="https://www.linkedin.com/company/acme">Our page at LinkedIn</a></footer></body></html>"""
PATHS = {"/": "Acme bakery in Brno", "/about": "About the Acme bakery", "/contact": "Write to the Acme bakery"}


@dataclass(frozen=True)
class Draft:
    """A site before it is parsed: its pages' HTML by path, and the facts beside them."""

    html: dict[str, str]
    headers: dict[str, str]
    facts: dict[str, Any]
    fetched: dict[str, Any]
    origin: str = "https://acme.example"

    def site(self) -> Site:
        """As the auditor would have visited it."""
        pages = [self._page(path, html) for path, html in self.html.items()]
        sound = {"robots": Robots(), "sitemaps": 1, "has_llms": True}
        return Site("acme.example", LOOKED_AT, tuple(pages), **{**sound, **self.facts})

    def _page(self, path: str, html: str) -> Page:
        body = html.encode()
        told = {"seconds": 0.2, "cookies": (), "hops": (), **self.fetched}
        answer = Fetched(f"{self.origin}{path}", 200, self.headers, body=body, wire_bytes=len(body) // 3, **told)
        facts = facts_of(answer.url, "text/html", body)
        assert facts is not None
        return page_of(answer, json.loads(json.dumps(facts)))


def sound() -> Draft:
    """No check finds anything on it."""
    pages = {
        path: PAGE.format(title=title, url=f"https://acme.example{path}", words=WORDS * 4)
        for path, title in PATHS.items()
    }
    return Draft(pages, dict(HEADERS), {}, {})


Spoil = Callable[[Draft], Draft]


def swap(old: str, new: str, path: str = "/") -> Spoil:
    """One page with something else in its place; `*` for all of them. old: a pattern that must be there."""

    def spoil(draft: Draft) -> Draft:
        html = dict(draft.html)
        for each in html if path == "*" else [path]:
            html[each], times = re.subn(old, lambda _: new, html[each], flags=re.DOTALL)
            assert times, f"{old} is not on {each}"
        return replace(draft, html=html)

    return spoil


def without(old: str, path: str = "/") -> Spoil:
    """One page without something."""
    return swap(old, "", path)


def adding(html: str, path: str = "/") -> Spoil:
    """Something more at the end of a page's text."""
    return swap("</main>", f"{html}</main>", path)


def heading(html: str, path: str = "/") -> Spoil:
    """Something more in a page's head."""
    return swap("</head>", f"{html}</head>", path)


def answering(**headers: str) -> Spoil:
    """Other headers; an empty one is left out, `_` stands for `-`."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda draft: replace(draft, headers={n: v for n, v in {**draft.headers, **told}.items() if v})


def told(**facts: Any) -> Spoil:
    """Other facts of the site."""
    return lambda draft: replace(draft, facts=facts)


def fetched(**facts: Any) -> Spoil:
    """Every page came otherwise."""
    return lambda draft: replace(draft, fetched=facts)


def page_like_home(path: str) -> Spoil:
    """The home page under a second address."""
    return lambda draft: replace(draft, html={**draft.html, path: draft.html["/"]})


def all_of(*spoils: Spoil) -> Spoil:
    """Several at once."""

    def spoil(draft: Draft) -> Draft:
        for each in spoils:
            draft = each(draft)
        return draft

    return spoil
