"""The local workspace's page as a person uses it: typing, choosing, clicking, switching roles."""

import pytest
from playwright.async_api import expect

from bot.sandbox.slack.server import ANA, BEN, OUTREACH
from tests.browser.walking import DROP, holding

pytestmark = pytest.mark.browser


def plain(words):
    return {"type": "plain_text", "text": words}


def asking(block_id, label, element):
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": {"action_id": "v", **element}}


def section(words):
    return {"type": "section", "text": {"type": "mrkdwn", "text": words}}


def form(*blocks):
    return {"type": "modal", "title": plain("Push leads"), "submit": plain("Push"), "blocks": list(blocks)}


def button(words, action_id, **more):
    return {"type": "button", "text": plain(words), "action_id": action_id, "value": "1", **more}


def says(slack, *blocks, **more):
    return slack.board.post(slack.place(OUTREACH), {"text": "notified", "blocks": list(blocks), **more})


async def visit(page, slack, user=ANA, place=OUTREACH, more=""):
    await page.goto(f"{slack.settings.base_url}/client/{place}?user={user}{more}")
    return page


SUBJECT = asking("subject", "Subject", {"type": "plain_text_input"})
TAGS = asking(
    "tags",
    "Segments",
    {"type": "multi_static_select", "options": [{"text": plain(it), "value": it} for it in ("Roofers", "Dentists")]},
)


async def test_typed_text_survives_a_views_update_while_its_block_keeps_its_id(slack, page):
    view = slack.modals.push_onto(ANA, form(section("Loading leads…"), SUBJECT, TAGS))
    await visit(page, slack)
    subject = page.get_by_label("Subject")
    await page.get_by_label("Segments").click()
    await page.get_by_role("option", name="Dentists").click()
    await subject.fill("Quick qestion")
    await subject.evaluate("field => field.setSelectionRange(7, 7)")
    await page.keyboard.type("u")

    slack.modals.replace(view, form(section("12 leads"), section("3 are not ready"), SUBJECT, TAGS))

    await expect(page.get_by_role("dialog")).to_contain_text("3 are not ready")
    await expect(subject).to_be_focused()
    await page.keyboard.type("!")
    await expect(subject).to_have_value("Quick qu!estion")
    await expect(page.get_by_role("button", name="Remove Dentists")).to_be_visible()

    slack.modals.replace(view, form(SUBJECT | {"block_id": "subject-2"}))

    await expect(subject).to_have_value("")


async def test_what_a_list_offered_and_nobody_chose_is_not_submitted(slack, app, page):
    owner = asking("owner", "Owner", {"type": "external_select", "min_query_length": 0}) | {"optional": True}
    app.answer = lambda payload: (
        payload["type"] == "block_suggestion" and {"options": [{"text": plain("Sales team"), "value": "sales"}]}
    )
    slack.modals.push_onto(ANA, form(TAGS, owner))
    await visit(page, slack)
    dialog = page.get_by_role("dialog", name="Push leads")

    await dialog.get_by_label("Segments").click()
    await page.get_by_role("option", name="Dentists").click()
    await dialog.get_by_label("Owner").click()
    await expect(page.get_by_role("option", name="Sales team")).to_be_visible()
    await dialog.get_by_role("button", name="Push").click()

    await expect(dialog).to_be_hidden()
    values = app.of_type("view_submission")[-1]["view"]["state"]["values"]
    assert [option["value"] for option in values["tags"]["v"]["selected_options"]] == ["Dentists"]
    assert values["owner"]["v"]["selected_option"] is None


