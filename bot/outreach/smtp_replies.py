"""What one SMTP reply to RCPT says of a mailbox: the code, the enhanced code, the words, in that order of trust.

Sources: RFC 5321 section 4.2.3, RFC 3463, and what the big hosts are known to answer.
"""

import re
from enum import StrEnum

LONGEST_REPLY = 200


class Heard(StrEnum):
    """What a reply comes to."""

    ACCEPTED = "accepted"
    NO_MAILBOX = "no_mailbox"
    DISABLED = "disabled"
    FULL = "full"
    BUSY = "busy"
    LATER = "later"
    BLOCKED = "blocked"
    REFUSED = "refused"
    UNCLEAR = "unclear"


_ADDRESS = re.compile(r"\S+@\S+")  # policy@…, spam@… must not be read as words of the server
_STATUS = re.compile(r"(?<![\d.])([245])\.([0-7])\.(\d{1,3})(?!\.?\d)")
_WORDS = re.IGNORECASE | re.DOTALL
_ABOUT_US = re.compile(
    r"spamhaus|spamcop|barracuda|dnsbl|\brbl\b|block(?:ed|list)|black-?list|banned|reputation|reverse dns|\brdns\b"
    r"|\bptr\b|\b(?:helo|ehlo|spf|dkim|dmarc)\b|policy|unsolicited|\bspam\b|unable to relay"
    r"|relay(?:ing)? (?:access )?(?:is )?(?:denied|not)|not (?:allowed|permitted|authori[sz]ed)|authenticat"
    r"|access denied|client host|sender (?:address )?(?:rejected|verif)",
    _WORDS,
)
_NOBODY = re.compile(
    r"(?:user|recipient|mailbox|address|account|alias) (?:is )?unknown"
    r"|unknown (?:local )?(?:user|recipient|address|mailbox|account|alias)"
    r"|no such (?:user|recipient|mailbox|address|account|person|local user)"
    r"|(?:user|recipient|mailbox|address|account|customer).{0,80}(?:does not|doesn'?t|did not) exist"
    r"|(?:user|recipient|mailbox|account) (?:could )?not (?:be )?found|no mailbox (?:here )?by that name"
    r"|(?:invalid|nonexistent|non-existent) (?:recipient|mailbox|user)"
    r"|not a (?:valid|known) (?:user|recipient|mailbox)",
    _WORDS,
)
_CLOSED = re.compile(
    r"disabled|deactivated|suspended|inactive|no longer (?:active|in use|available|valid)|discontinued", _WORDS
)
_QUOTA = re.compile(
    r"quota|(?:mailbox|inbox|account) (?:is )?full|out of storage|insufficient (?:mailbox )?storage"
    r"|exceeded (?:its )?storage",
    _WORDS,
)
_RATE = re.compile(
    r"at a rate|too many (?:recipients|messages|connections|errors)|rate limit|try again|temporar|gr[ea]y-?list", _WORDS
)


def scrubbed(text: str) -> str:
    """The reply in one line, without any address, short enough to store."""
    return " ".join(_ADDRESS.sub("…", text).split())[:LONGEST_REPLY]


def read_reply(code: int, text: str) -> Heard:
    """What one RCPT reply says about the mailbox. Anything not plainly about the mailbox is about us, or unclear."""
    text = _ADDRESS.sub(" ", text)
    found = _STATUS.search(text)
    status = (int(found[2]), int(found[3])) if found else (None, None)
    if code in (250, 251):
        return Heard.ACCEPTED
    if status == (4, 1) and code == 550 and "recipient address rejected" in text.lower():
        return Heard.NO_MAILBOX  # Microsoft 365 knows its tenant's directory
    if status == (2, 1) and _RATE.search(text):
        return Heard.BUSY  # Gmail says this of a live mailbox
    if code == 452 and status == (5, 3):
        return Heard.LATER  # too many recipients in this conversation
    if status == (2, 2) or _QUOTA.search(text):
        return Heard.FULL
    if 400 <= code < 500:
        return Heard.BLOCKED if _ABOUT_US.search(text) and not _RATE.search(text) else Heard.LATER
    return _refusal(code, status, text) if code >= 500 else Heard.UNCLEAR


def _refusal(code: int, status: tuple[int | None, int | None], text: str) -> Heard:
    """A 5xx. Policy words win over everything but the plainest codes."""
    subject = status[0]
    if status in ((7, 13), (1, 6)):
        return Heard.DISABLED
    if subject == 7 or _ABOUT_US.search(text):
        return Heard.BLOCKED
    if status == (2, 1) or (_CLOSED.search(text) and subject != 5):
        return Heard.DISABLED
    if status in ((1, 1), (1, 3), (1, 10)) or code == 556 or _NOBODY.search(text):
        return Heard.NO_MAILBOX
    return Heard.REFUSED if code in (550, 551, 553, 554) else Heard.UNCLEAR
