"""Consent: what a person allowed us, since when, and what proves it. An append-only ledger by address."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.outreach.reachability import AddressFact, AddressRecord

LONGEST_SOURCE = 300
LONGEST_PROOF = 2_000


class ConsentValue(StrEnum):
    """What an address allows. `service_only`: messages about what they bought or asked for, no outreach."""

    UNKNOWN = "unknown"
    FORM = "form"
    EXPRESS = "express"
    SERVICE_ONLY = "service_only"
    UNSUBSCRIBED = "unsubscribed"


PERMITTING = frozenset({ConsentValue.FORM, ConsentValue.EXPRESS})
LEFT = frozenset({AddressFact.UNSUBSCRIBED, AddressFact.COMPLAINED})


@dataclass(frozen=True, slots=True)
class Consent:
    """One entry of the ledger about one address key. captured_at: when they said it; at: when it was written down.

    source: where they said it. note: what proves it.
    """

    address_key: str
    value: ConsentValue
    captured_at: datetime
    source: str
    note: str
    actor: str
    at: datetime


def standing_consent(entries: Iterable[Consent], records: Iterable[AddressRecord]) -> Consent | None:
    """What holds now for one address, or None when nothing is known: whatever they said last.

    entries: of the consent ledger, in their order. records: the address ledger's; leaving us there, by a link or by
    a complaint, takes back all that was said before it, and at the same moment.
    """
    said = [*entries, *(_left(record) for record in records if record.fact in LEFT)]
    return max(said, key=lambda entry: (entry.captured_at, _is_last_word(entry), entry.at), default=None)


def permits(consent: Consent | None) -> bool:
    """Whether outreach may be sent where only permission counts."""
    return consent is not None and consent.value in PERMITTING


def _is_last_word(entry: Consent) -> bool:
    return entry.value is ConsentValue.UNSUBSCRIBED


def _left(record: AddressRecord) -> Consent:
    key, at = record.address_key, record.at
    return Consent(key, ConsentValue.UNSUBSCRIBED, at, record.source, record.note, record.actor, at)
