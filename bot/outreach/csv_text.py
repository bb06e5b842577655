"""Rows out of a text file as people have them: any delimiter, any encoding, quotes that never close.

Whatever the bytes, every line ends up in exactly one row, and no row is larger than `LONGEST_ROW`.
"""

import codecs
import csv
import io
import re
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

SAMPLE_BYTES = 64 * 1024
LONGEST_ROW = 100_000
MOST_LINES = 200
DELIMITERS = (",", ";", "\t", "|")
_ODD = re.compile("[\udc80-\udcff]")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_VOWELS = (
    rb"aeiouyAEIOUY\xc1\xc4\xc9\xcd\xd3\xd6\xda\xdc\xdd\xe1\xe2\xe4\xe9\xeb\xec\xed\xee\xf3\xf4\xf6\xf9\xfa\xfc\xfd"
)
_LETTERS = rb"A-Za-z\x8a-\x8f\x9a-\x9f\xb3\xb9\xbe\xbf\xc0-\xff"
_EITHER = rb"[\xc6\xc8\xd2\xd8\xe6\xe8\xf2\xf8]"  # ć č ň ř in Windows-1250, æ è ò ø in Windows-1252
# Most bytes mean the same letter in both code pages, others a consonant here and a vowel there: neighbours tell which.
_CENTRAL = re.compile(
    rb"[\xa3\xa5\xaf\xbc\x8d\x8f](?=[%(letters)b])"  # Ł Ą Ż Ľ Ť Ź, in Windows-1252 signs
    rb"|(?<=[%(letters)b])[\xb3\xb9\xbe\xbf\x9d\x9f]"  # ł ą ľ ż ť ź
    rb"|[\x8a\x8e\x9a\x9e]"  # Š Ž š ž, the same in both, yet hardly written in the West
    rb"|%(either)b(?=[%(vowels)b])|(?<=[%(vowels)b])%(either)b(?![%(letters)b])"  # Dvořák, Plzeň
    rb"|(?<=[%(letters)b])\xf1(?![%(vowels)b])"  # Gdańsk
    rb"|[\xec\xf9](?=[%(letters)b])|(?<=[%(letters)b])\xea(?![%(letters)b])"  # město, půl, imię
    rb"|[\xd5\xf5](?![eE])" % {b"letters": _LETTERS, b"vowels": _VOWELS, b"either": _EITHER}  # Győr
)
_WESTERN = re.compile(
    rb"[\xd1\xf1](?=[%(vowels)b])"  # Muñoz
    rb"|(?<=[%(letters)b])(?<![%(vowels)bKk])%(either)b(?![%(vowels)b])"  # Sørensen, Niccolò, Lefèvre, but Kč
    rb"|(?<![%(letters)b])[\xc8\xe8](?![%(letters)b])"  # è
    rb"|(?<=[%(vowels)b])\xef(?=[%(letters)b])"  # Anaïs
    rb"|[\xc0\xc5\xe0\xe5]"  # à å, in Windows-1250 the rare ŕ ĺ
    % {b"letters": _LETTERS, b"vowels": _VOWELS, b"either": _EITHER}
)


