"""A site, a template and one email, from the slash commands to the prospect's inbox and back."""

from datetime import timedelta

import pytest

from blocks import ids
from bot.outreach.leads import LeadStatus
from bot.outreach.limits import Limit
from bot.outreach.opportunities import Wanted
from bot.sandbox.slack.server import BEN, CHLOE
from tests.blocks.reading import labels, words
from tests.services.test_direct_mails import ANA

SITE = {
    "name": "Sunny Audits",
    "from_email": "lena@sunny.test",
    "from_name": "Lena Brandt",
    "address": "1 Sunny Street, Brno",
    "timezone": "Europe/Prague",
    "daily_cap": "50",
}
BODY = (
    "Hello {{ first_name | default('there') }},\n\n{{ company_name }} has one thing to mend: {{ top_issue }}.\n\nLena"
)


def typed(**texts):
    return {block: {"value": text} for block, text in texts.items()}


def written(**texts):
    """A template's boxes: those of its words send what is typed."""
    return {
        block: {"value" if block == "name" else f"{ids.TEMPLATE_TYPED}|{block}": text} for block, text in texts.items()
    }


def view(world, user=None):
    return world.modal(*([user] if user else [])).payload


async def with_site(world, **changes):
    await world.say("/outreach sites")
    await world.click(ids.SITE_NEW, view_id=world.modal().id)
    await world.submit(typed(**(SITE | changes)))


async def with_template(world, body=BODY, subject="One thing at {{ company_name }}"):
    await world.say("/outreach templates")
    await world.click(ids.TEMPLATE_NEW, view_id=world.modal().id)
    await world.submit(written(name="First look", subject=subject, body=body))


async def write_to(world, lead):
    await world.say(f"/leads show {lead.email}")
    await world.click(ids.SEND_MAIL, view_id=world.modal().id)


async def choose_template(world):
    (template,) = await world.house.services.templates.all(world.workspace_id, ANA)
    await world.click(ids.MAIL_TEMPLATE, view_id=world.modal().id, selected=template.id)


async def test_from_the_template_to_the_inbox(world):
    lead = await world.has_lead("Acme", ready=True, email="quiet@acme.example.com")
    await with_site(world)
    assert "0 of 50 sent today" in words(view(world)["blocks"])
    await with_template(world)
    assert "Saved First look." in words(view(world)["blocks"])

    await write_to(world, lead)
    assert "50 of 50 left today" in words(view(world)["blocks"])
    await choose_template(world)
    await world.submit()
    seen = words(view(world)["blocks"])
    assert "Goes to *quiet@acme.example.com* from Lena Brandt" in seen
    assert "Acme has one thing to mend: No page says what it costs." in seen
    assert view(world)["submit"]["text"] == "Send"
    await world.submit()
    assert "Queued to send" in words(view(world)["blocks"]) and labels(view(world)["blocks"]) == ["Undo"]
    assert world.demo.sendgrid.mails == []
    await world.tick(seconds=61)

    (sent,) = world.demo.sendgrid.mails
    assert (sent.to, sent.subject) == ("quiet@acme.example.com", "One thing at Acme")
    assert "Hello Jane,\n\nAcme has one thing to mend" in sent.text
    assert (await world.lead(lead.id)).status is LeadStatus.EMAIL_SENT
    await world.say(f"/leads show {lead.email}")
    assert "One thing at Acme* · 📤 Sent" in words(view(world)["blocks"])


async def test_what_is_refused_after_slack_stopped_waiting_is_told_all_the_same(world, monkeypatch):
    monkeypatch.setattr("handlers.ANSWER_WITHIN_SECONDS", 0)
    await with_template(world, body="Hello {{ nobody }}")

    channel = world.slack.board.direct_message(ANA.id)
    (told,) = world.posts(channel.id)
    assert "no placeholder nobody" in told.text and "nothing was saved" in words(told.blocks)
    assert await world.house.services.templates.all(world.workspace_id, ANA) == []


