"""News nobody asked for, worded topic by topic, stored with what it tells."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog
from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from blocks import announcements as words
from bot.outreach.posts import WantedPost
from bot.outreach.routes import Topic
from handlers.drafts import draft_news
from handlers.house import House
from handlers.link_checks import link_news
from handlers.posting import wanted
from handlers.steps import step_news
from handlers.submissions import submission_news
from handlers.unibox import reply_news

log = structlog.get_logger()
Wording = Callable[[House, str, Sequence[str]], Awaitable[list[WantedPost]]]


async def announce_news(house: House) -> object:
    """Tell every channel what is due there; what came within a few seconds is one message."""
    due = await house.services.notices.due(house.workspace.id, list(WORDING))
    for news in due:
        posts = await WORDING[news.route.topic](house, news.route.channel, news.items)
        if not await house.services.notices.tell(house.workspace.id, news, posts):
            log.debug("told elsewhere", channel=news.route.channel, topic=news.route.topic)
    return len(due)


async def post_digests(house: House) -> object:
    """Store every digest that is due; `deliver_posts` puts it up."""
    return await house.services.digests.post_due(house.workspace.id)


async def resume_routes(house: House) -> object:
    """Look whether channels that took no posts take them again."""
    paused = await house.services.routes.paused(house.workspace.id)
    for channel, reason in paused.items():
        if await takes_posts(house.slack, channel, public=reason == "is_archived"):
            await house.services.routes.resume(house.workspace.id, channel)
    return len(paused)


async def takes_posts(slack: AsyncWebClient, channel: str, *, public: bool = False) -> bool:
    """Whether the channel stands and the app is in it. public: it need not be in it."""
    try:
        known = (await slack.conversations_info(channel=channel))["channel"] or {}
    except (SlackApiError, ClientError, TimeoutError, OSError):
        return False
    return not known.get("is_archived") and (public or bool(known.get("is_member")))


async def writeback_news(house: House, channel: str, writeback_ids: Sequence[str]) -> list[WantedPost]:
    """One message for all of them; none when their leads are removed."""
    landed = await house.services.writebacks.landed(house.workspace.id, writeback_ids)
    return (
        [wanted(f"writebacks:{channel}:{landed[0][0].id}", channel, words.writebacks_landed(landed))] if landed else []
    )


WORDING: Mapping[Topic, Wording] = {
    Topic.WRITEBACKS: writeback_news,
    Topic.REPLIES: reply_news,
    Topic.DRAFTS: draft_news,
    Topic.STEPS: step_news,
    Topic.FORMS: submission_news,
    Topic.LINKS: link_news,
}
