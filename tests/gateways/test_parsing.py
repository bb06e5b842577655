"""Pages read in processes of their own: the same facts, and no page that holds up or breaks the others."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import psutil
import pytest

from bot.gateways.page_facts import page_of
from bot.gateways.page_parser import facts_of
from bot.gateways.parsing import Parsing
from bot.outreach.fetching import NoFetch
from bot.outreach.pages import Fetched
from tests.outreach.sites_given import sound

URL = "https://acme.example/"


def fetched(html: str) -> Fetched:
    """A page as it came."""
    body = html.encode()
    return Fetched(
        URL, 200, {"content-type": "text/html; charset=utf-8"}, ("a=1",), body, len(body), 0.1, ("http://a/",)
    )


def readers():
    """The processes we began."""
    found = []
    for each in psutil.Process().children():
        with suppress(psutil.Error):
            found += [each] if "bot.gateways.page_process" in each.cmdline() else []
    return found


@pytest.fixture
async def parsing():
    made = Parsing(processes=1)
    yield made
    await made.aclose()
    assert readers() == []


async def test_a_page_says_there_what_it_says_here(parsing):
    html = sound().html["/"]

    page = await parsing.page_of(fetched(html))

    assert page == page_of(fetched(html), facts_of(URL, "text/html; charset=utf-8", html.encode()))
    assert page.title == "Acme bakery in Brno" and page.links and page.images and page.forms and page.headings


async def test_one_process_reads_one_page_after_the_other(parsing):
    pages = await asyncio.gather(*(parsing.page_of(fetched(f"<title>{number}</title>")) for number in range(20)))

    assert [page.title for page in pages] == [str(number) for number in range(20)]
    assert len(readers()) == 1


async def test_a_reader_knows_nothing_of_our_settings(parsing, monkeypatch):
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    await parsing.page_of(fetched("<title>x</title>"))

    (reader,) = readers()

    assert "SLACK_BOT_TOKEN" not in reader.environ()


async def test_a_page_that_takes_too_long_ends_its_reader():
    parsing = Parsing(longest=timedelta(0))

    assert await parsing.page_of(fetched("<title>x</title>")) is NoFetch.TANGLED

    assert readers() == []


async def test_a_page_made_to_take_for_ever_is_told(parsing):
    assert await parsing.page_of(fetched("<div>" * 5_000)) is NoFetch.TANGLED


async def test_a_reader_that_died_is_replaced(parsing):
    await parsing.page_of(fetched("<title>one</title>"))
    (reader,) = readers()

    reader.kill()
    page = await parsing.page_of(fetched("<title>two</title>"))

    assert page.title == "two"


async def test_whoever_goes_away_leaves_no_answer_to_the_next(parsing):
    await parsing.page_of(fetched("<title>one</title>"))
    going = asyncio.create_task(parsing.page_of(fetched("<title>two</title>" + "<p>x" * 20_000)))
    await asyncio.sleep(0)

    going.cancel()
    await asyncio.gather(going, return_exceptions=True)

    assert (await parsing.page_of(fetched("<title>three</title>"))).title == "three"
