"""Posts: what should stand in a channel, and what stands there."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Index,
    Select,
    Table,
    UniqueConstraint,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    update,
)

from bot.outreach.posts import Post, PostKind, PostState, WantedPost
from storage.ids import new_id
from storage.tables import AnyRow, among, metadata, owned_columns, stands_at
from storage.tenant import Tenant, is_free
from storage.types import Choice, CleanText, Int64, Json, KeyText, UtcDateTime, clean_json

posts = Table(
    "posts",
    metadata,
    *owned_columns(),
    Column("key", KeyText, nullable=False),
    Column("channel", CleanText, nullable=False),
    Column("body", Json, nullable=False),
    Column("parent_key", KeyText),
    Column("kind", Choice(PostKind), nullable=False),
    Column("state", Choice(PostState), nullable=False),
    Column("revision", Int64, nullable=False),
    Column("ts", CleanText),
    Column("attempts", Int64, nullable=False),
    Column("attempted_at", UtcDateTime),
    Column("error", CleanText, nullable=False),
    Column("next_try_at", UtcDateTime, nullable=False),
    Column("lease_token", CleanText),
    Column("lease_until", UtcDateTime),
    Column("updated_at", UtcDateTime, nullable=False),
    UniqueConstraint("workspace_id", "key"),
)
_DUE = stands_at(posts.c.state, PostState.DUE)
Index("ix_posts_due", posts.c.workspace_id, posts.c.next_try_at, sqlite_where=_DUE, postgresql_where=_DUE)
_parents = posts.alias("parents")
_WANTED = ("key", "channel", "body", "parent_key", "kind")
_ROUTING = ("route", "tell")  # how it goes out, said once: whoever words it anew need not know
_STORED = ("id", "state", "revision", "ts", "attempts", "attempted_at", "error")
_COLUMNS = [posts.c[name] for name in _WANTED + _STORED]


class Posts:
    """The posts of one workspace. A post's key is its identity."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def want(self, wanted: WantedPost, at: datetime) -> Post:
        """Want it to stand there. The same again changes nothing; another body is due as the next revision.

        A post that stands somewhere stays in its channel and thread. One given up is tried again for a new body.
        """
        values = {name: getattr(wanted, name) for name in _WANTED}
        fresh = {"id": new_id(), "state": PostState.DUE, "revision": 1, "attempts": 0, "error": ""}
        new = await self._tenant.add_once(posts, **values, **fresh, next_try_at=at, updated_at=at)
        if not new:
            await self._want_again(wanted, at)
        post = await self.by_key(wanted.key)
        assert post is not None, "it was stored just now"
        return post

    async def by_key(self, key: str) -> Post | None:
        """The post with this key."""
        row = await self._tenant.first(self._select(posts.c.key == key))
        return _post(row) if row else None

    async def under(self, prefix: str) -> dict[str, str]:
        """The posts whose keys begin so, and their channels: every copy of one card. Those given up are absent."""
        above = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        where = (self._tenant.owns(posts), posts.c.key >= prefix, posts.c.key < above)
        columns = (posts.c.key, posts.c.channel)
        rows = await self._tenant.all(select(*columns).where(*where, posts.c.state != PostState.LOST))
        return {row.key: row.channel for row in rows}

    async def under_many(self, prefixes: Collection[str]) -> dict[str, str]:
        """The same for many cards at once."""
        if not prefixes:
            return {}
        ranges = [and_(posts.c.key >= each, posts.c.key < each[:-1] + chr(ord(each[-1]) + 1)) for each in prefixes]
        where = (self._tenant.owns(posts), or_(*ranges), posts.c.state != PostState.LOST)
        rows = await self._tenant.all(select(posts.c.key, posts.c.channel).where(*where))
        return {row.key: row.channel for row in rows}

    async def places(self, keys: Collection[str]) -> dict[str, tuple[str, str]]:
        """Where these posts stand, as channel and ts; those that do not stand anywhere are absent."""
        columns = (posts.c.key, posts.c.channel, posts.c.ts)
        where = (self._tenant.owns(posts), among(posts.c.key, keys), posts.c.ts.is_not(None))
        return {row.key: (row.channel, row.ts) for row in await self._tenant.all(select(*columns).where(*where))}

    async def claim_due(
        self, now: datetime, limit: int, lease: timedelta, token: str, keys: Collection[str] | None = None
    ) -> list[Post]:
        """Posts whose time has come, that nobody is showing and whose parent stands; held for the lease.

        keys: only these. `unclear_since` is the earliest attempt at posting whose outcome nobody recorded.
        """
        parent_stands = or_(posts.c.parent_key.is_(None), _parents.c.ts.is_not(None))
        due = self._select(_DUE, posts.c.next_try_at <= now, is_free(posts, now), parent_stands)
        if keys is not None:
            due = due.where(among(posts.c.key, keys))
        due = due.order_by(posts.c.next_try_at, posts.c.seq).limit(limit)
        earliest = func.coalesce(posts.c.attempted_at, literal(now, UtcDateTime))
        attempt = {"lease_token": token, "attempted_at": earliest}
        rows = await self._tenant.claim(posts, due, until=now + lease, values=attempt)
        return [_post(row) for row in rows]

    async def shown(self, post_id: str, revision: int, ts: str, at: datetime, next_edit_at: datetime) -> None:
        """That revision stands there. It stays due when another is wanted meanwhile, from `next_edit_at` on."""
        state = case((posts.c.revision == revision, PostState.SHOWN.value), else_=posts.c.state)
        settled = {"attempts": 0, "error": "", "next_try_at": next_edit_at, "updated_at": at}
        await self._settle(post_id, state=state, ts=ts, **settled)

    async def retry(self, post_id: str, next_try_at: datetime, error: str) -> None:
        """The attempt certainly failed: count it and try again then."""
        await self._settle(post_id, attempts=posts.c.attempts + 1, next_try_at=next_try_at, error=error)

    async def postpone(self, post_id: str, next_try_at: datetime, error: str) -> None:
        """Nobody knows what became of the attempt: it stays unclear, and whoever takes it up then looks first."""
        one = (self._tenant.owns(posts), posts.c.id == post_id)
        free = {"lease_until": None, "lease_token": None, "next_try_at": next_try_at, "error": error}
        await self._tenant.change(update(posts).where(*one).values(**free, attempts=posts.c.attempts + 1))

    async def move(self, post_id: str, channel: str, at: datetime) -> None:
        """Want it in another channel, where it is due now. What stands already stays where it is."""
        waits = posts.c.ts.is_(None)
        await self._settle(post_id, waits, channel=channel, attempts=0, next_try_at=at)

    async def lose(self, post_id: str, error: str) -> None:
        """Give it up, unless something else is wanted of it later."""
        await self._settle(post_id, state=PostState.LOST, error=error)

    async def _want_again(self, wanted: WantedPost, at: datetime) -> None:
        mine = and_(self._tenant.owns(posts), posts.c.key == wanted.key)
        columns = (posts.c.seq, posts.c.body, posts.c.state, posts.c.next_try_at)
        row = await self._tenant.first(select(*columns).where(mine).with_for_update(key_share=True))
        if row is None:
            return
        body = {**{name: row.body[name] for name in _ROUTING if name in row.body}, **wanted.body}
        if row.body == clean_json(body):
            return
        values: dict[str, Any] = {"body": body, "state": PostState.DUE, "revision": posts.c.revision + 1}
        if row.state is PostState.LOST:
            values |= {"attempts": 0, "error": "", "next_try_at": at}
        await self._tenant.change(update(posts).where(mine).values(updated_at=at, **values))

    def _select(self, *conditions: ColumnElement[bool]) -> Select[Any]:
        parent = and_(self._tenant.owns(_parents), _parents.c.key == posts.c.parent_key)
        of_parent = (_parents.c.ts.label("parent_ts"), _parents.c.channel.label("parent_channel"))
        columns = (*_COLUMNS, *of_parent, posts.c.seq)
        return select(*columns).outerjoin(_parents, parent).where(self._tenant.owns(posts), *conditions)

    async def _settle(self, post_id: str, *conditions: ColumnElement[bool], **values: Any) -> None:
        """An attempt has an outcome: nothing is unclear and nobody holds it."""
        free = {"attempted_at": None, "lease_until": None, "lease_token": None}
        one = (self._tenant.owns(posts), posts.c.id == post_id, *conditions)
        await self._tenant.change(update(posts).where(*one).values(**free, **values))


def _post(row: AnyRow) -> Post:
    wanted = WantedPost(**{name: row._mapping[name] for name in _WANTED})
    if row.parent_channel:  # a reply stands where its parent does
        wanted = replace(wanted, channel=row.parent_channel)
    stored = {name: row._mapping[name] for name in ("id", "state", "revision", "ts", "attempts", "error")}
    unclear_since = None if row.ts else row.attempted_at
    return Post(wanted=wanted, parent_ts=row.parent_ts, unclear_since=unclear_since, **stored)
