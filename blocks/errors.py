"""Refusals and failures, shown to the one who asked."""

from blocks.message import Message, context, cut, esc, section


def problem(text: str, reference: str = "") -> Message:
    """What went wrong, in words for a user. `reference`: finds the failure in the log, when it was not expected."""
    said = esc(text, 2_500) or "Something went wrong."
    if not reference or reference in said:
        return Message(said, [section(f"⚠️ {said}")])
    named = f"Reference {esc(reference, 80)}"
    return Message(f"{said} ({named})", [section(f"⚠️ {said}"), context(named)])


def not_taken(channel: str, code: str) -> Message:
    """What stands before a message that a channel refused, where the person who caused it reads it instead."""
    why = {"is_archived": "is archived", "not_in_channel": "does not have me as a member"}.get(code, "cannot be used")
    said = f"<#{channel}> {why}, so this is here for you:"
    return Message(said, [section(said)])


def not_shown(text: str) -> Message:
    """A message whose blocks Slack refused, as text alone. text: the message's own, escaped already."""
    said = cut(text, 2_500)
    return Message(said, [section(said), context("Slack did not take the buttons of this message.")])
