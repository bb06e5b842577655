"""Link checks: many pages of many sites read for one link each, decided and recorded, against bare reading."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select

from bot.clock import utc_now
from bot.gateways.dns import Dns
from bot.gateways.parsing import Parsing
from bot.gateways.web import AT_ONCE, WebClient
from bot.outreach.link_checks import LinkStanding, Presence
from bot.outreach.opportunities import BoardColumn, Opportunity
from bot.services.link_checks import LOOKS_AT_ONCE, LinkCheckService
from bot.services.link_looking import LinkLooker
from storage.database import Database
from storage.ids import new_id
from storage.link_checks import link_checks
from storage.opportunity_tables import opportunities, searched, values_of
from tests.bench.audits import fetched_bare, stood_in
from tests.bench.measuring import Figure
from tests.bench.million import HERE, Stock, lead_id
from tests.bench.sites import PAGES, host, most_at_once, sites

A_SECOND = 300
_TARGET = "https://linkedin.com/company/acme"  # the one link that leaves the bench's sites
_CHUNK = 1_000


async def links_checked(stock: Stock, *, count: int) -> list[Figure]:
    """So many pages, ten of a site: half are won and looked at again, half were written to and are won by the look."""
    database = Database(stock.url)
    await _stocked(database, stock.leads, count)
    with sites() as port:
        ours = await _ours(database, port)
        most = await most_at_once(port)
        floor = await fetched_bare(port, count // PAGES, at_once=LOOKS_AT_ONCE)
    await _all_are_recorded(database, count)
    await database.close()
    rate, bare = count / ours, count / floor
    name = f"{count:,} links checked and recorded, {stock.kind}"
    return [
        Figure(name, rate, "a second", f"≥ {A_SECOND}", rate >= A_SECOND, bare, "the same pages fetched and parsed"),
        Figure("most requests to one site", most, "at once", f"≤ {AT_ONCE}", most <= AT_ONCE),
    ]


async def _ours(database: Database, port: int) -> float:
    """The seconds until none is due."""
    with stood_in(port) as stand_in:
        web = WebClient(Dns(), contact="http://bot.example/audits", stand_in=stand_in)
        parsing = Parsing()
        service = LinkCheckService(database, utc_now, LinkLooker(web, parsing))
        started = time.perf_counter()
        while await service.check_due(HERE.id):
            pass
        seconds = time.perf_counter() - started
        await web.aclose()
        await parsing.aclose()
    return seconds


async def _all_are_recorded(database: Database, count: int) -> None:
    async with database.read(HERE.id) as uow:
        logged = await uow.link_checks._tenant.value(select(func.count()).select_from(link_checks))
        assert (logged, await uow.opportunities.counts()) == (count, {BoardColumn.WON: count})


async def _stocked(database: Database, leads: int, count: int) -> None:
    async with database.begin(HERE.id) as uow:
        tenant = uow.opportunities._tenant
        await tenant.change(delete(link_checks))
        await tenant.change(delete(opportunities))
        rows = list(_rows(leads, count))
        for start in range(0, count, _CHUNK):
            await tenant.many(insert(opportunities), [tenant.row(**row) for row in rows[start : start + _CHUNK]])
        await uow.opportunities.repair()


def _rows(leads: int, count: int) -> Iterator[dict[str, Any]]:
    now = utc_now() - timedelta(days=7)
    for number in range(count):
        domain = host(number // PAGES)
        url = f"http://{domain}/{number % PAGES or ''}"
        state = Presence.LIVE if number % 2 else Presence.PENDING
        page = Opportunity(
            new_id(),
            lead_id(number % leads),
            url,
            domain,
            "U0BENCH",
            now,
            now,
            anchor_text="Our page at LinkedIn",
            target_url=_TARGET,
            column=BoardColumn.WON if number % 2 else BoardColumn.REACHED,
            sent=1,
            link=LinkStanding(state=state, next_at=now + timedelta(seconds=number * 7_919 % count)),
        )
        yield values_of(page) | {"link_key": page.link_key, "search_text": searched(page)}
