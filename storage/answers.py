"""Answers: what we write back, from the intent to what became of it."""

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Index, Select, Table, UniqueConstraint, and_, select, update

from bot.outreach.unibox import Answer, AnswerState, Via, before
from storage.tables import AnyRow, among, metadata, owned_columns, refers_to
from storage.tenant import Tenant
from storage.types import Choice, CleanText, KeyText, UtcDateTime

answers = Table(
    "answers",
    metadata,
    *owned_columns(),
    Column("key", KeyText, nullable=False),
    Column("thread_id", KeyText, nullable=False),
    Column("lead_id", KeyText, nullable=False),
    Column("author", CleanText, nullable=False),
    Column("mailbox", CleanText, nullable=False),
    Column("to_email", CleanText, nullable=False),
    Column("subject", CleanText, nullable=False),
    Column("typed", CleanText, nullable=False),
    Column("html", CleanText, nullable=False),
    Column("reply_to", CleanText, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("state", Choice(AnswerState), nullable=False),
    Column("attempted_at", UtcDateTime),
    Column("problem", CleanText, nullable=False),
    Column("email_id", CleanText, nullable=False),
    Column("via", Choice(Via), nullable=False),
    Column("look_at", UtcDateTime),
    refers_to("threads", "thread_id"),
    UniqueConstraint("workspace_id", "key"),
    Index(None, "workspace_id", "thread_id", "seq"),
)
_OPEN = answers.c.look_at.is_not(None)
Index("ix_answers_open", answers.c.workspace_id, answers.c.look_at, sqlite_where=_OPEN, postgresql_where=_OPEN)
_NAMES = tuple(field.name for field in fields(Answer))
_COLUMNS = [*(answers.c[name] for name in _NAMES), answers.c.seq]
_OPEN_STATES = (AnswerState.DUE, AnswerState.ATTEMPTING, AnswerState.UNCLEAR)


class Answers:
    """The answers of one workspace. `look_at`: when the clock takes up what a process left open."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def add(self, answer: Answer, key: str, look_at: datetime) -> bool:
        """Store the intent. False when one with this key is stored already."""
        values = {name: getattr(answer, name) for name in _NAMES}
        return await self._tenant.add_once(answers, key=key, look_at=look_at, **values)

    async def get(self, answer_id: str) -> Answer | None:
        """The answer with this id."""
        row = await self._tenant.first(self._select(answers.c.id == answer_id))
        return _answer(row) if row else None

    async def by_key(self, key: str) -> Answer | None:
        """The answer with this key."""
        row = await self._tenant.first(self._select(answers.c.key == key))
        return _answer(row) if row else None

    async def of_thread(self, thread_id: str, limit: int = 10) -> list[Answer]:
        """A thread's newest answers, newest first."""
        newest = self._select(answers.c.thread_id == thread_id).order_by(answers.c.seq.desc()).limit(limit)
        return [_answer(row) for row in await self._tenant.all(newest)]

    async def of_threads(self, thread_ids: Collection[str], since: datetime) -> list[Answer]:
        """The answers in these threads since then, newest first."""
        recent = self._select(among(answers.c.thread_id, thread_ids), answers.c.created_at >= since)
        return [_answer(row) for row in await self._tenant.all(recent.order_by(answers.c.seq.desc()))]

    async def attempt(self, answer_id: str, at: datetime, look_at: datetime) -> bool:
        """Committed before the call. False when somebody else attempted it."""
        return await self._move(answer_id, AnswerState.ATTEMPTING, attempted_at=at, look_at=look_at)

    async def settle(
        self,
        answer_id: str,
        state: AnswerState,
        *,
        problem: str = "",
        email_id: str = "",
        look_at: datetime | None = None,
    ) -> bool:
        """What became of it. False when that is settled already. look_at: when more may be known."""
        return await self._move(answer_id, state, problem=problem, email_id=email_id, look_at=look_at)

    async def look_again(self, answer_id: str, at: datetime, problem: str = "") -> None:
        """Its outcome is not known yet: look then. problem: what it waits for."""
        unknown = answers.c.state.in_((AnswerState.ATTEMPTING, AnswerState.UNCLEAR))
        await self._update(answer_id, unknown, look_at=at, problem=problem)

    async def claim_open(self, now: datetime, limit: int, lease: timedelta) -> list[Answer]:
        """Open ones that it is time to look at, held for the lease."""
        due = self._select(answers.c.look_at <= now, answers.c.state.in_(_OPEN_STATES))
        due = due.order_by(answers.c.look_at).limit(limit)
        rows = await self._tenant.claim(answers, due, until=now + lease, column="look_at")
        return [_answer(row) for row in rows]

    def _select(self, *conditions: ColumnElement[bool]) -> Select[Any]:
        return select(*_COLUMNS).where(self._tenant.owns(answers), *conditions)

    async def _move(self, answer_id: str, state: AnswerState, **values: Any) -> bool:
        return await self._update(answer_id, answers.c.state.in_(sorted(before(state))), state=state, **values)

    async def _update(self, answer_id: str, condition: ColumnElement[bool], **values: Any) -> bool:
        one = and_(self._tenant.owns(answers), answers.c.id == answer_id, condition)
        return await self._tenant.change(update(answers).where(one).values(**values)) > 0


def _answer(row: AnyRow) -> Answer:
    return Answer(*row[: len(_NAMES)])
