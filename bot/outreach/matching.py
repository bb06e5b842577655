"""Whose answer an inbound mail is: the address it was sent to, the messages it quotes, else who wrote it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bot.outreach.addresses import address_key, is_address
from bot.outreach.inbound import MOST_REFERENCES, InboundMail
from bot.outreach.leads import Lead
from bot.outreach.mails import Outgoing
from bot.outreach.opting_out import REPLY, read_token, token_for

ANSWER_PREFIX = "reply+"
ON_ITS_WAY_FOR = timedelta(hours=12)
_LONGEST_ID = 400


class Aside(StrEnum):
    """Why a mail is no reply. The words stand with it where it is kept."""

    UNREADABLE = "it cannot be read"
    REPORT = "a report of another mail's delivery"
    OURS = "one of our own addresses wrote it"
    STRANGER = "it answers no email of ours and no lead wrote it"


@dataclass(frozen=True, slots=True)
class Clues:
    """What a mail says of the one it answers, the surest first.

    mail_ids: from answer addresses that we signed. message_ids: the `Message-ID`s it refers to, without brackets, the
    newest first. sender: the key of who wrote, empty for what is no address.
    """

    mail_ids: tuple[str, ...]
    message_ids: tuple[str, ...]
    sender: str


@dataclass(slots=True)
class Candidates:
    """Mails of ours and leads that inbound mails may be about, by every name these may call them.

    by_message: by `Message-ID` without brackets and by the vendor's id, which is its local part. newest_to,
    leads_by_key: by address key.
    """

    by_id: dict[str, Outgoing] = field(default_factory=dict)
    by_message: dict[str, Outgoing] = field(default_factory=dict)
    newest_to: dict[str, Outgoing] = field(default_factory=dict)
    leads: Mapping[str, Lead] = field(default_factory=dict)
    leads_by_key: Mapping[str, Lead] = field(default_factory=dict)

    def add(self, mail: Outgoing) -> None:
        """One more mail of ours."""
        self.by_id[mail.id] = mail
        if mail.message_id:
            self.by_message[mail.message_id] = mail
        if mail.smtp_id:
            self.by_message[bare(mail.smtp_id)] = mail


@dataclass(frozen=True, slots=True)
class Match:
    """Whose answer it is. mail: the one it answers; None when only the sender is known."""

    lead: Lead
    mail: Outgoing | None


def answer_address(mail_id: str, domain: str, secret: bytes) -> str:
    """Where answers to this mail go, so that no mail program can lose whose they are. domain: the site's."""
    return f"{ANSWER_PREFIX}{token_for(REPLY, '', mail_id, secret)}@{domain}"


def clues_in(mail: InboundMail, secrets: Sequence[bytes]) -> Clues:
    """Everything that may tell whose answer this is. secrets: that answer addresses were signed with."""
    locals_ = [address.strip().rpartition("@")[0] for address in mail.to]
    tokens = [local[len(ANSWER_PREFIX) :] for local in locals_ if local.lower().startswith(ANSWER_PREFIX)]
    read = [read_token(REPLY, token, secrets) for token in tokens[:MOST_REFERENCES]]
    quoted = [mail.in_reply_to, *reversed(mail.references[-MOST_REFERENCES:])]
    usable = [each for each in map(bare, quoted) if each and len(each) <= _LONGEST_ID and _is_plain(each)]
    sender = address_key(mail.from_email) if is_address(mail.from_email) and mail.from_email.isprintable() else ""
    return Clues(tuple(ids[1] for ids in read if ids), tuple(dict.fromkeys(usable)), sender)


def aside(mail: InboundMail, ours: frozenset[str]) -> Aside | None:
    """Why this can be no reply, whomever it may be about. ours: the address keys of our sites."""
    if mail.is_report:
        return Aside.REPORT
    return Aside.OURS if address_key(mail.from_email) in ours else None


def match(clues: Clues, candidates: Candidates) -> Match | None:
    """Whose answer it is, by the surest clue that leads to somebody who is still here."""
    quoted = (candidates.by_message.get(key) for each in clues.message_ids for key in (each, local_part(each)))
    newest = candidates.newest_to.get(clues.sender) if clues.sender else None
    for mail in (*map(candidates.by_id.get, clues.mail_ids), *quoted, newest):
        if mail is not None and (lead := candidates.leads.get(mail.lead_id)):
            return Match(lead, mail)
    lead = candidates.leads_by_key.get(clues.sender) if clues.sender else None
    return Match(lead, None) if lead else None


def conversation_of(match: Match) -> str:
    """What holds a conversation by mail together: the run a mail is a step of, else the mail, else the lead."""
    if match.mail is None:
        return f"lead:{match.lead.id}"
    return f"run:{match.mail.run_id}" if match.mail.run_id else f"mail:{match.mail.id}"


def written_at(mail: InboundMail, received_at: datetime, answers: Outgoing | None, *, is_fresh: bool) -> datetime:
    """When it was written, as far as the sender's clock can be believed: not after it came, not before what it answers.

    is_fresh: the door hands mails on at once, so an older time than half a day is a wrong clock, or news all the same.
    """
    sent_at = mail.sent_at
    if sent_at is None or sent_at > received_at:
        return received_at
    if answers is not None and answers.attempted_at is not None and sent_at < answers.attempted_at:
        return received_at
    return received_at if is_fresh and received_at - sent_at > ON_ITS_WAY_FOR else sent_at


def message_id_of(mail: Outgoing, answer: InboundMail) -> str:
    """The `Message-ID` header of a mail of ours: as events told it, else as its answer quotes it, else empty."""
    quoted = (answer.in_reply_to, *reversed(answer.references))
    own = (each for each in map(bare, quoted) if mail.message_id and local_part(each) == mail.message_id)
    return mail.smtp_id or next((f"<{each}>" for each in own), "")


def bare(message_id: str) -> str:
    """A `Message-ID` without its brackets."""
    return message_id.strip().removeprefix("<").removesuffix(">")


def local_part(message_id: str) -> str:
    """What stands before the `@`."""
    return message_id.partition("@")[0]


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text