async def test_a_command_opens_a_modal_that_is_searched_filled_in_and_submitted(slack, app, page):
    leads = asking("leads", "Leads", {"type": "multi_external_select", "min_query_length": 2})
    file = asking("csv", "CSV file", {"type": "file_input", "filetypes": ["csv"], "max_files": 1})

    def answer(payload):
        if "command" in payload:
            slack.modals.open(payload["trigger_id"], form(SUBJECT, leads, file))
        elif payload["type"] == "block_suggestion":
            return {"options": [{"text": plain(f"{payload['value']} Ltd"), "value": "L1"}]}
        elif len(app.of_type("view_submission")) == 1:
            return {"response_action": "errors", "errors": {"subject": "Say it shorter."}}
        return ""

    app.answer = answer
    await visit(page, slack)
    composer = page.get_by_label("Message #outreach")
    await composer.fill("/pu")
    await page.get_by_role("option", name="/push").click()
    await composer.press_sequentially("acme.com")
    await composer.press("Enter")

    dialog = page.get_by_role("dialog", name="Push leads")
    await dialog.get_by_label("Subject").fill("Quick question")
    await dialog.get_by_label("Leads").press_sequentially("Acme")
    await page.get_by_role("option", name="Acme Ltd").click()
    await dialog.get_by_label("CSV file").set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": b"a"})
    await expect(dialog.get_by_role("button", name="Remove a.csv")).to_be_visible()
    await dialog.get_by_role("button", name="Push").click()
    await expect(dialog.get_by_role("alert")).to_have_text("Say it shorter.")
    await expect(dialog.get_by_label("Subject")).to_have_value("Quick question")
    await dialog.get_by_role("button", name="Push").click()

    await expect(dialog).to_be_hidden()
    assert app.heard[0]["text"] == "acme.com"
    values = app.of_type("view_submission")[-1]["view"]["state"]["values"]
    assert values["subject"]["v"]["value"] == "Quick question"
    assert [option["value"] for option in values["leads"]["v"]["selected_options"]] == ["L1"]
    assert [file["name"] for file in values["csv"]["v"]["files"]] == ["a.csv"]


async def test_a_declined_confirm_dialog_tells_the_app_nothing(slack, app, page):
    confirm = {
        "title": plain("Push 9 leads?"),
        "text": plain("At once."),
        "confirm": plain("Push"),
        "deny": plain("No"),
    }
    options = [{"text": plain(it), "value": it.lower()} for it in ("Open", "Remove")]
    says(slack, {"type": "actions", "elements": [button("Push the 9 ready", "push", confirm=confirm)]})
    says(slack, section("acme.com") | {"accessory": {"type": "overflow", "action_id": "row", "options": options}})
    await visit(page, slack)

    await page.get_by_role("button", name="Push the 9 ready").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="No").click()
    await page.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name="Remove").click()
    await expect(page.locator("[aria-busy=true]")).to_have_count(0)
    await page.get_by_role("button", name="Push the 9 ready").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Push").click()
    await expect(page.locator("[data-action-id=push][aria-busy]")).to_have_count(0)

    pressed = [payload["actions"][0] for payload in app.of_type("block_actions")]
    assert [action["action_id"] for action in pressed] == ["row", "push"]
    assert pressed[0]["selected_option"]["value"] == "remove"


async def test_inputs_that_dispatch_tell_the_app_as_they_are_used(slack, app, page):
    typing = {"type": "plain_text_input", "dispatch_action_config": {"trigger_actions_on": ["on_character_entered"]}}
    sort = {"type": "static_select", "action_id": "sort", "options": [{"text": plain("Grade"), "value": "grade"}]}
    filtered = asking("find", "Find", typing) | {"dispatch_action": True}
    slack.modals.push_onto(
        ANA, form(filtered, {"type": "actions", "elements": [sort | {"placeholder": plain("Sort")}]})
    )
    await visit(page, slack)

    async with page.expect_response(lambda answer: '"selected":"acme"' in (answer.request.post_data or "")):
        await page.get_by_label("Find").press_sequentially("acme")
    await page.get_by_label("Sort").select_option("Grade")
    await expect(page.locator("[aria-busy]")).to_have_count(0)

    # However slowly the letters came, what is told last is the whole word.
    *_, found, sorted_by = [payload["actions"][0] for payload in app.of_type("block_actions")]
    assert found["value"] == "acme"
    assert sorted_by["selected_option"]["value"] == "grade"


async def test_a_reply_is_written_in_the_thread_and_a_permalink_points_at_it(slack, page):
    headline = says(slack, section("Push blocked"))
    await visit(page, slack)
    message = page.locator(f"#main [data-ts='{headline.ts}']")

    await message.hover()
    await message.get_by_role("link", name="Reply in thread").click()
    await page.get_by_label("Reply to thread").fill("On it")
    await page.get_by_label("Reply to thread").press("Enter")

    await expect(page.get_by_role("complementary", name="Thread")).to_contain_text("On it")
    await expect(message).to_contain_text("1 reply")
    reply = slack.workspace.messages[OUTREACH][-1]
    await page.goto(f"{slack.settings.base_url}/archives/{OUTREACH}/p{reply.ts.replace('.', '')}")
    await expect(page.locator("#thread [data-pointed]")).to_contain_text("On it")


