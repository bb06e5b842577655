"""A list from a fair in a real browser: dropped into the channel, mapped, imported, checked, taken back or pushed."""

import re

import pytest
from playwright.async_api import Locator, expect

from tests.browser.walking import BLOCKED, LETTER, PATIENCE_MS, Person, living_demo

pytestmark = pytest.mark.browser
FAIR = "Kontakt;E-mail;Poznámka\n" + "".join(
    f"Jana {number};jana{number}@fair{number}.example.com;Firma {number}\n" for number in range(40)
)
FAIR += "Nikdo;nobody@fair.example.com;Firma\nBez adresy;;Firma\nJana znovu;JANA3@fair3.example.com;Firma\n"

INNS = "Firma;Email;Web;City\n" + "".join(
    f"{name} Inn;host@{name.lower()}.example.com;https://{name.lower()}.example.com;Hobbiton\n"
    for name in ("Dragon", "Pony", "Bush")
)
INNS += "Ghost Inn;nobody@ghost.example.com;https://ghost.example.com;Hobbiton\n"


@pytest.fixture
async def demo(tmp_path):
    async with living_demo(f"sqlite:///{tmp_path / 'outreach.db'}", verifying=True) as world:
        yield world


async def test_a_dropped_file_becomes_leads_whose_addresses_are_checked(ana):
    await ana.visit()
    message = await ana.drops("fair.csv", FAIR)
    await ana.uses_shortcut(message, "Import leads")

    columns = await ana.sees_modal("Import leads")
    await expect(columns).to_contain_text("Forecast for 43 rows: 41 new leads", timeout=PATIENCE_MS)
    await expect(columns.get_by_label("Email")).to_have_value("1")
    await columns.get_by_label("Company name").select_option(label="Poznámka")
    await expect(columns).to_contain_text("jana0@fair0.example.com · Jana 0 · Firma 0", timeout=PATIENCE_MS)
    await ana.presses(columns, "Import 41 leads")
    done = await ana.newest("Imported fair.csv by Ana Novak")

    await expect(done).to_contain_text("41 leads added · 2 rows left out")
    await expect(done.get_by_role("link", name=re.compile("2 replies"))).to_be_visible(timeout=PATIENCE_MS)
    breakdown = await ana.opens_thread(done)
    await expect(breakdown).to_contain_text("No email address: 1")
    await expect(ana.thread.locator(".file")).to_contain_text("fair-left-out.csv")
    await sees_the_verdict(ana)
    await ana.presses(done, "Undo import", confirms=True)
    await expect(done).to_contain_text("leads removed", timeout=PATIENCE_MS)


async def test_the_valid_ones_of_a_file_become_a_segment_that_is_pushed(ana):
    await ana.visit()
    await ana.uses_shortcut(await ana.drops("inns.csv", INNS), "Import leads")
    columns = await ana.sees_modal("Import leads")
    await expect(columns).to_contain_text("Forecast for 4 rows: 4 new leads")
    await ana.presses(columns, "Import 4 leads")
    done = await ana.newest("Imported inns.csv by Ana Novak")
    await expect(done).to_contain_text("3 valid · 1 invalid")
    await makes_a_segment_of_the_valid(ana)

    form = await ana.opens("/push", "Push to PlusVibe")
    await form.get_by_label("Campaign").select_option(label=LETTER)
    await form.get_by_label("All leads of a segment").select_option(label="Inns of Hobbiton")
    await ana.presses(form, "Push")
    headline = await ana.newest(BLOCKED)
    await expect(headline).to_contain_text("0 ready, 3 not ready")
    await ana.presses(await ana.opens_thread(headline), "Start audit")
    await expect(headline).to_contain_text("All 3 are ready")
    await ana.presses(headline, "Push 3")

    await expect(headline).to_contain_text(f"Push of 3 to {LETTER} started")


async def makes_a_segment_of_the_valid(ana: Person) -> None:
    """By rules: their city, and that their address was found valid."""
    await ana.presses(await ana.opens("/outreach segments", "Segments"), "New segment")
    form = await ana.sees_modal("New segment")
    await form.get_by_label("Name").fill("Inns of Hobbiton")
    await form.get_by_label("Type").select_option(label="Dynamic: whoever matches rules")
    await ana.presses(form, "Create")
    segment = await ana.sees_modal("Segment")

    rule = await adds_a_rule(ana, segment, "City")
    await rule.get_by_placeholder("Oslo, Bergen").fill("Hobbiton")
    await ana.presses(rule, "Save")
    await expect(segment).to_contain_text("4 leads match it now")
    rule = await adds_a_rule(ana, segment, "Address check")
    await rule.get_by_label("Any of").click()
    await ana.page.get_by_role("option", name="Valid", exact=True).click()
    await ana.presses(rule, "Save")
    await expect(segment).to_contain_text("Address check is Valid")
    await expect(segment).to_contain_text("3 leads match it now")

    await ana.presses(segment, "Activate")
    await expect(segment).to_contain_text("It is active")
    await ana.closes_all(segment)


async def adds_a_rule(ana: Person, segment: Locator, field: str) -> Locator:
    """The form of a new rule about this field."""
    await ana.presses(segment, "Add rule")
    rule = await ana.sees_modal("Add rule")
    await rule.get_by_label("Field").select_option(label=field)
    return rule


async def sees_the_verdict(ana: Person) -> None:
    card = await ana.opens("/leads show nobody@fair.example.com", "Lead")
    await ana.reloads_until(card, card.get_by_text("Invalid: no such mailbox"))
    await ana.closes_all(card)
