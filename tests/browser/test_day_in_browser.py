"""A day in the workspace, in a real browser: an email is made, approved and sent; a prospect is answered; a digest."""

import re

import pytest
from playwright.async_api import Locator, expect

from tests.browser.walking import LETTER, PATIENCE_MS, Person

pytestmark = pytest.mark.browser
WORDS = "Thursday at two suits us well."


async def test_an_email_is_generated_edited_approved_handed_over_and_sent(demo, ana):
    lead = await demo.has_lead("Story Works", ready=True)
    await ana.visit()

    await approves_an_edited_email(ana, lead.email)
    await ana.presses(ana.page.locator(".toolbar"), "Send e-mails now")

    await expect(toast(ana, "PlusVibe sent")).to_be_visible()


async def test_a_prospect_answers_and_is_answered_from_the_composer(demo, ana):
    await ana.visit()

    card = await ana.hears_from_a_prospect()

    for button in ("Take", "Mark read", "Open lead"):
        await expect(card.get_by_role("button", name=button, exact=True)).to_be_visible()
    await ana.presses(card, "Reply")
    composer = await ana.sees_modal("Reply")
    await expect(composer).to_contain_text("Goes to")
    await composer.get_by_label("Body").fill(WORDS)
    await ana.presses(composer, "Preview")
    await expect(composer).to_contain_text("As they will read it")
    await expect(composer.get_by_text(WORDS).last).to_be_visible()

    await ana.presses(composer, "Send reply")

    await expect(await ana.sees_modal("Reply")).to_contain_text("Sent to", timeout=PATIENCE_MS)
    await expect(card).to_contain_text("Answered by Ana Novak", timeout=PATIENCE_MS)
    await expect(card.get_by_role("button", name="Reply", exact=True)).to_have_count(0)
    sent = [row for row in demo.plusvibe.messages if row["direction"] == "OUT" and WORDS in row["body"]["html"]]
    assert len(sent) == 1


async def test_a_digest_has_its_chart_and_a_figure_opens_exactly_its_leads(ana):
    await ana.visit()

    digest = await ana.posts_the_digest()

    await expect(digest.get_by_role("heading", name="Outreach pipeline")).to_be_visible()
    await expect(digest.locator("svg").first).to_be_visible()
    figure = digest.get_by_role("button", name=re.compile(r"^Audited \d+$"))
    number = int((await figure.inner_text()).split()[-1])
    await figure.click()
    leads = await ana.sees_modal("Audited")
    await expect(leads).to_contain_text(f"Audited: {number} leads")
    assert await counted(ana, leads) == number


async def approves_an_edited_email(ana: Person, email: str) -> None:
    """From the lead's card, sent directly at first and taken back, to its campaign."""
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
    await expect(preview).to_contain_text("Queued to send")
    await ana.presses(preview, "Undo")
    await expect(preview).to_contain_text("Ana Novak took it back")
    await preview.get_by_label("Campaign").select_option(label=LETTER)
    await ana.presses(preview, "Hand over")
    await expect(preview).to_contain_text(f"handed over to {LETTER}", timeout=PATIENCE_MS)
    await ana.presses(preview, "Close")
    await expect(ana.page.get_by_role("dialog")).to_have_count(0)


def toast(ana: Person, words: str) -> Locator:
    return ana.page.locator("#own-toasts .toast", has_text=words)


async def counted(ana: Person, leads: Locator) -> int:
    """All rows behind a figure, page by page."""
    rows = leads.get_by_role("button", name="Open", exact=True)
    following = leads.get_by_role("button", name=re.compile(r"^Next \d+$"))
    number = await rows.count()
    while await following.count():
        before = await leads.inner_text()
        await following.click()
        await expect(leads).not_to_have_text(before, use_inner_text=True)
        await ana.settled()
        number += await rows.count()
    return number
