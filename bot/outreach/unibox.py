"""The Unibox: conversations with leads, the replies that wait for us, and the answers we send."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.outreach.leads import Lead


class Direction(StrEnum):
    """Whose message it is."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class InboundReply:
    """A prospect's answer as an adapter heard it, from whatever event or sweep.

    key: the same for the same answer, however often and however it is told (its Message-ID, else what stands for it).
    lead_email: whose conversation it is; from_email: who really wrote. mailbox: ours, the one written to. email_id,
    thread_id: the provider's, empty when not told; `email_id` is what an answer refers to.
    """

    key: str
    lead_email: str
    from_email: str
    at: datetime
    subject: str = ""
    text: str = ""
    html: str = ""
    label: str = ""
    sentiment: str = ""
    mailbox: str = ""
    email_id: str = ""
    thread_id: str = ""
    message_id: str = ""
    campaign_provider_id: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """A prospect's answer as stored. answered_at: when one of us wrote back. claimed_by: who takes care of it."""

    id: str
    lead_id: str
    heard: InboundReply
    received_at: datetime
    claimed_by: str = ""
    answered_at: datetime | None = None
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReplyCard:
    """A reply with the lead it came from."""

    reply: Reply
    lead: Lead
    campaign: str = ""
