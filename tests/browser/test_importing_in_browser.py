"""A list from a fair in a real browser: dropped into the channel, mapped, foretold, imported, checked, taken back."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.walking import BLOCKED, LANDED, LETTER, PATIENCE_MS, Person, living_demo

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
    await expect(columns).to_contain_text("Forecast for 4 rows: 4 new leads", timeout=PATIENCE_MS)
    await ana.presses(columns, "Import 4 leads")
    done = await ana.newest("Imported inns.csv by Ana Novak")
    await expect(done).to_contain_text("3 valid · 1 invalid", timeout=PATIENCE_MS)

    await makes_a_segment_of_the_valid(ana)
    form = await ana.opens("/push", "Push to PlusVibe")
    await form.get_by_label("Campaign").select_option(label=LETTER)
    await form.get_by_label("All leads of a segment").select_option(label="Inns of Hobbiton")
    await ana.presses(form, "Push")
    headline = await ana.newest(BLOCKED)

    await expect(headline).to_contain_text("0 ready, 3 not ready")
    report = await ana.opens_thread(headline)
    await ana.presses(report, "Start audit")
    await ana.newest(LANDED, after=headline)
    await report.get_by_role("button", name="Push 3").click(timeout=PATIENCE_MS)
    await ana.agrees()
    await ana.newest(re.compile(rf"Pushed 3 to {LETTER}\s*by"), after=headline)


async def makes_a_segment_of_the_valid(ana: Person) -> None:
    """By rules: their city, and that their address was found valid."""
    segments = await ana.opens("/outreach segments", "Segments")
    await ana.presses(segments, "New segment")
    form = await ana.sees_modal("New segment")
    await form.get_by_label("Name").fill("Inns of Hobbiton")
    await form.get_by_label("Type").select_option(label="Dynamic: whoever matches rules")
    await ana.presses(form, "Create")
    for field in ("City", "Address check"):
        segment = await ana.sees_modal("Segment")
        await ana.presses(segment, "Add rule")
        rule = await ana.sees_modal("Add rule")
        await rule.get_by_label("Field").select_option(label=field)
        await ana.settled()
        if field == "City":
            await rule.get_by_label("Values").fill("Hobbiton")
        else:
            await rule.get_by_label("Any of").select_option(label="Valid")
        await ana.presses(rule, "Save")
    segment = await ana.sees_modal("Segment")
    await expect(segment).to_contain_text("3 leads match it now")
    await ana.presses(segment, "Activate")
    await expect(segment).to_contain_text("It is active")
    await ana.closes_all(segment)


async def sees_the_verdict(ana: Person) -> None:
    card = await ana.opens("/leads show nobody@fair.example.com", "Lead")
    await ana.reloads_until(card, card.get_by_text("Invalid: no such mailbox"))
    await ana.closes_all(card)
