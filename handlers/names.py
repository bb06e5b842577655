"""Who it was, by name: messages and views show people as plain text, so nobody is pinged by one."""

from collections.abc import Sequence
from dataclasses import replace

from bot.outreach.cards import LeadCard
from bot.outreach.events import Event
from handlers.house import House


async def name_of(house: House, actor_id: str) -> str:
    """What to call this actor; empty for nobody."""
    return (await house.services.members.names(house.workspace.id, [actor_id])).get(actor_id, "")


async def named_events(house: House, events: Sequence[Event]) -> list[Event]:
    """The events with their actors' names in place of ids."""
    names = await house.services.members.names(house.workspace.id, [event.actor for event in events])
    return [replace(event, actor=names.get(event.actor, "")) for event in events]


async def named_card(house: House, card: LeadCard) -> LeadCard:
    """The card with names in its timeline."""
    return replace(card, events=tuple(await named_events(house, card.events)))
