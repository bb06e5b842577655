"""Mail in Slack: what somebody wrote, line by line, escaped; the history below it folded."""

from collections.abc import Mapping

from blocks.message import cut, esc
from blocks.words import who
from bot.outreach.quoting import Folded, folded
from bot.outreach.unibox import InboundReply

MOST_LINES = 60
_MARKS: Mapping[str, str] = {"positive": "🙂", "negative": "🙁", "neutral": "😐"}


def lines_of(text: str, limit: int, *, quote: bool = False) -> str:
    """Outside text with its line breaks. quote: each line behind Slack's quote mark."""
    lines = [esc(line, limit) for line in text[: limit * 4].splitlines()[:MOST_LINES]]
    mark = "&gt; " if quote else ""
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1] != mark.rstrip()):
            kept.append(f"{mark}{line}" if line else mark.rstrip())
    return cut("\n".join(kept).strip(), limit)


def is_long(text: str, limit: int) -> bool:
    """Whether `lines_of` leaves something out."""
    return len(text) > limit or text.count("\n") >= MOST_LINES


def read(told: InboundReply) -> Folded:
    """A mail in what is fresh and what is history; adapters read HTML to text."""
    return folded(told.text)


def mood(label: str, sentiment: str) -> list[str]:
    """Sentiment and label in words."""
    said = sentiment.lower()
    words = [f"{_MARKS.get(said, '')} Sentiment: {esc(said, 40)}".strip()] if said else []
    return words + ([f"Label: {esc(label.replace('_', ' ').capitalize(), 80)}"] if label.strip() else [])


def named(actor: str, names: Mapping[str, str]) -> str:
    """An actor by name."""
    return who(names.get(actor, actor))
