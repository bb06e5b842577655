"""Verdicts on addresses: what form, DNS and a mail host's answer mean, how long that holds, when to ask again.

Only plain evidence about a mailbox or its domain makes `invalid`: silence, policy and doubt are `unverified`, which is
still written to.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.outreach.smtp_replies import Heard


class Verdict(StrEnum):
    """Valid: written to. Invalid: never. Unverified: written to, and watched for bounces."""

    VALID = "valid"
    INVALID = "invalid"
    UNVERIFIED = "unverified"


class Reason(StrEnum):
    """Why the verdict is what it is."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    SYNTAX = "syntax"
    NO_DOMAIN = "no_domain"
    NULL_MX = "null_mx"
    NO_MAIL_HOST = "no_mail_host"
    NO_MAILBOX = "no_mailbox"
    DISABLED = "disabled"
    MAILBOX_FULL = "mailbox_full"
    BOUNCED = "bounced"
    CATCH_ALL = "catch_all"
    CATCH_ALL_UNKNOWN = "catch_all_unknown"
    PROVIDER_NOT_ASKED = "provider_not_asked"
    NOT_ASKED = "not_asked"
    LATER = "later"
    BUSY = "busy"
    FULL = "full"
    BLOCKED = "blocked"
    REFUSED = "refused"
    UNCLEAR = "unclear"
    FAILED_AT_CONNECT = "failed_at_connect"
    FAILED_AT_SENDER = "failed_at_sender"
    FAILED_AT_RECIPIENT = "failed_at_recipient"
    UNSAFE_HOST = "unsafe_host"
    PORT_25_CLOSED = "port_25_closed"
    DNS_UNAVAILABLE = "dns_unavailable"
    NEEDS_SMTPUTF8 = "needs_smtputf8"


class Found(StrEnum):
    """What DNS says of a domain's mail."""

    MX = "mx"
    IMPLICIT_MX = "implicit_mx"
    NULL_MX = "null_mx"
    NO_DOMAIN = "no_domain"
    NO_MAIL_HOST = "no_mail_host"
    DNS_UNAVAILABLE = "dns_unavailable"


class Stage(StrEnum):
    """How far a conversation came."""

    CONNECT = "connect"
    SENDER = "sender"
    RECIPIENT = "recipient"


@dataclass(frozen=True, slots=True)
class MailHosts:
    """Where a domain takes its mail. hosts: best first, empty when it takes none or nobody knows. keep: for so long."""

    hosts: tuple[str, ...]
    found: Found
    keep: timedelta


@dataclass(frozen=True, slots=True)
class Answer:
    """What a mail host said of one mailbox. heard: None when it came to no reply; said: scrubbed, with the host.

    catch_all: what it said of a mailbox that cannot exist; None when that was not asked. failure: in place of a
    reply, a reason that is none of the stages.
    """

    heard: Heard | None
    stage: Stage
    code: int | None = None
    said: str = ""
    catch_all: Heard | None = None
    failure: Reason | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """A verdict with its reason, and the evidence in words."""

    verdict: Verdict
    reason: Reason
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class AddressCheck:
    """What is known of one address. verdict None: not checked yet. attempts: looks in a row that were inconclusive.

    next_at: when it is looked at again, if it is. flags: words of `address_flags.Flag`.
    """

    address_key: str
    domain: str
    verdict: Verdict | None = None
    reason: Reason | None = None
    evidence: str = ""
    flags: tuple[str, ...] = ()
    checked_at: datetime | None = None
    valid_until: datetime | None = None
    next_at: datetime | None = None
    attempts: int = 0


