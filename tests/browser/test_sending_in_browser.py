"""Direct sending in a real browser: a template, an email to a lead, the prospect's inbox, and the way out of it."""

import pytest
from playwright.async_api import expect

from bot.outreach.mails import UNDO_FOR
from tests.browser.walking import PATIENCE_MS, Person

pytestmark = pytest.mark.browser
BODY = "Hello {{ first_name | default('there') }},\n\n{{ company_name }} has one thing to mend: {{ top_issue }}."


async def test_a_template_becomes_a_mail_in_the_prospects_inbox_and_they_unsubscribe(demo, ana):
    lead = await demo.has_lead("Story Works", ready=True, email="quiet@storyworks.example.com")
    await ana.visit()
    await writes_a_template(ana)

    await sends_it(ana, lead.email)
    demo.clock.move(seconds=UNDO_FOR.total_seconds())
    await demo.tick()
    await demo.demo.sendgrid.live()

    await ana.opens_mail("One thing at Story Works")
    letter = ana.page.frame_locator("iframe")
    await expect(letter.get_by_text("Story Works has one thing to mend")).to_be_visible()
    await ana.page.get_by_role("button", name="Unsubscribe", exact=True).click()
    await ana.visit()
    listed = await ana.opens("/outreach unsubscribes", "Unsubscribes")
    await expect(listed).to_contain_text("quiet@storyworks.example.com")
    await expect(listed).to_contain_text("one-click unsubscribe")


async def writes_a_template(ana: Person) -> None:
    templates = await ana.opens("/outreach templates", "Templates")
    await ana.presses(templates, "New template")
    form = await ana.sees_modal("New template")
    await form.get_by_label("Name").fill("Story")
    await form.get_by_label("Subject").fill("One thing at {{ company_name }}")
    await form.get_by_label("Text").fill(BODY)
    await ana.presses(form, "Save")
    templates = await ana.sees_modal("Templates")
    await expect(templates).to_contain_text("Saved Story.")
    await ana.closes_all(templates)


async def sends_it(ana: Person, email: str) -> None:
    card = await ana.opens(f"/leads show {email}", "Lead")
    await ana.presses(card, "Send email")
    form = await ana.sees_modal("Send email")
    await form.get_by_label("Template").select_option(label="Story")
    await expect(form.get_by_label("Subject")).to_have_value("One thing at Story Works")
    await ana.presses(form, "Preview")
    await expect(form).to_contain_text("Goes to quiet@storyworks.example.com from Lena Brandt", timeout=PATIENCE_MS)
    await ana.presses(form, "Send")
    queued = await ana.sees_modal("Emails sent directly")
    await expect(queued).to_contain_text("Queued to send")
    await ana.closes_all(queued)
