"""A day in the workspace, in a real browser: an email is made, approved and sent, answered, and counted."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.walking import LETTER, PATIENCE_MS, Person, living_demo
from tests.world import World

pytestmark = pytest.mark.browser
WORDS = "Thursday at two suits us well."


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[World]:
    async with living_demo(f"sqlite:///{tmp_path / 'outreach.db'}") as world:
        yield world


@pytest.fixture
async def ana(demo: World, page: Page) -> Person:
    page.set_default_timeout(PATIENCE_MS)
    return Person(page, demo.address)


async def test_an_email_is_generated_edited_approved_sent_answered_and_counted(demo, ana):
    lead = await demo.has_lead("Story Works", ready=True)
    await ana.visit()

    await approves_an_edited_email(ana, lead.email)
    await ana.presses(ana.page.locator(".toolbar"), "Send e-mails now")
    await expect(ana.page.locator("#own-toasts .toast", has_text="PlusVibe sent")).to_be_visible()
    await answers_a_prospect(ana)
    await reads_the_digest(ana)


async def approves_an_edited_email(ana: Person, email: str) -> None:
    """From the lead's card to its campaign."""
    card = await ana.opens(f"/leads show {email}", "Lead")
    await ana.presses(card, "Generate Email")
    preview = await ana.sees_modal("Email preview")
    await expect(preview).to_contain_text("Waiting")
    await ana.presses(preview, "Edit")
    form = await ana.sees_modal("Edit email")
    await form.get_by_label("Subject").fill("Three things on your website")
    await ana.presses(form, "Save")
    preview = await ana.sees_modal("Email preview")
    await expect(preview).to_contain_text("Three things on your website")

    await ana.presses(preview, "Approve & send")

    await expect(preview).to_contain_text("Approved by Ana Novak, revision 2")
    await preview.get_by_label("Campaign").select_option(label=LETTER)
    await ana.presses(preview, "Hand over")
    await expect(preview).to_contain_text(f"handed over to {LETTER}", timeout=PATIENCE_MS)
    await ana.presses(preview, "Close")
    await expect(ana.page.get_by_role("dialog")).to_have_count(0)


async def answers_a_prospect(ana: Person) -> None:
    """From the card in the channel to the card that says who answered."""
    await ana.presses(ana.page.locator(".toolbar"), "Somebody replies")
    toast = ana.page.locator("#own-toasts .toast", has_text=" replied, ")
    email = (await toast.inner_text()).split(" ")[0]
    card = await ana.newest(email)
    await ana.presses(card, "Reply")
    composer = await ana.sees_modal("Reply")
    await composer.get_by_label("Body").fill(WORDS)
    await ana.presses(composer, "Preview")
    await expect(composer).to_contain_text("As they will read it")

    await ana.presses(composer, "Send reply")

    outcome = await ana.sees_modal("Reply")
    await expect(outcome).to_contain_text("Sent to", timeout=PATIENCE_MS)
    await expect(card).to_contain_text("Answered by Ana Novak", timeout=PATIENCE_MS)
    await expect(card.get_by_role("button", name="Reply", exact=True)).to_have_count(0)
    await ana.presses(outcome, "Close")


async def reads_the_digest(ana: Person) -> None:
    """Figures, chart, and the leads behind a figure."""
    routes = await ana.opens("/outreach digest", "Digest and news")
    await ana.presses(routes, "Send now")
    await expect(routes).to_contain_text("Posted", timeout=PATIENCE_MS)
    await ana.presses(routes, "Cancel")

    digest = await ana.newest("Leads that ever got this far")
    await expect(digest.locator("svg").first).to_be_visible()
    figure = digest.get_by_role("button", name=re.compile(r"^Replied \d+$"))
    number = (await figure.inner_text()).split()[-1]
    await figure.click()
    leads = await ana.sees_modal("Replied")
    await expect(leads).to_contain_text(f"Replied: {number} leads")
