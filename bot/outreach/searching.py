"""What people type after a command: search words, and the one-line push."""

import re
import unicodedata

from bot.outreach.addresses import address_key, domain_of
from bot.outreach.errors import Invalid

MAX_WORDS = 8
MAX_CHARACTERS = 100
PUSH_HELP = "Write it like this: `/push jane@acme.com beta.io to Spring launch`."

_STRAIGHT = str.maketrans(
    {
        "‘": "'",
        "’": "'",
        "‚": "'",
        "‛": "'",
        "′": "'",
        "“": '"',
        "”": '"',
        "„": '"',
        "‟": '"',
        "«": '"',
        "»": '"',
        "″": '"',
    }
)
_LINK = re.compile(r"<((?:mailto:|tel:|https?://)[^|<>]*)(?:\|([^<>]*))?>", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s@<>\"]+@[^\s@<>\"]+\.[^\s@<>\".]+")
_DOMAIN = re.compile(r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_][\w-]*[^\W_]")
_FILLERS = frozenset({"and", "&", "leads", "lead"})


def plain_typing(text: str) -> str:
    """The text as it was meant: Slack's links undone, its escapes too, straight quotes, plain single spaces."""
    unlinked = _LINK.sub(lambda link: link[2] or re.sub("^(?:mailto|tel):", "", link[1], flags=re.IGNORECASE), text)
    unescaped = unlinked.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").translate(_STRAIGHT)
    visible = "".join(
        character
        for character in unescaped
        if unicodedata.category(character) not in {"Cf", "Cs"} or character in "\u200c\u200d"
    )
    return " ".join(visible.replace("\0", " ").split())


def searchable(text: str) -> str:
    """The one form in which typed words and stored texts are compared."""
    return " ".join(unicodedata.normalize("NFKC", plain_typing(text)).casefold().split())


def words(text: str) -> tuple[str, ...]:
    """The distinct words to search for: at most eight, from the first hundred characters, in search form."""
    typed = (word.strip("\"'`,;()[]") for word in searchable(text)[:MAX_CHARACTERS].split())
    return tuple(dict.fromkeys(word for word in typed if word))[:MAX_WORDS]


def parse_push_line(text: str) -> tuple[tuple[str, ...], str]:
    """What follows `/push`: the leads (address keys, domains or ids, each once) and the campaign's name as typed.

    The first `to` between spaces ends the leads, so a campaign may be called `Back to school`. Compare names by
    `searchable`. Raises `Invalid` with field `leads` or `campaign`.
    """
    before, found, after = _parted(plain_typing(text))
    terms = tuple(dict.fromkeys(_term(word) for word in re.split(r"[\s,;]+", before) if _is_meant(word)))
    campaign = after.strip().strip("\"'`").strip()
    if not terms:
        raise Invalid(f"Which leads should be pushed? {PUSH_HELP}", field="leads")
    if not found or not campaign:
        raise Invalid(f"Which campaign should they go to? {PUSH_HELP}", field="campaign")
    return terms, campaign


def _parted(typed: str) -> tuple[str, str, str]:
    """Before and after the first separate `to`."""
    parts = re.split(r"(?:^|(?<=[\s,;]))(to)(?=\s|$)", typed, maxsplit=1, flags=re.IGNORECASE)
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 else (typed, "", "")


def _is_meant(word: str) -> bool:
    return bool(word) and word.casefold() not in _FILLERS


def _term(word: str) -> str:
    """One lead as typed, in the form it is looked up by."""
    bare = word.strip("\"'`()[]<>").rstrip(".")
    if _ADDRESS.fullmatch(bare):
        return address_key(bare)
    if _UUID.fullmatch(bare):
        return bare.lower()
    if _DOMAIN.fullmatch(domain_of(bare)):
        return domain_of(bare)
    raise Invalid(f"“{word[:80]}” is neither an email address nor a domain. {PUSH_HELP}", field="leads")