async def test_the_user_switch_changes_who_one_is_and_what_one_sees(slack, page):
    slack.board.post(slack.place(OUTREACH), {"text": "For owners only."}, ephemeral_to=ANA)
    await visit(page, slack)
    await expect(page.get_by_text("For owners only.")).to_be_visible()

    await page.get_by_label("You are").select_option("Ben Carter (admin)")

    await page.wait_for_url(f"**user={BEN}")
    await expect(page.get_by_label("Message #outreach")).to_be_visible()
    await expect(page.get_by_text("For owners only.")).to_have_count(0)


async def test_cancel_uncovers_the_modal_below_as_it_was_left_and_the_cross_closes_all(slack, page):
    slack.modals.push_onto(ANA, form(SUBJECT))
    await visit(page, slack)
    await page.get_by_label("Subject").fill("Half a")
    on_top = page.get_by_role("dialog", name="Second")

    slack.modals.push_onto(ANA, form(section("On top")) | {"title": plain("Second")})
    await on_top.get_by_role("button", name="Cancel").click()
    await expect(page.get_by_role("dialog", name="Push leads")).to_be_visible()  # hidden ones are found by no role
    await expect(page.get_by_label("Subject")).to_have_value("Half a")

    slack.modals.push_onto(ANA, form(section("On top")) | {"title": plain("Second")})
    await on_top.get_by_role("button", name="Close").click()
    await expect(page.locator("#modals [role=dialog]")).to_have_count(0)


async def test_a_data_table_is_sorted_and_paged_on_the_page(slack, page):
    rows = [
        [{"type": "raw_text", "text": f"lead{n}"}, {"type": "raw_number", "value": n, "text": f"{n}"}] for n in range(7)
    ]
    head = [{"type": "raw_text", "text": "Lead"}, {"type": "raw_text", "text": "Opens"}]
    says(slack, {"type": "data_table", "caption": "Leads", "page_size": 3, "rows": [head, *rows]})
    await visit(page, slack)
    first = page.get_by_role("table", name="Leads").locator("tbody tr:visible").first

    await page.get_by_role("button", name="Opens").click()
    await page.get_by_role("button", name="Opens").click()
    await expect(first).to_contain_text("lead6")
    await page.get_by_role("button", name="Next").click()

    await expect(first).to_contain_text("lead3")
    says(slack, section("Something new"))
    await expect(page.get_by_text("Something new")).to_be_visible()
    await expect(first).to_contain_text("lead3")


async def test_files_dropped_or_chosen_go_with_the_message_whose_menu_has_the_apps_shortcuts(slack, app, page):
    slack.settings.shortcuts = [
        {"name": "Import leads", "type": "message", "callback_id": "grab", "description": "From a file"}
    ]
    await visit(page, slack)
    composer = page.locator("#main .composer")

    pane = await page.locator("#main .pane").element_handle()
    async with holding(page, "**/hands/upload?*") as asked:  # the second is chosen while the first goes up
        await page.evaluate(DROP, [pane, "dropped.csv", "email\n"])
        await asked.wait()
        await composer.get_by_label("Attach files").last.set_input_files(
            {"name": "chosen.csv", "mimeType": "text/csv", "buffer": b"email\n"}
        )
    await expect(composer.locator(".chip")).to_have_count(2)
    await composer.get_by_role("button", name="Remove chosen.csv").click()
    await composer.get_by_role("button", name="Send").click()

    message = page.locator("#main article", has_text="dropped.csv")
    await expect(message.locator(".file")).to_have_count(1)
    await expect(composer.locator(".chip")).to_have_count(0)
    await message.hover()
    await message.get_by_role("button", name="Message shortcuts").click()
    await message.get_by_role("menuitem", name="Import leads").click()
    await expect(message.get_by_role("menuitem", name="Import leads")).to_be_hidden()
    await expect(page.locator("[aria-busy=true]")).to_have_count(0)
    (told,) = app.of_type("message_action")
    assert [file["name"] for file in told["message"]["files"]] == ["dropped.csv"]
