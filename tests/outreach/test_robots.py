"""robots.txt, line by line (RFC 9309 and its examples)."""

import time

import pytest

from bot.outreach.robots import Robots

EXAMPLE = """
User-Agent: *
Disallow: *.gif$
Disallow: /example/
Allow: /publications/

User-Agent: foobot
Disallow:/
Allow:/example/page.html
Allow:/example/allowed.gif

User-Agent: barbot
User-Agent: bazbot
Disallow: /example/page.html

User-Agent: quxbot
"""


@pytest.mark.parametrize(
    ("text", "agent", "path", "allowed"),
    [
        (EXAMPLE, "anybot", "/pictures/a.gif", False),
        (EXAMPLE, "anybot", "/pictures/a.gif?size=1", True),
        (EXAMPLE, "anybot", "/example/page.html", False),
        (EXAMPLE, "anybot", "/publications/x", True),
        (EXAMPLE, "foobot", "/", False),
        (EXAMPLE, "FooBot", "/example/page.html", True),
        (EXAMPLE, "barbot", "/example/page.html", False),
        (EXAMPLE, "bazbot", "/example/", True),
        (EXAMPLE, "quxbot", "/example/", True),
        ("", "anybot", "/", True),
        ("User-agent: *\nDisallow:", "anybot", "/", True),
        ("User-agent: *\nDisallow: / # all", "anybot", "/x", False),
        ("User-agent: *\nDisallow: /a\nAllow: /a", "anybot", "/a", True),
        ("User-agent: *\nDisallow: /caf%C3%A9", "anybot", "/café", False),
        ("User-agent: *\nDisallow: /*/x$", "anybot", "/a/b/x", False),
        ("User-agent: *\nDisallow: /*/x$", "anybot", "/a/x/b", True),
        ("User-agent: *\nDisallow: /fish$", "anybot", "/fishes", True),
        ("\ufeffUser-agent: *\r\nDisallow: /", "anybot", "/", False),
        ("Disallow: /", "anybot", "/", True),
        ("<html>no rules</html>", "anybot", "/", True),
    ],
)
def test_a_path_is_open_or_closed(text: str, agent: str, path: str, allowed: bool) -> None:
    assert Robots(text).allows(path, agent) is allowed


@pytest.mark.parametrize(
    ("told", "seconds"), [("2", 2), ("0.5", 0.5), ("nan", 0), ("-3", 0), ("inf", 0), ("soon", 0), ("999999999", 86_400)]
)
def test_the_crawl_delay_is_a_number_of_seconds(told: str, seconds: float) -> None:
    assert Robots(f"User-agent: *\nCrawl-delay: {told}").delay() == seconds


def test_sitemaps_are_named_anywhere() -> None:
    text = "Sitemap: https://a.example/one.xml\nUser-agent: *\nDisallow:\nsitemap: https://a.example/two.xml"

    assert Robots(text).sitemaps == ("https://a.example/one.xml", "https://a.example/two.xml")


def test_a_pattern_made_to_take_for_ever_takes_no_time() -> None:
    rules = "\n".join("Disallow: /" + "*a" * 200 + "$" for _ in range(500))
    started = time.monotonic()

    assert Robots(f"User-agent: *\n{rules}").allows("/" + "a" * 1_900 + "b")

    assert time.monotonic() - started < 3
