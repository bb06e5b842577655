"""The whole demo, alive: its sample leads, its stand-ins, its clock; and how a person walks through its page."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from playwright.async_api import Locator, Page, Route, expect

from bot.sandbox.sites.web import SampleSites
from bot.sandbox.slack.server import ANA, OUTREACH
from tests.world import World, built

LETTER = "Website audit letter"
DROP = """([pane, name, text]) => {
  const carried = new DataTransfer();
  carried.items.add(new File([text], name, { type: "text/csv" }));
  for (const kind of ["dragover", "drop"])
    pane.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: carried }));
}"""
PATIENCE_MS = 30_000  # for what needs the clock, on a machine with other work to do
expect.set_options(timeout=PATIENCE_MS)
BLOCKED = re.compile(r"Push blocked \(409\): [\d,]+ ready, [\d,]+ not ready, nothing pushed")
GATHERED = re.compile(r"💬 \d+ replies")
LANDED = re.compile(r"Writeback landed|\d+ writebacks landed")


@asynccontextmanager
async def living_demo(
    database_url: str, *, verifying: bool = False, sites: SampleSites | None = None
) -> AsyncIterator[World]:
    """The demo with its real clock; audits take a second. Slack's deadlines are wide: speed is tested elsewhere.

    verifying: addresses are checked, too. sites: our own auditor looks at these.
    """
    async with built(database_url, samples=True, verifying=verifying, sites=sites) as world:
        world.desk.after = timedelta(seconds=1)
        world.slack.settings.ack_seconds = 20
        world.slack.settings.trigger_life = timedelta(seconds=20)
        clock = world.demo.app.clock
        clock.start()
        try:
            yield world
        finally:
            await clock.stop()


@asynccontextmanager
async def holding(page: Page, address: str) -> AsyncIterator[asyncio.Event]:
    """What the page asks at this address next waits till the end of the block; gives the event that it asked.

    The route stays on: Chromium can lose a request that the page makes just as the interception is switched off.
    """
    asked, over = asyncio.Event(), asyncio.Event()

    async def wait(route: Route) -> None:
        if not asked.is_set():
            asked.set()
            await over.wait()
        await route.continue_()

    await page.route(address, wait)
    yield asked
    over.set()


class Person:
    """Somebody in front of the page. Every step ends when the page shows its outcome."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.main = page.locator("#main")
        self.thread = page.locator("#thread")

    async def visit(self, *, user: str = ANA, channel: str = OUTREACH) -> None:
        await self.page.goto(f"{self.address}/client/{channel}?user={user}")

    async def says(self, text: str) -> None:
        """A command, typed and sent."""
        composer = self.main.locator(".composer textarea")
        await composer.fill(text)
        await composer.press("Enter")
        await expect(composer).to_have_value("")

    async def opens(self, command: str, title: str) -> Locator:
        """The modal that a command opens."""
        await self.says(command)
        return await self.sees_modal(title)

    async def sees_modal(self, title: str) -> Locator:
        modal = self.page.get_by_role("dialog", name=title, exact=True)
        await expect(modal).to_be_visible(timeout=PATIENCE_MS)
        await self.settled()
        return modal

    async def presses(self, where: Locator, button: str, *, confirms: bool = False) -> None:
        """A button by its words; with a confirm dialog, its yes."""
        await where.get_by_role("button", name=button, exact=True).first.click()
        if confirms:
            await self.agrees()
        await self.settled()

    async def drops(self, name: str, text: str) -> Locator:
        """A file onto the channel, and send; the message."""
        pane = await self.main.locator(".pane").element_handle()
        await self.page.evaluate(DROP, [pane, name, text])
        composer = self.main.locator(".composer")
        await expect(composer.locator(".chip")).to_have_count(1)
        await composer.get_by_role("button", name="Send").click()
        return await self.newest(name)

    async def uses_shortcut(self, message: Locator, name: str) -> None:
        """An entry of a message's menu."""
        await message.hover()
        await message.get_by_role("button", name="Message shortcuts").click()
        await message.get_by_role("menuitem", name=name).click()

    async def agrees(self) -> None:
        await self.page.get_by_role("alertdialog").locator("[data-answer=confirm]").click()

    async def settled(self) -> None:
        """Nothing that was pressed still waits for the app's answer."""
        await expect(self.page.locator("[aria-busy=true]")).to_have_count(0, timeout=PATIENCE_MS)

    async def pushes_the_whole_page(self) -> None:
        """From the command to the refusal in the channel."""
        leads = await self.opens("/leads", "Leads")
        await leads.get_by_label("Campaign").select_option(label=LETTER)
        await self.presses(leads, "Select all on page")
        await expect(leads.get_by_role("button", name="Clear selection")).to_be_visible()
        await self.presses(leads, "Push selected")
        await expect(leads).to_be_hidden()

    async def newest(self, words: re.Pattern[str] | str, *, after: Locator | None = None) -> Locator:
        """The newest message of the channel with these words, held by its ts whatever it says later."""
        later = after.locator("xpath=following-sibling::article") if after else self.main.locator("article[data-ts]")
        message = later.filter(has_text=words).last
        await expect(message).to_be_visible(timeout=PATIENCE_MS)
        return self.main.locator(f"article[data-ts='{await message.get_attribute('data-ts')}']")

    async def opens_thread(self, headline: Locator) -> Locator:
        """The report under a headline, held by its ts."""
        await headline.get_by_role("link", name=re.compile(r"\d+ repl")).click()
        report = self.thread.locator("article[data-ts]").nth(1)
        await expect(report).to_be_visible(timeout=PATIENCE_MS)
        return self.thread.locator(f"article[data-ts='{await report.get_attribute('data-ts')}']")

    async def leaves_out_whoever_is_in_the_way(self, report: Locator) -> None:
        """`Remove` until no group is left."""
        removes = report.get_by_role("button", name="Remove", exact=True)
        while left := await removes.count():
            await removes.first.click()
            await self.agrees()
            await self.settled()
            await expect(removes).to_have_count(left - 1, timeout=PATIENCE_MS)

    async def reloads_until(self, card: Locator, shown: Locator) -> None:
        """`Reload` on the card until this is on it."""
        async with asyncio.timeout(PATIENCE_MS / 1_000):
            while not await shown.count():
                await self.presses(card, "Reload")

    async def finds(self, leads: Locator, words: str) -> None:
        """Search as one types."""
        await leads.get_by_label("Search").press_sequentially(words, delay=15)
        await expect(leads).to_contain_text(f"“{words}”", timeout=PATIENCE_MS)
        await self.settled()

    async def closes_all(self, modal: Locator) -> None:
        """The cross: this modal and those below it."""
        await modal.get_by_role("button", name="Close", exact=True).first.click()
        await expect(self.page.get_by_role("dialog")).to_have_count(0)

    async def hears_from_a_prospect(self) -> Locator:
        """Somebody replies, once the sample replies of the week stand in the channel: the card of that one reply."""
        await self.newest(GATHERED)
        await self.presses(self.page.locator(".toolbar"), "Somebody replies")
        told = self.page.locator("#own-toasts .toast", has_text=" replied, ").last
        email = (await told.inner_text()).split()[0]
        return await self.newest(re.compile(re.escape(email)))

    async def opens_mail(self, subject: str) -> None:
        """The newest mail of this subject in the prospects' inbox, looked for until it is there."""
        mail = self.page.get_by_role("link", name=subject, exact=True)
        await self.page.goto(f"{self.address}/inbox")
        async with asyncio.timeout(PATIENCE_MS / 1_000):
            while not await mail.count():
                await asyncio.sleep(0.2)
                await self.page.reload()
        await mail.first.click()

    async def posts_the_digest(self) -> Locator:
        """Today's digest, at once."""
        form = await self.opens("/outreach digest", "Digest and news")
        await self.presses(form, "Send now")
        await expect(form).to_contain_text("Posted", timeout=PATIENCE_MS)
        await self.presses(form, "Cancel")
        return await self.newest("Leads that ever got this far")
