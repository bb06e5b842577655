"""Somebody at a company replied: their colleagues' sequences are paused, and a person decides once."""

from blocks import ids
from blocks.message import Message, actions, button, context, count, esc, section
from bot.outreach.leads import Lead
from bot.outreach.organisations import Brake

MOST_NAMED = 10


def brake_message(brake: Brake) -> Message:
    """The question, or what was decided."""
    number, domain = len(brake.held), esc(brake.domain, 100)
    others = count(number, "other person", "other people")
    is_are = "is" if number == 1 else "are"
    if not brake.decided_by:
        said = f"{others} at {domain} {is_are} in sequences; paused."
        ending = actions(
            button("Keep paused", ids.BRAKE_KEEP, brake.reply_id),
            button("Resume", ids.BRAKE_RESUME, brake.reply_id),
            block_id=f"brake:{brake.reply_id}",
        )
    else:
        what = "resumed" if brake.resumed else "kept paused"
        said, ending = f"{others} at {domain}: {what} by {esc(brake.decided_by, 80)}.", []
    named = "\n".join(f"• {_named(lead)}" for lead in brake.held[:MOST_NAMED])
    more = [context(f"… and {number - MOST_NAMED:,} more")] if number > MOST_NAMED else []
    return Message(said, [section(f"⏸️ *{said}*".replace("* ", "∗ ")), section(named), *more, *ending])


def _named(lead: Lead) -> str:
    address = esc(lead.email or "", 150)
    return f"{esc(lead.name, 80)} ({address})" if lead.name else address
