"""The facts of a page, as the process that read it told them, made a page and its links again."""

import re
from dataclasses import replace
from typing import Any

from bot.outreach.pages import Fetched, Form, Image, Link, Page, Script

Facts = dict[str, Any]  # JSON: what a page says, as its HTML alone tells it


def page_of(fetched: Fetched, facts: Facts) -> Page:
    """A page as it was read and what it says."""
    kinds = {"images": Image, "links": Link, "scripts": Script, "forms": Form}
    told: Facts = {name: tuple(value) if isinstance(value, list) else value for name, value in facts.items()}
    told |= {name: tuple(kind(*each) for each in facts[name]) for name, kind in kinds.items()}
    told["schema"] = frozenset(facts["schema"])
    told["headings"] = tuple((level, text) for level, text in facts["headings"])
    return Page(
        url=fetched.url,
        headers=fetched.headers,
        cookies=fetched.cookies,
        size=len(fetched.body),
        wire_bytes=fetched.wire_bytes,
        seconds=fetched.seconds,
        hops=fetched.hops,
        **told,
    )


def links_of(fetched: Fetched, facts: Facts) -> list[Link]:
    """The links told by `links_in`; those of a page that has engines follow none of them say so."""
    told = f"{facts['robots']} {fetched.headers.get('x-robots-tag', '')}".lower()
    links = [Link(*each) for each in facts["links"]]
    if {"nofollow", "none"}.isdisjoint(re.split(r"[\s,;]+", told)):
        return links
    return [replace(link, rel=f"{link.rel} nofollow".strip()) for link in links]
