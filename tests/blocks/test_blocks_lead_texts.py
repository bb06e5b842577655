"""What opens over a card, and the small forms."""

import json
from dataclasses import replace

import pytest
from given_leads import ACME, FRESH, NOW, SPRING, card_of, leads
from reading import assert_fit_view, elements, words

from blocks.lead_forms import add_view, complete_confirm_view, domain_view
from blocks.lead_texts import raw_view, summary_view, timeline_view
from blocks.list_state import ListState
from bot.outreach.events import Event, EventKind


def test_the_timeline_has_every_event():
    events = tuple(Event(EventKind.LEAD_ADDED, f"U{index}", NOW) for index in range(40))
    view = timeline_view(card_of(ACME, events=events))

    assert_fit_view(view)
    assert words(view).count("Lead added") == 40
    assert "Nothing has happened yet." in words(timeline_view(card_of(ACME)))


def test_the_whole_summary_is_there_paragraph_by_paragraph():
    text = words(summary_view(card_of(replace(ACME, audit_summary="First.\n\nSecond & <last>. " + "word " * 1_500))))

    assert "First.\nSecond &amp; &lt;last&gt;." in text
    assert text.count("word") == 1_500


def test_an_endless_summary_says_that_it_goes_on():
    view = summary_view(card_of(replace(ACME, audit_summary="word " * 20_000)))

    assert_fit_view(view)


def test_the_raw_payload_is_indented_inert_and_whole():
    raw = {"event": "reply", "text": "```<!channel>```", "lead": {"email": "jane@acme.com"}}
    view = raw_view(replace(ACME, plusvibe_lead_data={"raw": raw}))

    assert '```\n{\n  "event": "reply",\n  "text": "ˋˋˋ&lt;!channel&gt;ˋˋˋ"' in words(view)
    assert "Cut:" not in words(view)


def test_a_payload_too_long_says_that_it_is_cut():
    view = raw_view(replace(ACME, plusvibe_lead_data={"raw": {"rows": ["x" * 50] * 2_000}}))

    assert_fit_view(view)
    assert "Cut: the first 30,000 of 1" in words(view)


def test_no_payload_is_said():
    assert "No payload has arrived yet." in words(raw_view(ACME))


def test_the_new_lead_form_is_read_by_the_fields_names():
    view = add_view("C1")
    fields = [block["block_id"] for block in view["blocks"] if block["type"] == "input"]

    assert fields == [
        "email", "first_name", "last_name", "company_name", "domain", "website", "phone", "city", "country", "industry",
    ]  # fmt: skip
    assert {item["action_id"] for item in elements(view)} == {"value"}
    assert view["private_metadata"] == "C1"


@pytest.mark.parametrize(("lead", "known"), [(FRESH, "beta.com"), (replace(FRESH, domain="Unknown"), None)])
def test_the_domain_form_starts_from_a_domain_that_is_one(lead, known):
    view = domain_view(lead, ListState(number=2, cursor="c"))

    assert elements(view)[0].get("initial_value") == known
    assert json.loads(view["private_metadata"])["lead"] == lead.id


def test_closing_a_selection_says_whom_it_leaves_out():
    chosen = [lead.id for lead in leads(25)]
    view = complete_confirm_view(SPRING, 25, 3, 1, "C1", chosen)

    assert_fit_view(view)
    assert words(view["blocks"]) == (
        "Marks 22 contacts in *Spring* completed (closed at provider): no further step reaches them.\n"
        "⏭️ 3 leads have no email and are skipped.\n"
        "⚠️ 1 lead has neither replied nor converted."
    )
    assert json.loads(view["private_metadata"]) == {"campaign": SPRING.id, "channel": "C1", "leads": chosen}
    assert view["submit"]["text"] == "Mark completed"


def test_closing_nobody_cannot_be_submitted():
    view = complete_confirm_view(SPRING, 2, 2, 2, "C1", [])

    assert "submit" not in view
    assert "Nothing to close" in words(view)
