"""The links of a page: words, rel, bases, pages too tangled to read."""

import pytest

from bot.gateways.page_facts import links_of
from bot.gateways.page_parser import links_in
from bot.outreach.pages import Fetched, Link

OURS = "https://ours.example/audit"


def links(body: str, **headers: str) -> list[Link]:
    """The links to us of a page with this body."""
    told = {"content-type": "text/html", **{name.replace("_", "-"): value for name, value in headers.items()}}
    page = Fetched("https://blog.example/a/b", 200, told, (), body.encode(), len(body), 0.1)
    facts = links_in(page.url, told["content-type"], page.body, ["ours.example"])
    assert facts is not None
    return links_of(page, facts)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f'<a href="{OURS}">our <b>audit</b></a>', Link(OURS, "our audit")),
        (f'<a href="{OURS}#top" rel="NoFollow  noopener">x</a>', Link(OURS, "x", "nofollow noopener")),
        (f'<a href=" {OURS} " rel="ugc,nofollow ugc">x</a>', Link(OURS, "x", "ugc nofollow")),
        (f'<a href="{OURS}"><img alt="our logo"></a>', Link(OURS, "our logo")),
        (f'<a href="{OURS}" aria-label="audit"></a>', Link(OURS, "audit")),
        (f'<map><area href="{OURS}" alt="x"></map>', Link(OURS, "")),
        ('<a href="//OURS.example/audit">x</a>', Link("https://OURS.example/audit", "x")),
        ('<base href="https://ours.example/"><a href="audit">x</a>', Link(OURS, "x")),
        (f'<meta name="Robots" content="index, nofollow"><a href="{OURS}">x</a>', Link(OURS, "x", "nofollow")),
        (f"<a href='{OURS}'>unclosed", Link(OURS, "unclosed")),
    ],
)
def test_a_link_is_read_with_its_words_and_its_rel(body: str, expected: Link) -> None:
    assert links(body) == [expected]


@pytest.mark.parametrize(
    "body", ["", "<p>https://ours.example/audit</p>", '<a href="/audit">x</a>', f"<!-- <a href='{OURS}'>x</a> -->"]
)
def test_what_is_no_link_to_us_is_left_out(body: str) -> None:
    assert links(body) == []


def test_a_header_may_tell_engines_to_follow_none() -> None:
    assert links(f'<a href="{OURS}">x</a>', x_robots_tag="none")[0].rel == "nofollow"


def test_ours_is_found_behind_thousands_of_others() -> None:
    many = '<a href="https://other.example/">x</a>' * 5_000

    assert links(f'{many}<a href="{OURS}">x</a>') == [Link(OURS, "x")]


@pytest.mark.parametrize("body", ["<div>" * 500, f'<a href="{OURS}">x</a>' * 20_001])
def test_a_page_too_tangled_to_read_says_nothing_of_its_links(body: str) -> None:
    assert links_in("https://blog.example", "text/html", body.encode(), ["ours.example"]) is None
