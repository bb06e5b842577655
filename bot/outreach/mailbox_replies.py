"""A mailbox that is read for replies: how far, and when again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

FIRST_LOOK = timedelta(days=3)  # of a mailbox never read before
LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Mark:
    """The last mail seen: every newer one has a higher uid, as long as the server tells this same validity."""

    validity: int
    uid: int


@dataclass(frozen=True, slots=True)
class MailboxStanding:
    """What is known of one mailbox.

    mailbox: tells it from others, whose marks mean nothing here. mails_read, left_out: since ever; left out are mails
    too large or not given out by the server. looked_at: when a look last came to its end. look_at: not before then
    is it looked at. failures: looks in a row that failed, the last of them for `problem`.
    """

    mailbox: str
    look_at: datetime
    mark: Mark | None = None
    mails_read: int = 0
    left_out: int = 0
    looked_at: datetime | None = None
    failures: int = 0
    problem: str = ""


def wait_after(failures: int) -> timedelta:
    """How long a mailbox that fails is left alone."""
    return min(timedelta(minutes=1 << min(failures - 1, 10)), LONGEST_WAIT)
