"""What a form may be, what a visitor may send, and how often."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.outreach.errors import Invalid
from bot.outreach.forms import BadSubmission, Pace, WebForm, checked_form, typed_of

from .given import NOON

FORM = WebForm("f1", "key", "Newsletter", ("first_name", "message"), site_id="s1")
WRONG = [
    ("name", {"name": " "}),
    ("name", {"name": "n" * 81}),
    ("wording", {"wording": ""}),
    ("origins", {"origins": ("acme.com",)}),
    ("origins", {"origins": ("https://acme.com/page",)}),
    ("origins", {"origins": ("javascript://acme.com",)}),
    ("origins", {"origins": tuple(f"https://a{number}.com" for number in range(21))}),
    ("thank_you_url", {"thank_you_url": "javascript:alert(1)"}),
    ("thank_you_url", {"thank_you_url": "/thanks"}),
    ("thank_you_url", {"thank_you_url": "https://acme.com/\nx"}),
    ("site", {"site_id": ""}),
]


@pytest.mark.parametrize(("field", "values"), WRONG)
def test_a_form_that_cannot_be_stored_names_its_field(field, values):
    with pytest.raises(Invalid) as refused:
        checked_form(replace(FORM, **values))

    assert refused.value.field == field


def test_a_form_without_double_opt_in_needs_no_site():
    form = replace(FORM, site_id="", double_opt_in=False, origins=("https://acme.com", "http://localhost:8000"))

    assert checked_form(form) == form


@pytest.mark.parametrize(
    ("origins", "origin", "allowed"),
    [
        ((), "https://anybody.com", True),
        (("https://acme.com",), "https://ACME.com", True),
        (("https://acme.com",), "https://acme.com.evil.com", False),
        (("https://acme.com",), "null", False),
        (("https://acme.com",), "", True),
    ],
)
def test_a_page_sends_it_only_from_an_allowed_origin(origins, origin, allowed):
    assert replace(FORM, origins=origins).allows(origin) is allowed


def test_what_was_typed_is_tidied_and_boxes_nobody_asked_for_are_ignored():
    given = {"email": " jane@acme.com ", "first_name": " Jane  Mary ", "message": "a\r\n b ", "phone": "1", "page": "p"}

    typed = typed_of(FORM, given)

    assert (typed.email, typed.page, typed.agreed) == ("jane@acme.com", "p", False)
    assert typed.fields == {"first_name": "Jane Mary", "message": "a\nb"}


@pytest.mark.parametrize(
    ("ticked", "agreed"), [("yes", True), ("on", True), ("TRUE", True), ("", False), ("no", False)]
)
def test_only_a_ticked_box_is_consent(ticked, agreed):
    assert typed_of(FORM, {"email": "a@b.com", "consent": ticked}).agreed is agreed


def test_every_wrong_box_is_named():
    with pytest.raises(BadSubmission) as refused:
        typed_of(FORM, {"first_name": "n" * 101})

    assert set(refused.value.problems) == {"email", "first_name"}


def test_the_same_texts_have_the_same_digest_whatever_their_order():
    one = typed_of(FORM, {"email": "a@b.com", "first_name": "J", "message": "m"})
    other = typed_of(FORM, {"message": "m", "first_name": "J", "email": "a@b.com"})

    assert one.digest == other.digest != typed_of(FORM, {"email": "a@b.com", "first_name": "K"}).digest


@pytest.mark.parametrize(("seconds_ago", "wait"), [([], None), ([0, 30], None), ([0, 30, 50], 10), ([0, 30, 60], None)])
def test_a_pace_lets_the_next_one_come_when_the_oldest_has_passed(seconds_ago, wait):
    newest = [NOON - timedelta(seconds=ago) for ago in seconds_ago]

    found = Pace(3, timedelta(seconds=60)).wait(newest, NOON)

    assert found == (timedelta(seconds=wait) if wait else None)
