"""Plain text as a mail in two parts: paragraphs, lists and links, and nothing of the text is ever mark-up."""

import re
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from bot.outreach.errors import Invalid
from bot.outreach.mail_html import html_mail, text_mail
from bot.outreach.quoting import html_to_text

LEAVE = "https://u.example/u/abc"
SENDER = "Lena Brandt, Ours Ltd, 1 Long Street, Brno"
OURS = {"html", "head", "meta", "body", "div", "p", "br", "ul", "li", "a"}


class Read(HTMLParser):
    """Every tag that a mail program would see, with its attributes, and the words."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags, self.words = [], ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words += data

    @property
    def links(self):
        return [attrs["href"] for tag, attrs in self.tags if tag == "a"]


def a_mail(text, *, leave=LEAVE, sender=SENDER):
    return html_mail(text, unsubscribe_url=leave, sender_line=sender)


def bare(html):
    """The body alone, without styles and our frame."""
    inside = html.partition('<div dir="auto"')[2].partition(">")[2].partition("<div")[0]
    return re.sub(r' style="[^"]*"', "", inside).replace("\n", "")


SHAPES = [
    ("one line", "Hello", "<p>Hello</p>"),
    ("paragraphs", "One\n\nTwo\n \n\nThree", "<p>One</p><p>Two</p><p>Three</p>"),
    ("lines", "One\nTwo", "<p>One<br>Two</p>"),
    ("foreign line breaks", "One\r\nTwo\r\n\r\nThree\rFour", "<p>One<br>Two</p><p>Three<br>Four</p>"),
    ("a list", "- one\n- two", "<ul><li>one</li><li>two</li></ul>"),
    ("a list in words", "Found:\n- one\n- two\nOk?", "<p>Found:</p><ul><li>one</li><li>two</li></ul><p>Ok?</p>"),
    ("no list", "-one\n-- two\n5 - 3", "<p>-one<br>-- two<br>5 - 3</p>"),
    ("mark-up", '<b>"A" & \'B\'</b>', "<p>&lt;b&gt;&quot;A&quot; &amp; &#x27;B&#x27;&lt;/b&gt;</p>"),
    ("written entities", "&lt; &#60;", "<p>&amp;lt; &amp;#60;</p>"),
    ("nothing", " \n ", ""),
    ("unseen characters", "a\x00b\x1b\ud800c\td", "<p>abc\td</p>"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "html"), [row[1:] for row in SHAPES], ids=[row[0] for row in SHAPES])
def test_text_gets_the_shape_it_was_written_in(text, html):
    assert bare(a_mail(text)) == html


LINKS = [
    ("https://a.example", ["https://a.example"]),
    ("HTTP://A.example/x", ["HTTP://A.example/x"]),
    ("See https://a.example/x?a=1&b=2#c.", ["https://a.example/x?a=1&b=2#c"]),
    ("(https://a.example/x)!", ["https://a.example/x"]),
    ("https://a.example/x_(y)", ["https://a.example/x_(y)"]),
    ("[https://a.example/x], https://b.example?!", ["https://a.example/x", "https://b.example"]),
    ('"https://a.example/x"', ["https://a.example/x"]),
    ("<https://a.example/x>", ["https://a.example/x"]),
    ("- https://a.example", ["https://a.example"]),
    ("https://žluťoučký.example/č", ["https://žluťoučký.example/č"]),
    ("https://a.example\nhttps://b.example", ["https://a.example", "https://b.example"]),
    ("www.a.example mail@a.example ftp://a.example", []),
    ("javascript:alert(1) data:text/html,x vbscript:x", []),
    ("https:// http://. https://<x>", []),
    ("https://a.example/\"onclick='x'", ["https://a.example/"]),
    ("https://a.example" + ")" * 3000, ["https://a.example"]),
]


@pytest.mark.parametrize(("text", "links"), LINKS, ids=[row[0][:40] for row in LINKS])
def test_bare_web_addresses_become_links_and_nothing_else_does(text, links):
    assert Read(a_mail(text)).links == [*links, LEAVE]


def test_a_link_shows_its_own_address():
    html = bare(a_mail("At https://a.example/?a=1&b=2."))

    assert html == '<p>At <a href="https://a.example/?a=1&amp;b=2">https://a.example/?a=1&amp;b=2</a>.</p>'


def test_every_style_is_inline_and_no_colour_stands_against_a_dark_ground():
    html = a_mail("Hello\n\n- one\n\nhttps://a.example")

    assert "<style" not in html and "class=" not in html and "background" not in html
    assert '<meta name="color-scheme" content="light dark">' in html
    assert all(attrs.get("style") for tag, attrs in Read(html).tags if tag in OURS - {"html", "head", "meta", "br"})


def test_the_footer_says_who_sent_it_and_how_to_hear_no_more():
    html = a_mail("Hello", leave="https://u.example/u?a=1&b=2", sender="Lena <Ours>\r\n\r\n1 Long Street & Co")

    assert 'Lena &lt;Ours&gt;<br>\n1 Long Street &amp; Co<br>\n<a clicktracking="off" href=' in html
    assert 'href="https://u.example/u?a=1&amp;b=2"' in html
    assert html.endswith(">Unsubscribe</a>\n</div>\n</div>\n</body>\n</html>\n")


def test_the_text_part_has_the_same_words_and_a_footer_under_the_signature_mark():
    text = text_mail("Hello,\r\n\r\n- one\n", unsubscribe_url=LEAVE, sender_line="Lena\n1 Long Street")

    assert text == f"Hello,\n\n- one\n\n-- \nLena\n1 Long Street\nUnsubscribe: {LEAVE}\n"


@pytest.mark.parametrize("part", [html_mail, text_mail])
@pytest.mark.parametrize(
    "address", ["", "#", "javascript:alert(1)", "mailto:a@b.example", 'https://a.example/"x', "/u/x"]
)
def test_no_mail_without_a_way_out(part, address):
    with pytest.raises(Invalid) as refused:
        part("Hello", unsubscribe_url=address, sender_line=SENDER)

    assert refused.value.field == "unsubscribe_url"


def test_the_words_can_be_read_back():
    text = "Hi Jana,\n\nwe found:\n\n• one\n• two\n\nBest"

    assert html_to_text(a_mail(text.replace("•", "-"))).startswith(text)


UGLY = some.text() | some.lists(
    some.sampled_from(
        ["<", ">", '"', "'", "&", "&lt;", "\n", "\r", "- ", " ", "https://", "HTTP://a", "javascript:", "a.example",
         "<script>", "<!--", "-->", "]]>", "</div>", "onload=", "\u2028", "\x00", "\ud800", "(", ")", ".", "\\", "`"]
    )
).map("".join)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(UGLY, UGLY)
def test_nothing_written_is_ever_mark_up(text, sender):
    html = a_mail(text, sender=sender)
    read = Read(html)

    assert {tag for tag, _ in read.tags} <= OURS
    assert all(
        set(attrs) <= {"style", "href", "clicktracking", "charset", "name", "content", "dir"} for _, attrs in read.tags
    )
    assert all(re.match(r"https?://\w", link, re.IGNORECASE) for link in read.links)
    assert html.encode()
    assert a_mail(text, sender=sender) == html


@settings(max_examples=200, deadline=None)
@given(some.text(some.characters(codec="utf-8", exclude_categories=["Cc", "Z"])))
def test_no_word_gets_lost(text):
    inside = unescape(re.sub(r"<[^>]*>", "", bare(a_mail(f"x{text}"))))

    assert inside == f"x{text}"


@settings(max_examples=200, deadline=None)
@given(UGLY)
def test_the_text_part_can_always_be_sent(text):
    assert text_mail(text, unsubscribe_url=LEAVE, sender_line=text).encode()