@dataclass(frozen=True, slots=True)
class Form:
    """How a file is written. encoding: as Python calls it. delimiter: one character."""

    encoding: str
    delimiter: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row. line: where it begins, from 1. problem: why its cells cannot be trusted; empty when they can."""

    line: int
    cells: Sequence[str]
    problem: str = ""


NEVER_CLOSED = "A quotation mark is opened and never closed"
TOO_LONG = f"The row is longer than {LONGEST_ROW:,} characters"


def form_of(sample: bytes) -> Form:
    """What the first bytes of a file say, up to `SAMPLE_BYTES` of them."""
    encoding = encoding_of(sample)
    text = sample.decode(encoding, "replace")
    return Form(encoding, delimiter_of(text))


def encoding_of(sample: bytes) -> str:
    """By its mark, else by where its zeros stand, else UTF-8 when it is that, else the likelier Windows code page."""
    for mark, name in _BOMS:
        if sample.startswith(mark):
            return name
    if len(sample) >= 4:
        even, odd = sample[0:2000:2].count(0), sample[1:2000:2].count(0)
        half = len(sample[:2000]) // 2
        if odd > half * 0.6 and even < half * 0.1:
            return "utf-16-le"
        if even > half * 0.6 and odd < half * 0.1:
            return "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)  # a character cut at the end is no mistake
    except UnicodeDecodeError:
        return _code_page(sample)
    return "utf-8"


def _code_page(sample: bytes) -> str:
    central, western = len(_CENTRAL.findall(sample)), len(_WESTERN.findall(sample))
    return "cp1250" if central > western else "cp1252"


def delimiter_of(text: str) -> str:
    """The one that splits the first lines most alike; a comma when none does."""
    lines = [line for line in text.splitlines()[:50] if line.strip()]
    if len(lines) > 1:
        lines = lines[:-1] if len(lines) > 2 else lines  # the last may be cut
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        counts = [_outside_quotes(line, delimiter) for line in lines]
        usual = max(set(counts), key=lambda count: (counts.count(count), count), default=0)
        score = usual and counts.count(usual) / len(counts) * (1 + min(usual, 30) / 30)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _outside_quotes(line: str, delimiter: str) -> int:
    if '"' not in line:
        return line.count(delimiter)
    return sum(part.count(delimiter) for part in line.split('"')[::2])


def rows_of(stream: BinaryIO, form: Form) -> Generator[Row, None, None]:
    """The rows that hold anything, one at a time; memory stays at one row.

    A line that is not in its encoding is read as Windows would. Never raises for what stands in the file.
    """
    text = io.TextIOWrapper(stream, form.encoding, errors=_on_error(form.encoding), newline=None)
    try:
        yield from _rows(_Lines(text), form.delimiter)
    finally:
        text.detach()


def _on_error(encoding: str) -> str:
    return "surrogateescape" if encoding.startswith("utf-8") else "replace"


class _Lines:
    """Lines with their numbers, some of which may be handed back. A line of more than `LONGEST_ROW` is cut."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._back: list[str] = []
        self.number = 0

    def next(self) -> str:
        """The next line, with its end; empty after the last."""
        self.number += 1
        if self._back:
            return self._back.pop()
        line = self._text.readline(LONGEST_ROW + 1)
        if len(line) > LONGEST_ROW and not line.endswith("\n"):
            while (more := self._text.readline(LONGEST_ROW)) and not more.endswith("\n"):
                pass
        if line.isascii() or not _ODD.search(line):
            return line
        odd = line.encode("utf-8", "surrogateescape")
        return odd.decode(_code_page(odd), "replace")

    def back(self, lines: Sequence[str]) -> None:
        """These come again, in this order."""
        self._back.extend(reversed(lines))
        self.number -= len(lines)


def _rows(lines: _Lines, delimiter: str) -> Iterator[Row]:
    while line := lines.next():
        number = lines.number
        if '"' not in line:
            cells = line.rstrip("\n").split(delimiter)
            row = Row(number, cells, TOO_LONG if len(line) > LONGEST_ROW else "")
        else:
            row = _quoted(lines, line, number, delimiter)
        if any(map(str.strip, row.cells)):
            yield row


def _quoted(lines: _Lines, line: str, number: int, delimiter: str) -> Row:
    """A row with quotes, which may go on over several lines; what does not end well is its first line alone."""
    taken, quotes, length = [line], line.count('"'), len(line)
    while quotes % 2 and len(taken) < MOST_LINES and length <= LONGEST_ROW:
        if not (more := lines.next()):
            lines.number -= 1
            break
        taken.append(more)
        quotes += more.count('"')
        length += len(more)
    if length <= LONGEST_ROW and quotes % 2 == 0:
        parsed = list(islice(csv.reader(taken, delimiter=delimiter), 2))
        if len(parsed) == 1:  # two, when a quote in the middle of a cell opened nothing
            return Row(number, parsed[0])
    lines.back(taken[1:])
    return Row(number, _bare(line, delimiter), TOO_LONG if len(line) > LONGEST_ROW else NEVER_CLOSED)


def _bare(line: str, delimiter: str) -> list[str]:
    """The cells as they stand, quotes and all."""
    return line.rstrip("\n")[:LONGEST_ROW].split(delimiter)
