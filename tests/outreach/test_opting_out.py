"""Tokens that only we can make: what we wrote we read, everything else is refused."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.outreach.opting_out import REPLY, UNSUBSCRIBE, read_token, token_for

WORKSPACE = "0f5b2f0e-6f51-4c5c-9d0a-5d9f3a7c1b11"
MAIL = "b1f3a1de-2c55-4f0f-8a61-9c3e5f7d2a22"
SECRET = b"a secret of this house"
OTHER = b"the one before"
LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
KINDS = [UNSUBSCRIBE, REPLY]


@pytest.mark.parametrize(
    ("kind", "ids"), [(UNSUBSCRIBE, (WORKSPACE, MAIL)), (REPLY, ("", MAIL))], ids=["unsubscribe", "reply"]
)
@pytest.mark.parametrize("carried", [str.lower, str.upper, str.title], ids=["as written", "shouted", "folded"])
def test_a_token_tells_what_it_was_made_for_in_any_case_of_letters(kind, ids, carried):
    token = token_for(kind, WORKSPACE, MAIL, SECRET)

    assert read_token(kind, carried(token), [SECRET]) == ids


@given(some.uuids(), some.uuids(), some.binary(min_size=1, max_size=80), some.sampled_from(KINDS))
def test_every_pair_of_ids_comes_back(workspace, mail, secret, kind):
    token = token_for(kind, str(workspace), str(mail), secret)

    assert set(token) <= set(LETTERS)
    assert read_token(kind, token, [secret]) == ("" if kind == REPLY else str(workspace), str(mail))


def test_a_token_fits_where_it_travels():
    assert len(token_for(UNSUBSCRIBE, WORKSPACE, MAIL, SECRET)) == 77
    assert len("reply+" + token_for(REPLY, WORKSPACE, MAIL, SECRET)) <= 64


def test_the_same_mail_always_has_the_same_token():
    assert token_for(REPLY, WORKSPACE, MAIL, SECRET) == token_for(REPLY, WORKSPACE, MAIL, SECRET)


@pytest.mark.parametrize(
    ("secrets", "is_read"),
    [([SECRET], True), ([OTHER, SECRET], True), ([OTHER], False), ([], False)],
    ids=["the same", "an older one", "another", "none"],
)
def test_a_token_is_read_with_the_secret_that_made_it(secrets, is_read):
    token = token_for(UNSUBSCRIBE, WORKSPACE, MAIL, SECRET)

    assert (read_token(UNSUBSCRIBE, token, secrets) is not None) is is_read


@pytest.mark.parametrize(("made", "read"), [(UNSUBSCRIBE, REPLY), (REPLY, UNSUBSCRIBE), (UNSUBSCRIBE, "x"), ("x", "y")])
def test_a_token_of_one_kind_is_none_of_another(made, read):
    assert read_token(read, token_for(made, WORKSPACE, MAIL, SECRET), [SECRET]) is None


@pytest.mark.parametrize("kind", KINDS)
def test_no_single_letter_can_be_changed(kind):
    token = token_for(kind, WORKSPACE, MAIL, SECRET)

    changed = [
        token[:place] + letter + token[place + 1 :]
        for place in range(len(token))
        for letter in LETTERS
        if letter != token[place]
    ]

    assert [other for other in changed if read_token(kind, other, [SECRET])] == []


@pytest.mark.parametrize("kind", KINDS)
@given(some.data())
def test_no_letter_can_be_changed_to_anything_dropped_or_added(kind, data):
    token = token_for(kind, WORKSPACE, MAIL, SECRET)
    place = data.draw(some.integers(0, len(token)))
    put = data.draw(some.text(max_size=3))
    gone = data.draw(some.integers(0, 2))
    other = token[:place] + put + token[place + gone :]

    if other.lower() != token or not other.isascii():
        assert read_token(kind, other, [SECRET]) is None


@pytest.mark.parametrize(
    "text",
    ["", "=", "a" * 77, "a" * 52, "1" * 77, "K" * 52, "ſ" * 77, "\ud800" * 52, "\0" * 77, " " * 52, "a" * 100_000],
    ids=repr,
)
@pytest.mark.parametrize("kind", [*KINDS, "x", "\u2028"])
def test_what_we_never_wrote_is_refused(kind, text):
    assert read_token(kind, text, [SECRET, OTHER]) is None


@given(some.text(), some.sampled_from(KINDS))
def test_no_text_ever_raises(text, kind):
    assert read_token(kind, text, [SECRET]) is None


@pytest.mark.parametrize("odd", ["", "lead-1", "b1f3a1de"])
def test_an_id_that_is_none_gets_no_token(odd):
    with pytest.raises(ValueError, match="UUID"):
        token_for(REPLY, WORKSPACE, odd, SECRET)


def test_ids_come_back_as_they_are_stored():
    ids = read_token(UNSUBSCRIBE, token_for(UNSUBSCRIBE, WORKSPACE.upper(), UUID(MAIL).hex, SECRET), [SECRET])

    assert ids == (WORKSPACE, MAIL)
