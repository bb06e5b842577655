"""Where the link of an opportunity stands, in one line."""

from blocks.message import esc, when
from bot.outreach.link_checks import Presence, is_followed
from bot.outreach.opportunities import Opportunity


def standing_line(opportunity: Opportunity) -> str:
    """`🔗 Live · “our guide” · nofollow · seen …`; nothing for a page nobody looks at."""
    known = opportunity.link
    parts: list[str] = []
    if known.state is Presence.LIVE:
        parts = ["🔗 Live", link_words(known.anchor, known.rel)]
        parts += [f"seen {when(known.seen_at)}"] if known.seen_at else []
        parts += [f"missed {when(known.missed_at)}, looked for once more"] if known.missed_at else []
    elif known.state is Presence.LOST:
        parts = [f"💔 Gone since {when(opportunity.lost_at)}" if opportunity.lost_at else "💔 Gone"]
    elif known.checked_at and not known.trouble:
        parts = [f"🔗 Not there yet · looked {when(known.checked_at)}"]
    elif opportunity.is_watched and not known.checked_at:
        parts = ["🔗 The first look at the page is due"]
    parts += [f"⚠️ could not be read: {esc(known.trouble, 100)}"] if known.trouble else []
    return " · ".join(parts)


def link_words(anchor: str, rel: str) -> str:
    """`“our guide” · nofollow`. rel: words with a space between."""
    said = f"“{esc(anchor, 80)}”" if anchor.strip() else "no words"
    return f"{said} · {'followed' if is_followed(rel) else esc(rel, 60)}"
