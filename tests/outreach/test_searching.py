import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.outreach.errors import Invalid
from bot.outreach.searching import MAX_WORDS, parse_push_line, plain_typing, searchable, words

WORDS = [
    ("one", "Acme", ("acme",)),
    ("several", "  Acme   Corp ", ("acme", "corp")),
    ("smart quotes", "“Acme” ‘corp’", ("acme", "corp")),
    ("an apostrophe inside", "O’Brien", ("o'brien",)),
    ("a non-breaking space", "acme\u00a0corp", ("acme", "corp")),
    ("a sharp s", "STRASSE Straße", ("strasse",)),
    ("full width", "ＡＣＭＥ", ("acme",)),
    ("a link made by Slack", "<http://acme.com|acme.com>", ("acme.com",)),
    ("an address made a link", "<mailto:jana@acme.com|jana@acme.com>", ("jana@acme.com",)),
    ("escaped by Slack", "a &amp; b", ("a", "&", "b")),
    ("a zero-width space", "ac\u200bme", ("acme",)),
    ("commas", "acme, corp", ("acme", "corp")),
    ("nothing", " \u00a0 ", ()),
    ("only quotes", '""', ()),
    ("the same twice", "acme Acme", ("acme",)),
    ("too many", "a b c d e f g h i j", tuple("abcdefgh")),
    ("too long", "x" * 150, ("x" * 100,)),
]


@pytest.mark.parametrize(("typed", "found"), [row[1:] for row in WORDS], ids=[row[0] for row in WORDS])
def test_search_words_are_what_was_meant(typed, found):
    assert words(typed) == found


@given(some.text(max_size=300))
def test_words_are_few_short_and_stable(typed):
    found = words(typed)

    assert len(found) <= MAX_WORDS
    assert len(" ".join(found)) <= 100
    assert all(word and not word.isspace() for word in found)
    assert searchable(searchable(typed)) == searchable(typed) or "&" in typed or "<" in typed


LINES = [
    ("an address", "jana@acme.com to Spring", ("jana@acme.com",), "Spring"),
    ("a domain", "acme.com to Spring", ("acme.com",), "Spring"),
    ("several", "jana@acme.com, beta.io;gamma.cz  delta.com to Spring",
     ("jana@acme.com", "beta.io", "gamma.cz", "delta.com"), "Spring"),
    ("small letters", "Jana@ACME.com BETA.io to Spring", ("jana@acme.com", "beta.io"), "Spring"),
    ("a campaign of several words", "acme.com to Spring launch 2026", ("acme.com",), "Spring launch 2026"),
    ("a campaign with to in it", "acme.com to Back to school", ("acme.com",), "Back to school"),
    ("a quoted campaign", "acme.com to “Back to school”", ("acme.com",), "Back to school"),
    ("TO in capitals", "acme.com TO Spring", ("acme.com",), "Spring"),
    ("a domain that ends in to", "acme.to to Spring", ("acme.to",), "Spring"),
    ("mail links", "<mailto:jana@acme.com|jana@acme.com> to Spring", ("jana@acme.com",), "Spring"),
    ("a mail link without a label", "<mailto:jana@acme.com> to Spring", ("jana@acme.com",), "Spring"),
    ("web links", "<http://acme.com|acme.com> <https://beta.io/x> to Spring", ("acme.com", "beta.io"), "Spring"),
    ("a linked campaign", "acme.com to <http://acme.com|acme.com> relaunch", ("acme.com",), "acme.com relaunch"),
    ("non-breaking spaces", "acme.com\u00a0to\u00a0Spring\u00a0launch", ("acme.com",), "Spring launch"),
    ("smart quotes", "“acme.com” to ‘Spring’", ("acme.com",), "Spring"),
    ("and between", "acme.com and beta.io to Spring", ("acme.com", "beta.io"), "Spring"),
    ("the same twice", "acme.com www.acme.com to Spring", ("acme.com",), "Spring"),
    ("an id", "6F9619FF-8B86-D011-B42D-00C04FC964FF to Spring", ("6f9619ff-8b86-d011-b42d-00c04fc964ff",), "Spring"),
    ("a full stop after it", "acme.com. to Spring", ("acme.com",), "Spring"),
    ("an escaped campaign", "acme.com to R&amp;D &lt;3", ("acme.com",), "R&D <3"),
    ("letters beyond ASCII", "bücher.de to Frühling", ("bücher.de",), "Frühling"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "terms", "campaign"), [row[1:] for row in LINES], ids=[row[0] for row in LINES])
def test_a_push_line_names_leads_and_a_campaign(line, terms, campaign):
    assert parse_push_line(line) == (terms, campaign)


BAD_LINES = [
    ("nothing", "", "leads"),
    ("no leads", "to Spring", "leads"),
    ("no campaign", "acme.com", "campaign"),
    ("nothing after to", "acme.com to", "campaign"),
    ("an empty campaign", 'acme.com to ""', "campaign"),
    ("a bare word", "acme to Spring", "leads"),
    ("a mention", "<@U123> to Spring", "leads"),
    ("an unfinished address", "jana@ to Spring", "leads"),
]


@pytest.mark.parametrize(("line", "field"), [row[1:] for row in BAD_LINES], ids=[row[0] for row in BAD_LINES])
def test_a_push_line_that_cannot_be_read_says_how_to_write_it(line, field):
    with pytest.raises(Invalid, match=r"/push jane@acme\.com beta\.io to Spring launch") as refusal:
        parse_push_line(line)

    assert refusal.value.field == field


@given(some.text(max_size=200))
def test_whatever_is_typed_is_read_or_refused(typed):
    try:
        terms, campaign = parse_push_line(typed)
    except Invalid:
        return

    assert terms
    assert campaign


def test_plain_typing_keeps_case_and_undoes_slack():
    assert plain_typing("“Hi” <tel:+420123|+420 123> &lt;b&gt;\n x") == '"Hi" +420 123 <b> x'
