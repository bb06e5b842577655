"""Values in a mail's headers, whoever wrote them: read as far as they can be, bounded, and never an error."""

import binascii
import codecs
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import getaddresses, parsedate_to_datetime
from urllib.parse import unquote_to_bytes

from bot.outreach.addresses import is_address

LONGEST_VALUE = 8_000
LONGEST_ID = 998  # RFC 5322's longest line
_CHARSET = r"[A-Za-z0-9_.:+-]{1,40}"
_RUN = re.compile(  # encoded words of one charset side by side
    rf"=\?({_CHARSET})(?:\*[^?]*)?\?[bq]\?[^?]*\?=(?:=\?\1(?:\*[^?]*)?\?[bq]\?[^?]*\?=)*", re.IGNORECASE
)
_ONE = re.compile(r"\?([bq])\?([^?]*)\?=", re.IGNORECASE)
_BETWEEN = re.compile(r"(?<=\?=)\s+(?==\?)")
_BRACKETED = re.compile(r"<([^<>]+)>")
_BARE_ADDRESS = re.compile(r"[^\s<>,;:\"()@]{1,64}@[^\s<>,;:\"()@]{1,190}")
_PARAMETER = re.compile(r";\s*([\w!#$%&+.^`{}~'*-]{1,80})\s*=\s*(\"(?:[^\"\\]|\\.)*\"?|[^;]*)")
_SECTION = re.compile(r"(.+?)(?:\*(\d{1,3}))?(\*)?")
_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
# No charsets of mails: slow to read at length, or no text at all.
_NEVER = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"})
# What writers of the first mean in practice, as browsers read it too: https://encoding.spec.whatwg.org/#names-and-labels
_WIDER = {
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
}
_EARLIEST, _LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def decoded(octets: bytes, charset: str = "") -> str:
    """The text, storable: without NUL and halves of characters. An unknown charset is guessed."""
    text = _in(octets, _known(charset)).removeprefix("\ufeff").replace("\0", "")
    return text.encode("utf-8", "replace").decode() if not text.isascii() else text


def from_base64(octets: bytes) -> bytes:
    """What can be read of it, whatever stands between."""
    digits = octets.translate(None, _NOT_BASE64)
    if len(digits) % 4 == 1:
        digits = digits[:-1]
    return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))


def header_text(octets: bytes, longest: int = LONGEST_VALUE) -> str:
    """A header's value on one line, encoded words read. octets: as it stands in the mail."""
    return plain_words(decoded(octets[:LONGEST_VALUE]))[:longest]


def plain_words(text: str) -> str:
    """Encoded words (RFC 2047) read, white space and line breaks inside them made single blanks."""
    return " ".join(_RUN.sub(_read_run, _BETWEEN.sub("", text)).split())


def parties(octets: bytes) -> list[tuple[str, str]]:
    """Name and address of everybody in `From`, `To` and the like; groups are opened, what is no address left out."""
    text = " ".join(decoded(octets[:LONGEST_VALUE]).split())
    try:
        found = getaddresses([text])
    except (RecursionError, ValueError, LookupError):
        found = []
    named = [(plain_words(name), address) for name, address in found if is_address(address)]
    return named or [("", address) for address in _BARE_ADDRESS.findall(text)]


def message_ids(octets: bytes) -> list[str]:
    """The message ids in `Message-ID`, `In-Reply-To` or `References`, without brackets, also when they have none."""
    text = decoded(octets[-LONGEST_VALUE * 8 :])
    found = ["".join(inside.split()) for inside in _BRACKETED.findall(text)] or re.split(r"[\s,;<>]+", text)
    return [each for each in found if "@" in each and len(each) <= LONGEST_ID]


def unflowed(text: str, *, is_delsp: bool) -> str:
    """Lines that were broken for the wire alone made one again, each within its depth of quotation (RFC 3676).

    is_delsp: the blank before such a break is no part of the text.
    """
    joined: list[list[str]] = []
    goes_on, before = False, 0
    for line in text.split("\n"):
        bare = line.lstrip(">")
        depth, words = len(line) - len(bare), bare.removeprefix(" ")
        is_signature = words == "-- "
        if not goes_on or depth != before or is_signature:
            joined.append([f"{'>' * depth} " if depth else ""])
        goes_on, before = words.endswith(" ") and not is_signature, depth
        joined[-1].append(words[:-1] if goes_on and is_delsp else words)
    return "\n".join(map("".join, joined))


def moment(octets: bytes) -> datetime | None:
    """A `Date` as aware UTC; one without a zone is taken as UTC. None for what is no date of our times."""
    try:
        at = parsedate_to_datetime(decoded(octets[:200]))
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, TypeError, LookupError, OverflowError):
        return None
    return at if _EARLIEST <= at < _LATEST else None


def parameters(octets: bytes) -> tuple[str, Mapping[str, str]]:
    """The value before the first `;` in small letters, and the parameters by name (RFC 2231 put together)."""
    text = " ".join(decoded(octets[:LONGEST_VALUE]).split())
    sections: dict[str, dict[int, bytes]] = {}
    charsets: dict[str, str] = {}
    for name, typed in _PARAMETER.findall(text):
        whole = _SECTION.fullmatch(name.lower())
        if whole is None:
            continue
        key, number, is_encoded = whole[1], int(whole[2] or 0), whole[3] is not None
        value = _unquoted(typed.strip())
        if is_encoded and number == 0 and value.count("'") >= 2:
            charsets[key], _, value = value.split("'", 2)
        piece = unquote_to_bytes(value) if is_encoded else value.encode()
        sections.setdefault(key, {}).setdefault(number, piece)
    joined = {key: b"".join(found[number] for number in sorted(found)) for key, found in sections.items()}
    return (
        text.partition(";")[0].strip().lower(),
        {key: plain_words(decoded(whole, charsets.get(key, ""))) for key, whole in joined.items()},
    )


def _in(octets: bytes, codec: str) -> str:
    try:
        return octets.decode(codec, "replace") if codec else octets.decode()
    except (LookupError, ValueError):  # a codec that gives no text, or no UTF-8
        return octets.decode("cp1252", "replace")


def _known(charset: str) -> str:
    """The codec to read a charset with; empty for none, for one we do not know, and for ASCII, which cannot fail."""
    if not re.fullmatch(_CHARSET, charset):
        return ""
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):
        return ""
    return "" if name in _NEVER or name == "ascii" else _WIDER.get(name, name)


def _read_run(run: re.Match[str]) -> str:
    """Words of one charset are put together first: a character may be cut between two."""
    words = _ONE.findall(run[0])
    return decoded(b"".join(_word(kind.lower(), inside.encode()) for kind, inside in words), run[1])


def _word(kind: str, inside: bytes) -> bytes:
    return from_base64(inside) if kind == "b" else binascii.a2b_qp(inside, header=True)


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:].removesuffix('"')) if value.startswith('"') else value
