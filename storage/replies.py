"""Prospects' answers: heard once, however often they are told."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Index,
    Select,
    Table,
    UniqueConstraint,
    and_,
    bindparam,
    func,
    or_,
    select,
    update,
)

from bot.outreach.reply_reading import MACHINES, Reading, ReplyClass
from bot.outreach.unibox import Reply
from storage.conversations import TOLD, messages, told_in
from storage.tables import AnyRow, among, metadata, owned_columns, refers_to, stands_at
from storage.tenant import Tenant
from storage.types import Choice, CleanText, KeyText, UtcDateTime

replies = Table(
    "replies",
    metadata,
    *owned_columns(),
    Column("lead_id", KeyText, nullable=False),
    Column("thread_id", KeyText, nullable=False),
    Column("key", KeyText, nullable=False),
    Column("label", CleanText, nullable=False),
    Column("sentiment", CleanText, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("claimed_by", CleanText, nullable=False),
    Column("answered_at", UtcDateTime),
    Column("answered_by", CleanText, nullable=False),
    Column("read_at", UtcDateTime),
    Column("reply_class", Choice(ReplyClass), nullable=False),
    Column("rule", CleanText, nullable=False),
    Column("sentence", CleanText, nullable=False),
    Column("until", KeyText),
    Column("corrected_by", CleanText, nullable=False),
    Column("acted_at", UtcDateTime),
    refers_to("leads", "lead_id"),
    refers_to("threads", "thread_id"),
    UniqueConstraint("workspace_id", "key"),
    Index(None, "workspace_id", "thread_id", "received_at"),
    Index(None, "workspace_id", "lead_id"),
)
_UNANSWERED = replies.c.answered_at.is_(None)
WAITS = and_(_UNANSWERED, *(~stands_at(replies.c.reply_class, each) for each in sorted(MACHINES)))
_TO_ACT_ON = replies.c.acted_at.is_(None)
for name, condition in (("ix_replies_waiting", WAITS), ("ix_replies_to_act_on", _TO_ACT_ON)):
    columns = (replies.c.workspace_id, replies.c.received_at)
    Index(name, *columns, sqlite_where=condition, postgresql_where=condition)
MOST_COUNTED = 1_000
_OWN = (
    "id",
    "lead_id",
    "thread_id",
    "received_at",
    "claimed_by",
    "answered_at",
    "answered_by",
    "read_at",
    "corrected_by",
)
_READING = ("reply_class", "rule", "sentence")
_COLUMNS = [
    *(replies.c[name] for name in (*_OWN, *_READING, "until", "label", "sentiment")),
    *(messages.c[name] for name in TOLD),
    messages.c.provider_thread_id,
    messages.c.campaign_provider_id,
]


class Replies:
    """The replies of one workspace. What was written stands in `messages`, under the same key."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def add_many(self, new: Sequence[Reply], acts_since: datetime | None = None) -> set[str]:
        """Store replies; the ids of those that no event told before. acts_since: what is older changes no sequence."""
        if not new:
            return set()
        rows = [
            self._tenant.row(
                **{name: getattr(reply, name) for name in _OWN},
                **{name: getattr(reply.reading, name) for name in _READING},
                until=reply.reading.until.isoformat() if reply.reading.until else None,
                key=reply.heard.key,
                label=reply.heard.label,
                sentiment=reply.heard.sentiment,
                acted_at=reply.received_at if acts_since and reply.received_at < acts_since else None,
            )
            for reply in new
        ]
        insert = self._tenant.insert(replies).on_conflict_do_nothing()
        return set(await self._tenant.added(insert.returning(replies.c.id), rows))

    async def get(self, reply_id: str) -> Reply | None:
        """The reply with our id."""
        return (await self.get_many([reply_id])).get(reply_id)

    async def get_many(self, reply_ids: Collection[str]) -> dict[str, Reply]:
        """The replies with these ids, by id."""
        rows = await self._tenant.all(self._select(among(replies.c.id, reply_ids)))
        return {row.id: _reply(row) for row in rows}

    async def unanswered(self, limit: int) -> list[Reply]:
        """Those nobody answered, the longest waiting first. An out of office waits for no answer."""
        statement = self._select(WAITS).order_by(replies.c.received_at).limit(limit)
        return [_reply(row) for row in await self._tenant.all(statement)]

    async def count_unanswered(self) -> int:
        """How many nobody answered; counting stops at a thousand."""
        some = select(replies.c.seq).where(self._tenant.owns(replies), WAITS).limit(MOST_COUNTED).subquery()
        return int(await self._tenant.value(select(func.count()).select_from(some)))

    async def label_many(self, labels: Mapping[str, tuple[str, str]]) -> None:
        """Set label and sentiment of replies, by their key. An empty one says nothing."""
        rows = [{"of_key": key, "its_label": label, "its_mood": mood} for key, (label, mood) in labels.items()]
        one = (self._tenant.owns(replies), replies.c.key == bindparam("of_key"))
        told = {
            "label": func.coalesce(func.nullif(bindparam("its_label", type_=CleanText), ""), replies.c.label),
            "sentiment": func.coalesce(func.nullif(bindparam("its_mood", type_=CleanText), ""), replies.c.sentiment),
        }
        await self._tenant.many(update(replies).where(*one).values(told), rows)

    async def of_keys(self, keys: Collection[str]) -> dict[str, str]:
        """The ids of the replies with these keys."""
        statement = select(replies.c.key, replies.c.id).where(self._tenant.owns(replies), among(replies.c.key, keys))
        return {row.key: row.id for row in await self._tenant.all(statement)}

    async def claim(self, thread_id: str, by: str) -> list[str]:
        """Take care of what waits in a thread; the ids. Empty when somebody else does."""
        free = or_(replies.c.claimed_by == "", replies.c.claimed_by == by)
        return await self._touch(and_(replies.c.thread_id == thread_id, _UNANSWERED, free), claimed_by=by)

    async def answered(self, thread_id: str, by: str, at: datetime, *, received_until: datetime) -> list[str]:
        """Somebody wrote back to what had come by then; the ids of the replies this answers."""
        waiting = and_(replies.c.thread_id == thread_id, _UNANSWERED, replies.c.received_at <= received_until)
        return await self._touch(waiting, answered_at=at, answered_by=by)

    async def answered_many(self, until: Mapping[str, datetime], by: str) -> None:
        """The same for many threads at once: each had an answer of ours at the time given."""
        rows = [{"of_thread": thread_id, "its_time": at} for thread_id, at in until.items()]
        when = bindparam("its_time", type_=UtcDateTime)
        one = (self._tenant.owns(replies), replies.c.thread_id == bindparam("of_thread"), _UNANSWERED)
        statement = update(replies).where(*one, replies.c.received_at <= when).values(answered_at=when, answered_by=by)
        await self._tenant.many(statement, rows)

    async def read(self, thread_id: str, at: datetime) -> list[str]:
        """Everything in the thread was read; the ids of those that were not."""
        return await self._touch(and_(replies.c.thread_id == thread_id, replies.c.read_at.is_(None)), read_at=at)

    async def waiting_since(self, thread_id: str) -> datetime | None:
        """When the oldest reply of a thread came that waits for an answer."""
        where = (self._tenant.owns(replies), replies.c.thread_id == thread_id, WAITS)
        oldest = select(replies.c.received_at).where(*where).order_by(replies.c.received_at).limit(1)
        found: datetime | None = await self._tenant.value(oldest)
        return found

    async def in_thread(self, thread_id: str, limit: int = 20) -> list[str]:
        """The ids of a thread's replies, newest first."""
        where = (self._tenant.owns(replies), replies.c.thread_id == thread_id)
        newest = select(replies.c.id).where(*where).order_by(replies.c.received_at.desc()).limit(limit)
        return await self._tenant.values(newest)

    async def of_threads(self, thread_ids: Collection[str], limit: int) -> list[Reply]:
        """The replies of these threads, newest first."""
        statement = self._select(among(replies.c.thread_id, thread_ids)).order_by(replies.c.received_at.desc())
        return [_reply(row) for row in await self._tenant.all(statement.limit(limit))]

    async def newest_of(self, lead_id: str) -> Reply | None:
        """The lead's newest reply."""
        newest = self._select(replies.c.lead_id == lead_id).order_by(replies.c.received_at.desc()).limit(1)
        row = await self._tenant.first(newest)
        return _reply(row) if row else None

    async def act_on(self, limit: int, at: datetime) -> list[Reply]:
        """Replies whose reading nobody has acted on, the oldest first; the caller does, and nobody else."""
        waiting = select(replies.c.id).where(self._tenant.owns(replies), _TO_ACT_ON).order_by(replies.c.received_at)
        held = await self._tenant.values(waiting.limit(limit).with_for_update(skip_locked=True))
        if not held:
            return []
        await self._touch(among(replies.c.id, held), acted_at=at)
        return sorted((await self.get_many(held)).values(), key=lambda reply: reply.received_at)

    async def correct(self, seen: Reply, reply_class: ReplyClass, by: str, *, again: bool) -> bool:
        """It is of another class. again: act on it once more. False when it is not read any more as it was seen."""
        as_seen = and_(replies.c.id == seen.id, replies.c.reply_class == seen.reading.reply_class)
        values: dict[str, Any] = {"reply_class": reply_class, "corrected_by": by}
        return bool(await self._touch(as_seen, **(values | {"acted_at": None} if again else values)))

    def _select(self, *conditions: ColumnElement[bool]) -> Select[Any]:
        same = and_(messages.c.workspace_id == replies.c.workspace_id, messages.c.key == replies.c.key)
        return select(*_COLUMNS).join(messages, same).where(self._tenant.owns(replies), *conditions)

    async def _touch(self, condition: ColumnElement[bool], **values: Any) -> list[str]:
        statement = update(replies).where(self._tenant.owns(replies), condition).values(**values)
        return await self._tenant.values(statement.returning(replies.c.id))


def _reply(row: AnyRow) -> Reply:
    heard = told_in(row, label=row.label, sentiment=row.sentiment)
    until = date.fromisoformat(row.until) if row.until else None
    reading = Reading(row.reply_class, row.rule, row.sentence, until)
    return Reply(heard=heard, reading=reading, **{name: row._mapping[name] for name in _OWN})
