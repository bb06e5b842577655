"""The address guard: whether a person may be written to at all. Runs after the readiness guard on every path."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.outreach.leads import Lead


class AddressFact(StrEnum):
    """What the append-only address ledger can say of an address. `cleared` undoes what came before it.

    `unpermitted` is never in the ledger: the workspace asks for consent, and nobody recorded any.
    """

    BOUNCED = "bounced"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    SUPPRESSED = "suppressed"
    INVALID = "invalid"
    CLEARED = "cleared"
    UNPERMITTED = "unpermitted"


@dataclass(frozen=True, slots=True)
class AddressRecord:
    """One line of the ledger about one address key."""

    address_key: str
    fact: AddressFact
    at: datetime
    source: str
    actor: str = ""
    note: str = ""


NO_EMAIL = "No contact email"
REPLY_SOURCE = "reply:"  # before a reply's id, as the source of a record
STRAY_SOURCE = "stray:"  # before the id of a mail that matched nobody
REASONS = {
    AddressFact.BOUNCED: "Address bounced, change it or ask an admin to clear it",
    AddressFact.COMPLAINED: "Recipient complained, never contact again",
    AddressFact.UNSUBSCRIBED: "Recipient unsubscribed",
    AddressFact.SUPPRESSED: "Address is suppressed",
    AddressFact.INVALID: "Address failed validation",
    AddressFact.UNPERMITTED: "No form or express consent, record it on the lead's card",
}


def standing_fact(records: Iterable[AddressRecord]) -> AddressFact | None:
    """What still holds against an address, or None. Records of one address, in any order; a tie keeps the ban."""
    standing: AddressFact | None = None
    for record in sorted(records, key=lambda record: (record.at, record.fact is not AddressFact.CLEARED)):
        standing = None if record.fact is AddressFact.CLEARED else record.fact
    return standing


def unreachable_reason(lead: Lead, standing: AddressFact | None) -> str | None:
    """Why a push must not reach this lead, or None when it may."""
    if not lead.email:
        return NO_EMAIL
    return REASONS[standing] if standing is not None else None
