"""Rows out of whatever people call a CSV file: no crash, no row lost, no row unbounded."""

import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.outreach.csv_text import LONGEST_ROW, NEVER_CLOSED, TOO_LONG, Form, form_of, rows_of

COMMA = Form("utf-8", ",")


def read(content, form=None):
    return list(rows_of(io.BytesIO(content), form or form_of(content)))


def cells(content, form=None):
    return [list(row.cells) for row in read(content, form)]


TEXT = "email;jméno;firma\njana@x.cz;Jana Nováková;Škoda\npetr@x.cz;Petr Dvořák;Třešť\n"


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        pytest.param(TEXT.encode(), "utf-8", id="UTF-8"),
        pytest.param(TEXT.encode("utf-8-sig"), "utf-8-sig", id="UTF-8 with its mark"),
        pytest.param(TEXT.encode("utf-16"), "utf-16", id="UTF-16 with its mark"),
        pytest.param(TEXT.encode("utf-16-le"), "utf-16-le", id="UTF-16, little end first, no mark"),
        pytest.param(TEXT.encode("utf-16-be"), "utf-16-be", id="UTF-16, big end first, no mark"),
        pytest.param(TEXT.encode("cp1250"), "cp1250", id="Windows, Central Europe"),
        pytest.param("email;nom\na@x.fr;Hélène Müller\n".encode("cp1252"), "cp1252", id="Windows, Western Europe"),
    ],
)
def test_the_encoding_is_found(content, encoding):
    assert form_of(content).encoding == encoding
    assert cells(content)[1][1] in {"Jana Nováková", "Hélène Müller"}


CENTRAL = (
    "Josef;Dvořák;Kůň\nJiří;Novák;Plzeň\n",
    "Ivana;Kovačević;Đakovo\n",
    "Marek;Šťastný;1 200 Kč\nEva;Malá;900 Kč\n",
    "Ľuboš;Kováč;Banská Bystrica\n",
    "Łukasz;Wiśniewski;Zażółć\n",
    "Jan;Kowal;Gdańsk\n",
    "Imię;Nazwisko;Miasto\n",
    "Zsófia;Győri;Győr\n",
)
WESTERN = (
    "Íñigo;Muñoz Ibáñez;Compañía Española\n",
    "José;Núñez;Logroño\n",
    "Søren;Sørensen;København\n",
    "Jørgen;Kjær;Smørrebrød\n",
    "Åse;Bjørnstad;Tromsø\n",
    "Niccolò;Però;Caffè\nGesù;Cantù;Forlì\n",
    "Hélène;Lefèvre;Crème Brûlée\n",
    "Anaïs;Benoît;Nîmes\n",
    "João;Conceição;São Paulo\n",
    "Jürgen;Größe;Köln\n",
    "Håkan;Sjöberg;Malmö\n",
)


@pytest.mark.parametrize(
    ("text", "encoding"), [(text, "cp1250") for text in CENTRAL] + [(text, "cp1252") for text in WESTERN]
)
@pytest.mark.parametrize("before", ["", "plain;text;only\n" * 5_000], ids=["at once", "far below"])
def test_letters_tell_the_two_windows_code_pages_apart(text, encoding, before):
    rows = cells((before + text).encode(encoding))

    assert rows[before.count("\n") :] == [line.split(";") for line in text.splitlines()]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter):
    lines = [["email", "company", "note"], ["a@x.com", '"Acme; Sons, Ltd | Co"', "x"], ["b@x.com", "Beta", "y"]]
    content = "\n".join(delimiter.join(line) for line in lines).encode()

    assert form_of(content).delimiter == delimiter
    assert cells(content)[1] == ["a@x.com", "Acme; Sons, Ltd | Co", "x"]


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        pytest.param(b"a,b\r\nc,d\r\n", [["a", "b"], ["c", "d"]], id="Windows line ends"),
        pytest.param(b"a,b\rc,d", [["a", "b"], ["c", "d"]], id="old Mac line ends, none at the end"),
        pytest.param(b"a,b\n\n , \nc\n", [["a", "b"], ["c"]], id="blank and ragged rows"),
        pytest.param(b'a,"b ""x"" c"\n', [["a", 'b "x" c']], id="quotes in quotes"),
        pytest.param(b'a,"two\nlines"\nc,d\n', [["a", "two\nlines"], ["c", "d"]], id="a line end in quotes"),
        pytest.param(b'a,5" pipe\nc,d\n', [["a", '5" pipe'], ["c", "d"]], id="an inch"),
        pytest.param(b"a,b\0c\n", [["a", "b\0c"]], id="a zero"),
        pytest.param(b"", [], id="nothing"),
        pytest.param(b"\xff\xfe", [], id="a mark alone"),
    ],
)
def test_rows(content, rows):
    assert cells(content, form_of(content)) == rows


def test_a_quote_that_never_closes_spoils_one_row():
    first, *rest = read(b'a,"b\n' + b"c,d\n" * 500, COMMA)

    assert (first.cells, first.problem) == (["a", '"b'], NEVER_CLOSED)
    assert [row.line for row in rest] == list(range(2, 502)) and not any(row.problem for row in rest)


def test_a_row_of_a_megabyte_is_one_row_and_the_next_is_read():
    huge, after = read(b"x" * 1_000_000 + b"\nc,d\n", COMMA)

    assert huge.problem == TOO_LONG and len(huge.cells[0]) <= LONGEST_ROW + 1
    assert (after.line, after.cells) == (2, ["c", "d"])


def test_a_byte_that_is_no_utf_8_is_read_as_windows_does():
    content = b"email,city\n" + b"a@x.com,Brno\n" * 10_000 + b"b@x.com,K\xf6ln\n"

    assert form_of(content[:65_536]).encoding == "utf-8"
    assert cells(content, COMMA)[-1] == ["b@x.com", "Köln"]


@given(
    st.lists(st.text(st.sampled_from('ab,;"\t|\r\n \0é\u2028')), max_size=30).map("".join),
    st.sampled_from(["utf-8", "utf-16", "utf-16-le", "cp1250", "cp1252"]),
)
@example('"a\n"b', "utf-8")
def test_any_text_gives_rows_in_the_order_of_its_lines(text, encoding):
    content = text.encode(encoding, "replace")

    found = read(content)

    numbers = [row.line for row in found]
    assert numbers == sorted(set(numbers))


@given(st.binary(max_size=400))
def test_any_bytes_are_read(content):
    for row in read(content):
        assert any(cell.strip() for cell in row.cells)


@given(st.lists(st.sampled_from(['a,"b', "c,d", '"e"', '"f,""', "g", '"h"i']), min_size=1, max_size=12))
def test_every_line_that_holds_anything_is_in_exactly_one_row(lines):
    found = read("\n".join(lines).encode(), COMMA)

    letters = "".join(cell for row in found for cell in row.cells)
    assert [letter for letter in letters if letter.isalpha()] == [
        letter for line in lines for letter in line if letter.isalpha()
    ]
