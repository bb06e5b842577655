"""The built-in auditor: from `Start audit` over the visit to the writeback, the letter and the report."""

import asyncio
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from blocks import ids
from bot.gateways.web import WebClient
from bot.outreach.audits import Audit, AuditState
from bot.outreach.fetching import NoFetch
from bot.outreach.leads import LeadStatus
from bot.sandbox.sites.web import SampleSites, SiteAnswer
from bot.services import auditing
from handlers import lead_card
from handlers.schedule import run_audits
from tests.world import built


@pytest.fixture(params=["sqlite", "postgres"])
async def world(request):
    """The application whose web is the sample sites."""
    url = request.getfixturevalue(f"{request.param}_url")
    async with built(url, sites=SampleSites(pause=timedelta(0))) as made:
        yield made


@pytest.fixture
async def sqlite_world(sqlite_url):
    """The same over SQLite alone."""
    async with built(sqlite_url, sites=SampleSites(pause=timedelta(0))) as made:
        yield made


async def audited(world, company="Acme"):
    """A lead whose audit was asked for and done."""
    lead = await world.has_lead(company)
    await world.api.post(f"/api/leads/{lead.id}/audit")
    await world.tick()
    await world.tick(seconds=10)  # the announcement waits a moment for others
    return await world.lead(lead.id)


async def audits_of(world, lead):
    """The finished audits of a lead, newest first."""
    async with world.database.read(world.workspace_id) as uow:
        return await uow.audits.finished_of(lead.id, limit=9)


async def test_an_audit_ends_in_a_writeback_and_a_letter_that_names_the_top_issue(world):
    lead = await audited(world)

    (audit,) = await audits_of(world, lead)
    top = audit.finished.issues[0]
    assert lead.status is LeadStatus.EMAIL_GENERATED
    assert (lead.top_issue, lead.audit_run_id) == (top.title, audit.id)
    assert lead.variables["custom_top_issue"] == top.title
    assert top.title[1:] in lead.variables["email_body"]
    assert audit.finished.pages > 4 and len(audit.finished.scores) == 6
    assert all(issue.check and issue.why and issue.fix for issue in audit.finished.issues)
    assert any("Writeback landed: Acme" in post.text for post in world.posts())


async def test_the_report_opens_by_its_link_and_by_no_other(world):
    lead = await audited(world)
    path = lead.audit_url.removeprefix(world.address)

    page = await world.api.get(path)
    other = "x" if path[-22] != "x" else "y"
    forged = await world.api.get(f"{path[:-22]}{other}{path[-21:]}")
    bare = await world.api.get(f"/audits/{lead.audit_run_id}")

    assert page.status_code == 200 and lead.top_issue.replace("'", "&#x27;") in page.text
    assert lead.domain in page.text and "@" not in page.text.split("</style>")[1]
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["referrer-policy"] == "no-referrer"
    assert (forged.status_code, bare.status_code) == (404, 404)


async def test_the_findings_open_on_the_card_with_what_changed_since_the_last_audit(sqlite_world):
    world = sqlite_world
    lead = await audited(world)
    world.clock.move(hours=1)
    await world.api.patch(f"/api/leads/{lead.id}", json={"domain": "other.example.com"})
    await world.api.post(f"/api/leads/{lead.id}/audit")
    await world.tick()

    await world.say(f"/leads show {lead.id}")
    await world.click(ids.AUDIT_REPORT, view_id=world.modal().id, value=lead.id)

    later, earlier = (audit.finished for audit in await audits_of(world, lead))
    fixed = {issue.check for issue in earlier.issues} - {issue.check for issue in later.issues}
    texts = [block["text"]["text"] for block in world.modal().payload["blocks"] if block["type"] == "section"]
    assert later.issues[0].title in "\n".join(texts)
    assert f"{len(fixed)} fixed" in "\n".join(texts)


