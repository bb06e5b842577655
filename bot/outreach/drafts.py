"""Drafts: a generated e-mail that a person edits and approves before it leaves."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.outreach.leads import Lead
from bot.outreach.templates import Letter
from bot.outreach.writebacks import Tone, WritebackStatus


class DraftType(StrEnum):
    """What made it."""

    AUDIT_OUTREACH = "audit_outreach"
    MANUAL = "manual"
    SEQUENCE_STEP = "sequence_step"
    REPLY = "reply"


class DraftState(StrEnum):
    """`approved`: decided, and kept because nothing can take it now. `handed_over`: the campaign has it, the provider
    sends it. `replaced`: a newer draft of the lead took its place.
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
    edited_by: str = ""
    edited_at: datetime | None = None
    approved_by: tuple[str, ...] = ()
    decided_by: str = ""
    decided_at: datetime | None = None
    comment: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class DraftCard:
    """A draft with what its card shows: the lead, its campaign's name and how the writeback stands."""

    draft: Draft
    lead: Lead
    campaign: str = ""
    writeback_status: WritebackStatus | None = None