async def test_undo_is_one_click(world):
    lead = await world.has_lead("Acme")
    await with_site(world)
    await write_to(world, lead)
    await world.submit(typed(**{"subject:0": "Hello", "body:0": "A word"}))
    await world.submit()
    await world.click(ids.MAIL_UNDO, view_id=world.modal().id)

    assert "Taken back" in words(view(world)["blocks"]) and labels(view(world)["blocks"]) == []
    await world.tick(seconds=61)
    assert world.demo.sendgrid.mails == []


async def test_a_changed_text_is_previewed_once_more(world):
    lead = await world.has_lead("Acme")
    await with_site(world)
    await write_to(world, lead)
    await world.submit(typed(**{"subject:0": "Hello", "body:0": "A word"}))
    await world.submit(typed(**{"body:0": "Another word"}))

    assert "&gt; Another word" in words(view(world)["blocks"])
    assert view(world)["submit"]["text"] == "Send"
    await world.submit()
    await world.tick(seconds=61)
    assert [mail.text.partition("\n")[0] for mail in world.demo.sendgrid.mails] == ["Another word"]


async def test_a_missing_value_is_named_before_anything_is_sent(world):
    lead = await world.has_lead("Acme")
    await with_site(world)
    await with_template(world, body="Your grade is {{ grade }}.")
    await write_to(world, lead)
    await choose_template(world)

    assert "Acme has no grade. Audit the lead first" in words(view(world)["blocks"])


async def test_placeholders_typed_by_hand_are_filled_in_at_the_preview(world):
    lead = await world.has_lead("Acme", email="quiet@acme.example.com")
    await with_site(world)
    await write_to(world, lead)
    await world.submit(typed(**{"subject:0": "For {{ company_name }}", "body:0": "Hello {{ first_name }}"}))
    assert "&gt; Hello Jane" in words(view(world)["blocks"])

    await world.submit()
    await world.tick(seconds=61)

    (sent,) = world.demo.sendgrid.mails
    assert (sent.subject, sent.text.partition("\n")[0]) == ("For Acme", "Hello Jane")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("Your grade is {{ grade }}.", "Acme has no grade. Audit the lead first"),
        ("Hello {{ frst_name }}", "there is no placeholder frst_name"),
        ("Hello { first_name }", "would be sent as it stands"),
    ],
)
async def test_a_placeholder_typed_by_hand_that_cannot_be_filled_is_refused(world, body, said):
    lead = await world.has_lead("Acme")
    await with_site(world)
    await write_to(world, lead)

    await world.submit(typed(**{"subject:0": "Hello", "body:0": body}))

    assert said in world.modal().errors["body:0"]


async def test_an_email_that_waits_makes_the_next_one_to_them_wait(world):
    lead = await world.has_lead("Acme")
    await with_site(world)
    for text in ("A word", "Another word"):
        await write_to(world, lead)
        await world.submit(typed(**{"subject:0": "Hello", "body:0": text}))
        seen = words(view(world)["blocks"])
        await world.submit()

    assert "Limit reached (429):* An email to Acme waits to leave already: 1 of 1 email" in seen
    second, first = await world.house.services.mails.of_lead(world.workspace_id, ANA, lead.id)
    assert (second.waits_for, second.due_at - first.due_at) == (Limit.COOLDOWN, timedelta(hours=24))


async def test_a_full_day_is_said_and_the_next_free_slot_is_taken(world):
    first, second = await world.has_lead("Acme"), await world.has_lead("Bolt")
    await with_site(world, daily_cap="1")
    for lead in (first, second):
        await write_to(world, lead)
        await world.submit(typed(**{"subject:0": "Hello", "body:0": "A word"}))
        if lead is first:
            await world.submit()

    assert "Limit reached (429)" in words(view(world)["blocks"])
    assert view(world)["submit"]["text"] == "Queue for next free slot"
    await world.submit()
    assert "waits for the daily cap until" in words(view(world)["blocks"])
    await world.tick(seconds=61)
    assert [mail.to for mail in world.demo.sendgrid.mails] == [first.email]
    world.clock.move(hours=24)
    await world.tick()
    assert [mail.to for mail in world.demo.sendgrid.mails] == [first.email, second.email]


