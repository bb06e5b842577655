"""Mails we send ourselves: from the intent through the call to what became of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.outreach.leads import Lead
from bot.outreach.limits import Limit
from bot.outreach.mail_facts import Delivery, Engagement
from bot.outreach.mail_types import DraftType

UNDO_FOR = timedelta(seconds=60)
SEND_LEASE = timedelta(minutes=2)
EVIDENCE_FOR = timedelta(minutes=30)
LONGEST_SUBJECT = 200
LONGEST_BODY = 10_000


class MailState(StrEnum):
    """Our half. `held`: due at a time, and still undone by a click. `sending` is stored before the call. `unclear`:
    the call's answer was lost, so it is never repeated by itself. `again`: a person had an unclear one sent again.
    """

    HELD = "held"
    SENDING = "sending"
    ACCEPTED = "accepted"
    UNCLEAR = "unclear"
    AGAIN = "again"
    REFUSED = "refused"
    CANCELLED = "cancelled"


# The states a mail may come from. An event of the vendor proves a mail whose answer was lost, and an answer that comes
# late still tells what became of it.
_BEFORE = {
    MailState.SENDING: frozenset({MailState.HELD}),
    MailState.CANCELLED: frozenset({MailState.HELD}),
    MailState.ACCEPTED: frozenset({MailState.SENDING, MailState.UNCLEAR}),
    MailState.UNCLEAR: frozenset({MailState.SENDING}),
    MailState.AGAIN: frozenset({MailState.UNCLEAR}),
    MailState.REFUSED: frozenset({MailState.HELD, MailState.SENDING, MailState.UNCLEAR}),
    MailState.HELD: frozenset({MailState.SENDING, MailState.HELD, MailState.UNCLEAR}),
}


def before(state: MailState) -> frozenset[MailState]:
    """The states from which a mail may get to this one."""
    return _BEFORE[state]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One mail. text: its plain text as written, without the footer. due_at: not before then.

    waits_for: the limit that put it off last. message_id: the vendor's `X-Message-Id`. smtp_id: the `Message-ID`
    header, which replies quote. problem: why it was refused, or what is not known of it. run_id: the sequence's run it
    is a step of. thread: the `Message-ID`s it answers, oldest first, a blank between two. html: its body as HTML,
    cleaned; empty: made of the text. opportunity_id: the page it is to win a link from.
    """

    id: str
    lead_id: str
    to_email: str
    site_id: str
    type: DraftType
    subject: str
    text: str
    author: str
    created_at: datetime
    due_at: datetime
    state: MailState = MailState.HELD
    template_id: str = ""
    draft_id: str = ""
    waits_for: Limit | None = None
    attempted_at: datetime | None = None
    accepted_at: datetime | None = None
    message_id: str = ""
    smtp_id: str = ""
    problem: str = ""
    delivery: Delivery = Delivery.NONE
    engagement: Engagement = Engagement.NONE
    machine_opens: int = 0
    run_id: str | None = None
    thread: str = ""
    html: str = ""
    opportunity_id: str | None = None


@dataclass(frozen=True, slots=True)
class Traced:
    """What of a mail its events are about, without its texts; as in `Outgoing`."""

    id: str
    lead_id: str
    to_email: str
    subject: str
    state: MailState
    message_id: str
    smtp_id: str
    run_id: str | None


def left_at(mail: Outgoing) -> datetime | None:
    """When it left; None for one that has not, as far as is known."""
    return (mail.attempted_at or mail.accepted_at) if mail.state is MailState.ACCEPTED else None


@dataclass(frozen=True, slots=True)
class UnclearMail:
    """One whose answer was lost, with its lead, if that is still here, and the name of its site."""

    mail: Outgoing
    lead: Lead | None
    site: str


@dataclass(frozen=True, slots=True)
class UnclearPage:
    """A page of them, the oldest first; `number` counts from 0."""

    mails: tuple[UnclearMail, ...]
    number: int
    has_next: bool


def proof_of(mail: Outgoing | Traced) -> str:
    """Which mail somebody answered with their feet, for whoever reads the ledger."""
    return f"Email “{mail.subject[:80]}”"
