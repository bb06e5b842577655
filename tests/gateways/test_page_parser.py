"""HTML to facts: charsets, broken markup, and pages made to keep a parser busy."""

import time

import pytest

from bot.gateways.page_facts import page_of
from bot.gateways.page_parser import facts_of
from bot.outreach.pages import Fetched, Page

URL = "https://acme.example/a/b"


def parsed(body: bytes | str, content_type: str = "text/html") -> Page | None:
    """A page that came with this body; None when it is not parsed."""
    body = body.encode() if isinstance(body, str) else body
    facts = facts_of(URL, content_type, body)
    return facts and page_of(Fetched(URL, 200, {"content-type": content_type}, (), body, len(body), 0.1), facts)


def page(body: bytes | str, content_type: str = "text/html") -> Page:
    """The same, where it can be read."""
    found = parsed(body, content_type)
    assert found
    return found


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("<title>Čaj</title>".encode("windows-1250"), "text/html; charset=windows-1250"),
        ('<meta charset="iso-8859-2"><title>Čaj</title>'.encode("iso-8859-2"), "text/html"),
        ("<title>Čaj</title>".encode(), "text/html"),
        ("<title>Čaj</title>".encode(), "text/html; charset=nonsense"),
        ("<title>Čaj</title>".encode(), "text/html; charset=Punycode"),
    ],
)
def test_a_page_is_read_in_its_charset(body: bytes, content_type: str) -> None:
    assert page(body, content_type).title == "Čaj"


def test_half_characters_are_replaced() -> None:
    assert page("<title>".encode("utf-16") + b"\x00\xd8<\x00", "text/html; charset=utf-16").title.isprintable()


def test_a_charset_that_takes_for_ever_is_none() -> None:
    started = time.monotonic()

    assert parsed(b"a-" + b"z9" * 800_000, "text/html; charset=punycode")

    assert time.monotonic() - started < 5


def test_addresses_stand_on_the_page_or_its_base() -> None:
    links = '<a href="c#x">c</a><a href="/d">d</a><a href="//other.example/">e</a><a href="mailto:a@b.example">m</a>'

    plain = [link.url for link in page(links).links]
    based = [link.url for link in page(f'<base href="/z/">{links}').links]

    assert plain == [
        "https://acme.example/a/c",
        "https://acme.example/d",
        "https://other.example/",
        "mailto:a@b.example",
    ]
    assert based[0] == "https://acme.example/z/c"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "plain text",
        "<",
        "\0",
        "<p><b><table><i></p></b>",
        "<a href='http://[::1'>x</a>",
        "<base href='http://[::1'>",
    ],
)
def test_broken_markup_is_read_as_far_as_it_goes(body: str) -> None:
    assert parsed(body)


TANGLES = {
    "deep": "<div>" * 5_000,
    "deep with stray ends": "<div></x>" * 5_000,
    "deep in tables": "<div><table></div>" * 3_000,
    "formatting in every paragraph": "".join(f"<b a={n}>" for n in range(300)) + "<p>x" * 50_000,
    "thousands of attributes": "<p " + " ".join(f"a{n}=1" for n in range(50_000)) + ">",
    "attributes behind quotes": "<a x='<p " + " ".join(f'a{n}=">"' for n in range(20_000)) + "'>",
    "a large page": "x" * 2_100_000,
}


@pytest.mark.parametrize("body", TANGLES.values(), ids=TANGLES.keys())
def test_a_page_made_to_take_for_ever_is_not_parsed(body: str) -> None:
    started = time.monotonic()

    assert parsed(body) is None

    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "body",
    [
        "<ul>" + "<li>x" * 20_000,
        "<table>" + "<tr><td>x" * 10_000,
        "<p>" * 20_000,
        "<div>" * 100 + "x" + "</div>" * 100,
        f'<img src="data:image/png;base64,{"QUJD" * 100_000}">',
    ],
)
def test_an_untidy_page_is_no_tangle(body: str) -> None:
    assert parsed(body)
