"""Who a person is, by every lead of one address, and how they are struck out of what others wrote."""

from dataclasses import replace

from bot.outreach.persons import ERASED, Person, person_of

from .given import a_lead

JANE = replace(a_lead(id="l1"), email="Jane@Acme.com", first_name="Zoë", last_name="Quagmire")


def test_a_person_is_every_lead_of_one_address_with_what_names_them():
    person = person_of([JANE, replace(JANE, id="l2", email="jane@acme.com")])

    assert person.lead_ids == ("l1", "l2") and person.keys == ("jane@acme.com",)
    assert {"Jane@Acme.com", "jane@acme.com", "Zoë Quagmire"} <= set(person.words)
    assert "Zo\\u00eb Quagmire" in person.spellings


def test_a_single_or_short_name_is_no_word_of_theirs():
    assert "Al" not in person_of([replace(JANE, first_name="Al", last_name="")]).words
    assert "Jane" not in person_of([replace(JANE, first_name="Jane", last_name="")]).words


def test_mentions_are_struck_out_of_json_in_any_case_of_letters():
    body = {"text": "To JANE@acme.com", "blocks": [{"text": "zoë quagmire wrote", "n": 1}], "none": None}

    assert person_of([JANE]).redacted(body) == {
        "text": f"To {ERASED}",
        "blocks": [{"text": f"{ERASED} wrote", "n": 1}],
        "none": None,
    }


def test_somebody_without_any_word_strikes_nothing():
    assert Person(("l1",), (), ()).redacted({"text": "Hello"}) == {"text": "Hello"}
