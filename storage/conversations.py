"""Conversations: threads, and the messages in them, theirs and ours."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Index,
    Select,
    Table,
    UniqueConstraint,
    and_,
    bindparam,
    or_,
    select,
    tuple_,
    update,
)

from bot.outreach.unibox import PAGE_THREADS, Direction, InboundReply, Mail, Thread, Via
from storage.ids import new_id
from storage.tables import AnyRow, among, metadata, owned_columns, refers_to
from storage.tenant import Tenant
from storage.thread_cursors import Place, read, written
from storage.types import Choice, CleanText, KeyText, UtcDateTime

threads = Table(
    "threads",
    metadata,
    *owned_columns(),
    Column("lead_id", KeyText, nullable=False),
    Column("provider_id", KeyText, nullable=False),
    Column("subject", CleanText, nullable=False),
    Column("preview", CleanText, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Column("last_direction", Choice(Direction), nullable=False),
    Column("unread", Boolean, nullable=False),
    Column("waiting_since", UtcDateTime),
    Column("label", CleanText, nullable=False),
    Column("sentiment", CleanText, nullable=False),
    Column("mailbox", CleanText, nullable=False),
    Column("campaign_provider_id", CleanText, nullable=False),
    Column("last_reply_id", CleanText, nullable=False),
    Column("claimed_by", CleanText, nullable=False),
    Column("via", Choice(Via), nullable=False),
    refers_to("leads", "lead_id"),
    Index(None, "workspace_id", "lead_id", "last_at"),
    Index(None, "workspace_id", "last_at", "seq"),
)
WAITING = threads.c.waiting_since.is_not(None)
Index(
    "ix_threads_waiting",
    threads.c.workspace_id,
    threads.c.last_at,
    threads.c.seq,
    sqlite_where=WAITING,
    postgresql_where=WAITING,
)
messages = Table(
    "messages",
    metadata,
    *owned_columns(),
    Column("thread_id", KeyText, nullable=False),
    Column("key", KeyText, nullable=False),
    Column("email_id", KeyText),
    Column("direction", Choice(Direction), nullable=False),
    Column("lead_email", CleanText, nullable=False),
    Column("from_email", CleanText, nullable=False),
    Column("to_email", CleanText, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("subject", CleanText, nullable=False),
    Column("text", CleanText, nullable=False),
    Column("html", CleanText, nullable=False),
    Column("mailbox", CleanText, nullable=False),
    Column("provider_thread_id", CleanText, nullable=False),
    Column("message_id", CleanText, nullable=False),
    Column("campaign_provider_id", CleanText, nullable=False),
    refers_to("threads", "thread_id"),
    UniqueConstraint("workspace_id", "key"),
    UniqueConstraint("workspace_id", "email_id"),
    Index(None, "workspace_id", "thread_id", "at"),
)
_NAMES = tuple(field.name for field in fields(Thread))
_COLUMNS = [*(threads.c[name] for name in _NAMES), threads.c.seq]
TOLD = ("key", "lead_email", "from_email", "at", "subject", "text", "html", "mailbox", "email_id", "message_id")
_MAIL = [*(messages.c[name] for name in TOLD), messages.c.provider_thread_id, messages.c.campaign_provider_id]
MOST_MESSAGES = 60


class Conversations:
    """The threads and messages of one workspace."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def get(self, thread_id: str) -> Thread | None:
        """The thread with our id."""
        row = await self._tenant.first(self._select(threads.c.id == thread_id))
        return _thread(row) if row else None

    async def locked(self, thread_id: str) -> Thread | None:
        """The same; nobody else answers in it until the transaction ends."""
        row = await self._tenant.first(self._select(threads.c.id == thread_id).with_for_update(key_share=True))
        return _thread(row) if row else None

    async def get_many(self, thread_ids: Collection[str]) -> dict[str, Thread]:
        """The threads with these ids, by id."""
        rows = await self._tenant.all(self._select(among(threads.c.id, thread_ids)))
        return {row.id: _thread(row) for row in rows}

    async def of_leads(self, lead_ids: Collection[str]) -> list[Thread]:
        """Every thread of these leads, the newest first."""
        statement = self._select(among(threads.c.lead_id, lead_ids)).order_by(threads.c.last_at.desc())
        return [_thread(row) for row in await self._tenant.all(statement)]

    async def page(
        self, cursor: str | None = None, *, waiting: bool = False, limit: int = PAGE_THREADS
    ) -> tuple[list[Thread], str | None, str | None]:
        """A page, newest first, and the cursors of the next and the previous one. waiting: only unanswered ones."""
        place = read(cursor)
        statement = self._select(*([WAITING] if waiting else []))
        order = (threads.c.last_at, threads.c.seq)
        if place is not None:
            here = tuple_(*order)
            there = tuple_(bindparam("at", place.at, UtcDateTime), bindparam("place", place.seq))
            statement = statement.where(here > there if place.back else here < there)
        back = place is not None and place.back
        statement = statement.order_by(*(column if back else column.desc() for column in order))
        rows = list(await self._tenant.all(statement.limit(limit + 1)))
        more, rows = len(rows) > limit, rows[:limit]
        if back:
            rows.reverse()
        if not rows:
            return [], None, None
        first, last = (Place(rows[at].last_at, rows[at].seq) for at in (0, -1))
        has_next = back or more
        has_previous = more if back else place is not None
        return (
            [_thread(row) for row in rows],
            written(last) if has_next else None,
            written(Place(first.at, first.seq, back=True)) if has_previous else None,
        )

    async def add_many(self, new: Sequence[Thread]) -> None:
        """Store threads."""
        rows = [self._tenant.row(**{name: getattr(thread, name) for name in _NAMES}) for thread in new]
        await self._tenant.many(threads.insert(), rows)

    async def save_many(self, changed: Sequence[Thread]) -> None:
        """Write these threads as they are now, all but who takes care of them."""
        names = [name for name in _NAMES if name not in {"id", "lead_id", "claimed_by"}]
        rows = [{"of_id": thread.id, **{name: getattr(thread, name) for name in names}} for thread in changed]
        one = (self._tenant.owns(threads), threads.c.id == bindparam("of_id"))
        await self._tenant.many(update(threads).where(*one), rows)

    async def claim(self, thread_id: str, by: str) -> bool:
        """Take care of it. False when somebody does already."""
        free = or_(threads.c.claimed_by == "", threads.c.claimed_by == by)
        return await self._update(thread_id, free, claimed_by=by)

    async def read(self, thread_id: str) -> bool:
        """Nothing in it is unread any more. False when nothing was."""
        return await self._update(thread_id, threads.c.unread.is_(True), unread=False)

    async def add_mails(self, new: Sequence[tuple[str, Mail]]) -> set[str]:
        """Store messages, each with its thread's id; the keys of those that were not here before."""
        rows = [self._message(thread_id, mail) for thread_id, mail in new]
        if not rows:
            return set()
        insert = self._tenant.insert(messages).on_conflict_do_nothing()
        return set(await self._tenant.added(insert.returning(messages.c.key), rows))

    async def known(self, mails: Sequence[Mail]) -> dict[str, tuple[str, str, str]]:
        """Those of these that are here, by either of their keys: their stored key, provider's id and thread."""
        told = [mail.told for mail in mails]
        keys = among(messages.c.key, sorted({each.key for each in told}))
        email_ids = among(messages.c.email_id, sorted({each.email_id for each in told if each.email_id}))
        columns = (messages.c.key, messages.c.email_id, messages.c.thread_id)
        rows = [
            row
            for condition in (keys, email_ids)
            for row in await self._tenant.all(select(*columns).where(self._tenant.owns(messages), condition))
        ]
        found = {row.key: (row.key, row.email_id or "", row.thread_id) for row in rows}
        return found | {f"id:{row.email_id}": found[row.key] for row in rows if row.email_id}

    async def fill(self, found: Mapping[str, Mail]) -> None:
        """The provider's ids of messages that were told without them, by their stored key."""
        rows = [
            {"of_key": key, "new_email_id": mail.told.email_id, "new_thread": mail.told.thread_id}
            for key, mail in found.items()
        ]
        one = (self._tenant.owns(messages), messages.c.key == bindparam("of_key"), messages.c.email_id.is_(None))
        filled: dict[str, Any] = {"email_id": bindparam("new_email_id"), "provider_thread_id": bindparam("new_thread")}
        await self._tenant.many(update(messages).where(*one).values(filled), rows)

    async def mails(self, thread_id: str, limit: int = MOST_MESSAGES) -> list[Mail]:
        """The newest messages of a thread, oldest of them first."""
        columns = (*_MAIL, messages.c.direction, messages.c.to_email)
        where = (self._tenant.owns(messages), messages.c.thread_id == thread_id)
        newest = select(*columns).where(*where).order_by(messages.c.at.desc(), messages.c.seq.desc()).limit(limit)
        return [_mail(row) for row in reversed(await self._tenant.all(newest))]

    async def email_ids(self, thread_id: str) -> set[str]:
        """The provider's ids of what we know of a thread."""
        where = (self._tenant.owns(messages), messages.c.thread_id == thread_id, messages.c.email_id.is_not(None))
        return set(await self._tenant.values(select(messages.c.email_id).where(*where)))

    def _select(self, *conditions: ColumnElement[bool]) -> Select[Any]:
        return select(*_COLUMNS).where(self._tenant.owns(threads), *conditions)

    def _message(self, thread_id: str, mail: Mail) -> dict[str, Any]:
        told = mail.told
        values = {name: getattr(told, name) for name in TOLD} | {"email_id": told.email_id or None}
        return self._tenant.row(
            id=new_id(),
            thread_id=thread_id,
            direction=mail.direction,
            to_email=mail.to_email,
            provider_thread_id=told.thread_id,
            campaign_provider_id=told.campaign_provider_id,
            **values,
        )

    async def _update(self, thread_id: str, *conditions: ColumnElement[bool], **values: Any) -> bool:
        one = and_(self._tenant.owns(threads), threads.c.id == thread_id, *conditions)
        return await self._tenant.change(update(threads).where(one).values(**values)) > 0


def told_in(row: AnyRow, *, label: str = "", sentiment: str = "") -> InboundReply:
    """The message of a row that has the columns `TOLD`."""
    values = {name: row._mapping[name] for name in TOLD} | {"email_id": row.email_id or ""}
    ids = {"thread_id": row.provider_thread_id, "campaign_provider_id": row.campaign_provider_id}
    return InboundReply(**values, **ids, label=label, sentiment=sentiment)


def _mail(row: AnyRow) -> Mail:
    return Mail(row.direction, told_in(row), row.to_email)


def _thread(row: AnyRow) -> Thread:
    return Thread(*row[: len(_NAMES)])
