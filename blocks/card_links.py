"""The opportunities of a lead on its card: a line each, and the way to the board."""

from blocks import link_ids
from blocks.elements import Block
from blocks.link_card import named_column, page_line
from blocks.message import actions, button, section
from bot.outreach.cards import LeadCard

MOST_SHOWN = 3


def links_part(card: LeadCard) -> list[Block]:
    """Nothing for a lead that has none."""
    if not card.opportunities:
        return []
    lines = [f"{named_column(each.column)} · {page_line(each)}" for each in card.opportunities[:MOST_SHOWN]]
    more = len(card.opportunities) - MOST_SHOWN
    lines += [f"and {more:,} more"] if more > 0 else []
    row = actions(button("Open board", link_ids.OPEN_LINK_BOARD), block_id="card_links")
    return [section("*Opportunities*\n" + "\n".join(lines)), *row]
