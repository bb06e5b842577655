"""Posts: what should stand in Slack's channels, kept as rows until it does."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from bot.clock import Clock
from bot.outreach.posts import EDIT_EVERY, Post, WantedPost
from bot.outreach.routes import Cadence, Topic
from bot.services.routes import whom_to_tell
from storage.database import Database

POST_LEASE = timedelta(seconds=60)


class PostService:
    """Remembers wanted posts, hands out those that are due, records what Slack said."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def want(self, workspace_id: str, posts: Sequence[WantedPost]) -> None:
        """Say what should stand under each key. Unchanged wishes cost nothing; parents come before replies."""
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            for post in posts:
                await uow.posts.want(post, now)

    async def by_key(self, workspace_id: str, key: str) -> Post | None:
        """The post under a key, with its `ts` once it stands."""
        async with self._database.read(workspace_id) as uow:
            return await uow.posts.by_key(key)

    async def claim_due(self, workspace_id: str, *, limit: int = 20, keys: Collection[str] | None = None) -> list[Post]:
        """Posts to put up or edit now, leased to the caller. keys: only these."""
        async with self._database.begin(workspace_id) as uow:
            return list(
                await uow.posts.claim_due(self._clock(), limit=limit, lease=POST_LEASE, token=str(uuid4()), keys=keys)
            )

    async def shown(self, workspace_id: str, post: Post, ts: str) -> None:
        """It stands there; the next edit waits, so that one message is edited at most every 2 s."""
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            await uow.posts.shown(post.id, post.revision, ts, now, now + EDIT_EVERY)

    async def retry(self, workspace_id: str, post: Post, at: datetime, error: str) -> None:
        """Slack answered that it cannot now: try again at the given time."""
        async with self._database.begin(workspace_id) as uow:
            await uow.posts.retry(post.id, at, error)

    async def postpone(self, workspace_id: str, post: Post, at: datetime, error: str) -> None:
        """Nobody knows what became of the attempt: whoever takes it up, from the given time on, looks first."""
        async with self._database.begin(workspace_id) as uow:
            await uow.posts.postpone(post.id, at, error)

    async def move(self, workspace_id: str, post: Post, channel: str, note: WantedPost) -> None:
        """Its channel does not take it: want it and its thread in another one, after a note that says why."""
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            await uow.posts.want(note, now)
            await uow.posts.move(post.id, channel, now)

    async def pause(
        self, workspace_id: str, post: Post, reason: str, note: Callable[[str, Sequence[Topic]], WantedPost]
    ) -> list[str]:
        """The channel takes no routed post: pause its routes, and tell whoever set them, once; the notes' keys.

        This one post goes to its person, too; later ones are given up, as their channel is known not to take them.
        """
        now, channel = self._clock(), post.wanted.channel
        async with self._database.begin(workspace_id) as uow:
            routes = [route for route in await uow.routes.all() if route.channel == channel and not route.paused]
            if not await uow.routes.pause(channel, reason):
                await uow.posts.lose(post.id, reason)
                return []
            topics: dict[str, list[Topic]] = {}
            for route in routes:
                if route.cadence is not Cadence.OFF:
                    topics.setdefault(await whom_to_tell(uow, route), []).append(route.topic)
            notes = [note(person, topics[person]) for person in topics if person]
            for each in notes:
                await uow.posts.want(each, now)
            if person := str(post.wanted.body.get("tell") or ""):
                await uow.posts.move(post.id, person, now)
            else:
                await uow.posts.lose(post.id, reason)
        return [each.key for each in notes]

    async def lose(self, workspace_id: str, post: Post, error: str, instead: WantedPost | None = None) -> None:
        """Slack answered that it never will. instead: what to post elsewhere, so that a person still hears of it."""
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            await uow.posts.lose(post.id, error)
            if instead is not None:
                await uow.posts.want(instead, now)
