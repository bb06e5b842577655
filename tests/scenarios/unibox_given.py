"""What stories of the Unibox begin with: a lead in a campaign at PlusVibe, written to, and answering."""

import asyncio

import httpx
from sqlalchemy import select

from blocks import ids
from bot.outreach.leads import Lead
from bot.outreach.unibox import Answer, Thread
from bot.sandbox.plusvibe import happenings, prospects, seed
from bot.sandbox.plusvibe.world import StoredLead
from bot.sandbox.slack.server import ANA, OUTREACH
from handlers.unibox import reply_news
from storage.inbox import InboxState, inbox
from tests.scenarios.hands import block_of, press, shown
from tests.world import World

FIRST_WORDS = "Thanks, this is useful."
MAILBOX = "lena@sunnyaudits.example"


async def written_to(world: World, company: str = "Acme", **more) -> tuple[Lead, StoredLead]:
    """A lead with us and in a campaign there, whose first e-mail went out."""
    campaign = await world.campaign()
    lead = await world.has_lead(company, ready=True, campaign_id=campaign.id, **more)
    there = world.plusvibe.enrol(seed.QUICK_WINS, str(lead.email))
    await happenings.send_email(world.plusvibe, there)
    await world.idle()
    return lead, there


async def answered_by(world: World, there: StoredLead, which: int = 0) -> None:
    """The prospect answers, and we have heard it."""
    await prospects.answer(world.plusvibe, there, which)
    await heard_all(world)
    await world.tick()


async def heard_all(world: World) -> None:
    """Wait until every delivery is applied: the webhook answers first and applies then."""
    waiting = select(inbox.c.seq).where(inbox.c.state == InboxState.WAITING).limit(1)
    for _ in range(3_000):
        async with world.database.read(world.workspace_id) as uow:
            if await uow.inbox._tenant.value(waiting) is None:
                return
        await asyncio.sleep(0.01)
    raise AssertionError("never applied")


async def thread_of(world: World, lead: Lead) -> Thread:
    """The lead's newest conversation."""
    async with world.database.read(world.workspace_id) as uow:
        return (await uow.conversations.of_leads([lead.id]))[0]


async def answers_in(world: World, thread: Thread) -> list[Answer]:
    """What we wrote back, newest first."""
    async with world.database.read(world.workspace_id) as uow:
        return await uow.answers.of_thread(thread.id)


async def posted_card(world: World, lead: Lead, channel: str = OUTREACH):
    """The card of the lead's newest reply, put up in a channel."""
    async with world.database.read(world.workspace_id) as uow:
        replies = await uow.replies.in_thread((await uow.conversations.of_leads([lead.id]))[0].id)
    posts = await reply_news(world.house, channel, replies[:1])
    await world.house.poster.show(world.workspace_id, posts)
    return world.posts(channel)[-1]


async def composer(world: World, thread: Thread, *, user: str = ANA) -> None:
    """Open the conversation of `/unibox` and its composer."""
    await world.say("/unibox", user=user)
    await press(world, ids.OPEN_THREAD, user=user, block_id=f"thread:{thread.id}")
    await press(world, ids.REPLY, user=user)


async def typed(world: World, body: str, *, user: str = ANA, **more: str) -> None:
    """Type into the composer on top, without submitting."""
    values = {ids.REPLY_BODY: body, **more}
    view = shown(world, user)
    filled = {block_of(view, name)["block_id"]: {name: value} for name, value in values.items()}
    await world.slack.set_values(world.modal(user).id, filled)


def sent_there(world: World) -> list[dict]:
    """The messages of ours that stand in the Unibox at PlusVibe."""
    return [row for row in world.plusvibe.messages if row["direction"] == "OUT"]


def replies_asked(world: World) -> int:
    """How often PlusVibe was asked to send a reply."""
    return sum(call.path == "/unibox/emails/reply" for call in world.plusvibe.calls)


async def post_hook(client: httpx.AsyncClient, body: bytes, headers: dict[str, str]) -> int:
    """One delivery to our webhook; the status of the answer."""
    return (await client.post("/plusvibe/webhook", content=body, headers=headers)).status_code
