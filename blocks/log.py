"""Events in words: the timeline of a card and the log."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from blocks import ids
from blocks.message import Message, actions, bold, button, context, count, esc, link, section, when, who
from bot.outreach.events import Event, EventKind
from bot.outreach.leads import LeadStatus, spelled
from bot.outreach.opportunities import COLUMN_NAMES

Facts = Mapping[str, Any]
MOST_EVENTS = 20
_COLUMNS = {column.value: name for column, name in COLUMN_NAMES.items()}
_KNOWN = {status.value: spelled(status) for status in LeadStatus}


def event_line(event: Event, timezone: str = "UTC") -> str:
    """One event on one line: what happened, by whom, when, and the message it came from."""
    actor = who(event.actor) if event.actor else ""
    by = f" by {actor}" if actor and not (event.kind is EventKind.LEAD_SYNCED and actor == "PlusVibe") else ""
    source = f" · {link(event.permalink, 'message')}" if event.permalink else ""
    return f"{_WORDS[event.kind](event.facts)}{by} · {when(event.at, timezone)}{source}"


def log_message(
    events: Sequence[Event],
    next_before: int | None = None,
    timezone: str = "UTC",
    leads: Mapping[str, str] | None = None,
) -> Message:
    """A page of the log, newest first.

    next_before: where the older page starts, if there is one. leads: what to call leads, by id.
    """
    if not events:
        return Message("The log is empty.", [section("The log is empty.")])
    lines = [f"• {_of_lead(event, leads or {})}{event_line(event, timezone)}" for event in events[:MOST_EVENTS]]
    older = button("Show older", ids.LOG_OLDER, str(next_before)) if next_before is not None else None
    said = f"Log: {count(len(lines), 'entry', 'entries')}, newest first"
    return Message(
        "\n".join([said, *lines]), [context(said), *(section(text) for text in _halves(lines)), *actions(older)]
    )


def _of_lead(event: Event, leads: Mapping[str, str]) -> str:
    name = bold(leads.get(event.lead_id or "", ""), 40)
    return f"{name}: " if name else ""


def _halves(lines: Sequence[str]) -> list[str]:
    """Five lines a section: each fits whatever the lines hold."""
    return ["\n".join(lines[start : start + 5]) for start in range(0, len(lines), 5)]


def _status(facts: Facts, key: str) -> str:
    value = str(facts.get(key) or "new")
    return _KNOWN.get(value) or esc(value, 40)


def _moved(facts: Facts) -> str:
    """` (new → audit queued)`, or nothing when the status stayed."""
    if "after" not in facts or facts.get("before") == facts.get("after"):
        return ""
    return f" ({_status(facts, 'before')} → {_status(facts, 'after')})"


def _reason(facts: Facts) -> str:
    return f": {esc(str(facts['reason']), 200)}" if facts.get("reason") else ""


def _because(facts: Facts) -> str:
    return f" ({esc(str(facts['reason']), 200)})" if facts.get("reason") else ""


def _from(facts: Facts) -> str:
    return f", by {esc(str(facts['source']), 80)}" if facts.get("source") else ""


def _number(facts: Facts, key: str) -> int:
    value = facts.get(key)
    return value if isinstance(value, int) else 0


def _names(facts: Facts, key: str) -> str:
    value = facts.get(key)
    words = ", ".join(str(item).replace("_", " ") for item in value) if isinstance(value, list | tuple) else ""
    return f": {esc(words, 150)}" if words else ""


def _in_campaign(facts: Facts, word: str) -> str:
    """` to *Spring*`; nothing for an id, which says nothing to a reader."""
    name = str(facts.get("campaign") or "")
    is_id = len(name) == 36 and name.count("-") == 4
    return f" {word} {bold(name, 80)}" if name.strip() and not is_id else ""


def _status_changed(facts: Facts) -> str:
    by_hand = " by hand" if facts.get("by_hand") else ""
    return f"Status set{by_hand}: {_status(facts, 'before')} → {_status(facts, 'after')}"


def _audit_completed(facts: Facts) -> str:
    grade = f", grade {esc(str(facts['grade']), 20)}" if facts.get("grade") else ""
    return f"Audit completed{grade}{_moved(facts)}"


def _writeback_stored(facts: Facts) -> str:
    kept = "" if _moved(facts) or "after" not in facts else f", status kept: {_status(facts, 'after')}"
    return f"Writeback landed, {count(_number(facts, 'variables'), 'variable')}{_moved(facts)}{kept}"


def _push_blocked(facts: Facts) -> str:
    return (
        f"Push blocked{_in_campaign(facts, 'to')}: {_number(facts, 'ready'):,} ready, "
        f"{_number(facts, 'refused'):,} not ready"
    )


def _push_started(facts: Facts) -> str:
    return f"Push of {count(_number(facts, 'leads'), 'lead')}{_in_campaign(facts, 'to')} started"


def _taken_in(facts: Facts) -> str:
    came = _number(facts, "added") + _number(facts, "joined")
    return f"{count(came, 'lead')} added{_in_campaign(facts, 'to')}"


def _synced(facts: Facts) -> str:
    parts = [f"{_number(facts, key):,} {key}" for key in ("added", "updated", "skipped") if key in facts]
    return f"Synced from PlusVibe{': ' if parts else ''}{', '.join(parts)}"


def _segment_saved(facts: Facts) -> str:
    done = {"active": "activated", "retired": "retired"}.get(str(facts.get("state")), "saved")
    return f"Segment {done}{_word(facts, 'name')}"


def _segment_filled(facts: Facts) -> str:
    added, removed = _number(facts, "added"), _number(facts, "removed")
    moved = f"{count(removed, 'lead')} taken out of" if removed else f"{count(added, 'lead')} added to"
    return f"{moved} a segment{_word(facts, 'name')}"


_WORDS: Mapping[EventKind, Callable[[Facts], str]] = {
    EventKind.LEAD_ADDED: lambda facts: "Lead added",
    EventKind.LEAD_EDITED: lambda facts: f"Lead edited{_names(facts, 'fields')}",
    EventKind.LEAD_SYNCED: lambda facts: f"Lead synced from PlusVibe{_names(facts, 'fields')}",
    EventKind.LEAD_REMOVED: lambda facts: "Lead removed",
    EventKind.LEADS_IMPORTED: lambda facts: f"{count(_number(facts, 'added'), 'lead')} imported{_word(facts, 'file')}",
    EventKind.IMPORT_CANCELLED: lambda facts: (
        f"Import cancelled{_word(facts, 'file')}, {count(_number(facts, 'added'), 'lead')} added by then"
    ),
    EventKind.IMPORT_UNDONE: lambda facts: (
        f"Import undone{_word(facts, 'file')}: {count(_number(facts, 'removed'), 'lead')} removed, "
        f"{_number(facts, 'kept'):,} stayed"
    ),
    EventKind.STATUS_CHANGED: _status_changed,
    EventKind.AUDIT_STARTED: lambda facts: f"Audit started{_moved(facts)}",
    EventKind.AUDIT_COMPLETED: _audit_completed,
    EventKind.AUDIT_FAILED: lambda facts: f"Audit failed{_reason(facts)}",
    EventKind.WRITEBACK_STORED: _writeback_stored,
    EventKind.WRITEBACK_WRITTEN: lambda facts: "Writeback written to PlusVibe",
    EventKind.WRITEBACK_FAILED: lambda facts: f"Writeback not accepted by PlusVibe{_reason(facts)}",
    EventKind.PUSH_BLOCKED: _push_blocked,
    EventKind.PUSH_STARTED: _push_started,
    EventKind.PUSH_ARMED: lambda facts: "Push armed: goes out once all are ready",
    EventKind.PUSH_CANCELLED: lambda facts: "Armed push cancelled",
    EventKind.PUSH_EXPIRED: lambda facts: "Armed push expired, nothing pushed",
    EventKind.PUSHED: lambda facts: f"Pushed{_in_campaign(facts, 'to')}",
    EventKind.PUSH_FAILED: lambda facts: f"Push failed{_reason(facts)}",
    EventKind.MARKED_COMPLETED: lambda facts: "Marked completed: closed at provider",
    EventKind.INTAKE_STARTED: lambda facts: f"Adding {_word(facts, 'source')[2:]}{_in_campaign(facts, 'to')} began",
    EventKind.INTAKE_DONE: _taken_in,
    EventKind.CAMPAIGN_ACTIVATED: lambda facts: f"Campaign activated{_word(facts, 'campaign')}",
    EventKind.ENROLMENT_SET: lambda facts: f"Set to {_word(facts, 'after')[2:]} by hand{_in_campaign(facts, 'in')}",
    EventKind.REMOVED_AT_PROVIDER: lambda facts: f"Removed from PlusVibe{_in_campaign(facts, 'campaign')}",
    EventKind.DRAFT_MADE: lambda facts: f"Draft made{_word(facts, 'type')}",
    EventKind.DRAFT_EDITED: lambda facts: f"Draft edited, revision {_number(facts, 'revision')}",
    EventKind.DRAFT_APPROVED: lambda facts: f"Draft approved, revision {_number(facts, 'revision')}",
    EventKind.DRAFT_REJECTED: lambda facts: f"Draft rejected{_reason(facts)}",
    EventKind.DRAFT_HANDED_OVER: lambda facts: f"Draft handed over{_in_campaign(facts, 'to')}",
    EventKind.REPLY_SENT: lambda facts: "Reply sent",
    EventKind.REPLY_UNCLEAR: lambda facts: f"Reply unclear{_reason(facts)}",
    EventKind.REPLY_FAILED: lambda facts: f"Reply not sent{_reason(facts)}",
    EventKind.REPLY_CLAIMED: lambda facts: "Reply taken",
    EventKind.STRAY_PUT_AWAY: lambda facts: "An email that matched nobody was put away",
    EventKind.REPLY_CORRECTED: lambda facts: f"Reply read anew{_word(facts, 'after')}",
    EventKind.THREAD_READ: lambda facts: "Thread marked read",
    EventKind.ROUTE_SET: lambda facts: f"Posting changed{_names(facts, 'changes')}",
    EventKind.DIGEST_POSTED: lambda facts: f"Digest posted{_word(facts, 'day')}",
    EventKind.POLICY_SET: lambda facts: f"Workspace rules changed{_names(facts, 'changes')}",
    EventKind.EMAIL_QUEUED: lambda facts: f"Email queued to send{_word(facts, 'subject')}",
    EventKind.EMAIL_CANCELLED: lambda facts: f"Email taken back{_word(facts, 'subject')}",
    EventKind.EMAIL_REFUSED: lambda facts: f"Email not sent{_reason(facts)}",
    EventKind.EMAIL_UNCLEAR: lambda facts: "Email unclear: SendGrid's answer was lost",
    EventKind.EMAIL_OPENED: lambda facts: f"Email opened{_moved(facts)}",
    EventKind.EMAIL_CLICKED: lambda facts: "Link in the email clicked",
    EventKind.COMPLAINED: lambda facts: "Marked as spam by the recipient",
    EventKind.ADDRESS_INVALID: lambda facts: f"Address found invalid{_reason(facts)}",
    EventKind.SUPPRESSED: lambda facts: f"Address suppressed{_reason(facts)}",
    EventKind.SUPPRESSION_CLEARED: lambda facts: f"Address cleared{_reason(facts)}",
    EventKind.TEMPLATE_SAVED: lambda facts: f"Template saved{_word(facts, 'name')}",
    EventKind.TEMPLATE_REMOVED: lambda facts: f"Template deleted{_word(facts, 'name')}",
    EventKind.SITE_SAVED: lambda facts: f"Site saved{_word(facts, 'name')}",
    EventKind.SEQUENCE_SAVED: lambda facts: f"Sequence saved{_word(facts, 'name')}",
    EventKind.SEQUENCE_REMOVED: lambda facts: f"Sequence deleted{_word(facts, 'name')}",
    EventKind.SEQUENCE_STARTED: lambda facts: f"Sequence started{_word(facts, 'name')}",
    EventKind.SEQUENCE_STOPPED: lambda facts: f"Sequence stopped{_reason(facts)}",
    EventKind.SEQUENCE_PAUSED: lambda facts: f"Sequence paused{_because(facts)}",
    EventKind.SEQUENCE_RESUMED: lambda facts: "Sequence resumed",
    EventKind.SEQUENCE_COMPLETED: lambda facts: f"Sequence completed without a reply{_word(facts, 'name')}",
    EventKind.SEGMENT_SAVED: _segment_saved,
    EventKind.SEGMENT_FILLED: _segment_filled,
    EventKind.SEGMENT_STARTED: lambda facts: (
        f"Sequence started for a segment{_word(facts, 'segment')}{_word(facts, 'name')}"
    ),
    EventKind.SEGMENT_REMOVED: lambda facts: f"Segment deleted{_word(facts, 'name')}",
    EventKind.SEGMENT_EXPORTED: lambda facts: (
        f"Segment taken out{_word(facts, 'name')}, {count(_number(facts, 'leads'), 'lead')}"
    ),
    EventKind.OPPORTUNITY_ADDED: lambda facts: f"Opportunity added{_word(facts, 'domain')}",
    EventKind.OPPORTUNITY_MOVED: lambda facts: f"Opportunity moved by hand{_word(facts, 'domain')}{_across(facts)}",
    EventKind.OPPORTUNITY_NOTED: lambda facts: f"Opportunity's notes changed{_word(facts, 'domain')}",
    EventKind.OPPORTUNITY_DELETED: lambda facts: f"Opportunity deleted{_word(facts, 'domain')}",
    EventKind.LINK_AIMED: lambda facts: f"Another link is wanted{_word(facts, 'domain')}",
    EventKind.LINK_LIVE: lambda facts: f"Link seen on the page{_word(facts, 'domain')}{_across(facts)}",
    EventKind.LINK_LOST: lambda facts: f"Link lost{_word(facts, 'domain')}{_across(facts)}",
    EventKind.EMAIL_SENT: lambda facts: f"Email sent{_moved(facts)}",
    EventKind.BOUNCED: lambda facts: f"Bounced{_reason(facts)}{_moved(facts)}",
    EventKind.REPLIED: lambda facts: f"Replied{_moved(facts)}",
    EventKind.LABELLED: lambda facts: f"Labelled{_labelled(facts)}",
    EventKind.UNSUBSCRIBED: lambda facts: "Unsubscribed",
    EventKind.CONSENT_RECORDED: lambda facts: f"Consent recorded{_word(facts, 'value')}{_from(facts)}",
    EventKind.FORM_SAVED: lambda facts: f"Web form saved{_word(facts, 'name')}",
    EventKind.FORM_RETIRED: lambda facts: f"Web form retired{_word(facts, 'name')}",
    EventKind.FORM_REVIVED: lambda facts: f"Web form takes submissions again{_word(facts, 'name')}",
    EventKind.FORM_SUBMITTED: lambda facts: f"Web form filled in{_word(facts, 'name')}",
    EventKind.SYNCED: _synced,
    EventKind.TOKEN_CREATED: lambda facts: f"API token created{_names(facts, 'scopes')}",
    EventKind.ROLES_SET: lambda facts: f"Roles changed{_names(facts, 'changes')}",
    EventKind.UNSUBSCRIBES_EXPORTED: lambda facts: (
        f"Unsubscribes taken out, {count(_number(facts, 'entries'), 'entry', 'entries')}"
    ),
    EventKind.LEAD_EXPORTED: lambda facts: "A person's data taken out",
    EventKind.LEAD_ERASED: lambda facts: "A person's data erased",
    EventKind.LOG_EXPORTED: lambda facts: f"Log taken out, {count(_number(facts, 'entries'), 'entry', 'entries')}",
}


def _word(facts: Facts, key: str) -> str:
    """`: audit outreach`, or nothing."""
    value = str(facts.get(key) or "").replace("_", " ")
    return f": {esc(value, 80)}" if value else ""


def _across(facts: Facts) -> str:
    """` (New → Won)`, or nothing when it moved nowhere."""
    if "after" not in facts:
        return ""
    before, after = (_COLUMNS.get(str(facts.get(key)), "somewhere") for key in ("before", "after"))
    return f" ({before} → {after})"


def _labelled(facts: Facts) -> str:
    label = facts.get("label") or facts.get("after")
    return f": {esc(str(label), 80)}" if label else ""
