"""Who may approve a draft, what a decision comes to, and how it is told to whoever came too late."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.outreach.access import Actor
from bot.outreach.drafting import PARTS
from bot.outreach.drafts import Draft, DraftState, Revision
from bot.outreach.errors import Conflict
from bot.outreach.policies import Policy
from bot.outreach.templates import Letter

APPROVERS_NEEDED = 2
_DID = {
    DraftState.APPROVED: "approved",
    DraftState.HANDED_OVER: "approved",
    DraftState.SENT: "approved",
    DraftState.REJECTED: "rejected",
}
_SHOWN_IN_WORDS = 160


class Verdict(StrEnum):
    """What an approval comes to."""

    APPROVED = "approved"
    FIRST_OF_TWO = "first_of_two"
    STALE = "stale"
    ALREADY_DECIDED = "already_decided"
    OWN = "own"
    TWICE = "twice"


@dataclass(frozen=True, slots=True)
class Change:
    """One part of one letter that differs. step: from 0."""

    step: int
    part: str
    old: str
    new: str


class StaleDraft(Conflict):
    """The draft was edited since it was seen: nothing is decided. `changes` is the difference."""

    def __init__(self, message: str, draft: Draft, changes: tuple[Change, ...]) -> None:
        super().__init__(message)
        self.draft = draft
        self.changes = changes


class AlreadyDecided(Conflict):
    """Somebody decided before."""

    def __init__(self, message: str, draft: Draft) -> None:
        super().__init__(message)
        self.draft = draft


def verdict(draft: Draft, seen: int, actor: Actor, policy: Policy) -> Verdict:
    """What this person's approval of the revision they saw comes to, as the draft stands."""
    if not draft.is_waiting:
        return Verdict.ALREADY_DECIDED
    if draft.revision != seen:
        return Verdict.STALE
    if not policy.second_approver:
        return Verdict.APPROVED
    if actor.id == draft.author:
        return Verdict.OWN
    if actor.id in draft.approved_by:
        return Verdict.TWICE
    return Verdict.APPROVED if len(draft.approved_by) + 1 >= APPROVERS_NEEDED else Verdict.FIRST_OF_TWO


def may_approve(draft: Draft, actor: Actor, policy: Policy) -> bool:
    """Whether this person's approval of it, as it stands, would count."""
    return verdict(draft, draft.revision, actor, policy) in {Verdict.APPROVED, Verdict.FIRST_OF_TWO}


def changes(before: Sequence[Letter], after: Sequence[Letter]) -> tuple[Change, ...]:
    """What differs, letter by letter."""
    return tuple(
        Change(step, part, getattr(old, part), getattr(new, part))
        for step, (old, new) in enumerate(zip(before, after, strict=False))
        for part in PARTS
        if getattr(old, part) != getattr(new, part)
    )


def stale(draft: Draft, seen: Revision | None, names: Mapping[str, str], now: datetime) -> StaleDraft:
    """`Subject changed by Ana 2 min ago: “Old” → “New”. Nothing was decided; …`. seen: None when it is not known."""
    differences = changes(seen.letters, draft.letters) if seen else ()
    parts = list(dict.fromkeys(change.part for change in differences)) or ["text"]
    by = f" by {_name(draft.edited_by, names)}" if draft.edited_by else ""
    at = f" {ago(draft.edited_at, now)}" if draft.edited_at else ""
    told = [f"{_short(change.old)} → {_short(change.new)}" for change in differences[:1]]
    said = f"{', '.join(parts).capitalize()} changed{by}{at}{': ' if told else ''}{''.join(told)}."
    return StaleDraft(
        f"{said} This is revision {draft.revision} now; nothing was decided. Look again first.", draft, differences
    )


def already_decided(draft: Draft, names: Mapping[str, str], now: datetime) -> AlreadyDecided:
    """`Ana approved revision 2 a minute ago.`"""
    if draft.state is DraftState.REPLACED:
        return AlreadyDecided("A newer draft of this lead took this one's place; nothing was decided.", draft)
    who = " and ".join(_name(actor, names) for actor in draft.approved_by) if _was_approved(draft) else ""
    who = who or _name(draft.decided_by, names)
    at = f" {ago(draft.decided_at, now)}" if draft.decided_at else ""
    comment = f": “{draft.comment[:_SHOWN_IN_WORDS]}”" if draft.state is DraftState.REJECTED and draft.comment else ""
    return AlreadyDecided(f"{who} {_DID[draft.state]} revision {draft.revision}{at}{comment}.", draft)


def _was_approved(draft: Draft) -> bool:
    return _DID.get(draft.state) == "approved"


def ago(at: datetime, now: datetime) -> str:
    """`just now`, `a minute ago`, `5 min ago`, `3 h ago`, `2 days ago`."""
    past = max(now - at, timedelta(0))
    if past < timedelta(seconds=45):
        return "just now"
    if past < timedelta(seconds=90):
        return "a minute ago"
    if past < timedelta(minutes=90):
        return f"{round(past / timedelta(minutes=1))} min ago"
    if past < timedelta(hours=36):
        return f"{round(past / timedelta(hours=1))} h ago"
    return f"{round(past / timedelta(days=1))} days ago"


def _name(actor: str, names: Mapping[str, str]) -> str:
    if actor == "clock":
        return "The clock"
    return names.get(actor) or ("An API token" if actor.startswith("token:") else "Somebody")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return f"“{line if len(line) <= _SHOWN_IN_WORDS else line[: _SHOWN_IN_WORDS - 1] + '…'}”"
