"""A sequence in a real browser: its first step in the prospect's inbox, their answer, and ours to that."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.test_sending_in_browser import writes_a_template
from tests.browser.walking import PATIENCE_MS, Person

pytestmark = pytest.mark.browser
SUBJECT = "One thing at Story Works"
ASKED, SAID = "Good point. What would mending it cost?", "About 900 euros. Shall I call you on Tuesday?"


async def test_a_prospect_answers_the_first_step_and_finds_our_answer_in_their_inbox(demo, ana):
    lead = await demo.has_lead("Story Works", ready=True, email="quiet@storyworks.example.com")
    await ana.visit()
    await writes_a_template(ana)
    await writes_a_sequence(ana)
    await starts_it(ana, lead.email)
    await demo.tick()

    await answers_as_the_prospect(ana)
    await ana.visit()
    card = await ana.newest("Story Works replied")
    await expect(card).to_contain_text(ASKED)
    await replies(ana, card)

    await expect(card).to_contain_text("Answered by", timeout=PATIENCE_MS)
    shown = await ana.opens(f"/leads show {lead.email}", "Lead")
    await expect(shown).to_contain_text("Stopped: They replied")
    await ana.opens_mail(f"Re: {SUBJECT}")
    await expect(ana.page.frame_locator("iframe").get_by_text(SAID)).to_be_visible()


async def writes_a_sequence(ana: Person) -> None:
    sequences = await ana.opens("/outreach sequences", "Sequences")
    await ana.presses(sequences, "New sequence")
    form = await ana.sees_modal("New sequence")
    await form.get_by_label("Name").fill("Spring")
    for step in ("Step 1", "Step 2"):
        await form.get_by_role("combobox", name=re.compile(f"^{step}")).select_option(label="Story")
    await ana.presses(form, "Save")
    sequences = await ana.sees_modal("Sequences")
    await expect(sequences).to_contain_text("Saved Spring.")
    await ana.closes_all(sequences)


async def starts_it(ana: Person, email: str) -> None:
    card = await ana.opens(f"/leads show {email}", "Lead")
    await ana.presses(card, "Start sequence")
    form = await ana.sees_modal("Start sequence")
    await form.get_by_label("Sequence").select_option(label="Spring · auto")
    await ana.settled()
    await ana.presses(form, "Preview")
    await expect(form).to_contain_text("Step 1 of 2 goes to")
    await ana.presses(form, "Start")
    card = await ana.sees_modal("Lead")
    await expect(card).to_contain_text("Step 1 of 2")
    await ana.closes_all(card)


async def answers_as_the_prospect(ana: Person) -> None:
    await ana.opens_mail(SUBJECT)
    await ana.page.get_by_label("Answer as").fill(ASKED)
    await ana.page.get_by_role("button", name="Send reply").click()
    await expect(ana.page.get_by_text("our address answered 200")).to_be_visible()


async def replies(ana: Person, card) -> None:
    await ana.presses(card, "Reply")
    composer = await ana.sees_modal("Reply")
    await expect(composer).to_contain_text("Goes to quiet@storyworks.example.com from lena@sunnyaudits.example")
    await composer.get_by_label("Body").fill(SAID)
    await ana.presses(composer, "Preview")
    await expect(composer).to_contain_text("As they will read it")
    await ana.presses(composer, "Send reply")
    sent = await ana.sees_modal("Reply")
    await expect(sent).to_contain_text("Sent to quiet@storyworks.example.com", timeout=PATIENCE_MS)
    await ana.closes_all(sent)
