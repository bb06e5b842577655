"""Drafts: a generated e-mail that a person edits and approves before it leaves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.outreach.audits import FinishedAudit
from bot.outreach.campaigns import Campaign
from bot.outreach.direct import Direct
from bot.outreach.leads import Lead
from bot.outreach.mail_types import DraftType
from bot.outreach.mails import Outgoing
from bot.outreach.templates import Letter
from bot.outreach.writebacks import Tone, WritebackStatus


class DraftState(StrEnum):
    """`approved`: decided, and kept because nothing can take it now, or because its mail has not left yet.
    `handed_over`: the campaign has it, the provider sends it. `replaced`: a newer draft of the lead took its place.
    """

    WAITING = "waiting"
    APPROVED = "approved"
    HANDED_OVER = "handed_over"
    SENT = "sent"
    REJECTED = "rejected"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Draft:
    """One draft. letters: one, or one for each step of a sequence. revision: from 1, one more with each edit.

    template: which text made it; drafts of one template at revision 1 are alike. author: who asked for it, `clock`
    for an audit's. approved_by: in the order they approved. problem: why an approved one has not been handed over.
    attempts: hand-overs that certainly failed. mail_id: the mail of ours that carries it, when no campaign does.
    """

    id: str
    lead_id: str
    type: DraftType
    tone: Tone
    letters: tuple[Letter, ...]
    state: DraftState
    revision: int
    created_at: datetime
    author: str
    template: str = ""
    campaign_id: str | None = None
    audit_id: str | None = None
    writeback_id: str | None = None
    push_id: str | None = None
    mail_id: str | None = None
    edited_by: str = ""
    edited_at: datetime | None = None
    approved_by: tuple[str, ...] = ()
    decided_by: str = ""
    decided_at: datetime | None = None
    comment: str = ""
    problem: str = ""
    attempts: int = 0

    @property
    def is_waiting(self) -> bool:
        """Whether a person has still to decide."""
        return self.state is DraftState.WAITING

    @property
    def may_hand_over(self) -> bool:
        """Approved, and neither a push nor a mail of ours carries it."""
        return self.state is DraftState.APPROVED and self.push_id is None and self.mail_id is None

    @property
    def subject(self) -> str:
        """The first letter's."""
        return self.letters[0].subject if self.letters else ""


@dataclass(frozen=True, slots=True)
class Revision:
    """The letters as they stood at a revision, and who wrote them, when."""

    number: int
    letters: tuple[Letter, ...]
    edited_by: str
    edited_at: datetime


@dataclass(frozen=True, slots=True)
class DraftCard:
    """A draft with what its card shows: the lead, its campaign's name and how the writeback stands.

    names: what to call those who had a hand in it, by id. needs_two: the workspace wants two approvers. connected:
    PlusVibe is set up. direct: how it would leave, when it waits for that and no campaign takes it. mail: what carries
    it, from the site of that name.
    """

    draft: Draft
    lead: Lead
    campaign: str = ""
    writeback_status: WritebackStatus | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    needs_two: bool = False
    connected: bool = True
    direct: Direct | None = None
    mail: Outgoing | None = None
    site: str = ""


@dataclass(frozen=True, slots=True)
class DraftPreview:
    """A card with what the preview shows besides: the audit its values came from and the campaigns to choose from.

    blank: merge fields of the campaign this lead would leave blank.
    """

    card: DraftCard
    audit: FinishedAudit | None = None
    campaign: Campaign | None = None
    campaigns: tuple[Campaign, ...] = ()
    blank: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftPage:
    """One page of the queue. Cursors are opaque; None where there is nothing further."""

    cards: tuple[DraftCard, ...]
    next_cursor: str | None = None
    previous_cursor: str | None = None


def writeback_status(draft: Draft, known: WritebackStatus | None) -> WritebackStatus:
    """The badge: how far this draft's texts came at the provider. known: its writeback's, when one made it."""
    if draft.state in {DraftState.HANDED_OVER, DraftState.SENT} and draft.mail_id is None:
        return WritebackStatus.WRITTEN
    if known is not None:
        return known
    if draft.mail_id or draft.state in {DraftState.REJECTED, DraftState.REPLACED}:
        return WritebackStatus.SKIPPED
    return WritebackStatus.FAILED if draft.attempts and draft.may_hand_over else WritebackStatus.PENDING
