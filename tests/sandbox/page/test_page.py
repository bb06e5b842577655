"""The page: threads, modals, files, what each person sees, who may ask for it."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from page_given import ESCAPED, EVIL, NOW, asking, plain, says, seen, text_of

from bot.sandbox.slack.file_preview import preview
from bot.sandbox.slack.server import ANA, ARCHIVED, BEN, BOT, CHLOE, OUTREACH, SALES
from bot.sandbox.slack.state import File


async def test_a_modal_has_its_title_its_buttons_and_its_errors(local, page):
    first = {"type": "modal", "title": plain("First"), "blocks": [{"type": "divider"}]}
    second = {"type": "modal", "title": plain("Second"), "submit": plain("Save"), "close": plain("Back")}
    second["blocks"] = [asking({"type": "plain_text_input"}, hint=plain("A hint"))]
    local.modals.push_onto(ANA, first)
    view = local.modals.push_onto(ANA, second)
    view.errors = {"asked": EVIL}

    html = await seen(page)

    assert html.count('role="dialog"') == 2
    assert html.count('<div class="modal-layer" data-key') == 2
    assert f'{local.modals.stack(ANA)[0].id}" hidden' in html
    assert f'role="alert">{ESCAPED}</p>' in html
    assert "A hint" in html
    assert ">Save</button>" in html
    assert ">Back</button>" in html
    assert "Second" not in await seen(page, user=BEN)


async def test_what_was_typed_is_there_after_a_reload(local, page):
    view = {
        "type": "modal",
        "title": plain("Form"),
        "submit": plain("Save"),
        "blocks": [asking({"type": "plain_text_input"})],
    }
    opened = local.modals.push_onto(ANA, view)

    await page.post(
        "/client/hands/values", json={"user": ANA, "view_id": opened.id, "values": {"asked": {"v": "half a na"}}}
    )

    assert 'value="half a na"' in await seen(page)


async def test_values_of_a_block_that_is_gone_are_let_go(local, page):
    """The app changed the view while somebody typed into it as it was."""
    view = {"type": "modal", "title": plain("Form"), "blocks": [asking({"type": "plain_text_input"})]}
    opened = local.modals.push_onto(ANA, view)
    values = {"gone": {"v": "old"}, "asked": {"v": "new"}}

    answer = await page.post("/client/hands/values", json={"user": ANA, "view_id": opened.id, "values": values})

    assert answer.status_code == 200
    assert 'value="new"' in await seen(page)


async def test_a_search_in_a_modal_that_is_closed_finds_nothing(page):
    asked = {"user": ANA, "action_id": "v", "value": "acme", "view_id": "V404"}

    answer = await page.post("/client/hands/options", json=asked)

    assert (answer.status_code, answer.json()) == (200, [])


async def test_a_form_is_submitted_though_another_came_on_top_of_it_meanwhile(local, page):
    """Its button was pressed before the page showed that."""
    view = {
        "type": "modal",
        "title": plain("Form"),
        "submit": plain("Save"),
        "blocks": [asking({"type": "plain_text_input"})],
    }
    below, above = local.modals.push_onto(ANA, view), local.modals.push_onto(ANA, view)

    answer = await page.post("/client/hands/submit", json={"user": ANA, "view_id": below.id, "values": {}})

    assert answer.status_code == 200
    assert below.errors
    assert not above.errors


async def test_every_answer_names_the_version_that_shows_what_came_of_it(local, page):
    said = await page.post("/client/hands/message", json={"user": ANA, "channel": OUTREACH, "text": "hi"})
    refused = await page.post("/client/hands/click", json={"user": ANA, "action_id": "x", "view_id": "V404"})

    assert said.headers["workspace-version"] == refused.headers["workspace-version"] == str(local.workspace.version)


async def test_an_empty_channel_suggests_what_to_start_with(local, page):
    start = 'data-act="start" data-text="/leads"'

    assert start in await seen(page)
    assert start not in await seen(page, ARCHIVED)

    says(local)

    assert start not in await seen(page)


async def test_thread_replies_are_counted_under_their_parent_and_shown_in_the_pane(local, page):
    parent = says(local)
    for words in ("first reason", "second reason"):
        says(local, {"type": "section", "text": text_of(words)}, thread_ts=parent.ts)

    channel, thread = await seen(page), await seen(page, thread=parent.ts)

    assert '<span class="count">2 replies</span>' in channel
    assert "first reason" not in channel
    assert "first reason" in thread
    assert 'aria-label="Reply to thread"' in thread


async def test_a_permalink_to_a_reply_opens_its_thread_and_points_at_it(local, page):
    parent = says(local)
    reply = says(local, {"type": "section", "text": text_of("the reason")}, thread_ts=parent.ts)

    redirect = await page.get(f"/archives/{OUTREACH}/p{reply.ts.replace('.', '')}")
    html = (await page.get(redirect.headers["location"])).text

    assert "the reason" in html
    assert html.count("data-pointed") == 1


async def test_a_long_channel_is_drawn_from_its_newest_messages_back_as_far_as_asked(local, page):
    for number in range(130):
        local.board.post(local.place(OUTREACH), {"text": f"message {number}."})

    html = await seen(page)
    oldest = local.workspace.messages[OUTREACH][10].ts

    assert "message 70." in html
    assert "message 69." not in html
    assert f"ts={oldest}" in html
    assert "message 10." in await seen(page, ts=oldest)


async def test_a_deleted_parent_leaves_its_place_to_its_replies(local, page):
    parent = says(local)
    says(local, thread_ts=parent.ts)

    local.board.remove(parent)

    html = await seen(page)
    assert "This message was deleted." in html
    assert "1 reply" in html


async def test_only_the_one_it_is_for_sees_an_ephemeral_message(local, page):
    local.board.post(local.place(OUTREACH), {"text": "You may not do that."}, ephemeral_to=ANA)

    assert "Only visible to you" in await seen(page)
    assert "You may not do that." not in await seen(page, user=BEN)


async def test_edited_is_said_only_where_slack_says_it(local, page):
    message = says(local)
    assert "(edited)" not in await seen(page)

    local.board.rewrite(message, {"text": "only text now"})

    assert "(edited)" in await seen(page)


async def test_a_button_for_others_is_not_drawn(local, page):
    shown = {"type": "button", "text": plain("Approve"), "action_id": "a", "visible_to_user_ids": [BEN]}
    says(local, {"type": "actions", "elements": [shown]})

    assert "Approve" not in await seen(page)
    assert "Approve" in await seen(page, user=BEN)


async def test_a_csv_is_previewed_and_downloaded_but_never_opened_as_a_page(local, page):
    rows = "\n".join(f"<b>{number}</b>,x" for number in range(20))
    local.workspace.files["F1"] = File("F1", "lëads.csv", "Leads", "text/html", f"a,b\n{rows}\n".encode(), BOT)
    says(local, file_ids=["F1"])

    html, file = await seen(page), await page.get("/client/file/F1")

    assert "&lt;b&gt;0&lt;/b&gt;" in html
    assert "14 more rows" in html
    assert file.headers["content-disposition"] == f"attachment; filename*=UTF-8''{quote('lëads.csv')}"
    assert file.headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("name", "mimetype", "content"),
    [
        ("empty.csv", "text/csv", b""),
        ("broken.csv", "text/csv", b'a,"b\n\xff\xfe,\0'),
        ("notes.txt", "text/plain", b"hello\n" * 100),
        ("photo.png", "image/png", b"\x89PNG"),
        ("nameless", "application/zip", b"PK"),
    ],
)
async def test_any_file_has_a_card(local, page, name, mimetype, content):
    local.workspace.files["F1"] = File("F1", name, name, mimetype, content, BOT)
    says(local, file_ids=["F1"])

    assert f"<strong>{name}</strong>" in await seen(page)
    assert preview(local.workspace.files["F1"]).size


async def test_the_home_tab_is_each_persons_own(local, page):
    home = {"type": "home", "blocks": [{"type": "header", "text": plain("Welcome, Ana")}]}
    local.modals.publish(ANA, home, hash=None)

    assert "Welcome, Ana" in await seen(page, "home")
    assert "nothing on its Home tab yet" in await seen(page, "home", user=BEN)


async def test_new_messages_elsewhere_are_counted_until_they_are_read(local, page):
    await seen(page, SALES)
    says(local)

    assert 'aria-label="1 unread"' in await seen(page, SALES)
    assert "unread" not in await seen(page, OUTREACH)
    assert "unread" not in await seen(page, SALES)


async def test_the_page_says_where_one_is_and_offers_the_tools(local, page):
    html = await seen(page, ARCHIVED, user=CHLOE)

    assert "nothing is sent anywhere" in html
    assert "Chloe Martin (member)" in html
    assert "This channel is archived." in html
    assert 'href="/plusvibe"' in html
    assert 'data-url="/x" data-method="POST"' in html


async def test_the_front_door_leads_to_a_channel_the_app_is_in(page):
    answer = await page.get("/")

    assert answer.headers["location"] == f"/client/{OUTREACH}?user={ANA}"


async def test_live_parts_come_at_once_when_there_is_something_new(local, page):
    says(local, {"type": "section", "text": text_of("fresh")})

    answer = (await page.get(f"/client/live/{OUTREACH}", params={"user": ANA, "since": 0})).json()

    assert answer["version"] == local.workspace.version
    assert set(answer["parts"]) == {"sidebar", "main", "thread", "modals", "toasts"}
    assert "fresh" in answer["parts"]["main"]


async def test_notices_are_toasts_for_a_while(local, page):
    local.notify(ANA, f"The app did not answer {EVIL}")

    assert ESCAPED in await seen(page)
    assert ESCAPED not in await seen(page, user=BEN)
    local.settings.clock = lambda: NOW + timedelta(minutes=1)
    assert ESCAPED not in await seen(page)


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("GET", {"host": "evil.example:3000"}, 403),
        ("GET", {"host": "127.0.0.1.evil.example"}, 403),
        ("GET", {"host": "localhost:3000"}, 200),
        ("GET", {"host": "[::1]:3000"}, 200),
        ("POST", {"origin": "http://evil.example"}, 403),
        ("POST", {"origin": "http://127.0.0.1:9999"}, 403),
        ("POST", {"origin": "null"}, 403),
        ("POST", {"origin": "http://127.0.0.1:3000"}, 200),
        ("POST", {}, 200),
    ],
)
async def test_only_this_machines_own_page_gets_in(page, method, headers, status):
    path = f"/client/{OUTREACH}" if method == "GET" else "/client/hands/message"
    body = {"user": ANA, "channel": OUTREACH, "text": "hi"}

    answer = await page.request(method, path, headers=headers, json=body if method == "POST" else None)

    assert answer.status_code == status


async def test_what_a_person_cannot_do_is_refused_in_words(page):
    answer = await page.post("/client/hands/click", json={"user": ANA, "action_id": "x", "view_id": "V404"})

    assert answer.status_code == 409
    assert "not open" in answer.json()["error"]


async def test_a_file_over_ten_megabytes_is_refused(local, page):
    small = await page.post("/client/hands/upload", params={"user": ANA, "name": "a.csv"}, content=b"a,b")
    large = await page.post("/client/hands/upload", params={"user": ANA, "name": "b.csv"}, content=b"x" * 10_000_001)

    assert local.workspace.files[small.json()["id"]].content == b"a,b"
    assert large.status_code == 413


@pytest.mark.parametrize(
    "path", ["/client/C404", "/client/file/F404", "/client/static/page.py", "/client/static/..%2fpage.py"]
)
async def test_what_is_not_there_is_not_found(page, path):
    assert (await page.get(path)).status_code == 404
