"""Text on its way to Slack."""

from datetime import UTC, datetime

import hostile
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks.message import Message, bold, code, count, cut, esc, link, listed, plain, when, who
from blocks.words import safe_url, width


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("<!channel>", "&lt;!channel&gt;"),
        ("<https://evil.example|https://bank.example>", "&lt;https://evil.example|https://bank.example&gt;"),
        ("R&D", "R&amp;D"),
        ("&lt;b&gt;", "&amp;lt;b&amp;gt;"),
        ("Acme\nLtd\r\n\tInc", "Acme Ltd Inc"),
        ("\u202egnp.exe", "gnp.exe"),
        ("be\x07ll\x00", "bell"),
        ("  ", ""),
        ("👩‍👩‍👧", "👩‍👩‍👧"),
        ("a|b", "a|b"),
        ("شركة", "\u2068شركة\u2069"),
    ],
)
def test_outside_text_is_only_text(typed, shown):
    assert esc(typed) == shown
    assert plain(typed, 75) == shown


@hostile.quick
@given(hostile.texts, st.integers(5, 200))
def test_cut_text_fits_and_splits_no_escape(text, limit):
    shown = esc(text, limit)

    assert width(shown) <= limit
    assert "&" not in shown.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")


@pytest.mark.parametrize("limit", range(10, 60))
def test_a_cut_anywhere_leaves_escapes_links_and_isolates_whole(limit):
    shown = cut(f"{esc('شركة & <الأولى>')} see <https://a.example|the page> & more".replace(" & ", " &amp; "), limit)

    assert width(shown) <= limit
    assert "&" not in shown.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")
    assert shown.count("<") == shown.count(">")
    assert shown.count("\u2068") == shown.count("\u2069")


def test_long_text_ends_in_an_ellipsis():
    assert esc("a" * 3_000, 10) == "aaaaaaaaa…"
    assert esc("&" * 3_000, 12) == "&amp;&amp;…"
    assert cut("see <https://a.example|the page>", 20) == "see…"


def test_an_emoji_counts_twice_as_slack_may_count_it():
    assert width("🦊" * 10) == 20
    assert esc("🦊" * 10, 9) == "🦊🦊🦊🦊…"


def test_cut_right_to_left_text_still_closes_its_isolation():
    shown = esc("مرحبا " * 100, 20)

    assert shown.startswith("\u2068")
    assert shown.endswith("…\u2069")
    assert cut(f"{shown} and more", 12).count("\u2069") == 1


@pytest.mark.parametrize(
    ("url", "words", "shown"),
    [
        ("https://a.example/?a=1&b=2", "message", "<https://a.example/?a=1&amp;b=2|message>"),
        ("https://a.example", "a|b<c>", "<https://a.example|a¦b&lt;c&gt;>"),
        ("javascript:alert(1)", "message", "message"),
        ("https://evil.example|https://bank.example", "message", "message"),
        ("https://a.example/> <!channel>", "message", "message"),
        ("", "message", "message"),
    ],
)
def test_a_link_is_http_and_nothing_breaks_out_of_it(url, words, shown):
    assert link(url, words) == shown


def test_a_link_too_long_for_slack_is_none():
    assert safe_url("https://a.example/" + "x" * 3_000) == ""


def test_a_time_is_each_readers_own_with_a_fallback_in_the_zone_named():
    at = datetime(2026, 7, 1, 12, 30, tzinfo=UTC)

    assert when(at) == "<!date^1782909000^{date_short_pretty} {time}|2026-07-01 12:30 UTC>"
    assert when(at, "Europe/Prague").endswith("|2026-07-01 14:30 CEST>")
    assert when(at, "No/Where").endswith("|2026-07-01 12:30 UTC>")
    assert when(datetime(1, 1, 1, tzinfo=UTC), "America/New_York").endswith("|0001-01-01 00:00 UTC>")


@pytest.mark.parametrize(
    ("actor", "shown"),
    [
        ("Ana Novak", "Ana Novak"),
        ("UMA", "UMA"),
        ("U0ANANOVAK", "somebody"),
        ("clock", "the clock"),
        ("vendor:plusvibe", "PlusVibe"),
        ("token:8f", "an API token"),
        ("U0> <!channel>", "U0&gt; &lt;!channel&gt;"),
        ("", "somebody"),
    ],
)
def test_an_actor_is_named(actor, shown):
    assert who(actor) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, "0 leads"), (1, "1 lead"), (2, "2 leads"), (1_234, "1,234 leads"), (10**6, "1,000,000 leads")],
)
def test_counts_have_grammar(number, shown):
    assert count(number, "lead") == shown


def test_counts_take_an_odd_plural():
    assert count(2, "entry", "entries") == "2 entries"


def test_lists_are_cut_with_a_count():
    assert listed(["Acme", "R&D", "Gamma"], 2) == "Acme, R&amp;D and 1 more"
    assert listed(["Acme"], 2) == "Acme"


def test_marks_of_its_own_cannot_end_bold_or_code():
    assert bold("a*b") == "*a∗b*"
    assert code("a`b") == "`aˋb`"
    assert bold("") == code("\n") == ""


def test_a_messages_text_fits_an_edit_and_reads_as_plain_words():
    assert len(Message("x" * 9_000).body()["text"]) <= 4_000
    assert Message("R&amp;D &lt;b&gt; \u2068שלום\u2069").words == "R&D <b> שלום"
