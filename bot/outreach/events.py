"""Events: the append-only account of what happened, to whom, by whom. Timeline, log and digests read it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.outreach.access import Actor


class EventKind(StrEnum):
    """What happened. The value is stored; `blocks/log.py` words it."""

    LEAD_ADDED = "lead_added"
    LEAD_EDITED = "lead_edited"
    LEAD_SYNCED = "lead_synced"
    LEAD_REMOVED = "lead_removed"
    LEADS_IMPORTED = "leads_imported"
    IMPORT_CANCELLED = "import_cancelled"
    IMPORT_UNDONE = "import_undone"
    STATUS_CHANGED = "status_changed"
    AUDIT_STARTED = "audit_started"
    AUDIT_COMPLETED = "audit_completed"
    AUDIT_FAILED = "audit_failed"
    WRITEBACK_STORED = "writeback_stored"
    WRITEBACK_WRITTEN = "writeback_written"
    WRITEBACK_FAILED = "writeback_failed"
    PUSH_BLOCKED = "push_blocked"
    PUSH_STARTED = "push_started"
    PUSH_ARMED = "push_armed"
    PUSH_CANCELLED = "push_cancelled"
    PUSH_EXPIRED = "push_expired"
    PUSHED = "pushed"
    PUSH_FAILED = "push_failed"
    MARKED_COMPLETED = "marked_completed"
    INTAKE_STARTED = "intake_started"
    INTAKE_DONE = "intake_done"
    CAMPAIGN_ACTIVATED = "campaign_activated"
    ENROLMENT_SET = "enrolment_set"
    REMOVED_AT_PROVIDER = "removed_at_provider"
    DRAFT_MADE = "draft_made"
    DRAFT_EDITED = "draft_edited"
    DRAFT_APPROVED = "draft_approved"
    DRAFT_REJECTED = "draft_rejected"
    DRAFT_HANDED_OVER = "draft_handed_over"
    REPLY_SENT = "reply_sent"
    REPLY_UNCLEAR = "reply_unclear"
    REPLY_FAILED = "reply_failed"
    REPLY_CLAIMED = "reply_claimed"
    REPLY_CORRECTED = "reply_corrected"
    STRAY_PUT_AWAY = "stray_put_away"
    THREAD_READ = "thread_read"
    ROUTE_SET = "route_set"
    DIGEST_POSTED = "digest_posted"
    POLICY_SET = "policy_set"
    EMAIL_QUEUED = "email_queued"
    EMAIL_CANCELLED = "email_cancelled"
    EMAIL_REFUSED = "email_refused"
    EMAIL_UNCLEAR = "email_unclear"
    LINK_AIMED = "link_aimed"
    LINK_LIVE = "link_live"
    LINK_LOST = "link_lost"
    EMAIL_SENT = "email_sent"
    EMAIL_OPENED = "email_opened"
    EMAIL_CLICKED = "email_clicked"
    COMPLAINED = "complained"
    ADDRESS_INVALID = "address_invalid"
    SUPPRESSED = "suppressed"
    SUPPRESSION_CLEARED = "suppression_cleared"
    TEMPLATE_SAVED = "template_saved"
    TEMPLATE_REMOVED = "template_removed"
    SITE_SAVED = "site_saved"
    SEQUENCE_SAVED = "sequence_saved"
    SEQUENCE_REMOVED = "sequence_removed"
    SEQUENCE_STARTED = "sequence_started"
    SEQUENCE_STOPPED = "sequence_stopped"
    SEQUENCE_PAUSED = "sequence_paused"
    SEQUENCE_RESUMED = "sequence_resumed"
    SEQUENCE_COMPLETED = "sequence_completed"
    SEGMENT_SAVED = "segment_saved"
    SEGMENT_FILLED = "segment_filled"
    SEGMENT_STARTED = "segment_started"
    SEGMENT_REMOVED = "segment_removed"
    SEGMENT_EXPORTED = "segment_exported"
    OPPORTUNITY_ADDED = "opportunity_added"
    OPPORTUNITY_MOVED = "opportunity_moved"
    OPPORTUNITY_NOTED = "opportunity_noted"
    OPPORTUNITY_DELETED = "opportunity_deleted"
    BOUNCED = "bounced"
    REPLIED = "replied"
    LABELLED = "labelled"
    UNSUBSCRIBED = "unsubscribed"
    CONSENT_RECORDED = "consent_recorded"
    FORM_SAVED = "form_saved"
    FORM_RETIRED = "form_retired"
    FORM_REVIVED = "form_revived"
    FORM_SUBMITTED = "form_submitted"
    SYNCED = "synced"
    TOKEN_CREATED = "token_created"
    LOG_EXPORTED = "log_exported"
    ROLES_SET = "roles_set"
    LEAD_EXPORTED = "lead_exported"
    LEAD_ERASED = "lead_erased"
    UNSUBSCRIBES_EXPORTED = "unsubscribes_exported"


@dataclass(frozen=True, slots=True)
class Event:
    """One entry. `lead_id` None for acts on no single lead; `permalink` of the message it came from, if any.

    facts: small JSON: before, after, counts, reasons; never secrets.
    """

    kind: EventKind
    actor: str
    at: datetime
    lead_id: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    permalink: str = ""
    id: int | None = None


def by(
    actor: Actor, kind: EventKind, at: datetime, lead_id: str | None = None, facts: Mapping[str, Any] | None = None
) -> Event:
    """An event somebody caused, with the message they caused it from."""
    return Event(kind, actor.id, at, lead_id, facts or {}, permalink=actor.via)


def permalink(team_url: str, channel: str, ts: str) -> str:
    """A message's address, as Slack itself forms it; empty when the team's address is not known."""
    return f"{team_url.rstrip('/')}/archives/{channel}/p{ts.replace('.', '')}" if team_url else ""
