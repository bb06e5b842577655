"""Link checks at work against servers of this machine: what a page says, crashes, two workers, unkind sites."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.gateways.parsing import Parsing
from bot.gateways.pinned import Caps
from bot.gateways.web import AT_ONCE, WebClient
from bot.outreach.access import Role, person
from bot.outreach.errors import Conflict, Invalid, NotFound, Unavailable
from bot.outreach.events import EventKind
from bot.outreach.fetching import NoFetch
from bot.outreach.link_checks import LinkMatch, LinkStanding, Presence, Sight
from bot.outreach.link_looks import CONFIRM_AFTER
from bot.outreach.opportunities import BoardColumn, moved_by_hand
from bot.services import link_checks
from bot.services.link_checks import LEASE, LinkCheckService
from bot.services.link_looking import LinkLooker
from storage.database import Database
from storage.ids import new_id
from tests.gateways.web_servers import Names, Site, answer, moved, serving_site
from tests.storage.given import AT, HERE, add_lead
from tests.storage.given_mails import a_mail, a_run, add_sent, an_opportunity

NEW, QUEUED, REACHED, WON = BoardColumn
PENDING, LIVE, LOST = Presence
ANA = person("U0ANANOVAK", "Ana", Role.OWNER)
OURS = "https://ours.example/audit"
LINK = f'<p><a href="{OURS}" rel="nofollow">our audit</a></p>'
CAPS = Caps(wire_bytes=100_000, unpacked_bytes=200_000)
HASTY = replace(CAPS, total=timedelta(seconds=2))


class Room:
    """A database with pages of one server on its board, and a checker."""

    def __init__(self, database, site: Site, caps: Caps = CAPS) -> None:
        self.database, self.site, self.now = database, site, AT
        self.web = self.client(caps)
        self.parsing = Parsing()
        self.looker = LinkLooker(self.web, self.parsing)
        self.service = LinkCheckService(database, lambda: self.now, self.looker)

    def client(self, caps: Caps) -> WebClient:
        names = Names({"blog.test": [["127.0.0.1"]], "xn--bl-gka.test": [["127.0.0.1"]]})
        allowed = [f"{host}:{self.site.port}" for host in ("blog.test", "xn--bl-gka.test")]
        return WebClient(names, contact="http://bot.example", caps=caps, allowed=allowed)

    async def has(self, path="/", column=REACHED, *, host="blog.test", match=LinkMatch.EXACT, state=PENDING, **given):
        """A page on the board that is due."""
        link = LinkStanding(match, state, next_at=self.now)
        given = {"column": column, "target_url": OURS, "link": link, "domain": host} | given
        given |= {"by_hand": WON, "set_by": "U1", "set_at": AT} if column is WON else {}
        async with self.database.begin(HERE) as uow:
            lead = await add_lead(uow)
            page = an_opportunity(lead.id, self.site.at(path, host), **given)
            assert await uow.opportunities.add(page)
        return page

    async def look(self, **later):
        self.now += timedelta(**later)
        return await self.service.check_due(HERE)

    async def stands(self, page):
        async with self.database.read(HERE) as uow:
            return await uow.opportunities.get(page.id)

    async def log(self, page):
        async with self.database.read(HERE) as uow:
            return await uow.link_checks.of_opportunity(page.id, 99)


@asynccontextmanager
async def made(database, caps=CAPS) -> AsyncIterator[Room]:
    async with serving_site("0.0.0.0") as site:
        room = Room(database, site, caps)
        yield room
        await room.web.aclose()
        await room.parsing.aclose()


@pytest.fixture
async def room(database) -> AsyncIterator[Room]:
    async with made(database) as room:
        yield room


async def silence(writer):
    await asyncio.sleep(30)


SAYS = {
    "the link": (answer(LINK), Sight.FOUND, "our audit"),
    "a redirect to it": (moved("/there"), Sight.FOUND, "our audit"),
    "a base": (
        answer('<base href="https://ours.example/x/"><a href="../audit">x</a>'),
        Sight.FOUND,
        "x",
    ),
    "a picture": (answer(f'<a href="{OURS}/"><img alt="our logo"></a>'), Sight.FOUND, "our logo"),
    "an uppercase host": (answer('<a href="HTTP://WWW.Ours.Example/audit">x</a>'), Sight.FOUND, "x"),
    "another link": (answer('<a href="https://ours.example/other">x</a>'), Sight.MISSING, "no link to it"),
    "nothing": (answer("", "404 Not Found"), Sight.MISSING, "not there any more (404)"),
    "gone": (answer("", "410 Gone"), Sight.MISSING, "(410)"),
    "no entry": (answer(LINK, "403 Forbidden"), Sight.UNREAD, "(403)"),
    "too many": (answer(LINK, "429 Too Many Requests"), Sight.UNREAD, "(429)"),
    "trouble": (answer(LINK, "500 Internal Server Error"), Sight.UNREAD, "(500)"),
    "a picture file": (answer(LINK, Content_Type="image/png"), Sight.UNREAD, "no HTML page"),
    "a tangle": (answer("<div>" * 600 + LINK), Sight.UNREAD, "deeper nested"),
    "a circle": (moved("/a+circle"), Sight.UNREAD, "in a circle"),
    "too much": (answer(LINK + "x" * 150_000), Sight.UNREAD, "too large"),
}


async def test_what_a_page_says_is_logged_and_kept_apart(room):
    room.site.pages |= {f"/{says.replace(' ', '+')}": reply for says, (reply, _, _) in SAYS.items()}
    room.site.pages["/there"] = answer(LINK)
    pages = {says: await room.has(f"/{says.replace(' ', '+')}") for says in SAYS}

    assert await room.look() == len(SAYS)

    for says, (_, sight, words) in SAYS.items():
        (check,), now = await room.log(pages[says]), await room.stands(pages[says])
        assert (says, check.sight, check.actor, check.at) == (says, sight, "clock", AT)
        assert words in (check.anchor if sight is Sight.FOUND else check.why)
        assert now.column is (WON if sight is Sight.FOUND else REACHED)
        assert now.link.state is (LIVE if sight is Sight.FOUND else PENDING)
        assert bool(now.link.trouble) is (sight is Sight.UNREAD)


async def test_a_site_that_wants_no_robots_or_says_nothing_is_not_read(sqlite_url):
    database = Database(sqlite_url)
    async with made(database, HASTY) as room:
        room.site.pages |= {
            "/robots.txt": answer("User-agent: *\nDisallow: /private", Content_Type="text/plain"),
            "/private": answer(LINK),
            "/silent": silence,
        }
        private, silent = await room.has("/private"), await room.has("/silent")
        await room.look()

        said = [(await room.stands(page)).link.trouble for page in (private, silent)]
    await database.close()
    assert said == [NoFetch.ROBOTS.value, NoFetch.TOO_SLOW.value]


async def test_a_crawl_delay_is_kept_between_looks(room):
    room.site.pages["/robots.txt"] = answer("User-agent: *\nCrawl-delay: 0.3", Content_Type="text/plain")
    room.site.pages |= {f"/{number}": answer(LINK) for number in range(3)}
    pages = [await room.has(f"/{number}") for number in range(3)]
    started = time.monotonic()

    await room.look()

    assert time.monotonic() - started >= 0.6
    assert [(await room.stands(page)).link.state for page in pages] == [LIVE] * 3


async def test_a_link_of_a_page_with_letters_of_its_own_is_found(room):
    room.site.pages["/"] = answer(
        '<a href="https://b%C3%BCcher.example/">x</a><a href="https://bücher.example/ň">y</a>'
        '<a href="https://straße.example/">z</a>'
    )
    page = await room.has(host="blö.test", target_url="https://xn--bcher-kva.example/%C5%88")
    sharp = await room.has(host="blö.test", target_url="https://straße.example")

    await room.look()

    assert (await room.stands(page)).link.anchor == "y"
    assert (await room.stands(sharp)).link.anchor == "z"


async def test_a_found_link_wins_and_what_waits_for_it_is_taken_back(room):
    room.site.pages["/"] = answer(LINK)
    page = await room.has()
    async with room.database.begin(HERE) as uow:
        sent = await add_sent(uow, (await add_lead(uow, "a@b.com")).id)
        run = a_run(page.lead_id, sent.site.id, sent.sequence.id, opportunity_id=page.id)
        await uow.runs.add(run)
        mail = a_mail(page.lead_id, sent.site.id, opportunity_id=page.id, run_id=run.id)
        await uow.mails.add(mail, "waits", "a@b.com")
        before = await uow.opportunities.get(page.id, locked=True)
        await uow.opportunities.change(before, moved_by_hand(before, REACHED, "U1", room.now))

    assert await room.look() == 1

    now = await room.stands(page)
    assert (now.column, now.set_by, now.waiting) == (WON, "clock", 0)
    async with room.database.read(HERE) as uow:
        assert (await uow.mails.get(mail.id)).problem == "The link was seen on the page"
        assert not (await uow.runs.get(run.id)).is_open and (await uow.runs.get(sent.run.id)).is_open
        kinds = [event.kind for event in await uow.events.of_lead(page.lead_id)]
        assert kinds.count(EventKind.LINK_LIVE) == 1 and EventKind.SEQUENCE_STOPPED in kinds
        assert await uow.opportunities.counts() == await uow.opportunities.recount()


async def test_a_link_is_lost_at_the_second_look_and_comes_back(room):
    room.site.pages["/"] = answer(LINK)
    page = await room.has(column=WON, notes="paid", sent=1)
    await room.look()
    room.site.pages["/"] = answer("rebuilt")
    await room.look(days=7)
    assert (await room.stands(page)).link.state is LIVE
    room.site.pages["/"] = answer("", "503 Service Unavailable")
    await room.look(hours=6)
    assert (await room.stands(page)).link.state is LIVE
    room.site.pages["/"] = answer("rebuilt")
    await room.look(hours=1)

    lost = await room.stands(page)
    assert (lost.column, lost.by_hand, lost.lost_at, lost.notes) == (REACHED, None, room.now, "paid")
    room.site.pages["/"] = answer(LINK)
    await room.look(days=13)
    assert (await room.stands(page)).link.state is LOST
    await room.look(days=1)
    found = await room.stands(page)
    assert (found.column, found.lost_at, found.link.state) == (WON, None, LIVE)
    assert [(check.sight, check.is_turn) for check in await room.log(page)][::-1] == [
        (Sight.FOUND, True),
        (Sight.MISSING, False),
        (Sight.UNREAD, False),
        (Sight.MISSING, True),
        (Sight.FOUND, True),
    ]


async def test_pages_nobody_waits_for_are_never_looked_at(room):
    room.site.pages["/"] = answer(LINK)
    for column, given in ((NEW, {}), (QUEUED, {}), (REACHED, {"target_url": ""}), (REACHED, {"deleted_at": AT})):
        await room.has(f"/{column}{len(given)}{bool(given.get('deleted_at'))}", column, link=LinkStanding(), **given)

    assert await room.look() == 0 and room.site.asked == []


async def test_a_look_that_died_before_it_was_recorded_is_taken_again(room, monkeypatch):
    room.site.pages["/"] = answer(LINK)
    page = await room.has()

    async def died(*_):
        raise RuntimeError("power cut")

    with monkeypatch.context() as cut:
        cut.setattr(link_checks, "record", died)
        assert await room.look() == 0
    assert await room.look() == 0 and await room.log(page) == []
    assert await room.look(seconds=LEASE.total_seconds()) == 1
    assert len(await room.log(page)) == 1


async def test_a_checker_that_is_stopped_leaves_its_pages_to_the_next(room):
    room.site.pages["/"] = silence
    page = await room.has()
    running = asyncio.create_task(room.look())
    while "/" not in room.site.asked:
        await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    room.site.pages["/"] = answer(LINK)
    assert await room.look() == 1 and len(await room.log(page)) == 1


async def test_two_workers_look_once_and_a_host_has_two_requests_at_once(room):
    async def slowly(writer):
        await asyncio.sleep(0.05)
        writer.write(answer(LINK))

    pages = [await room.has(f"/{number}") for number in range(7)]
    room.site.pages |= {f"/{number}": slowly for number in range(7)}
    other = LinkCheckService(room.database, lambda: room.now, room.looker)

    looks = await asyncio.gather(room.look(), other.check_due(HERE))

    assert sum(looks) == 7 and [len(await room.log(page)) for page in pages] == [1] * 7
    assert room.site.most_at_once <= AT_ONCE


async def test_a_site_that_never_answers_does_not_hold_up_the_others(sqlite_url, monkeypatch):
    monkeypatch.setattr(link_checks, "CLAIMED_AT_ONCE", 4)
    database = Database(sqlite_url)
    async with made(database, HASTY) as room:
        for number in range(6):
            room.site.pages[f"/{number}"] = silence
            await room.has(f"/{number}")
        room.now += timedelta(seconds=1)
        honest = await room.has("/", domain="other.test")

        running = asyncio.create_task(room.look())
        async with asyncio.timeout(20):
            while not await room.log(honest):
                await asyncio.sleep(0.02)
        asked = [path for path in room.site.asked if path in room.site.pages]
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    await database.close()

    assert len(asked) < 6


async def test_what_changed_while_we_looked_is_looked_at_again(room):
    page = await room.has()
    asked = asyncio.Event()

    async def late(writer):
        asked.set()
        async with room.database.begin(HERE) as uow:
            held = await uow.opportunities.get(page.id, locked=True)
            await uow.opportunities.change(held, replace(held, target_url="https://ours.example/else"))
        writer.write(answer(LINK))

    room.site.pages["/"] = late

    await room.look()

    now = await room.stands(page)
    assert asked.is_set() and (now.column, now.link.state) == (REACHED, PENDING)
    assert [check.sight for check in await room.log(page)] == [Sight.MISSING]


async def test_somebody_may_have_a_page_looked_at_at_once(room):
    room.site.pages["/"] = answer(LINK)
    page = await room.has(column=NEW, link=LinkStanding())

    found = await room.service.check_now(HERE, ANA, page.id)

    assert (found.column, found.link.state) == (WON, LIVE)
    assert [(check.actor, check.sight) for check in await room.log(page)] == [(ANA.id, Sight.FOUND)]


async def test_two_clicks_in_a_row_lose_no_link(room):
    room.site.pages["/"] = answer("rebuilt")
    page = await room.has(column=WON, state=LIVE)
    for _ in range(3):
        await room.service.check_now(HERE, ANA, page.id)
    missed = await room.stands(page)

    room.now += CONFIRM_AFTER
    lost = await room.service.check_now(HERE, ANA, page.id)

    assert (missed.column, missed.link.state, missed.link.missed_at) == (WON, LIVE, AT)
    assert missed.link.next_at == AT + CONFIRM_AFTER and lost.link.state is LOST


async def test_a_click_while_somebody_looks_is_told_so(room):
    page = await room.has()
    async with room.database.begin(HERE) as uow:
        await uow.link_checks.claim(page.id, room.now, LEASE)

    with pytest.raises(Conflict):
        await room.service.check_now(HERE, ANA, page.id)


async def test_what_cannot_be_looked_at_says_why(room):
    page = await room.has(target_url="", link=LinkStanding())

    with pytest.raises(Invalid) as refused:
        await room.service.check_now(HERE, ANA, page.id)
    assert refused.value.field == "target_url"
    with pytest.raises(NotFound):
        await room.service.check_now(HERE, ANA, new_id())
    off = LinkCheckService(room.database, lambda: room.now, None)
    with pytest.raises(Unavailable):
        await off.check_now(HERE, ANA, page.id)
    assert await off.check_due(HERE) == 0 and not off.connected
