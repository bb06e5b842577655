"""What looks at pages came to, in words: in the history, and as news in a channel."""

from collections.abc import Sequence

from blocks import ids
from blocks.elements import Block
from blocks.link_card import page_link
from blocks.link_standing import link_words
from blocks.message import Message, actions, button, count, esc, link, section, when
from bot.outreach.link_checks import LinkCheck, LinkState, Sight
from bot.outreach.opportunities import COLUMN_NAMES, Opportunity

MOST_LINES = 20
_A_SECTION = 5  # each fits whatever the lines hold


def check_line(check: LinkCheck, who_asked: str = "") -> str:
    """One look of the log. who_asked: a person's name, empty when it was the clock."""
    by = f" · asked by {esc(who_asked, 80)}" if who_asked else ""
    if check.sight is Sight.FOUND:
        address = f" · {link(check.url, check.url[:60])}" if check.url else ""
        return f"{when(check.at)} ✅ There: {link_words(check.anchor, check.rel)}{address}{by}"
    lost = " · counted as lost" if check.is_turn else ""
    said = "❌ Not there" if check.sight is Sight.MISSING else "⚠️ Not read, so nothing is known"
    return f"{when(check.at)} {said}: {esc(check.why, 150)}{lost}{by}"


def links_news(found: Sequence[tuple[LinkCheck, Opportunity]]) -> Message:
    """One line a link that came or went."""
    live = sum(check.state is LinkState.LIVE for check, _ in found)
    lost = len(found) - live
    said = " · ".join(
        [*([f"{count(lost, 'link')} lost"] if lost else []), *([f"{count(live, 'link')} live"] if live else [])]
    )
    lines = [f"• {_news_line(*each)}" for each in found[:MOST_LINES]]
    lines += [f"and {len(found) - MOST_LINES:,} more"] if len(found) > MOST_LINES else []
    parts = [section("\n".join(lines[start : start + _A_SECTION])) for start in range(0, len(lines), _A_SECTION)]
    row: list[Block] = actions(button("Open link board", ids.OPEN_LINK_BOARD))
    return Message(said, [section(f"{'💔' if lost else '🔗'} *{said}*"), *parts, *row])


def _news_line(check: LinkCheck, opportunity: Opportunity) -> str:
    page = page_link(opportunity)
    if check.state is LinkState.LIVE:
        return f"Link live: {page} · {link_words(check.anchor, check.rel)}"
    stands = COLUMN_NAMES[opportunity.column]
    return f"Link lost: {page} · {esc(check.why, 100)}, twice in a row · stands in {stands} now"
