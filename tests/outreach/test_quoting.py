"""Quoted history below an answer, as mail programs write it, and HTML as words."""

import pytest

from bot.outreach.quoting import Folded, folded, fresh_text, html_to_text

OLD = "> Hello Jane,\n> we looked at your website."


@pytest.mark.parametrize(
    ("above", "history"),
    [
        pytest.param("Yes, please.", f"On Mon, 3 Mar 2026 at 10:00, Lena <l@x.example> wrote:\n{OLD}", id="Gmail"),
        pytest.param(
            "Yes.", f"On Mon, 3 Mar 2026 at 10:00, Lena Brandt <l@x.example>\nwrote:\n{OLD}", id="broken in two"
        ),
        pytest.param("Ja, gern.", f"Am 03.03.2026 um 10:00 schrieb Lena <l@x.example>:\n\n{OLD}", id="German"),
        pytest.param(
            "Ja.", f"Lena Brandt <l@x.example> schrieb am Mo., 3. März 2026, 10:00:\n{OLD}", id="German, name first"
        ),
        pytest.param("Ano.", f"Dne 3. 3. 2026 v 10:00 Lena Brandt napsal(a):\n{OLD}", id="Czech"),
        pytest.param("Ano.", f"po 3. 3. 2026 v 10:00 odesílatel Lena <l@x.example> napsal:\n\n{OLD}", id="Czech Gmail"),
        pytest.param("Oui.", f"Le lun. 3 mars 2026 à 10:00, Lena <l@x.example> a écrit :\n{OLD}", id="French"),
        pytest.param("Ok.", "-----Original Message-----\nFrom: Lena\nHello", id="rule"),
        pytest.param("Ok.", "-----Ursprüngliche Nachricht-----\nVon: Lena\nHallo", id="German rule"),
        pytest.param(
            "Ok.", "________________________________\nFrom: Lena\nSent: Monday\n\nHello", id="Outlook on the web"
        ),
        pytest.param("Ok.", "From: Lena <l@x.example>\nSent: Monday\nTo: Jane\n\nHello", id="Outlook"),
        pytest.param("Ok.", "Von: Lena\nGesendet: Montag\nAn: Jane\n\nHallo", id="German Outlook"),
        pytest.param("Ok.", "Od: Lena\nOdesláno: pondělí\nKomu: Jana\n\nDobrý den", id="Czech Outlook"),
        pytest.param("De acuerdo.", OLD, id="marks alone"),
        pytest.param("Two\n\nparagraphs.", f"2026-03-03 10:00 GMT+01:00, Lena <l@x.example>:\n{OLD}", id="dated"),
    ],
)
def test_history_is_folded_and_what_is_fresh_stays(above, history):
    assert folded(f"{above}\r\n\r\n{history}") == Folded(above, history)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("On Monday we wrote: nothing new.", id="a sentence that begins like an introduction"),
        pytest.param("From: my point of view this is fine.", id="a sentence with From"),
        pytest.param("Prices > 100 are fine\n> quoted in passing\nand so on", id="a mark in the middle"),
        pytest.param(f"On 3 Mar 2026 Lena wrote:\n{OLD}", id="nothing fresh at all: all of it stays"),
        pytest.param("", id="nothing"),
    ],
)
def test_what_is_no_history_is_not_folded(text):
    assert folded(text) == Folded(text)


def test_an_answer_below_the_history_is_fresh():
    assert folded(f"On 3 Mar 2026, Lena wrote:\n{OLD}\n\nYes, Tuesday.").fresh == "Yes, Tuesday."


@pytest.mark.parametrize(
    ("html", "text"),
    [
        pytest.param("<p>Hello <b>Jane</b>,</p><p>Tuesday?</p>", "Hello Jane,\n\nTuesday?", id="paragraphs"),
        pytest.param("<div>One<br>two</div>three", "One\ntwo\nthree", id="lines"),
        pytest.param("<ul><li>a</li><li>b</li></ul>", "• a\n• b", id="a list"),
        pytest.param('<a href="https://x.example/a">here</a>', "here (https://x.example/a)", id="a link"),
        pytest.param('<a href="javascript:x">here</a>', "here", id="no scripts"),
        pytest.param("<style>p{}</style><script>x()</script><p>Hi</p>", "Hi", id="nothing that is no words"),
        pytest.param("Yes<blockquote><p>Old</p></blockquote>", "Yes\n\n> Old", id="a quote"),
        pytest.param("<p>Ben &amp; Co &lt;3</p>", "Ben & Co <3", id="entities"),
        pytest.param("<p>open <b>never closed", "open never closed", id="broken"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_html_is_read_as_words(html, text):
    assert html_to_text(html) == text


def test_the_fresh_part_of_an_html_mail():
    assert fresh_text("", "<p>Yes.</p><blockquote><p>On 3 Mar</p><p>Old</p></blockquote>") == "Yes."


def test_a_huge_mail_is_read_in_time_it_does_not_matter():
    assert folded("On " * 50_000).fresh.startswith("On On")
    assert html_to_text("<div>" * 5_000 + "x") == "x"
