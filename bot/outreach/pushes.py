"""A push: an all-or-nothing selection of leads enrolled in a campaign, in batches the vendor takes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

BATCH_LEADS = 100
ARMED_FOR = timedelta(hours=24)
REFUSED_FORM = "PlusVibe does not take this form of address (plus signs and unusual characters)"


class PushState(StrEnum):
    """`sending` from the stored intent until every lead has an outcome."""

    SENDING = "sending"
    DONE = "done"


class PushedLeadState(StrEnum):
    """One lead within a push. `attempting` is stored before the call; after a crash it is settled by evidence."""

    WAITING = "waiting"
    ATTEMPTING = "attempting"
    PUSHED = "pushed"
    SKIPPED = "skipped"
    FAILED = "failed"


class ArmedState(StrEnum):
    """A push that waits for its leads to become ready."""

    ARMED = "armed"
    FIRED = "fired"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from, to answer there: a Slack channel, or none for the JSON API."""

    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Push:
    """A push whose intent is stored. `enrolled`: the follow-up update of our own rows is done."""

    id: str
    campaign_id: str
    author: str
    state: PushState
    origin: Origin
    total: int
    created_at: datetime
    enrolled: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class PushedLead:
    """One lead's part in a push."""

    lead_id: str
    batch: int
    state: PushedLeadState
    reason: str = ""
    attempted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One lead with what became of it and why."""

    lead_id: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PushResult:
    """What became of a push. The one envelope every bulk act answers with."""

    push: Push
    pushed: tuple[str, ...] = ()
    skipped: tuple[Outcome, ...] = ()
    failed: tuple[Outcome, ...] = ()
    waiting: int = 0
    warnings: tuple[str, ...] = ()

    @property
    def reference(self) -> str:
        """What ties a problem that a person is told of to its line in the log."""
        return self.push.id[:8]

    @property
    def settled(self) -> int:
        """Leads with an outcome so far."""
        return len(self.pushed) + len(self.skipped) + len(self.failed)


@dataclass(frozen=True, slots=True)
class BlockedPush:
    """A refused push that is shown in a channel and kept up to date until it is pushed or forgotten.

    key: names its posts (headline and thread). The exact selection, campaign and author of the attempt.
    """

    id: str
    campaign_id: str
    lead_ids: tuple[str, ...]
    author: str
    channel: str
    created_at: datetime
    closed: bool = False
    armed: ArmedState | None = None
    armed_by: str = ""
    expires_at: datetime | None = None
    pushed_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Envelope:
    """The answer of any other bulk act: done, blocked, skipped, failed, each with its reasons.

    problem: what ended the act before its end, in words; the rest has failed for that reason.
    """

    done: tuple[str, ...] = ()
    blocked: tuple[Outcome, ...] = ()
    skipped: tuple[Outcome, ...] = ()
    failed: tuple[Outcome, ...] = ()
    problem: str = ""
