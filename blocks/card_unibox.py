"""The card's way to the conversation: only where there is an address to have one with."""

from blocks import ids
from blocks.elements import Block
from blocks.message import actions, button, context
from blocks.reading import reading_line
from bot.outreach.cards import LeadCard


def unibox_part(card: LeadCard) -> list[Block]:
    """How their newest reply was read, and `Unibox`, when there is a contact email."""
    if not card.lead.email:
        return []
    lines = reading_line(card.reply, {}) if card.reply else []
    way = actions(button("Unibox", ids.CARD_UNIBOX, card.lead.id), block_id="card_unibox")
    return [*(context(f"Newest reply: {line}") for line in lines), *way]
