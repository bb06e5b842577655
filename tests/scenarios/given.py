"""What these stories begin with and look at."""

import json
from datetime import timedelta
from uuid import uuid4

from bot.outreach.access import Actor, Permission
from bot.outreach.leads import Lead, LeadDraft
from bot.outreach.posts import WantedPost
from bot.outreach.pushes import ARMED_FOR, BlockedPush
from bot.outreach.writebacks import Tone
from bot.sandbox.plusvibe import seed
from bot.sandbox.slack.server import ANA, OUTREACH
from bot.services.writebacks import land
from tests.world import AUDIT, World

PERSON = Actor(ANA, "Ana", frozenset(Permission))


async def landed(world: World, lead: Lead, *, seconds_ago: float) -> None:
    """A finished audit and the local half of its writeback."""
    at = world.clock() - timedelta(seconds=seconds_ago)
    async with world.database.begin(world.workspace_id) as uow:
        now = await uow.leads.get(lead.id)
        assert now is not None
        await land(uow, now, None, AUDIT, Tone.DIRECT, PERSON, at)


async def many_landed(world: World, number: int) -> list[Lead]:
    """Leads of a campaign with finished audits, the remote halves of their writebacks still to be sent."""
    campaign = await world.campaign()
    leads = []
    async with world.database.begin(world.workspace_id) as uow:
        for index in range(number):
            draft = LeadDraft(f"jane@landed{index}.example.com", "Jane", company_name=f"Landed {index}")
            at = world.clock() - timedelta(minutes=5)
            lead = await uow.leads.add(str(uuid4()), draft, key=draft.email, at=at)
            lead = await uow.leads.change(lead.id, {"campaign_id": campaign.id}, at=at)
            assert lead is not None
            leads.append((await land(uow, lead, None, AUDIT, Tone.DIRECT, PERSON, at))[0])
    for lead in leads:
        world.plusvibe.enrol(campaign.provider_id, str(lead.email))
    return leads


async def many_armed(world: World, number: int) -> list[Lead]:
    """As many armed pushes of one ready lead each."""
    campaign = await world.campaign()
    leads = [await world.has_lead(f"Armed {index}", ready=True) for index in range(number)]
    now = world.clock()
    async with world.database.begin(world.workspace_id) as uow:
        for lead in leads:
            blocked = BlockedPush(str(uuid4()), campaign.id, (lead.id,), ANA, OUTREACH, now)
            await uow.blocked.add(blocked)
            await uow.blocked.arm(blocked.id, ANA, now + ARMED_FOR, now)
    return leads


async def many_posts(world: World, number: int) -> None:
    """As many announcements wanted in the channel."""
    async with world.database.begin(world.workspace_id) as uow:
        for index in range(number):
            text = f"Announcement {index}"
            blocks = [{"type": "section", "text": {"type": "plain_text", "text": text}}]
            await uow.posts.want(WantedPost(f"said:{index}", OUTREACH, {"text": text, "blocks": blocks}), world.clock())


async def many_events(world: World, leads: list[Lead]) -> None:
    """A delivery of PlusVibe's about each lead, stored and not applied."""
    async with world.database.begin(world.workspace_id) as uow:
        for index, lead in enumerate(leads):
            event = {"webhook_event": "EMAIL_SENT", "email": lead.email, "campaign_id": seed.AUDIT_LETTER}
            await uow.inbox.receive("plusvibe", f"event-{index}", json.dumps(event).encode(), world.clock())


def times_updated(world: World, email: str) -> int:
    """In how many calls PlusVibe was given this address's merge fields."""
    return sum(call.body["email"] == email for call in world.plusvibe.calls if call.path == "/lead/data/update")


def times_added(world: World, email: str) -> int:
    """In how many calls PlusVibe was given this address."""
    bodies = [call.body for call in world.plusvibe.calls if call.path == "/lead/add"]
    return sum(email in [lead["email"] for lead in body["leads"]] for body in bodies)
