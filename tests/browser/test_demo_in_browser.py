"""The demo as its first visitor meets it, in a real browser: the main job from end to end, and what surrounds it."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from bot.sandbox.slack.server import CHLOE, SALES
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.walking import BLOCKED, LANDED, LETTER, PATIENCE_MS, Person, living_demo
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One demo for all tests here: each works on leads and in channels of its own, in any order."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: install the package chromium")
    async with living_demo(f"sqlite:///{tmp_path_factory.mktemp('demo') / 'outreach.db'}") as world:
        yield world


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        await launched.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(demo: World, browser: Browser) -> AsyncIterator[Page]:
    """A page of its own in which any script error or refused load fails the test."""
    page = await browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(PATIENCE_MS)
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda message: message.type == "error" and troubles.append(message.text))
    yield page
    await page.close()
    assert troubles == []


@pytest_asyncio.fixture(loop_scope="module")
async def ana(demo: World, page: Page) -> Person:
    """Whatever an earlier test left open is closed: modals belong to the person, not to the page."""
    demo.slack.workspace.modals.clear()
    return Person(page, demo.address)


async def has_lead(demo: World, company: str, domain: str) -> None:
    given = {"email": f"jane@{domain}", "firstName": "Jane", "companyName": company, "domain": domain}
    answer = await demo.api.post("/api/leads", json=given)
    assert answer.status_code == 201, answer.text


async def test_a_refused_push_is_put_right_from_its_thread_and_goes_out_without_blanks(ana):
    await ana.visit()
    await ana.pushes_the_whole_page()
    headline = await ana.newest(BLOCKED)
    report = await ana.opens_thread(headline)
    ready = int(re.search(r"(\d+) ready", await headline.inner_text())[1])
    new = int(re.search(r"not been audited yet, run an audit first \((\d+) lead", await report.inner_text())[1])

    await ana.presses(report, "Start audit")

    await expect(headline).to_contain_text(f"{ready + new} ready", timeout=PATIENCE_MS)
    await expect(report).not_to_contain_text("Lead has not been audited yet")
    news = await ana.newest(LANDED, after=headline)
    company = re.search(r"(?:• |landed: )(.+?), \d+ variables, now Email Ready", await news.inner_text())[1]

    await ana.leaves_out_whoever_is_in_the_way(report)

    await expect(headline).to_contain_text(f"All {ready + new} are ready", timeout=PATIENCE_MS)

    await ana.presses(headline, f"Push {ready + new}", confirms=True)

    await expect(headline).to_contain_text(f"Push of {ready + new} to {LETTER} started", timeout=PATIENCE_MS)
    await expect(report.get_by_role("button").filter(has_not_text="⋯")).to_have_count(0, timeout=PATIENCE_MS)
    await ana.newest(re.compile(rf"Pushed {ready + new} to {LETTER}\s*by Ana Novak"), after=headline)
    await arrived_without_blanks(ana.page, ana.address, company)


async def arrived_without_blanks(page: Page, address: str, company: str) -> None:
    """At PlusVibe: the lead is in the campaign, its next e-mail is complete, its merge fields hold something."""
    await page.goto(f"{address}/plusvibe")
    await page.get_by_role("link", name=LETTER, exact=True).click()
    row = page.get_by_role("row").filter(has_text=company)
    await expect(row).to_contain_text("complete")
    await expect(page.locator("main")).not_to_contain_text("blank")

    await row.get_by_role("link").click()

    await expect(page.locator("main")).not_to_contain_text("blank")
    for key in (
        "custom_audit_grade",
        "custom_top_issue",
        "custom_company_name",
        "custom_email_subject",
        "custom_email_body",
    ):
        value = page.get_by_role("row").filter(has=page.get_by_text(key, exact=True)).get_by_role("cell").last
        await expect(value).to_have_text(re.compile(r"\S"))


async def test_search_as_you_type_keeps_words_and_focus_and_the_card_leads_back_to_them(ana):
    await ana.visit()
    leads = await ana.opens("/leads", "Leads")
    box = leads.get_by_label("Search")

    await ana.finds(leads, "northwind")

    await expect(box).to_be_focused()
    await expect(box).to_have_value("northwind")
    await expect(leads).to_contain_text("6 leads · page 1 of 1")

    await leads.get_by_role("button", name="More actions").first.click()
    await ana.page.get_by_role("menuitem", name="View details").click()
    card = await ana.sees_modal("Lead")
    await expect(card.get_by_role("heading", name="Northwind Hotels ASA")).to_be_visible()
    await ana.presses(card, "Back to list")

    leads = await ana.sees_modal("Leads")
    await expect(leads.get_by_label("Search")).to_have_value("northwind")
    await expect(leads).to_contain_text("6 leads · page 1 of 1")


async def test_an_armed_push_goes_off_once_its_lead_is_ready(demo, ana):
    await has_lead(demo, "Patience Ltd", "patience.example")
    await ana.visit(channel=SALES)

    await ana.says(f"/push patience.example to {LETTER}")
    headline = await ana.newest(BLOCKED)
    report = await ana.opens_thread(headline)
    await ana.presses(report, "Push when ready")
    await expect(headline).to_contain_text("Armed by Ana Novak: pushes all 1 once ready", timeout=PATIENCE_MS)
    await ana.presses(report, "Start audit")

    await expect(headline).to_contain_text(f"All 1 were ready, and their push to {LETTER} started", timeout=PATIENCE_MS)
    await ana.newest(re.compile(rf"Pushed 1 to {LETTER}\s*by Ana Novak"))
    await expect(report.get_by_role("button").filter(has_not_text="⋯")).to_have_count(0, timeout=PATIENCE_MS)


async def test_a_hostile_name_is_text_in_the_list_and_in_the_report(demo, ana):
    name = "<!channel> <https://evil.example|Bank>"
    await has_lead(demo, name, "hostile.example")
    await ana.visit(channel=SALES)

    leads = await ana.opens("/leads", "Leads")
    await ana.finds(leads, "hostile.example")
    await expect(leads).to_contain_text(name)
    await ana.presses(leads, "Close")
    await ana.says(f"/push hostile.example to {LETTER}")
    report = await ana.opens_thread(await ana.newest(BLOCKED))

    await expect(report).to_contain_text(name)
    await expect(ana.page.locator(".mention-broadcast, a[href*='evil.example']")).to_have_count(0)


async def test_a_plain_member_sees_the_card_but_not_the_raw_payload(ana):
    await ana.visit()
    await ana.presses(ana.page.locator(".toolbar"), "Somebody replies")
    toast = ana.page.locator("#own-toasts .toast", has_text="replied, interested")
    email = (await toast.inner_text()).split(" ")[0]
    card = await ana.opens(f"/leads show {email}", "Lead")
    await ana.reloads_until(card, card.get_by_role("button", name="Raw payload"))
    await ana.presses(card, "Close")

    await ana.page.get_by_label("You are").select_option("Chloe Martin (member)")
    await ana.page.wait_for_url(f"**user={CHLOE}")

    card = await ana.opens(f"/leads show {email}", "Lead")
    await expect(card).to_contain_text("Label: INTERESTED")
    await expect(card.get_by_role("button", name="Raw payload")).to_have_count(0)
