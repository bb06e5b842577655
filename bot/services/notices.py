"""Notices: news on its way to the channels that want it."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.clock import Clock
from bot.outreach.announcements import messages
from bot.outreach.local_time import told_until
from bot.outreach.posts import WantedPost
from bot.outreach.routes import Notice, Route, Topic
from bot.services.routes import routed, whom_to_tell
from storage.database import Database

TELL_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class News:
    """What one channel is to hear together of one topic."""

    route: Route
    notices: tuple[Notice, ...]

    @property
    def items(self) -> list[str]:
        """The ids of the writebacks, replies or drafts, oldest first."""
        return [notice.item_id for notice in self.notices]


class NoticeService:
    """Says what is due where, and stores that it was told together with the posts that tell it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def due(self, workspace_id: str, topics: Sequence[Topic]) -> list[News]:
        """What is due of these topics, one entry per channel and message."""
        now = self._clock()
        found: list[News] = []
        async with self._database.read(workspace_id) as uow:
            for route in await uow.routes.all():
                until = told_until(route, now) if route.topic in topics else None
                if until is not None:
                    waiting = await uow.notices.due(route.channel, route.topic, until, TELL_AT_ONCE)
                    found += [News(route, group) for group in messages(route, waiting, now)]
        return found

    async def tell(self, workspace_id: str, news: News, posts: Sequence[WantedPost]) -> bool:
        """Store these posts and that they tell this news, in one transaction: once, ever.

        False, and nothing is stored, when another process has told some of it. No posts at all: nothing of it can be
        told any more, and it counts as told.
        """
        now = self._clock()
        keys = [post.key for post in posts] or [""]
        shared = {notice.id: keys[min(index, len(keys) - 1)] for index, notice in enumerate(news.notices)}
        async with self._database.begin(workspace_id) as uow:
            if not await uow.notices.tell(shared, now):
                return False
            tell = await whom_to_tell(uow, news.route)
            for post in posts:
                await uow.posts.want(routed(post, news.route, tell), now)
        return True