async def test_the_card_says_how_far_an_audit_has_come(sqlite_world):
    world = sqlite_world
    lead = await world.has_lead("Acme")
    await world.api.post(f"/api/leads/{lead.id}/audit")
    async with world.database.begin(world.workspace_id) as uow:
        ((audit, _),) = await uow.audits.claim_visits(world.clock(), limit=9, lease=auditing.LEASE)
        await uow.audits.hold({audit.id: (4, 12)}, until=world.clock())

    await world.say(f"/leads show {lead.id}")

    assert "Auditing: 4 of 12 pages" in str(world.modal().payload)


async def shows(world, words):
    """Wait until the modal says so by itself."""
    async with asyncio.timeout(10):
        while words not in str(world.modal().payload):
            await asyncio.sleep(0.01)


async def test_the_card_follows_its_audit_by_itself(sqlite_world, monkeypatch):
    world = sqlite_world
    monkeypatch.setattr(lead_card, "LOOK_SECONDS", 0.01)
    lead = await world.has_lead("Acme")
    await world.say(f"/leads show {lead.id}")

    await world.click(ids.START_AUDIT, view_id=world.modal().id, block_id="card_audit")
    async with world.database.begin(world.workspace_id) as uow:
        ((audit, _),) = await uow.audits.claim_visits(world.clock(), limit=9, lease=auditing.LEASE)
        await uow.audits.hold({audit.id: (4, 12)}, until=world.clock())
    await shows(world, "Auditing: 4 of 12 pages")
    await world.tick(seconds=auditing.LEASE.total_seconds() + 1)

    await shows(world, (await world.lead(lead.id)).top_issue)
    assert "Audit finished: grade" in str(world.modal().payload)


async def test_what_is_opened_over_a_followed_card_stays(sqlite_world, monkeypatch):
    world = sqlite_world
    monkeypatch.setattr(lead_card, "LOOK_SECONDS", 0.01)
    lead = await world.has_lead("Acme")
    await world.say(f"/leads show {lead.id}")
    await world.click(ids.START_AUDIT, view_id=world.modal().id, block_id="card_audit")

    await world.click(ids.BACK_TO_LIST, view_id=world.modal().id)
    await world.tick()
    async with asyncio.timeout(10):
        while world.house.watching.follows:
            await asyncio.sleep(0.01)

    assert world.modal().payload["title"]["text"] == "Leads"


async def test_an_audit_cut_off_in_the_middle_is_taken_up_again(world):
    lead = await world.has_lead("Acme")
    world.demo.sites.pause = timedelta(seconds=30)
    await world.api.post(f"/api/leads/{lead.id}/audit")
    running = asyncio.create_task(run_audits(world.house))
    while not world.demo.sites.requests:
        await asyncio.sleep(0.01)

    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    world.demo.sites.pause = timedelta(0)
    await world.tick()

    assert (await world.lead(lead.id)).status is LeadStatus.EMAIL_GENERATED


async def test_an_audit_whose_process_died_is_free_when_its_lease_has_run_out(sqlite_world):
    world = sqlite_world
    lead = await world.has_lead("Acme")
    await world.api.post(f"/api/leads/{lead.id}/audit")
    async with world.database.begin(world.workspace_id) as uow:
        await uow.audits.claim_visits(world.clock(), limit=9, lease=auditing.LEASE)

    await world.tick()
    before = (await world.lead(lead.id)).status
    await world.tick(seconds=auditing.LEASE.total_seconds() + 1)

    assert before is LeadStatus.AUDIT_QUEUED
    assert (await world.lead(lead.id)).status is LeadStatus.EMAIL_GENERATED


