"""The card's way to the conversation: only where there is an address to have one with."""

from blocks import ids
from blocks.elements import Block
from blocks.message import actions, button
from bot.outreach.cards import LeadCard


def unibox_part(card: LeadCard) -> list[Block]:
    """`Unibox`, when there is a contact email."""
    if not card.lead.email:
        return []
    return actions(button("Unibox", ids.CARD_UNIBOX, card.lead.id), block_id="card_unibox")
