"""Several workers over one database: a site is asked for two pages at a time at most, whoever audits it."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from bot.gateways.dns import Dns
from bot.gateways.parsing import Parsing
from bot.gateways.pinned import StandIn
from bot.gateways.web import AT_ONCE, WebClient
from bot.outreach.leads import LeadStatus
from bot.sandbox.sites.web import SampleSites, trusting_anybody
from bot.services.auditing import Auditor
from bot.services.audits import AuditService
from bot.services.visiting import Visitor
from tests.world import built


class WatchedSites(SampleSites):
    """Counts how many requests each site has at once."""

    now: Counter[str]
    most: Counter[str]

    async def _answer(self, request):
        host = request.host.partition(":")[0].removeprefix("www.")
        self.now[host] += 1
        self.most[host] = max(self.most[host], self.now[host])
        try:
            return await super()._answer(request)
        finally:
            self.now[host] -= 1


@pytest.fixture(params=["sqlite", "postgres"])
async def world(request):
    """The application, and sites that watch it."""
    sites = WatchedSites(pause=timedelta(seconds=0.01))
    sites.now, sites.most = Counter(), Counter()
    async with built(request.getfixturevalue(f"{request.param}_url"), sites=sites) as made:
        yield made


def client_of(sites):
    stand_in = StandIn(sites.http_port, sites.https_port, trusting_anybody())
    return WebClient(Dns(), contact="http://bot.example", stand_in=stand_in)


async def works(world, parsing):
    """A worker of its own, with its own connections to the web, until nothing is left to audit."""
    web = client_of(world.demo.sites)
    visitor = Visitor(web, parsing, world.clock)
    auditor = Auditor(world.database, world.clock, visitor, address="http://bot.example", secret=b"x", at_once=2)
    service = AuditService(world.database, world.clock, None, auditor, address="", secrets=[b"x"])
    ended = 0
    while await open_ones(world):
        ended += await service.run_due(world.workspace_id)
        await asyncio.sleep(0.01)
    await web.aclose()
    return ended


async def open_ones(world):
    async with world.database.read(world.workspace_id) as uow:
        leads = await uow.leads.ids_of(LeadStatus.AUDIT_QUEUED, 99)
        return await uow.audits.open_among(leads)


async def test_workers_that_audit_leads_of_one_company_take_turns(world):
    for number in range(6):
        company, domain = f"Person {number}", f"company{number % 2}.example.com"
        lead = await world.has_lead(company, domain=domain if number < 3 else f"www.{domain}")
        await world.api.post(f"/api/leads/{lead.id}/audit")
    parsing = Parsing()

    ended = await asyncio.gather(*(works(world, parsing) for _ in range(3)))

    await parsing.aclose()
    assert sum(ended) == 6
    assert set(world.demo.sites.most) == {"company0.example.com", "company1.example.com"}
    assert max(world.demo.sites.most.values()) == AT_ONCE


async def test_a_host_asked_by_both_ports_is_one_host():
    sites = WatchedSites(pause=timedelta(seconds=0.01))
    sites.now, sites.most = Counter(), Counter()
    await sites.start()
    web = client_of(sites)

    asked = [f"{scheme}://acme.example.com/{at}" for at in range(4) for scheme in ("http", "https")]
    await asyncio.gather(*(web.fetch(url) for url in asked))

    await web.aclose()
    await sites.aclose()
    assert sites.most == {"acme.example.com": AT_ONCE}
