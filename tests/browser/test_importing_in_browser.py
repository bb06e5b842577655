"""A list from a fair in a real browser: dropped into the channel, mapped, foretold, imported, checked, taken back."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.walking import PATIENCE_MS, Person, living_demo

pytestmark = pytest.mark.browser
FAIR = "Kontakt;E-mail;Poznámka\n" + "".join(
    f"Jana {number};jana{number}@fair{number}.example.com;Firma {number}\n" for number in range(40)
)
FAIR += "Nikdo;nobody@fair.example.com;Firma\nBez adresy;;Firma\nJana znovu;JANA3@fair3.example.com;Firma\n"


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


async def sees_the_verdict(ana: Person) -> None:
    card = await ana.opens("/leads show nobody@fair.example.com", "Lead")
    await ana.reloads_until(card, card.get_by_text("Invalid: no such mailbox"))
    await ana.closes_all(card)
