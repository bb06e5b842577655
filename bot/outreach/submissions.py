"""Submissions of web forms: what came, from whom, and how far its confirmation got."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ConfirmState(StrEnum):
    """The confirmation mail's way. `none`: none is wanted. `sending` is stored before the call, and stays when its
    answer was lost: it is never made again by itself. `held`: another went to this address less than an hour ago.
    """

    NONE = "none"
    WANTED = "wanted"
    SENDING = "sending"
    SENT = "sent"
    HELD = "held"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Submission:
    """One visitor's entries. fields: by box. place: a keyed hash of the network address. agreed: to the wording.

    try_at: when the confirmation mail is due. confirmed_at: when they confirmed; consent follows from it.
    """

    id: str
    form_id: str
    lead_id: str
    address_key: str
    email: str
    fields: Mapping[str, str]
    page: str
    place: str
    digest: str
    agreed: bool
    at: datetime
    confirm: ConfirmState = ConfirmState.NONE
    try_at: datetime | None = None
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SeenSubmission:
    """A submission with the name of its form."""

    submission: Submission
    form: str
