"""Outside text made fit for a sentence: one line, no mark-up, no template marks, no more than fits."""

import re
import unicodedata

_ROUND = str.maketrans("{}", "()")
_JOINERS = {"\u200c", "\u200d"}  # Persian spelling and joined emoji need them; every other format character goes
_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn"}
_TAG = re.compile(r"</?([A-Za-z][\w-]{0,20})[^<>]{0,200}>")
_MARK = re.compile(r"[<>{}]")
_LEGAL_FORM = re.compile(
    r"[,\s]+(?:inc|incorporated|llc|l\.l\.c|ltd|limited|llp|plc|corp|corporation|gmbh(?: & co\.? kg)?|ag|kg|ug|se|"
    r"s\.?\s?r\.?\s?o|a\.\s?s|spol\.\s?s\s?r\.\s?o|b\.?v|n\.v|oy|ab|a/s|aps|s\.a|s\.l|s\.p\.a|sarl|pty|pvt)\.?$",
    re.IGNORECASE,
)
_NO_NAMES = """
    admin administrator contact enquiries hello hi info kontakt mail marketing na none null office owner sales
    service support team test unknown user webmaster
"""
_ROLES = frozenset(_NO_NAMES.split())
_SMALL = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
# Only words known to be common are written small inside a sentence: "Google fonts" and "HTTPS" keep their capitals.
_COMMON_FIRST_WORDS = """
    a add addresses all alt an answer avoid begin block blocked broken browser browsers build buttons cache
    canonical certificate check choose combine compress confusing contact content contrast convert cookie
    cookies create cumulative cut defer delete deliver describe difficult disable drop duplicate elements
    embedded empty enable encrypted expired explain few first fix fonts form forms give hard heading
    headings hidden homepage host image images improve inaccessible include inconsistent increase insecure
    install internal invalid keep key lack lacks large let link links load long low lower main make many
    mend menu merge meta minify missing mixed mobile move multiple name navigation no not obsolete old one
    only optimise optimize orphan other outdated page pages passwords phone phones pictures place poor
    preload privacy provide publish put questions redirect redirects reduce remove render renew repair
    replace resize rewrite sample say scripts second security send serve set several shared shorten shrink
    site slow small some split structured submit switch tap text the there thin title titles too turn
    unclear uncompressed unminified unoptimised unoptimized unused update upgrade use very visitors weak
    write your
"""
_COMMON = frozenset(_COMMON_FIRST_WORDS.split())


def one_line(text: str, longest: int) -> str:
    """`tidy`, and no marks: braces become round brackets, `<title>` becomes `title`, `>` and `<` become words.

    So that neither a template language, ours or the vendor's, nor an HTML mail reads orders in a company's name.
    """
    begun = tidy(text, 20 * longest)
    if not _MARK.search(begun):
        return shortened(begun, longest)
    bare = _TAG.sub(r"\1", begun).replace(">", " over ").replace("<", " under ")
    return shortened(" ".join(bare.translate(_ROUND).split()), longest)


def tidy(text: str, longest: int) -> str:
    """The text as one line of at most `longest` characters, cut between words where it can be.

    Line breaks and runs of spaces become one space; control and invisible characters and halves of pairs go.
    """
    # A vendor's megabyte is cut before the work, generously: much of what is cut may have been spaces.
    begun = text[: 4 * longest + 1000]
    if begun.isascii() and begun.isprintable():
        return shortened(" ".join(begun.split()), longest)
    begun = unicodedata.normalize("NFC", begun)
    return shortened(" ".join("".join(_kept(character) for character in begun).split()), longest)


def _kept(character: str) -> str:
    if character.isspace() or unicodedata.category(character) in {"Zl", "Zp"}:
        return " "
    return "" if unicodedata.category(character) in _DROPPED and character not in _JOINERS else character


def shortened(text: str, longest: int) -> str:
    """The text when it fits, else its beginning up to a word's end and an ellipsis, within `longest` characters."""
    if len(text) <= longest:
        return text
    cut = text[: longest - 1]
    at_word = cut.rpartition(" ")[0] if not text[longest - 1].isspace() else cut
    return f"{(at_word if len(at_word) > longest // 2 else cut).rstrip(' ,;:.-')}…"


def phrase(text: str, longest: int) -> str:
    """A title or remedy to stand after a colon: no full stop at its end, a common first word in small letters."""
    words = one_line(text, longest).rstrip(" .!?,;:").lstrip(" .,;:-•*")
    first = words.partition(" ")[0]
    is_common = first.casefold() in _COMMON and (first[1:].islower() or len(first) == 1)
    return words[:1].lower() + words[1:] if is_common else words


def whole_sentences(text: str, longest: int) -> str:
    """As many whole sentences from the beginning as fit; empty when not even the first one does."""
    line = one_line(text, longest * 20)
    if len(line) <= longest:
        return line
    end = max(line.rfind(mark, 0, longest + 1) for mark in (". ", "? ", "! "))
    return line[: end + 1] if end > 0 else ""


def given_name(text: str) -> str:
    """A first name fit for a greeting, or empty when this is none: `info`, an address, digits, a whole sentence."""
    name = one_line(text, 41).strip(" .,;:\"'()")
    odd = len(name) < 2 or len(name) > 40 or len(name.split()) > 3 or name.casefold() in _ROLES
    if odd or not all(
        character.isalpha() or unicodedata.category(character)[0] == "M" or character in " .'’-" for character in name
    ):
        return ""
    shouted = name.isupper() and len(name) > 3
    return name.title() if shouted or name.islower() else name


def trade_name(text: str, longest: int) -> str:
    """The company as people say it: without its legal form."""
    line = one_line(text, longest * 2)
    spoken = _LEGAL_FORM.sub("", line).strip(" ,")
    return shortened(spoken or line, longest)


def counted(number: int, noun: str) -> str:
    """`one page`, `nine pages`, `14 pages`."""
    return f"{number_word(number)} {noun if number == 1 else noun + 's'}"


def number_word(number: int) -> str:
    """Numbers up to nine in words."""
    return _SMALL[number] if 0 <= number < len(_SMALL) else str(number)


def day_in_words(day: int, month: int, year: int) -> str:
    """`21 November 2026`: read the same everywhere, whatever the locale of this process."""
    return f"{day} {_MONTHS[month - 1]} {year}"


def web_address(text: str) -> str:
    """The address when it is a plain http or https one, else empty."""
    address = text.strip()
    return (
        address
        if re.fullmatch(r"https?://[^\s<>{}\"'\\^`|\x00-\x1f\x7f\ud800-\udfff]{1,2000}", address, re.IGNORECASE)
        else ""
    )
