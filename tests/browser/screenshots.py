"""`python -m tests.browser.screenshots [FOLDER] [WIDTH]`: the README's pictures, taken from the demo as it is."""

import asyncio
import re
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Page, async_playwright, expect

from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.walking import BLOCKED, LANDED, LETTER, PATIENCE_MS, Person, living_demo
from tests.world import World

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
WIDTH, HEIGHT = 1280, 900


class Camera:
    """Takes the page as it stands, under a name."""

    def __init__(self, page: Page, folder: Path) -> None:
        self._page = page
        self._folder = folder

    async def take(self, name: str) -> None:
        """Without the caret, the pointer and anything half moved."""
        await self._page.mouse.move(0, 0)
        await self._page.screenshot(path=self._folder / f"{name}.png", animations="disabled", scale="css")


async def take_all(folder: Path, width: int) -> None:
    """Every picture, in the order of a first visit."""
    with tempfile.TemporaryDirectory() as data:
        async with living_demo(f"sqlite:///{data}/outreach.db") as demo, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = await browser.new_page(viewport={"width": width, "height": HEIGHT}, device_scale_factor=1)
            page.set_default_timeout(PATIENCE_MS)
            ana, camera = Person(page, demo.address), Camera(page, folder)
            await ana.visit()
            await the_modals(ana, camera)
            await the_refused_push(ana, camera)
            await the_drafts(ana, camera)
            await the_replies(ana, camera)
            await the_direct_mails(demo, ana, camera)
            await the_digest(ana, camera)
            await the_pages(ana, camera)
            await browser.close()


async def the_modals(ana: Person, camera: Camera) -> None:
    """The push form, the list, a card out of the list."""
    form = await ana.opens("/push", "Push to PlusVibe")
    await form.get_by_label("Campaign").select_option(label=LETTER)
    await camera.take("push-form")
    await ana.presses(form, "Cancel")

    leads = await ana.opens("/leads", "Leads")
    await camera.take("list")
    await leads.get_by_role("button", name="More actions").nth(1).click()
    await ana.page.get_by_role("menuitem", name="View details").click()
    card = await ana.sees_modal("Lead")
    await camera.take("card")
    await ana.presses(card, "Close")


async def the_refused_push(ana: Person, camera: Camera) -> None:
    """The refusal and its report, the audits landing, the push that goes out."""
    await ana.pushes_the_whole_page()
    headline = await ana.newest(BLOCKED)
    report = await ana.opens_thread(headline)
    await report.evaluate("it => it.closest('.scroll').scrollTo(0, 0)")
    await camera.take("blocked")

    ready = int((await headline.inner_text()).split(" ready")[0].split()[-1])
    await ana.presses(report, "Start audit")
    await ana.newest(LANDED, after=headline)
    await expect(headline).not_to_contain_text(f" {ready} ready", timeout=PATIENCE_MS)
    await camera.take("announced")

    await ana.leaves_out_whoever_is_in_the_way(report)
    await report.get_by_role("button", name=re.compile(r"Push \d+")).click()
    await ana.agrees()
    await ana.newest(re.compile(rf"Pushed \d+ to {LETTER}\s*by"), after=headline)
    await expect(headline).to_contain_text("started", timeout=PATIENCE_MS)
    await expect(report.get_by_role("button").filter(has_not_text="⋯")).to_have_count(0, timeout=PATIENCE_MS)
    await camera.take("pushed")


async def the_drafts(ana: Person, camera: Camera) -> None:
    """What waits for approval, and one of them as the prospect will see it."""
    await ana.visit()
    queue = await ana.opens("/drafts", "Outreach emails")
    await camera.take("drafts")
    await queue.get_by_role("button", name="More actions").first.click()
    await ana.page.get_by_role("menuitem", name="Preview").click()
    preview = await ana.sees_modal("Email preview")
    await camera.take("draft-preview")
    await ana.closes_all(preview)


async def the_replies(ana: Person, camera: Camera) -> None:
    """The list of conversations, a reply that comes in, the composer, the card once it is answered."""
    conversations = await ana.opens("/unibox", "Unibox")
    await camera.take("unibox")
    await ana.closes_all(conversations)
    card = await ana.hears_from_a_prospect()
    await expect(ana.page.locator("#own-toasts .toast")).to_have_count(0, timeout=PATIENCE_MS)
    await camera.take("reply-card")
    await ana.presses(card, "Reply")
    composer = await ana.sees_modal("Reply")
    await composer.get_by_label("Body").fill("Gladly. Does Thursday at two suit you?")
    await ana.presses(composer, "Preview")
    await expect(composer).to_contain_text("As they will read it")
    await camera.take("composer")
    await ana.closes_all(composer)


async def the_direct_mails(demo: World, ana: Person, camera: Camera) -> None:
    """The link board; a sequence before it starts, its email as the prospect sees it, its second step that asks."""
    board = await ana.opens("/pipeline board", "Link board")
    await camera.take("board")
    await ana.closes_all(board)

    lead = await demo.has_lead("Story Works", ready=True, email="quiet@storyworks.example.com")
    card = await ana.opens(f"/leads show {lead.email}", "Lead")
    await ana.presses(card, "Start sequence")
    form = await ana.sees_modal("Start sequence")
    await form.get_by_label("Sequence").select_option(label="One thing, then a reminder · manual")
    await ana.presses(form, "Preview")
    await expect(form).to_contain_text("When each step is due")
    await camera.take("sequence")
    await ana.presses(form, "Start")
    await ana.closes_all(await ana.sees_modal("Lead"))

    await ana.opens_mail(f"One thing on {lead.domain}")
    await expect(ana.page.frame_locator("iframe").locator("body")).to_contain_text("Hello")
    await camera.take("inbox")
    demo.clock.move(hours=80)
    await ana.visit()
    await ana.newest("Send next step")
    await camera.take("step")


async def the_digest(ana: Person, camera: Camera) -> None:
    """The funnel in a modal, and the same as a message."""
    funnel = await ana.opens("/pipeline", "Pipeline")
    await camera.take("pipeline")
    await ana.closes_all(funnel)
    digest = await ana.posts_the_digest()
    await digest.evaluate("it => it.scrollIntoView()")
    await camera.take("digest")


async def the_pages(ana: Person, camera: Camera) -> None:
    """The Home tab, and what arrived at PlusVibe."""
    await ana.visit(channel="home")
    await expect(ana.main).to_contain_text("Pipeline", timeout=PATIENCE_MS)
    await camera.take("home")

    await ana.page.goto(f"{ana.address}/plusvibe")
    await ana.page.get_by_role("link", name=LETTER, exact=True).click()
    await ana.page.get_by_role("row").nth(1).get_by_role("link").click()
    await expect(ana.page.frame_locator("iframe").locator("body")).to_contain_text("Hi ")
    await camera.take("plusvibe")


def main() -> None:
    """Folder and width may be given, to look at a narrow page."""
    if CHROMIUM is None:
        sys.exit("No Chromium on this machine: install the package chromium.")
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    width = int(sys.argv[2]) if len(sys.argv) > 2 else WIDTH
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(take_all(folder, width))
    for picture in sorted(folder.glob("*.png")):
        print(f"{picture}  {picture.stat().st_size // 1_000} kB")


if __name__ == "__main__":
    main()
