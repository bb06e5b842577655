"""Refusals and failures, shown to the one who asked."""

from collections.abc import Mapping
from typing import Any

from blocks.message import Message, context, cut, esc, section


def problem(text: str, reference: str = "") -> Message:
    """What went wrong, in words for a user. `reference`: finds the failure in the log, when it was not expected."""
    said = esc(text, 2_500) or "Something went wrong."
    if not reference or reference in said:
        return Message(said, [section(f"⚠️ {said}")])
    named = f"Reference {esc(reference, 80)}"
    return Message(f"{said} ({named})", [section(f"⚠️ {said}"), context(named)])


def too_late(answer: Mapping[str, Any]) -> Message | None:
    """What a form would have answered, had Slack not closed it meanwhile; None when it had nothing to say.

    answer: as Slack takes it for a submission, with the errors beside the boxes or the view that was to follow.
    """
    errors, view = answer.get("errors") or {}, answer.get("view") or {}
    shown = (
        block["text"]["text"] for block in view.get("blocks", []) if block["type"] == "section" and "text" in block
    )
    said = cut("\n".join([f"⚠️ {esc(text, 300)}" for text in errors.values()] or [*shown][:1]), 2_500)
    if not said:
        return None
    ended = "nothing was saved" if errors else "open it again to go on"
    return Message(said, [section(said), context(f"This took longer than Slack waits, so the form closed: {ended}.")])


def not_taken(channel: str, code: str) -> Message:
    """What stands before a message that a channel refused, where the person who caused it reads it instead."""
    why = {"is_archived": "is archived", "not_in_channel": "does not have me as a member"}.get(code, "cannot be used")
    said = f"<#{channel}> {why}, so this is here for you:"
    return Message(said, [section(said)])


def not_shown(text: str) -> Message:
    """A message whose blocks Slack refused, as text alone. text: the message's own, escaped already."""
    said = cut(text, 2_500)
    return Message(said, [section(said), context("Slack did not take the buttons of this message.")])
