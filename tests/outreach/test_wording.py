import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.outreach.wording import (
    counted,
    day_in_words,
    given_name,
    one_line,
    phrase,
    shortened,
    trade_name,
    web_address,
    whole_sentences,
)

LINES = [
    ("line breaks", "a\r\nb\u2028c\td", "a b c d"),
    ("control characters", "a\0b\x07c", "abc"),
    ("invisible ones", "a\u200bb\u202ec\ufeff", "abc"),
    ("joined emoji stay", "👩\u200d💻", "👩\u200d💻"),
    ("half a character", "a\ud800b", "ab"),
    ("template marks", "{{x}} {% y %}", "((x)) (% y %)"),
    ("a tag", "Missing <title> tags", "Missing title tags"),
    ("a closing tag", "</script>", "script"),
    ("more than", "LCP > 4 s", "LCP over 4 s"),
    ("less than", "contrast < 3", "contrast under 3"),
    ("spaces", "  a   b ", "a b"),
    ("other scripts", "Žluťoučký 株式会社", "Žluťoučký 株式会社"),
]


@pytest.mark.parametrize(("text", "line"), [row[1:] for row in LINES], ids=[row[0] for row in LINES])
def test_outside_text_becomes_one_plain_line(text, line):
    assert one_line(text, 100) == line


@given(some.text(), some.integers(5, 60))
def test_a_line_is_never_longer_than_asked(text, longest):
    line = one_line(text, longest)

    assert len(line) <= longest
    assert "\n" not in line
    assert "{" not in line


@pytest.mark.parametrize(
    ("text", "longest", "short"),
    [
        ("one two three", 20, "one two three"),
        ("one two three", 13, "one two three"),
        ("one two three", 12, "one two…"),
        ("one two three", 8, "one two…"),
        ("abcdefghijkl", 6, "abcde…"),
        ("a bcdefghijkl", 8, "a bcdef…"),
        ("one two, three", 9, "one two…"),
    ],
)
def test_a_long_text_is_cut_between_words(text, longest, short):
    assert shortened(text, longest) == short
    assert len(short) <= longest


PHRASES = [
    ("Missing meta descriptions.", "missing meta descriptions"),
    ("HTTPS is not forced", "HTTPS is not forced"),
    ("Google Fonts block rendering", "Google Fonts block rendering"),
    ("A form that fails!", "a form that fails"),
    ("No", "no"),
    ("404 on the home page", "404 on the home page"),
    ("- Slow", "slow"),
    ("Add it. Then test it.", "add it. Then test it"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "words"), PHRASES)
def test_a_phrase_stands_well_after_a_colon(text, words):
    assert phrase(text, 100) == words


@pytest.mark.parametrize(
    ("text", "longest", "sentences"),
    [
        ("One. Two.", 20, "One. Two."),
        ("One. Two is longer.", 10, "One."),
        ("One is too long. Two.", 5, ""),
        ("", 5, ""),
    ],
)
def test_only_whole_sentences_are_quoted(text, longest, sentences):
    assert whole_sentences(text, longest) == sentences


NAMES = [
    ("Jana", "Jana"),
    (" jana ", "Jana"),
    ("JANA", "Jana"),
    ("JP", "JP"),
    ("Jean-Luc", "Jean-Luc"),
    ("o'brien", "O'Brien"),
    ("McKay", "McKay"),
    ("Eva\nMarie", "Eva Marie"),
    ("José", "José"),
    ("李明", "李明"),
    ("J", ""),
    ("info", ""),
    ("N/A", ""),
    ("none", ""),
    ("null", ""),
    ("jana@acme.com", ""),
    ("Jana2", ""),
    ("The Marketing Team Of Acme", ""),
    ("x" * 3000, ""),
    ("{{first_name}}", ""),
    ("", ""),
]


@pytest.mark.parametrize(("text", "name"), NAMES, ids=[repr(row[0][:20]) for row in NAMES])
def test_a_greeting_takes_names_only(text, name):
    assert given_name(text) == name


@pytest.mark.parametrize(("text", "spoken"), [("Acme, Inc.", "Acme"), ("Acme a.s.", "Acme"), ("Inc", "Inc"), ("", "")])
def test_a_legal_form_is_not_spoken(text, spoken):
    assert trade_name(text, 40) == spoken


@pytest.mark.parametrize(("number", "text"), [(0, "zero pages"), (1, "one page"), (2, "two pages"), (10, "10 pages")])
def test_small_numbers_are_words(number, text):
    assert counted(number, "page") == text


def test_a_day_is_written_out():
    assert day_in_words(1, 12, 2025) == "1 December 2025"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://acme.com/a?b=c", "https://acme.com/a?b=c"),
        (" HTTP://acme.com ", "HTTP://acme.com"),
        ("ftp://acme.com", ""),
        ("javascript:alert(1)", ""),
        ("https://acme.com/{{x}}", ""),
        ("https://acme.com/a b", ""),
        ("https://acme.com/\r\nBcc:", ""),
        ("acme.com", ""),
        ("", ""),
    ],
)
def test_only_plain_web_addresses_are_links(text, address):
    assert web_address(text) == address