async def choose(world, verb, name="First look"):
    """An entry of a template's menu, in the list of templates."""
    block = next(block for block in view(world)["blocks"] if f"*{name}*" in block.get("text", {}).get("text", ""))
    option = next(each for each in block["accessory"]["options"] if each["text"]["text"] == verb)
    where = {"view_id": world.modal().id, "block_id": block["block_id"]}
    await world.click(ids.TEMPLATE_MENU, selected=option["value"], **where)


async def test_a_template_is_tried_copied_and_deleted_unless_it_is_in_use(world):
    lead = await world.has_lead("Acme", ready=True)
    await with_site(world)
    await with_template(world)
    await choose(world, "Preview")
    assert "One thing at Acme" in words(view(world)["blocks"])
    await world.slack.close_view(ANA.id, world.modal().id)
    await choose(world, "Copy")
    assert "Copied as First look (copy)." in words(view(world)["blocks"])

    template, _ = await world.house.services.templates.all(world.workspace_id, ANA)
    await write_to(world, lead)
    await world.click(ids.MAIL_TEMPLATE, view_id=world.modal().id, selected=template.id)
    await world.submit()
    await world.submit()
    await world.say("/outreach templates")
    await choose(world, "Delete…")
    await world.submit()
    assert "An email made from First look waits to be sent" in words(view(world)["blocks"])
    await world.tick(seconds=61)
    await world.say("/outreach templates")
    await choose(world, "Delete…")
    await world.submit()
    assert "Deleted First look." in words(view(world)["blocks"])


async def test_a_template_is_tried_on_any_lead_and_its_html_comes_as_a_file(world):
    await with_site(world)
    await with_template(world, body="Hello {{ first_name }},\n\nsee https://ours.example.com\n\nLena")
    core = await world.has_lead("Core", email="core@core.example.com")
    await world.has_lead("Acme")
    await choose(world, "Preview")
    assert "for Jane Doe at Acme" in words(view(world)["blocks"])

    await world.slack.options(ANA.id, action_id=ids.TEMPLATE_LEAD, view_id=world.modal().id, value="core")
    await world.click(ids.TEMPLATE_LEAD, view_id=world.modal().id, selected=core.id)
    assert "for Jane Doe at Core" in words(view(world)["blocks"])
    await world.click(ids.TEMPLATE_HTML, view_id=world.modal().id)

    assert "in your direct messages" in words(view(world)["blocks"])
    channel = world.slack.board.direct_message(ANA.id)
    assert "as HTML, for Jane Doe at Core" in world.posts(channel.id)[0].text
    (file,) = world.slack.workspace.files.values()
    html = file.content.decode()
    assert '<a href="https://ours.example.com"' in html and "1 Sunny Street" in html
    assert world.demo.sendgrid.mails == []


async def test_the_editor_says_which_placeholders_are_in_the_text_while_it_is_typed(world):
    await with_template(world, subject="For {{ company_name }}", body="Hello {{ first_name }}")
    await choose(world, "Edit")
    assert "In it: `{{ first_name }}`, `{{ company_name }}`" in words(view(world)["blocks"])

    where = {"view_id": world.modal().id, "value": "Hello {{ frst_name }} in {{ city }}"}
    await world.click(f"{ids.TEMPLATE_TYPED}|body", **where)

    said = words(view(world)["blocks"])
    assert "In it: `{{ company_name }}`, `{{ city }}`\n⚠️ There is no `{{ frst_name }}`." in said
    await world.submit(written(body="Hello {{ city }}"))
    (template,) = await world.house.services.templates.all(world.workspace_id, ANA)
    assert (template.body, template.revision) == ("Hello {{ city }}", 2)