async def test_a_slow_site_does_not_keep_others_waiting(sqlite_world):
    world = sqlite_world
    world.demo.sites.pages["slow.example.com/robots.txt"] = SiteAnswer(
        200, "User-agent: *\nCrawl-delay: 20", "text/plain"
    )
    slow = await world.has_lead("Slow", domain="slow.example.com")
    await world.api.post(f"/api/leads/{slow.id}/audit")
    running = asyncio.create_task(run_audits(world.house))
    while not world.demo.sites.requests:
        await asyncio.sleep(0.01)
    world.clock.move(seconds=60)

    lead = await world.has_lead("Acme")
    await world.api.post(f"/api/leads/{lead.id}/audit")
    async with asyncio.timeout(10):
        while (await world.lead(lead.id)).status is not LeadStatus.EMAIL_GENERATED:
            await asyncio.sleep(0.05)

    assert not running.done() and (await world.lead(slow.id)).status is LeadStatus.AUDIT_QUEUED
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_the_cards_line_says_when_the_audit_is_over(sqlite_world):
    world = sqlite_world
    lead = await world.has_lead("Acme", last_action="Audit started. The writeback follows by itself.")
    other = await world.has_lead("Beta", last_action="Status set by hand to Opened.")
    for each in (lead, other):
        async with world.database.begin(world.workspace_id) as uow:
            await uow.audits.add(Audit(f"of {each.id}", each.id, AuditState.REQUESTED, None, world.clock()))
    await world.tick()

    lead, other = await world.lead(lead.id), await world.lead(other.id)

    assert lead.last_action == f"Audit finished: grade {lead.grade}, {lead.score} of 100."
    assert other.last_action == "Status set by hand to Opened."


async def test_many_audits_in_several_workers_end_once_each(world):
    leads = [await world.has_lead(f"Company {number}") for number in range(12)]
    for lead in leads:
        await world.api.post(f"/api/leads/{lead.id}/audit")

    ended = await asyncio.gather(*(run_audits(world.house) for _ in range(3)))

    assert sum(ended) == len(leads)
    assert [len(await audits_of(world, lead)) for lead in leads] == [1] * len(leads)


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        (NoFetch.UNREACHABLE, AuditState.REQUESTED),
        (NoFetch.ROBOTS, AuditState.FAILED),
        (NoFetch.PRIVATE, AuditState.FAILED),
    ],
)
async def test_a_site_that_cannot_be_read_is_tried_again_or_given_up(sqlite_world, monkeypatch, reason, state):
    world = sqlite_world
    lead = await world.has_lead("Acme")

    async def refused(self, url, **options):
        return reason

    monkeypatch.setattr(WebClient, "fetch", refused)
    await world.api.post(f"/api/leads/{lead.id}/audit")
    await world.tick()

    async with world.database.read(world.workspace_id) as uow:
        audit = await uow.audits.open_for(lead.id)
    assert (audit.state if audit else AuditState.FAILED) is state
    assert reason[1:] in (await world.lead(lead.id)).last_action


async def test_an_audit_nobody_can_reach_ends_after_its_last_try(sqlite_world, monkeypatch):
    world = sqlite_world
    lead = await world.has_lead("Acme")

    async def refused(self, url, **options):
        return NoFetch.TOO_SLOW

    monkeypatch.setattr(WebClient, "fetch", refused)
    await world.api.post(f"/api/leads/{lead.id}/audit")
    for _ in range(7):
        await world.tick(seconds=70)

    told = await world.lead(lead.id)
    assert told.status is LeadStatus.NEW and "takes too long" in told.last_action


async def test_whoever_looks_into_the_log_of_a_site_learns_who_we_are(sqlite_world):
    told = await sqlite_world.api.get("/audits")

    assert told.status_code == 200 and "User-agent: outreach-bot" in told.text


async def test_two_audits_of_one_site_come_to_the_same(sqlite_world):
    first = await audited(sqlite_world)
    await sqlite_world.api.post(f"/api/leads/{first.id}/audit")
    await sqlite_world.tick(seconds=1)

    later, earlier = (audit.finished for audit in await audits_of(sqlite_world, first))
    assert (later.scores, later.issues, later.summary) == (earlier.scores, earlier.issues, earlier.summary)
    assert urlsplit(later.url).path != urlsplit(earlier.url).path
