"""What looks at pages came to, in words: in the history, and as news in a channel."""

from collections.abc import Mapping, Sequence

from blocks import link_ids
from blocks.elements import Block
from blocks.link_card import page_link, page_words
from blocks.link_standing import link_words
from blocks.message import Message, actions, button, context, count, esc, link, section, when
from bot.outreach.link_board import LOOKS_SHOWN, LinkHistory
from bot.outreach.link_checks import LinkCheck, LinkStanding, Presence, Sight
from bot.outreach.opportunities import COLUMN_NAMES, Opportunity

MOST_LINES = 20
_A_SECTION = 5  # each fits whatever the lines hold


def looks_part(history: LinkHistory, names: Mapping[str, str], *, checked: bool) -> list[Block]:
    """The newest looks at the page, or why there is none. names: people's, by id; checked: links are looked at here."""
    opportunity = history.opportunity
    lines = [check_line(check, names.get(check.actor, "")) for check in history.checks[:LOOKS_SHOWN]]
    if not checked:
        lines.append("Links are not checked here: `LINK_CHECKS` is off.")
    elif not opportunity.target_url:
        lines.append("Nothing to look for: nobody said which page of yours it should lead to. *Edit link* does.")
    elif not opportunity.is_watched:
        lines.append("The page is looked at once it stands in Reached or Won.")
    elif opportunity.link.next_at:
        lines.append(f"Next look {when(opportunity.link.next_at)}")
    return [context("\n".join(["*Looks at the page*", *lines]))]


def check_line(check: LinkCheck, who_asked: str = "") -> str:
    """One look of the log. who_asked: a person's name, empty when it was the clock."""
    by = f" · asked by {esc(who_asked, 80)}" if who_asked else ""
    if check.sight is Sight.FOUND:
        address = f" · {link(check.url, check.url[:60])}" if check.url else ""
        return f"{when(check.at)} ✅ There: {link_words(check.anchor, check.rel)}{address}{by}"
    lost = " · counted as lost" if check.is_turn else ""
    said = "❌ Not there" if check.sight is Sight.MISSING else "⚠️ Not read, so nothing is known"
    return f"{when(check.at)} {said}: {esc(check.why, 150)}{lost}{by}"


def looked_words(link: LinkStanding) -> str:
    """What somebody who asked for a look is told of it."""
    if link.trouble:
        return "⚠️ Looked just now: the page could not be read."
    is_there = link.state is Presence.LIVE and link.missed_at is None
    return f"Looked just now: {'✅ the link is there' if is_there else '❌ no link to it is there'}."


def links_news(found: Sequence[tuple[LinkCheck, Opportunity]]) -> Message:
    """One line a link that came or went, under a head that counts them where there are several."""
    live = sum(check.state is Presence.LIVE for check, _ in found)
    lost = len(found) - live
    mark = "💔" if lost else "🔗"
    row: list[Block] = actions(button("Open link board", link_ids.OPEN_LINK_BOARD))
    if len(found) == 1:
        text = f"Link {'lost' if lost else 'live'}: {esc(page_words(found[0][1]))}"
        return Message(text, [section(f"{mark} {_news_line(*found[0])}"), *row])
    said = " · ".join(
        [*([f"{count(lost, 'link')} lost"] if lost else []), *([f"{count(live, 'link')} live"] if live else [])]
    )
    lines = [f"• {_news_line(*each)}" for each in found[:MOST_LINES]]
    lines += [f"and {len(found) - MOST_LINES:,} more"] if len(found) > MOST_LINES else []
    parts = [section("\n".join(lines[start : start + _A_SECTION])) for start in range(0, len(lines), _A_SECTION)]
    return Message(said, [section(f"{mark} *{said}*"), *parts, *row])


def _news_line(check: LinkCheck, opportunity: Opportunity) -> str:
    page = page_link(opportunity)
    if check.state is Presence.LIVE:
        return f"Link live: {page} · {link_words(check.anchor, check.rel)}"
    stands = COLUMN_NAMES[opportunity.column]
    return f"Link lost: {page} · {esc(check.why, 100)}, twice in a row · stands in {stands} now"