PATIENCE = timedelta(minutes=10)  # so long a mail waits for its address's first verdict
_NO_MAIL = {
    Found.NULL_MX: Reason.NULL_MX,
    Found.NO_DOMAIN: Reason.NO_DOMAIN,
    Found.NO_MAIL_HOST: Reason.NO_MAIL_HOST,
}
_FAILED = {
    Stage.CONNECT: Reason.FAILED_AT_CONNECT,
    Stage.SENDER: Reason.FAILED_AT_SENDER,
    Stage.RECIPIENT: Reason.FAILED_AT_RECIPIENT,
}
_GREYLISTED = (timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=12))
_AGAIN: Mapping[Reason, tuple[timedelta, ...]] = {
    Reason.LATER: _GREYLISTED,
    Reason.FULL: _GREYLISTED,
    Reason.BUSY: _GREYLISTED[1:2],
    Reason.CATCH_ALL_UNKNOWN: _GREYLISTED[1:2],
    Reason.FAILED_AT_CONNECT: _GREYLISTED[:2],
    Reason.FAILED_AT_SENDER: _GREYLISTED[:2],
    Reason.FAILED_AT_RECIPIENT: _GREYLISTED[:2],
    Reason.BLOCKED: _GREYLISTED[3:],
    Reason.DNS_UNAVAILABLE: _GREYLISTED[:3],
    Reason.PORT_25_CLOSED: (timedelta(days=1),),
    Reason.NO_DOMAIN: (timedelta(hours=3),),  # a resolver can be wrong for an hour
}
_FOR_EVER = timedelta(days=36_500)
_SHELF_LIFE: Mapping[Reason, timedelta] = {
    Reason.ACCEPTED: timedelta(days=30),
    Reason.DELIVERED: timedelta(days=30),
    Reason.SYNTAX: _FOR_EVER,
    Reason.BOUNCED: _FOR_EVER,
    Reason.NO_MAILBOX: timedelta(days=30),
    Reason.DISABLED: timedelta(days=30),
    Reason.MAILBOX_FULL: timedelta(days=14),
}
CATCH_ALL_FOR = timedelta(days=7)


def rule(mail: MailHosts, answer: Answer | None, *, unasked: Reason = Reason.NOT_ASKED) -> Ruling:
    """The verdict on one address of good form. answer: None when no mail host was asked, for the reason `unasked`."""
    if reason := _NO_MAIL.get(mail.found):
        return Ruling(Verdict.INVALID, reason)
    if mail.found is Found.DNS_UNAVAILABLE:
        return Ruling(Verdict.UNVERIFIED, Reason.DNS_UNAVAILABLE)
    if answer is None:
        return Ruling(Verdict.UNVERIFIED, unasked)
    return _ruled(answer)


def _ruled(answer: Answer) -> Ruling:
    if answer.heard is None:
        return Ruling(Verdict.UNVERIFIED, answer.failure or _FAILED[answer.stage], answer.said)
    if answer.heard is Heard.ACCEPTED:
        return _accepted(answer)
    if answer.heard in (Heard.NO_MAILBOX, Heard.DISABLED):
        return Ruling(Verdict.INVALID, Reason(answer.heard), answer.said)
    if answer.heard is Heard.FULL and (answer.code or 0) >= 500:
        return Ruling(Verdict.INVALID, Reason.MAILBOX_FULL, answer.said)
    return Ruling(Verdict.UNVERIFIED, Reason(answer.heard), answer.said)


def _accepted(answer: Answer) -> Ruling:
    """A yes counts when the same host says no to a mailbox that cannot exist. A refusal of us is no such no."""
    if answer.catch_all in (Heard.NO_MAILBOX, Heard.REFUSED):
        return Ruling(Verdict.VALID, Reason.ACCEPTED, answer.said)
    is_catch_all = answer.catch_all is Heard.ACCEPTED
    return Ruling(Verdict.UNVERIFIED, Reason.CATCH_ALL if is_catch_all else Reason.CATCH_ALL_UNKNOWN, answer.said)


def after(before: AddressCheck, ruling: Ruling, now: datetime) -> AddressCheck:
    """The address as known from now on: the verdict, how long it holds, and when to look again.

    What bounced stays so: a mail is a better proof than a question.
    """
    if before.reason is Reason.BOUNCED:
        return replace(before, next_at=None)
    waits = _AGAIN.get(ruling.reason, ())
    in_a_row = before.attempts if before.reason in _AGAIN else 0
    again = waits[in_a_row] if in_a_row < len(waits) else None
    if ruling.reason is Reason.FULL and again is None:  # full for as long as anybody waits
        ruling = Ruling(Verdict.INVALID, Reason.MAILBOX_FULL, ruling.evidence)
    return AddressCheck(
        before.address_key,
        before.domain,
        ruling.verdict,
        ruling.reason,
        ruling.evidence,
        before.flags,
        checked_at=now,
        valid_until=now + _SHELF_LIFE.get(ruling.reason, timedelta(days=7)),
        next_at=now + again if again is not None else None,
        attempts=in_a_row + 1 if again is not None else 0,
    )


def proven(before: AddressCheck, now: datetime, *, bounced: bool) -> AddressCheck:
    """The address after a mail to it bounced for good, or arrived, which proves nothing where anything arrives."""
    if bounced:
        return after(before, Ruling(Verdict.INVALID, Reason.BOUNCED), now)
    if before.verdict is Verdict.VALID or before.reason is Reason.CATCH_ALL:
        return before
    return after(replace(before, reason=None), Ruling(Verdict.VALID, Reason.DELIVERED), now)
