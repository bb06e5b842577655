"""The local workspace's page while it changes under a person's hands: nothing they did is lost or goes astray."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import expect

from bot.sandbox.slack.server import ANA, OUTREACH
from tests.browser.test_page_in_browser import SUBJECT, asking, button, form, plain, says, section, visit
from tests.browser.walking import PATIENCE_MS, holding

pytestmark = pytest.mark.browser
LIVE = "**/client/live/**"


@asynccontextmanager
async def not_drawn(page):
    """The page learns of no change: what it asks next, one question at a time, waits till the end of the block."""
    async with holding(page, LIVE) as asked:
        await asked.wait()
        yield


async def tells_of_something(answer):
    return "/client/live/" in answer.url and bool((await answer.json())["parts"])


async def told_of(page, change):
    """The page has heard of this change, and has had the time to draw it."""
    answers = asyncio.Queue()
    page.on("response", answers.put_nowait)
    await page.evaluate("0")  # there and back: an answer before the browser knows of the listener is not told
    change()
    async with asyncio.timeout(PATIENCE_MS / 1000):
        while not await tells_of_something(await answers.get()):
            pass  # a question asked before the change may be answered without it
    page.remove_listener("response", answers.put_nowait)
    await page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))")


def second(*blocks):
    return form(*(blocks or [section("On top")])) | {"title": plain("Second")}


def third():
    return form(section("On top of all")) | {"title": plain("Third")}


def select(*names, block_id):
    options = [{"text": plain(name), "value": name.lower()} for name in names]
    element = {"type": "static_select", "action_id": "sort", "placeholder": plain("Sort"), "options": options}
    return {"type": "actions", "block_id": block_id, "elements": [element]}


async def test_cancel_closes_its_modal_though_another_came_on_top_meanwhile(slack, page):
    slack.modals.push_onto(ANA, form(SUBJECT))
    await visit(page, slack)
    await page.get_by_label("Subject").fill("Half a")
    slack.modals.push_onto(ANA, second())

    async with holding(page, "**/hands/close") as asked:
        await page.get_by_role("dialog", name="Second").get_by_role("button", name="Cancel").click()
        await asked.wait()
        slack.modals.push_onto(ANA, third())

    await page.get_by_role("dialog", name="Third").get_by_role("button", name="Cancel").click()
    await expect(page.get_by_role("dialog", name="Push leads")).to_be_visible()
    await expect(page.get_by_label("Subject")).to_have_value("Half a")


async def test_the_cross_closes_all_though_another_came_on_top_meanwhile(slack, page):
    slack.modals.push_onto(ANA, form(SUBJECT))
    slack.modals.push_onto(ANA, second())
    await visit(page, slack)

    async with holding(page, "**/hands/close") as asked:
        await page.get_by_role("dialog", name="Second").get_by_role("button", name="Close").click()
        await asked.wait()
        slack.modals.push_onto(ANA, third())

    await expect(page.locator("#modals [role=dialog]")).to_have_count(0)


async def test_the_cross_closes_all_though_its_modal_was_cancelled_a_moment_before(slack, page):
    slack.modals.push_onto(ANA, form(SUBJECT))
    slack.modals.push_onto(ANA, second())
    await visit(page, slack)
    dialog = page.get_by_role("dialog", name="Second")

    async with not_drawn(page):
        async with page.expect_response("**/hands/close"):
            await dialog.get_by_role("button", name="Cancel").click()
        await dialog.get_by_role("button", name="Close").click()

    await expect(page.locator("#modals [role=dialog]")).to_have_count(0)


async def test_the_rest_of_a_double_click_on_cancel_spares_the_modal_below(slack, page):
    slack.modals.push_onto(ANA, form(SUBJECT))
    slack.modals.push_onto(ANA, second(SUBJECT))  # of one size: both buttons are at the same place
    await visit(page, slack)
    cancel = page.get_by_role("dialog").get_by_role("button", name="Cancel")

    await cancel.click()
    await expect(page.get_by_role("dialog", name="Push leads")).to_be_visible()
    await page.mouse.down(click_count=2)
    await page.mouse.up(click_count=2)
    await page.get_by_label("Subject").fill("Still here")

    assert len(slack.modals.stack(ANA)) == 1
    await cancel.click()
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_escape_held_down_closes_one_modal(slack, page):
    slack.modals.push_onto(ANA, form(SUBJECT))
    slack.modals.push_onto(ANA, second())
    await visit(page, slack)

    await page.keyboard.down("Escape")
    await expect(page.get_by_role("dialog", name="Push leads")).to_be_visible()
    await page.keyboard.down("Escape")  # what the keyboard repeats
    await page.get_by_label("Subject").fill("Still here")

    assert len(slack.modals.stack(ANA)) == 1
    await page.keyboard.up("Escape")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_a_press_meets_its_button_though_the_message_is_drawn_anew_before_the_release(slack, app, page):
    message = says(slack, section("9 leads"), {"type": "actions", "elements": [button("Push", "push")]})
    await visit(page, slack)
    await page.get_by_role("button", name="Push", exact=True).hover()
    await page.mouse.down()

    await told_of(page, lambda: slack.board.rewrite(message, {"text": "notified", "blocks": changed_blocks()}))
    async with page.expect_response("**/hands/click"):
        await page.mouse.up()

    await expect(page.get_by_text("8 leads")).to_be_visible()
    assert [payload["actions"][0]["action_id"] for payload in app.of_type("block_actions")] == ["push"]


async def test_a_release_the_page_is_not_told_of_holds_nothing_up(slack, page):
    """A select's own list keeps it; the mouse over the page again says that no button is down."""
    message = says(slack, section("9 leads"))
    await visit(page, slack)
    await page.get_by_text("9 leads").hover()
    await page.mouse.down()
    await told_of(page, lambda: slack.board.rewrite(message, {"text": "notified", "blocks": [section("8 leads")]}))
    await expect(page.get_by_text("9 leads")).to_be_visible()

    await page.evaluate("document.body.dispatchEvent(new PointerEvent('pointermove', { buttons: 0, bubbles: true }))")

    await expect(page.get_by_text("8 leads")).to_be_visible(timeout=8_000)  # sooner than the longest press


