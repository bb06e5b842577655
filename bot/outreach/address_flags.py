"""Flags on addresses: throw-away domain, an office and no person, free mail. Flags inform; none is a verdict."""

from collections.abc import Collection
from enum import StrEnum

from bot.outreach.addresses import FREE_MAIL


class Flag(StrEnum):
    """What may be worth knowing before writing."""

    DISPOSABLE = "disposable"
    ROLE = "role"
    FREE = "free"


# RFC 2142, and what companies in our markets call their offices.
_OFFICE_NAMES = """
    info marketing sales support abuse noc security postmaster hostmaster usenet news webmaster www uucp ftp
    contact hello office admin billing hr jobs careers press team service help orders accounts mail enquiries
    noreply no-reply donotreply spam obchod podpora fakturace kancelar recepce kontakt buchhaltung vertrieb
"""
_OFFICES = frozenset(_OFFICE_NAMES.split())
# Real mail domains that lists of throw-away ones are known to hold.
_TRUSTED = FREE_MAIL | {"21cn.com", "99.com", "fastmail.com", "fastmail.fm"}


def flags_of(address_key: str, disposable: Collection[str]) -> tuple[Flag, ...]:
    """The address's flags. disposable: domains in lower case; their sub-domains count, too."""
    local, _, domain = address_key.rpartition("@")
    office = local.partition("+")[0]
    found = {
        Flag.DISPOSABLE: domain not in _TRUSTED and _is_listed(domain, disposable),
        Flag.ROLE: office in _OFFICES or office.partition("-")[0] in _OFFICES,
        Flag.FREE: domain in FREE_MAIL,
    }
    return tuple(flag for flag, holds in found.items() if holds)


def _is_listed(domain: str, listed: Collection[str]) -> bool:
    labels = domain.split(".")
    return any(".".join(labels[first:]) in listed for first in range(len(labels) - 1))
