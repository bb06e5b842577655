"""The built-in auditor in a real browser: from `Start audit` to a report that reads well, also on a phone."""

import re
from datetime import timedelta

import pytest
from playwright.async_api import Page, expect

from bot.sandbox.sites.web import SampleSites
from tests.browser.walking import living_demo

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}


@pytest.fixture
async def demo(tmp_path):
    """The demo, whose audits are our own auditor's."""
    sites = SampleSites(pause=timedelta(seconds=0.4))
    async with living_demo(f"sqlite:///{tmp_path / 'outreach.db'}", sites=sites) as world:
        yield world


async def test_an_audit_is_watched_announced_read_and_written_about(demo, ana):
    lead = await demo.has_lead("Harbour Cranes")
    await ana.visit()
    card = await ana.opens(f"/leads show {lead.email}", "Lead")

    await ana.presses(card, "Start audit (harbourcranes.example.com)")

    await ana.reloads_until(card, card.get_by_text(re.compile(r"Auditing: \d+ of \d+ pages")))
    await expect(await ana.newest("Writeback landed: Harbour Cranes")).to_contain_text("now Email Ready")
    await ana.reloads_until(card, card.get_by_role("button", name="Findings", exact=True))
    lead = await demo.lead(lead.id)
    await expect(card).to_contain_text(lead.top_issue)

    await ana.presses(card, "Findings")
    findings = await ana.sees_modal("Audit")
    await expect(findings).to_contain_text(lead.top_issue)
    await expect(findings).to_contain_text(f"Grade {lead.grade}")
    link = await findings.get_by_role("link", name="Open the report").get_attribute("href")
    await ana.closes_all(findings)

    card = await ana.opens(f"/leads show {lead.email}", "Lead")
    await ana.presses(card, "Outreach Emails (1)")
    emails = await ana.sees_modal("Outreach Emails (1)")
    await emails.get_by_role("button", name="More actions").first.click()
    await emails.get_by_role("menuitem", name="Preview").click()
    await expect(await ana.sees_modal("Email preview")).to_contain_text(lead.top_issue[1:])
    assert link == lead.audit_url
    await reads_well(ana.page, link, lead.top_issue)


async def reads_well(page: Page, link: str, top_issue: str) -> None:
    """On a phone: nothing sticks out, and what weighs most comes first."""
    await page.set_viewport_size(PHONE)
    await page.goto(link)
    await expect(page.locator("h3").first).to_have_text(top_issue)
    await expect(page.locator("h1")).to_have_text("harbourcranes.example.com")
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
