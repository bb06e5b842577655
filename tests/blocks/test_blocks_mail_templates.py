"""Mail templates in Slack: the list, the form with its placeholders, the preview."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import hostile
import hostile_mails
import pytest
from given_leads import ACME
from hypothesis import given
from reading import assert_fit_view, element, labels, offered, words

from blocks import ids
from blocks.mail_templates import remove_view, template_form, template_preview, templates_view
from bot.outreach.mail_placeholders import PLACEHOLDERS
from bot.outreach.mail_templates import MailTemplate, Rendered

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HELLO = MailTemplate("t1", "Hello", "For {{ company_name }}", "Hi {{ first_name }},\n\nshort.", 4, "U1", NOW)


def box(view, block_id):
    return next(block["element"] for block in view["blocks"] if block.get("block_id") == block_id)


@hostile.quick
@given(hostile_mails.many_templates(), hostile.texts, hostile.texts)
def test_the_list_fits(templates, refused, notice):
    assert_fit_view(templates_view(templates, refused=refused, notice=notice))


@hostile.quick
@given(hostile_mails.templates, hostile.texts, hostile_mails.bodies)
def test_the_forms_fit(template, text, body):
    assert_fit_view(template_form(None))
    assert_fit_view(template_form(template))
    assert_fit_view(template_form(template, typed=(text, text, body)))
    assert_fit_view(remove_view(template))


@hostile.quick
@given(hostile_mails.templates, hostile.leads, hostile_mails.rendered, hostile.texts)
def test_the_preview_fits(template, lead, rendered, problem):
    assert_fit_view(template_preview(template, lead, rendered, ""))
    assert_fit_view(template_preview(template, lead, None, problem))


def test_a_row_says_name_subject_and_when_it_was_changed():
    said = words(templates_view([HELLO])["blocks"])

    assert "*Hello*\nFor {{ company_name }}\nchanged <!date^1772442000^" in said


@pytest.mark.parametrize(
    ("refused", "verbs"),
    [("", ["preview:t1", "edit:t1", "copy:t1", "delete:t1"]), ("Ben <b> may.", ["preview:t1"])],
    ids=["who may edit", "who may look"],
)
def test_a_row_offers_what_the_role_allows(refused, verbs):
    view = templates_view([HELLO], refused=refused)

    assert offered(view, ids.TEMPLATE_MENU) == verbs
    assert ("New template" in labels(view)) is not refused
    assert ("Ben &lt;b&gt; may." in words(view)) is bool(refused)


def test_without_templates_it_says_what_one_is():
    view = templates_view([])

    assert "*No templates yet.*" in words(view) and labels(view) == ["New template"]


def test_what_does_not_fit_the_list_is_counted():
    view = templates_view(
        [replace(HELLO, id=str(number)) for number in range(120)], refused="You may not.", notice="Deleted"
    )

    assert_fit_view(view)
    assert "and 25 more" in words(view)
    assert words(view["blocks"][0]) == "Deleted"


def test_the_form_knows_what_it_changes_and_since_when():
    view = template_form(HELLO)

    assert json.loads(view["private_metadata"]) == {"id": "t1", "seen": 4}
    assert box(view, "name")["initial_value"] == "Hello"
    assert box(view, "subject")["initial_value"] == "For {{ company_name }}"
    assert box(view, "body")["initial_value"] == "Hi {{ first_name }},\n\nshort."
    assert json.loads(template_form(None)["private_metadata"]) == {"id": "", "seen": 0}


def test_what_was_typed_stands_instead_of_what_is_stored():
    view = template_form(HELLO, typed=("Other", "Typed", "Mine"))

    assert [box(view, part)["initial_value"] for part in ("name", "subject", "body")] == ["Other", "Typed", "Mine"]


@pytest.mark.parametrize("placeholder", PLACEHOLDERS, ids=lambda placeholder: placeholder.name)
def test_the_form_lists_every_placeholder(placeholder):
    said = words(template_form(None))

    assert f"`{{{{ {placeholder.name} }}}}` {placeholder.says}" in said
    assert "`{{ first_name | default('there') }}`" in said


def test_a_text_longer_than_a_box_is_not_cut_in_silence():
    assert "its end is cut off below" in words(template_form(replace(HELLO, body="a " * 2_000)))
    assert "its end is cut off below" not in words(template_form(HELLO))


def test_the_preview_shows_the_mail_as_it_is_read():
    done = Rendered("For Acme", "Hi Jane,\n\nshort.", ("first_name", "company_name"))

    said = words(template_preview(HELLO, ACME, done, ""))

    assert "for Jane Doe at Acme" in said
    assert "*For Acme*\n&gt; Hi Jane,\n&gt;\n&gt; short." in said
    assert "Placeholders in it: `{{ first_name }}`, `{{ company_name }}`" in said


def test_the_preview_of_what_cannot_be_filled_says_why():
    said = words(template_preview(HELLO, ACME, None, "Acme has no first_name. Fill it in on the lead."))

    assert "⚠️ Acme has no first_name." in said and "&gt; Hi {{ first_name }}," in said


def test_a_long_mail_is_shown_to_its_end():
    text = "\n".join(f"Line {number} of many words" for number in range(600))

    said = words(template_preview(HELLO, ACME, Rendered("S", text, ()), ""))

    assert "&gt; Line 0 " in said and "&gt; Line 599 " in said


def test_deleting_is_asked_once_more():
    view = remove_view(HELLO)

    assert view["submit"]["text"] == "Delete" and json.loads(view["private_metadata"]) == {"id": "t1"}
    assert element(view, ids.TEMPLATE_MENU) is None and "*Hello* is deleted for everybody" in words(view)
