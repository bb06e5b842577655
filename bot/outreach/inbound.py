"""Mails that reach us: prospects' answers to what we sent, and whatever else is written to our addresses."""

from dataclasses import dataclass
from datetime import datetime

from bot.outreach.reachability import AddressFact
from bot.outreach.reply_reading import UNREAD, Reading

LONGEST_TEXT = 100_000
MOST_REFERENCES = 50


@dataclass(frozen=True, slots=True)
class InboundMail:
    """A mail as it arrived, by whatever door: SendGrid's Inbound Parse or a mailbox that is read.

    from_email, from_name: of the `From` header, not proven. to: every address it was delivered to or names, `To` and
    `Cc`. message_id, in_reply_to, references: without angle brackets, `references` oldest first. sent_at: the `Date`
    header, None when it says nothing usable. text, html: the bodies, each cut at `LONGEST_TEXT` characters.
    is_automatic: its headers say that no person wrote it (RFC 3834). is_report: it tells of another mail's delivery
    (RFC 3464). attachments: their file names. spf, dkim: what the door that took it says of the sender, when it says.
    """

    from_email: str
    to: tuple[str, ...]
    subject: str = ""
    text: str = ""
    html: str = ""
    from_name: str = ""
    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    sent_at: datetime | None = None
    is_automatic: bool = False
    is_report: bool = False
    attachments: tuple[str, ...] = ()
    spf: str = ""
    dkim: str = ""


@dataclass(frozen=True, slots=True)
class Stray:
    """A mail that answers nothing of ours and that no lead wrote. id: of its delivery.

    reading: how it was read. standing: what stands against its writer's address.
    """

    id: str
    received_at: datetime
    mail: InboundMail
    reading: Reading = UNREAD
    standing: AddressFact | None = None


@dataclass(frozen=True, slots=True)
class StrayPage:
    """Newest first. next: what the next page begins after, empty on the last."""

    strays: tuple[Stray, ...]
    next: str = ""
