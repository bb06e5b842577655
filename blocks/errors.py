"""Refusals and failures, shown to the one who asked."""

from blocks.message import Message, context, esc, section


def problem(text: str, reference: str = "") -> Message:
    """What went wrong, in words for a user. `reference`: finds the failure in the log, when it was not expected."""
    said = esc(text, 2_500) or "Something went wrong."
    if not reference or reference in said:
        return Message(said, [section(f"⚠️ {said}")])
    named = f"Reference {esc(reference, 80)}"
    return Message(f"{said} ({named})", [section(f"⚠️ {said}"), context(named)])