async def test_a_template_of_links_is_tried_on_an_opportunity(world):
    await with_template(world, subject="Your page {{ url }}", body="Could {{ anchor_text }} stand there?")
    await world.has_lead("Acme")
    await choose(world, "Preview")
    assert "Acme has no url and no anchor_text" in words(view(world)["blocks"])
    await world.slack.close_view(ANA.id, world.modal().id)

    page = Wanted("https://blog.example.com/best-tools", anchor_text="our audit", email="eve@blog.example.com")
    await world.house.services.opportunities.add(world.workspace_id, ANA, page)
    await choose(world, "Preview")

    said = words(view(world)["blocks"])
    assert "about https://blog.example.com/best-tools" in said and "&gt; Could our audit stand there?" in said


@pytest.mark.parametrize(
    ("block", "text", "said"),
    [
        ("body", "{{ first_nam }}", "first_name"),
        ("body", "{% for a in b %}{% endfor %}", "if"),
        ("subject", "{{", "first_name"),
        ("name", " ", "name"),
    ],
)
async def test_a_template_that_cannot_be_kept_says_what_is_wrong_with_it(world, block, text, said):
    await world.say("/outreach templates")
    await world.click(ids.TEMPLATE_NEW, view_id=world.modal().id)
    await world.submit(written(**({"name": "A", "subject": "B", "body": "C"} | {block: text})))

    errors = world.modal().errors
    assert list(errors) == [block] and said in errors[block]


async def test_unsubscribed_people_are_listed_and_only_admins_change_the_list(world):
    lead = await world.has_lead("Acme", email="unsub@acme.example.com")
    await with_site(world)
    await write_to(world, lead)
    await world.submit(typed(**{"subject:0": "Hello", "body:0": "A word"}))
    await world.submit()
    await world.tick(seconds=61)
    world.clock.move(minutes=5)
    await world.demo.sendgrid.live()
    await world.say("/outreach unsubscribes")
    assert "unsub@acme.example.com" in words(view(world)["blocks"])
    assert "Clear" in labels(view(world)["blocks"])

    await write_to(world, lead)
    assert "Not reachable: Recipient unsubscribed" in words(view(world)["blocks"])
    await world.say("/outreach unsubscribes", user=CHLOE)
    assert labels(view(world, CHLOE)["blocks"]) == []


async def test_an_admin_suppresses_and_clears_with_a_note(world):
    await world.say("/outreach unsubscribes")
    await world.click(ids.SUPPRESS_NEW, view_id=world.modal().id)
    await world.submit(typed(email="jane@acme.example.com", note="Asked on the phone"))
    assert "Asked on the phone" in words(view(world)["blocks"])
    await world.click(ids.SUPPRESSION_CLEAR, view_id=world.modal().id)
    await world.submit(typed(note="She called back"))

    assert "jane@acme.example.com" not in words(view(world)["blocks"])


async def test_sites_are_set_up_by_admins_and_what_is_wrong_stands_beside_its_box(world):
    await with_site(world, timezone="Prague", daily_cap="50")
    assert "Europe/Prague" in world.modal().errors["timezone"]
    await world.submit(typed(timezone="Europe/Prague", daily_cap="five"))
    assert "number" in world.modal().errors["daily_cap"]
    await world.submit(typed(daily_cap="5", from_email="lena"))
    assert "email" in world.modal().errors["from_email"]

    await world.say("/outreach sites", user=CHLOE)
    assert labels(view(world, CHLOE)["blocks"]) == []


async def test_without_a_site_the_form_says_who_makes_one(world):
    lead = await world.has_lead("Acme")
    await write_to(world, lead)

    assert "/outreach sites" in words(view(world)["blocks"])


async def test_doctor_and_help_know_of_it(world):
    await world.say("/outreach doctor", user=BEN)
    await world.say("/outreach help sending", user=BEN)

    doctor, helped = world.told(BEN)[-2:]
    assert "SendGrid" in doctor
    assert "Undo" in helped