async def test_a_confirmed_press_counts_though_the_message_was_drawn_anew_behind_the_question(slack, app, page):
    confirm = {"title": plain("Sure?"), "text": plain("At once."), "confirm": plain("Yes"), "deny": plain("No")}
    message = says(slack, {"type": "actions", "elements": [button("Push", "push", confirm=confirm)]})
    await visit(page, slack)
    await page.get_by_role("button", name="Push", exact=True).click()

    slack.board.rewrite(message, {"text": "notified", "blocks": changed_blocks(confirm=confirm)})
    await expect(page.get_by_text("8 leads")).to_be_visible()
    async with page.expect_response("**/hands/click"):
        await page.get_by_role("alertdialog").get_by_role("button", name="Yes").click()

    assert [payload["actions"][0]["action_id"] for payload in app.of_type("block_actions")] == ["push"]


def changed_blocks(**more):
    """Slack gives blocks without a block_id a new one with every change, so each is drawn as another one."""
    return [section("8 leads"), {"type": "actions", "elements": [button("Push", "push", **more)]}]


async def test_what_was_pressed_is_busy_until_the_page_shows_what_came_of_it(slack, app, page):
    app.answer = lambda payload: {"response_action": "update", "view": form(section("Are you sure?"))}
    slack.modals.push_onto(ANA, form(section("9 leads")))
    await visit(page, slack)
    dialog = page.get_by_role("dialog")
    push = dialog.get_by_role("button", name="Push")

    async with not_drawn(page):
        async with page.expect_response("**/hands/submit"):
            await push.click()
        await push.click()  # in the old form still; it is no answer to the question that comes
        await expect(push).to_have_attribute("aria-busy", "true")

    await expect(dialog).to_contain_text("Are you sure?")
    await expect(page.locator("[aria-busy=true]")).to_have_count(0)
    assert len(app.of_type("view_submission")) == 1


async def test_a_choice_made_while_the_one_before_is_told_is_told_after_it(slack, app, page):
    slack.modals.push_onto(ANA, form(select("Grade", "Name", "Town", block_id="order")))
    await visit(page, slack)

    async with holding(page, "**/hands/click") as asked:
        await page.get_by_label("Sort").select_option("Grade")
        await asked.wait()
        await page.get_by_label("Sort").select_option("Name")
        await page.get_by_label("Sort").select_option("Town")
    await expect(page.locator("[aria-busy=true]")).to_have_count(0)

    chosen = [payload["actions"][0]["selected_option"]["value"] for payload in app.of_type("block_actions")]
    assert chosen == ["grade", "town"]


async def test_closing_a_modal_drops_what_typing_would_have_told_after_its_pause(slack, app, page):
    typing = {"type": "plain_text_input", "dispatch_action_config": {"trigger_actions_on": ["on_character_entered"]}}
    slack.modals.push_onto(ANA, form(asking("find", "Find", typing) | {"dispatch_action": True}))
    await page.clock.install()
    await visit(page, slack)
    await page.clock.pause_at(await page.evaluate("Date.now() + 60000"))

    await page.get_by_label("Find").fill("acme")
    await page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    await page.clock.run_for(100)
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.clock.run_for(1_000)

    assert app.of_type("block_actions") == []


async def test_a_form_sent_while_its_file_goes_up_has_the_file(slack, app, page):
    file = asking("csv", "CSV file", {"type": "file_input", "max_files": 1})
    slack.modals.push_onto(ANA, form(file))
    await visit(page, slack)
    dialog = page.get_by_role("dialog")

    async with holding(page, "**/hands/upload?*") as asked:
        await dialog.get_by_label("CSV file").set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": b"a"})
        await asked.wait()
        await dialog.get_by_role("button", name="Push").click()

    await expect(dialog).to_have_count(0)
    values = app.of_type("view_submission")[-1]["view"]["state"]["values"]
    assert [file["name"] for file in values["csv"]["v"]["files"]] == ["a.csv"]


async def test_what_is_typed_while_a_message_waits_for_its_turn_is_not_sent_with_it(slack, page):
    await visit(page, slack)
    composer = page.get_by_label("Message #outreach")

    async with holding(page, "**/hands/message") as asked:
        await composer.fill("First")
        await composer.press("Enter")
        await asked.wait()
        await composer.fill("Second")
        await composer.press("Enter")
        await composer.press_sequentially("Not yet")

    await expect(page.locator("#main article").last).to_contain_text("Second")
    await expect(page.locator("[aria-busy=true]")).to_have_count(0)
    await expect(composer).to_have_value("Not yet")
    assert [message.text for message in slack.workspace.messages[OUTREACH]] == ["First", "Second"]
