"""The Unibox: conversations with leads, the replies that wait for us, and the answers we send."""

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bot.outreach.addresses import address_key
from bot.outreach.errors import Invalid
from bot.outreach.leads import Lead
from bot.outreach.quoting import fresh_text, squeezed
from bot.outreach.reachability import AddressFact
from bot.outreach.reply_reading import UNREAD, Reading

PAGE_THREADS = 10
LONGEST_SUBJECT = 250
LONGEST_BODY = 3_000
CLOCKS_DIFFER_BY = timedelta(minutes=2)
_LONGEST_ID = 400
AUTOMATIC = "AUTOMATIC_REPLY"
_MACHINES = frozenset({"OUT_OF_OFFICE", AUTOMATIC})
_ANSWERS = re.compile(r"^(?:\s*(?:re|aw|sv|odp|r|antw|rép|ref)\s*(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)


class Direction(StrEnum):
    """Whose message it is."""

    IN = "in"
    OUT = "out"


class Via(StrEnum):
    """How a conversation is held. `mail`: by mails we send ourselves and the answers to them."""

    PLUSVIBE = "plusvibe"
    MAIL = "mail"


@dataclass(frozen=True, slots=True)
class InboundReply:
    """A prospect's answer as an adapter heard it, from whatever event or sweep.

    key: the same for the same answer, however often and however it is told (its Message-ID, else what stands for it).
    lead_email: whose conversation it is; from_email: who really wrote. mailbox: ours, the one written to. email_id,
    thread_id: the provider's, empty when not told; `email_id` is what an answer refers to. By mail they are
    ours: `email_id` of a mail of ours its id, `thread_id` what holds a conversation together. is_automatic: its
    headers say that no person wrote it.
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
    is_automatic: bool = False


@dataclass(frozen=True, slots=True)
class Mail:
    """A message of a conversation, theirs or ours. told: as heard; `from_email` is the mailbox when it is ours.

    to_email: who it went to. is_unread: as the provider says, None when it says nothing.
    """

    direction: Direction
    told: InboundReply
    to_email: str = ""
    is_unread: bool | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """A prospect's answer as stored. answered_at: when one of us wrote back. claimed_by: who takes care of it.

    corrected_by: who said that it is of another class than the rules had read; the rule and sentence stay theirs.
    """

    id: str
    lead_id: str
    heard: InboundReply
    received_at: datetime
    claimed_by: str = ""
    answered_at: datetime | None = None
    read_at: datetime | None = None
    thread_id: str = ""
    answered_by: str = ""
    reading: Reading = UNREAD
    corrected_by: str = ""


@dataclass(frozen=True, slots=True)
class ReplyCard:
    """A reply with the lead it came from.

    answer: the latest of ours in its thread that has no good end: under way, failed or unclear. names: what to call
    people, by id. standing: what is held against the lead's address.
    """

    reply: Reply
    lead: Lead
    campaign: str = ""
    answer: "Answer | None" = None
    names: Mapping[str, str] = field(default_factory=dict)
    may_mark_read: bool = False
    standing: AddressFact | None = None


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation with one lead. waiting_since: when the oldest reply came that nobody answered.

    provider_id: what the provider groups by, empty when it never said; by mail as `InboundReply.thread_id`.
    preview: the newest message without history.
    """

    id: str
    lead_id: str
    provider_id: str
    subject: str
    preview: str
    last_at: datetime
    last_direction: Direction
    unread: bool = False
    waiting_since: datetime | None = None
    label: str = ""
    sentiment: str = ""
    mailbox: str = ""
    campaign_provider_id: str = ""
    last_reply_id: str = ""
    claimed_by: str = ""
    via: Via = Via.PLUSVIBE


@dataclass(frozen=True, slots=True)
class ThreadPage:
    """Ten conversations, newest first. Cursors are opaque; None where there is nothing that way.

    replies: the newest of each thread, by its id. strays: how many mails matched nobody.
    """

    threads: tuple[Thread, ...]
    leads: Mapping[str, Lead]
    next_cursor: str | None = None
    previous_cursor: str | None = None
    replies: Mapping[str, Reply] = field(default_factory=dict)
    strays: int = 0


class AnswerState(StrEnum):
    """`attempting` is committed before the call, so after it an answer is never sent again by itself.

    unclear: nobody can find out whether it went out; a person decides. again: a person had it sent again.
    """

    DUE = "due"
    ATTEMPTING = "attempting"
    SENT = "sent"
    FAILED = "failed"
    UNCLEAR = "unclear"
    AGAIN = "again"


FOLLOWS: Mapping[AnswerState, frozenset[AnswerState]] = {
    AnswerState.DUE: frozenset({AnswerState.ATTEMPTING}),
    AnswerState.ATTEMPTING: frozenset({AnswerState.SENT, AnswerState.FAILED, AnswerState.UNCLEAR}),
    AnswerState.UNCLEAR: frozenset({AnswerState.SENT, AnswerState.FAILED, AnswerState.AGAIN}),
    AnswerState.SENT: frozenset(),
    AnswerState.FAILED: frozenset(),
    AnswerState.AGAIN: frozenset(),
}


def before(state: AnswerState) -> frozenset[AnswerState]:
    """The states from which an answer may come to this one."""
    return frozenset(earlier for earlier, later in FOLLOWS.items() if state in later)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one of us writes back. typed: as typed, for another try. html: cleaned, as it is sent.

    to_email, reply_to: whom and which of the provider's e-mails it answers. problem: why it is not known to be sent.
    via: by mail it is a mail of ours with the same id, and stands as that stands.
    """

    id: str
    thread_id: str
    lead_id: str
    author: str
    mailbox: str
    to_email: str
    subject: str
    typed: str
    html: str
    reply_to: str
    created_at: datetime
    state: AnswerState = AnswerState.DUE
    attempted_at: datetime | None = None
    problem: str = ""
    email_id: str = ""
    via: Via = Via.PLUSVIBE


@dataclass(frozen=True, slots=True)
class Conversation:
    """A thread with all that was written, oldest first, and what of ours is under way, failed or unclear.

    replies: theirs as they were read, by the message's key. standing: what is held against the lead's address.
    """

    thread: Thread
    lead: Lead
    mails: tuple[Mail, ...] = ()
    answers: tuple[Answer, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    replies: Mapping[str, Reply] = field(default_factory=dict)
    standing: AddressFact | None = None


def mail_key(message_id: str, email_id: str, from_email: str, subject: str, text: str) -> str:
    """What tells one message from another: its Message-ID, else the provider's id, else its words."""
    if bare := message_id.strip().strip("<>").lower():
        is_plain = len(bare) <= _LONGEST_ID and bare.isascii() and bare.isprintable()
        return f"m:{bare if is_plain else _digest(bare)}"
    if email_id:
        return f"e:{email_id[:_LONGEST_ID]}"
    return f"w:{_digest('|'.join((address_key(from_email), base_subject(subject), squeezed(text))))}"


def is_human(label: str) -> bool:
    """Whether a person answered, as far as the provider's label tells: not a machine that says they are away."""
    return label.upper() not in _MACHINES


def base_subject(subject: str) -> str:
    """The subject without `Re:` in whatever language."""
    return _ANSWERS.sub("", subject).strip()


def reply_subject(subject: str) -> str:
    """Exactly one `Re: ` before the subject: with another subject the provider begins a new thread."""
    return f"Re: {base_subject(' '.join(subject.split()))}"[:LONGEST_SUBJECT].rstrip()


def mailbox_for(written_to: str, of_campaign: str, connected: Sequence[str]) -> str:
    """The mailbox to answer from: the one written to, else the campaign's, else the only one; empty: choose one."""
    by_key = {address_key(mailbox): mailbox for mailbox in connected}
    for wanted in (written_to, of_campaign):
        if wanted and address_key(wanted) in by_key:
            return by_key[address_key(wanted)]
    return connected[0] if len(connected) == 1 else ""


def may_mark_read(thread: Thread) -> bool:
    """Only what the provider gave a thread id for can be marked there; mail is marked here alone."""
    return thread.unread and (thread.via is Via.MAIL or bool(thread.provider_id))


def checked_answer(mailbox: str, subject: str, typed: str, connected: Collection[str]) -> None:
    """Raises `Invalid` naming the field to mend."""
    if not mailbox or (connected and address_key(mailbox) not in {address_key(each) for each in connected}):
        raise Invalid("Choose a connected mailbox to reply from.", field="mailbox")
    if not subject.strip():
        raise Invalid("Write a subject.", field="subject")
    if not typed.strip():
        raise Invalid("Write something: the reply is empty.", field="body")
    if len(typed) > LONGEST_BODY:
        raise Invalid(f"That is longer than {LONGEST_BODY:,} characters.", field="body")


def is_evidence(answer: Answer, words: str, mail: Mail) -> bool:
    """Whether this message of ours is that answer: same subject and words, sent since it was attempted.

    words: the answer's as plain text.
    """
    if mail.direction is not Direction.OUT or answer.attempted_at is None:
        return False
    if mail.told.at < answer.attempted_at - CLOCKS_DIFFER_BY:
        return False
    if base_subject(mail.told.subject).casefold() != base_subject(answer.subject).casefold():
        return False
    theirs, ours = squeezed(fresh_text(mail.told.text, mail.told.html)), squeezed(words)
    return theirs == ours or (len(ours) > 20 and theirs.startswith(ours))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
