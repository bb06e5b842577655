"""Letters read from merge fields, written back, edited; and what was filled in found again."""

import pytest

from bot.outreach.drafting import edited, letters_in, merge_fields, template_of
from bot.outreach.errors import Invalid
from bot.outreach.marking import filled_in, not_known, pieces
from bot.outreach.templates import Letter, body_keys, body_variables
from bot.outreach.writebacks import Tone
from tests.outreach.given import a_lead, an_audit

ONE = Letter("Subject", "First line\n\nSecond", "Shall we?")


@pytest.mark.parametrize("steps", [1, 2, 3, 10])
def test_letters_survive_the_way_through_merge_fields(steps):
    variables = body_variables(a_lead(), an_audit(), Tone.FRIENDLY, steps)

    letters = letters_in({**variables, "custom_audit_grade": "D"})

    assert len(letters) == steps
    assert merge_fields(letters, steps) == variables
    assert tuple(merge_fields(letters, steps)) == body_keys(steps)


def test_a_campaign_takes_as_many_letters_as_it_has_steps():
    assert merge_fields((ONE, ONE), 1) == {
        "email_subject": ONE.subject,
        "email_body": ONE.body,
        "email_cta": ONE.cta,
    }
    assert set(merge_fields((ONE,), 3)) == {"email_subject_1", "email_body_1", "email_cta_1"}
    assert merge_fields((), 1) == {}


def test_one_text_has_one_name():
    assert template_of(Tone.DIRECT, (ONE,)) == "direct"
    assert template_of(Tone.FORMAL, (ONE, ONE)) == "formal:2"


def test_an_edit_keeps_paragraphs_and_puts_the_rest_on_one_line():
    after = edited((ONE,), [{"subject": " New\nsubject ", "body": "A\r\n\r\nB ", "cta": "Or\nnot?"}])

    assert after == (Letter("New subject", "A\n\nB", "Or not?"),)


@pytest.mark.parametrize(
    ("texts", "field"),
    [
        ([{"subject": "  ", "body": "B", "cta": "C"}], "subject:0"),
        ([{"subject": "S", "body": "", "cta": "C"}], "body:0"),
        ([{"subject": "S", "body": "B", "cta": ""}], "cta:0"),
        ([{"subject": "S" * 201, "body": "B", "cta": "C"}], "subject:0"),
        ([{"subject": "S", "body": "B" * 3_001, "cta": "C"}], "body:0"),
        ([], "subject:0"),
    ],
    ids=["no subject", "no body", "no cta where there was one", "long subject", "long body", "a letter lost"],
)
def test_what_cannot_be_sent_is_refused_under_its_field(texts, field):
    with pytest.raises(Invalid) as refused:
        edited((ONE,), texts)

    assert refused.value.field == field


def test_a_letter_without_a_cta_may_stay_so():
    bare = Letter("S", "B", "")

    assert edited((bare,), [{"subject": "S2", "body": "B", "cta": ""}]) == (Letter("S2", "B", ""),)


def test_what_came_from_the_lead_or_its_audit_is_found_in_the_letter():
    lead = a_lead(first_name="Jane", company_name="Acme", domain="acme.com")
    (written,) = letters_in(body_variables(lead, an_audit(), Tone.DIRECT))

    values = filled_in(lead, an_audit(), Tone.DIRECT, 1)
    found = [piece for piece, is_value in pieces(written.body, values) if is_value]

    assert "Jane" in found
    assert any("issing meta descriptions" in piece for piece in found)
    assert "".join(piece for piece, _ in pieces(written.body, values)) == written.body


def test_a_value_inside_a_word_is_none():
    assert pieces("Acmes and Acme's", {"Acme"}) == (("Acmes and ", False), ("Acme", True), ("'s", False))
    assert pieces("nothing known", set()) == (("nothing known", False),)


def test_what_is_not_known_is_named():
    lead = a_lead(first_name="", last_name="", company_name="", domain="acme.com")

    assert "first name" in not_known(lead, an_audit(), Tone.DIRECT)
    assert "top issue" not in not_known(lead, an_audit(), Tone.DIRECT)
