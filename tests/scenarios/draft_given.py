"""Drafts as these stories begin with them, and a person's hands on them."""

from blocks import ids
from bot.outreach.access import Role, person
from bot.sandbox.slack.server import ANA, BEN, OUTREACH
from tests.scenarios.given import landed
from tests.scenarios.hands import press, shown

BEN_ACTS = person(BEN, "Ben", Role.ADMIN)
ANA_ACTS = person(ANA, "Ana", Role.OWNER)


async def drafted(world, company="Acme", *, linked=True, **columns):
    """A ready lead of a campaign with a waiting draft, as an audit's writeback leaves it."""
    campaign = await world.campaign()
    lead = await world.has_lead(company, ready=True, **columns)
    if linked:
        async with world.database.begin(world.workspace_id) as uow:
            await uow.leads.link([lead.id], campaign.id, world.clock())
    await landed(world, await world.lead(lead.id), seconds_ago=60)
    return await world.lead(lead.id), await newest(world, lead)


async def newest(world, lead):
    async with world.database.read(world.workspace_id) as uow:
        return (await uow.drafts.of_lead(lead.id))[0]


async def draft_now(world, draft):
    async with world.database.read(world.workspace_id) as uow:
        return await uow.drafts.get(draft.id)


async def edit_of(world, draft, *, user=ANA_ACTS, seen=None, **parts):
    """Somebody edits the first letter."""
    now = await draft_now(world, draft)
    texts = [{"subject": each.subject, "body": each.body, "cta": each.cta} for each in now.letters]
    texts[0] |= parts
    return await world.house.services.drafts.edit(world.workspace_id, user, draft.id, seen or now.revision, texts)


async def queue_row(world, verb, *, user=ANA):
    """Choose an entry of the first row's menu."""
    block = next(each for each in shown(world, user)["blocks"] if ids.DRAFT_MENU in str(each.get("accessory")))
    value = next(
        option["value"] for option in block["accessory"]["options"] if option["value"].partition(":")[0] == verb
    )
    await press(world, ids.DRAFT_MENU, user=user, block_id=block["block_id"], selected=value)


def sent_fields(world, lead):
    """What PlusVibe was given for this address."""
    return next(each.custom for each in world.plusvibe.leads.values() if each.email == lead.email)


async def card_in_channel(world, draft, channel=OUTREACH):
    """The draft's card, asked for in a channel."""
    key = await world.house.services.drafts.ask(world.workspace_id, ANA_ACTS, draft.id, channel)
    await world.house.poster.put_up(world.workspace_id, [key])
    return next(post for post in reversed(world.posts(channel)) if draft.id in str(post.blocks))


def cards(world, draft, channel=OUTREACH):
    return [post for post in world.posts(channel) if draft.id in str(post.blocks)]
