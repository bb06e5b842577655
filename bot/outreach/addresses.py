"""E-mail addresses: their form, the key that tells two apart, and what PlusVibe takes."""

import re

LONGEST_ADDRESS = 254
LONGEST_HOST = 180  # an answer address has up to 65 characters before it
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]", re.IGNORECASE | re.ASCII)
# The pattern PlusVibe quotes in its own 400; one address that fails it makes it refuse the whole batch.
_PLUSVIBE = re.compile(
    r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?@[a-z0-9]([a-z0-9.-]*[a-z0-9])?\.[a-z]{1,}", re.IGNORECASE | re.ASCII
)
FREE_MAIL = frozenset(
    {
        "gmail.com",
        "googlemail.com",
        "outlook.com",
        "hotmail.com",
        "live.com",
        "yahoo.com",
        "icloud.com",
        "me.com",
        "aol.com",
        "gmx.com",
        "gmx.de",
        "proton.me",
        "protonmail.com",
        "seznam.cz",
        "email.cz",
        "centrum.cz",
        "mail.ru",
        "yandex.ru",
        "web.de",
    }
)


# How most sites are written: a million of them take a file half as long so.
_USUAL_SITE = re.compile(r"(?:https?://)?(?:www\.)?+([a-z0-9-]+(?:\.[a-z0-9-]+)+)/?", re.ASCII)


def address_key(address: str) -> str:
    """What makes two addresses one person: the normalised address in lower case.

    Computed here once and stored: `lower()` differs between SQLite, PostgreSQL and Python.
    """
    return address.strip().casefold()


def is_address(text: str) -> bool:
    """Whether this is an address at all; what a vendor lists as one need not be."""
    return len(text) <= LONGEST_ADDRESS and re.fullmatch(r"[^\s@]+@[^\s@]+", text.strip()) is not None


def is_host(text: str) -> bool:
    """Whether mail could go to an address at this host."""
    return len(text) <= LONGEST_HOST and _HOST.fullmatch(text) is not None


def plusvibe_accepts(address: str) -> bool:
    """Whether PlusVibe's own pattern takes this address."""
    return _PLUSVIBE.fullmatch(address) is not None


def domain_of(address_or_url: str) -> str:
    """The host name in an address or a web address, without `www.`; empty when there is none."""
    text = address_or_url.strip().lower()
    if usual := _USUAL_SITE.fullmatch(text):
        return usual[1]
    return _host_in(text)


def _host_in(text: str) -> str:
    if "/@" not in text and "://" not in text:  # an address, not a profile page such as medium.com/@acme
        text = text.rpartition("@")[2]
    authority = re.split(r"[/?#\\]", re.sub(r"^(?:[a-z][a-z0-9+.-]*:)?//", "", text), maxsplit=1)[0]
    host = authority.rpartition("@")[2].partition(":")[0].removeprefix("www.").strip(".")
    return "" if re.search(r"[\s<>\"'(),;]", host) else host


def company_domain(address: str) -> str:
    """The domain of a work address; empty for free mail, whose domain says nothing of the company."""
    domain = domain_of(address)
    return "" if domain in FREE_MAIL else domain
